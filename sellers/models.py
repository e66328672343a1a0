"""Markets, sellers, their content, people, and who may act for whom."""

from __future__ import annotations

import hashlib
import zoneinfo
from datetime import datetime

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models.functions import Upper
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from accounts.models import User
from kit import dates
from kit.texts.validators import is_id, is_visible, validate_id
from kit.time_zones import validate_time_zone


class Market(models.Model):
    """A country or region with its time zone, its language and the numbers of its rules.

    Staff edit the numbers; the defaults are what a new market starts with. ``books_closed_until`` moves forward each
    time a week's report run starts: everything recorded before it belongs to a run, and the database refuses a
    violation, a points entry or a message recorded before it.
    """

    class PointsExpiry(models.TextChoices):
        ROLLING = "rolling", _lazy("A number of days after they were assessed")
        QUARTER = "quarter", _lazy("When the next calendar quarter starts")

    code = models.CharField(
        max_length=8,
        unique=True,
        validators=[RegexValidator(r"^[A-Z][A-Z0-9-]*\Z", "Use capital letters, digits and hyphens, such as US.")],
        help_text=_lazy("Short and in capitals, such as US."),
    )
    name = models.CharField(max_length=80)
    time_zone = models.CharField(
        max_length=64,
        validators=[validate_time_zone],
        help_text=_lazy("Decides days, weeks and months, e.g. Europe/London."),
    )
    language = models.CharField(max_length=12, default="en", help_text=_lazy("Language tag, e.g. en or th."))

    points_expiry = models.CharField(max_length=8, choices=PointsExpiry, default=PointsExpiry.ROLLING)
    points_valid_days = models.PositiveSmallIntegerField(
        default=180,
        validators=[MinValueValidator(1)],
        help_text=_lazy("Days a points entry counts when it expires by days."),
    )
    approach_points = models.PositiveSmallIntegerField(
        default=5, help_text=_lazy("A seller within this many points below a milestone approaches it.")
    )
    appeal_days = models.PositiveSmallIntegerField(
        default=30,
        validators=[MinValueValidator(1)],
        help_text=_lazy("Days after a violation was told in which the seller can appeal."),
    )
    appeal_decision_days = models.PositiveSmallIntegerField(
        default=14,
        validators=[MinValueValidator(1)],
        help_text=_lazy("Days after filing in which an appeal is to be decided."),
    )
    appeal_answer_days = models.PositiveSmallIntegerField(
        default=7,
        validators=[MinValueValidator(1)],
        help_text=_lazy(
            "Days in which a seller can answer what a reviewer of an appeal asks; its clock stands meanwhile."
        ),
    )
    redress = models.CharField(
        max_length=500,
        blank=True,
        help_text=_lazy(
            "Where sellers turn who disagree with a decision on an appeal, in whole sentences. Empty: seller support."
        ),
    )
    redress_url = models.URLField(max_length=300, blank=True, help_text=_lazy("The page of whoever they turn to."))
    rewarded_passes_per_month = models.PositiveSmallIntegerField(
        default=3, help_text=_lazy("Passed quizzes per seller and local month that remove a point.")
    )
    policy_notice_days = models.PositiveSmallIntegerField(
        default=15, help_text=_lazy("Days between publishing a policy's new wording and its taking effect.")
    )
    books_closed_until = models.DateTimeField(
        default=timezone.now,
        editable=False,
        help_text=_lazy("Everything recorded before this moment is in a weekly report run."),
    )

    class Meta:
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                name="market_points_valid_days_positive", condition=models.Q(points_valid_days__gte=1)
            ),
            models.CheckConstraint(name="market_appeal_days_positive", condition=models.Q(appeal_days__gte=1)),
            models.CheckConstraint(
                name="market_appeal_decision_days_positive", condition=models.Q(appeal_decision_days__gte=1)
            ),
            models.CheckConstraint(
                name="market_appeal_answer_days_positive", condition=models.Q(appeal_answer_days__gte=1)
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @cached_property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.time_zone)

    def points_expire_at(self, effective_at: datetime) -> datetime:
        """When an entry that counts from ``effective_at`` stops counting (UTC)."""
        if self.points_expiry == self.PointsExpiry.QUARTER:
            return dates.next_quarter_start(effective_at, zone=self.zone)
        return dates.days_after(effective_at, days=self.points_valid_days)

    def appeal_until(self, told_at: datetime) -> datetime:
        """The last moment to appeal a violation that was told at ``told_at`` (exclusive, UTC)."""
        return dates.days_after(told_at, days=self.appeal_days)

    def appeal_decide_by(self, filed_at: datetime) -> datetime:
        """When an appeal filed at ``filed_at`` is to be decided at the latest (UTC)."""
        return dates.days_after(filed_at, days=self.appeal_decision_days)

    def appeal_answer_by(self, asked_at: datetime) -> datetime:
        """Until when a seller who is asked for something at ``asked_at`` can answer (exclusive, UTC)."""
        return dates.days_after(asked_at, days=self.appeal_answer_days)


class SellerQuerySet(models.QuerySet["Seller"]):
    def for_member(self, user: User) -> SellerQuerySet:
        """The sellers that a person may act for."""
        return self.filter(members__user=user)


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
    users = models.ManyToManyField(User, through="Member", related_name="sellers")

    objects = SellerQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
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


class Member(models.Model):
    """A person who may act for a seller."""

    seller = models.ForeignKey(Seller, on_delete=models.CASCADE, related_name="members", db_index=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    visited_at = models.DateTimeField(
        null=True, editable=False, help_text="When they opened the dashboard last, to the minute."
    )
    visited_before_at = models.DateTimeField(
        null=True, editable=False, help_text="The end of the visit before that one; a pause ends a visit."
    )

    class Meta:
        ordering = ["seller", "user"]
        constraints = [
            models.UniqueConstraint(fields=["seller", "user"], name="member_unique"),
            models.CheckConstraint(
                name="member_visits_in_order",
                condition=models.Q(visited_before_at=None) | models.Q(visited_before_at__lt=models.F("visited_at")),
            ),
        ]

    def __str__(self) -> str:
        return _("%(label)s for %(seller)s") % {"label": self.user.label, "seller": self.seller}


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


class ApiToken(models.Model):
    """What a system of the marketplace's proves itself with when it calls the API, for one market.

    Only a hash of the secret is kept. The secret is long and random, so a fast hash is enough to keep it secret.
    """

    PREFIX_LENGTH = 10

    market = models.ForeignKey(Market, on_delete=models.PROTECT, related_name="api_tokens")
    name = models.CharField(max_length=60, validators=[validate_id], help_text=_lazy("Who uses it, e.g. feed."))
    prefix = models.CharField(max_length=16, editable=False, help_text=_lazy("How the token starts, to recognise it."))
    secret_hash = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    created_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )
    last_used_at = models.DateTimeField(null=True, blank=True, help_text=_lazy("Noted at most once a minute."))
    revoked_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(
        null=True, blank=True, help_text=_lazy("From then on it is refused; empty: never.")
    )

    class Meta:
        ordering = ["market", "name", "-created_at"]
        verbose_name = _lazy("API token")
        permissions = [("revoke_apitoken", "Can revoke an API token")]
        constraints = [
            models.UniqueConstraint(
                fields=["market", "name"],
                condition=models.Q(revoked_at=None),
                name="api_token_name_unique_in_market",
            ),
            models.CheckConstraint(
                name="api_token_expires_after_it_was_made",
                condition=models.Q(expires_at=None) | models.Q(expires_at__gt=models.F("created_at")),
            ),
            models.CheckConstraint(name="api_token_name_is_one", condition=is_id("name") & is_visible("name")),
            models.CheckConstraint(
                name="api_token_secret_is_hashed",
                condition=models.Q(secret_hash__regex=r"^[0-9a-f]{64}$"),  # noqa: S106  # a pattern
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.market.code})"

    @staticmethod
    def hash_of(secret: str) -> str:
        return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
