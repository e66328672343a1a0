"""Sellers and their content."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models.functions import Upper
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from accounts.models import User
from kit.texts.validators import is_id, is_visible, validate_id

from .markets import Market


class SellerQuerySet(models.QuerySet["Seller"]):
    def for_member(self, user: User) -> SellerQuerySet:
        """The sellers that a person is a member of, each with their role and visits (``own_role``, ``own_visited_at``,
        ``own_visited_before_at``)."""
        own = {f"own_{field}": models.F(f"members__{field}") for field in ("role", "visited_at", "visited_before_at")}
        return self.filter(members__user=user).annotate(**own)

    def called(self, words: str) -> SellerQuerySet:
        """Those whose name has these words in it, and the one whose id they are."""
        return self.filter(models.Q(name__icontains=words) | models.Q(external_id__iexact=words))


class Seller(models.Model):
    """One selling account, a shop or a creator, in one market."""

    class Kind(models.TextChoices):
        SHOP = "shop", _lazy("Shop")
        CREATOR = "creator", _lazy("Creator")

    market = models.ForeignKey(Market, on_delete=models.PROTECT, related_name="sellers", db_index=False)
    external_id = models.CharField(
        max_length=64, validators=[validate_id], help_text=_lazy("The marketplace's own id of this account.")
    )
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.SHOP)
    city = models.CharField(max_length=80, blank=True)
    signed_up_to_sell = models.BooleanField(
        default=True, help_text=_lazy("Workshops take sign-ups from these sellers only.")
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    users = models.ManyToManyField(User, through="sellers.Member", related_name="sellers")

    objects = SellerQuerySet.as_manager()

    scope_path = "market"

    class Meta:
        ordering = ["name", "id"]
        permissions = [("view_as_seller", "Can view as a seller")]
        indexes = [
            models.Index(fields=["name", "id"], name="seller_by_name"),
            models.Index(fields=["kind", "name", "id"], name="seller_of_kind_by_name"),
            models.Index(
                fields=["name", "id"], condition=models.Q(signed_up_to_sell=False), name="seller_not_selling_by_name"
            ),
            GinIndex(OpClass(Upper("name"), name="gin_trgm_ops"), name="seller_name_part"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["market", "external_id"], name="seller_external_id_unique_in_market"),
            models.UniqueConstraint(fields=["id", "market"], name="seller_id_market_key"),
            models.CheckConstraint(name="seller_external_id_not_blank", condition=~models.Q(external_id="")),
            models.CheckConstraint(name="seller_external_id_is_one", condition=is_id("external_id")),
            models.CheckConstraint(name="seller_name_can_be_seen", condition=is_visible("name")),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("dashboard", kwargs={"seller_id": self.pk})

    labelled_with = ("market",)

    @property
    def label(self) -> str:
        """The name with the marketplace's own id and the market: names are not unique."""
        return f"{self.name} ({self.external_id}, {self.market.code})"


class Content(models.Model):
    """A LIVE, a video or a listing of a seller's."""

    class Kind(models.TextChoices):
        LIVE = "live", _lazy("LIVE")
        VIDEO = "video", _lazy("Video")
        LISTING = "listing", _lazy("Listing")

    seller = models.ForeignKey(Seller, on_delete=models.PROTECT, related_name="content", db_index=False)
    kind = models.CharField(max_length=8, choices=Kind)
    external_id = models.CharField(max_length=64, validators=[validate_id])
    title = models.CharField(max_length=200)
    url = models.URLField(max_length=500, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)

    scope_path = "seller__market"

    class Meta:
        ordering = ["-published_at", "id"]
        verbose_name_plural = _lazy("content")
        indexes = [
            models.Index(fields=["external_id"], name="content_external_id"),
            models.Index(fields=["kind", "-id"], name="content_of_kind"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["seller", "kind", "external_id"], name="content_external_id_unique"),
            models.UniqueConstraint(fields=["id", "seller"], name="content_id_seller_key"),
            models.CheckConstraint(
                name="content_kind_known", condition=models.Q(kind__in=["live", "video", "listing"])
            ),
            models.CheckConstraint(name="content_external_id_not_blank", condition=~models.Q(external_id="")),
            models.CheckConstraint(name="content_external_id_is_one", condition=is_id("external_id")),
            models.CheckConstraint(name="content_title_can_be_seen", condition=is_visible("title")),
        ]

    def __str__(self) -> str:
        return self.title

    labelled_with = ("seller",)

    @property
    def label(self) -> str:
        """The title with the marketplace's own id and the seller: titles are not unique."""
        return _("%(title)s (%(external_id)s) of %(seller)s") % {
            "title": self.title,
            "external_id": self.external_id,
            "seller": self.seller,
        }
