"""Workshops and the places in them."""

from __future__ import annotations

import zoneinfo
from datetime import datetime

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from kit.formatting import period_words
from kit.texts.limits import DESCRIPTION, no_longer
from kit.texts.validators import validate_line, validate_text
from kit.time_zones import validate_time_zone, zone_or_utc
from sellers.models import Market, Seller

from . import rules

CONTROL = r"[\x01-\x1f\x7f]"
"""What breaks the header of an email and the lines of a calendar file."""


class WorkshopQuerySet(models.QuerySet["Workshop"]):
    def listed(self) -> WorkshopQuerySet:
        """What the public listing shows: published ones, also those cancelled since."""
        return self.filter(published_at__isnull=False)

    def upcoming(self, *, as_of: datetime) -> WorkshopQuerySet:
        return self.filter(ends_at__gt=as_of)

    def with_counts(self) -> WorkshopQuerySet:
        """Adds ``places_given``, ``waiting`` and ``places_left``."""
        return self.annotate(
            places_given=_number_of_signups(Signup.State.PLACED),
            waiting=_number_of_signups(Signup.State.WAITING),
            places_left=F("capacity") - F("places_given"),
        )


def _number_of_signups(state: str) -> Coalesce:
    """Counted for the workshops that are shown alone."""
    signups = Signup.objects.filter(workshop=models.OuterRef("pk"), state=state).order_by()
    counts = signups.values("workshop").annotate(number=models.Count("pk")).values("number")
    return Coalesce(models.Subquery(counts), 0)


class Workshop(models.Model):
    """An in-person event in a city, for sellers who signed up to sell. Its time zone is its own."""

    market = models.ForeignKey(Market, on_delete=models.PROTECT, related_name="workshops")
    title = models.CharField(max_length=160, validators=[validate_line, validate_text])
    summary = models.CharField(max_length=300, validators=[validate_line, validate_text])
    description = models.TextField(max_length=DESCRIPTION, help_text=_lazy("Markdown."), validators=[validate_text])
    what_to_bring = models.TextField(
        max_length=DESCRIPTION, blank=True, help_text=_lazy("Markdown."), validators=[validate_text]
    )
    language = models.CharField(max_length=12, default="en")
    city = models.CharField(max_length=80, validators=[validate_line, validate_text])
    venue = models.CharField(max_length=160, validators=[validate_line, validate_text])
    address = models.CharField(max_length=300, validators=[validate_line, validate_text])
    time_zone = models.CharField(max_length=64, validators=[validate_time_zone])
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    capacity = models.PositiveIntegerField(default=75, validators=[MinValueValidator(1)])
    places_per_seller = models.PositiveSmallIntegerField(default=1, validators=[MinValueValidator(1)])
    host = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="hosted_workshops"
    )
    published_at = models.DateTimeField(null=True, blank=True, editable=False)
    cancelled_at = models.DateTimeField(null=True, blank=True, editable=False)
    cancel_reason = models.CharField(max_length=300, blank=True, editable=False)
    revision = models.PositiveIntegerField(
        default=0, editable=False,
        help_text=_lazy("Raised by each change of its time, place, title or state: the SEQUENCE of its calendar file."),
    )  # fmt: skip
    changed_at = models.DateTimeField(default=timezone.now, editable=False, help_text=_lazy("When it last changed."))

    not_in_trail = ("revision", "changed_at")

    objects = WorkshopQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at", "id"]
        permissions = [("cancel_workshop", "Can cancel a workshop"), ("check_in_signup", "Can check in sign-ups")]
        indexes = [models.Index(fields=["city", "starts_at"], name="workshop_city_starts")]
        constraints = [
            models.CheckConstraint(name="workshop_capacity_positive", condition=Q(capacity__gte=1)),
            models.CheckConstraint(name="workshop_places_per_seller_positive", condition=Q(places_per_seller__gte=1)),
            models.CheckConstraint(name="workshop_ends_after_start", condition=Q(ends_at__gt=F("starts_at"))),
            no_longer("description", DESCRIPTION, name="workshop_description_fits"),
            no_longer("what_to_bring", DESCRIPTION, name="workshop_what_to_bring_fits"),
            models.CheckConstraint(
                name="workshop_cancel_has_reason",
                condition=Q(cancelled_at=None, cancel_reason="")
                | (Q(cancelled_at__isnull=False) & ~Q(cancel_reason="")),
            ),
            models.CheckConstraint(
                name="workshop_names_are_lines",
                condition=~Q(title__regex=CONTROL)
                & ~Q(city__regex=CONTROL)
                & ~Q(venue__regex=CONTROL)
                & ~Q(address__regex=CONTROL),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title}, {self.city}"

    def get_absolute_url(self) -> str:
        return reverse("workshops:detail", kwargs={"workshop_id": self.pk})

    @cached_property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zone_or_utc(self.time_zone)

    @property
    def when(self) -> str:
        """The local day and time with the zone, in words."""
        return period_words(self.starts_at, self.ends_at, zone=self.zone)


class SignupQuerySet(models.QuerySet["Signup"]):
    def active(self) -> SignupQuerySet:
        return self.exclude(state=Signup.State.CANCELLED)

    def placed(self) -> SignupQuerySet:
        return self.filter(state=Signup.State.PLACED)

    def waiting(self) -> SignupQuerySet:
        """In the order in which they get a place."""
        return self.filter(state=Signup.State.WAITING).order_by("signed_up_at", "id")


class Signup(models.Model):
    """A place, or a waiting place, of a seller in a workshop.

    The database refuses more places than the workshop's capacity, and a free place while somebody waits.
    """

    class State(models.TextChoices):
        PLACED = "placed", _lazy("Place")
        WAITING = "waiting", _lazy("Waiting list")
        CANCELLED = "cancelled", _lazy("Cancelled")

    workshop = models.ForeignKey(Workshop, on_delete=models.PROTECT, related_name="signups")
    seller = models.ForeignKey(Seller, on_delete=models.PROTECT, related_name="signups")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="signups")
    state = models.CharField(max_length=10, choices=State)
    ordinal = models.PositiveSmallIntegerField(
        default=1, help_text=_lazy("1 for a seller's first place in the workshop.")
    )
    signed_up_at = models.DateTimeField(default=timezone.now)
    placed_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancel_reason = models.CharField(
        max_length=300, blank=True, help_text=_lazy("Why it was cancelled, if the seller did not do it itself.")
    )
    by_hand = models.BooleanField(
        default=False, help_text=_lazy("A host gave this place, whoever stood before it on the waiting list.")
    )
    checked_in_at = models.DateTimeField(null=True, blank=True)
    checked_in_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    check_in_code = models.CharField(max_length=12, unique=True)

    objects = SignupQuerySet.as_manager()

    class Meta:
        ordering = ["signed_up_at", "id"]
        verbose_name = _lazy("sign-up")
        indexes = [models.Index(fields=["state", "-id"], name="signup_of_state")]
        constraints = [
            models.UniqueConstraint(
                fields=["workshop", "seller", "ordinal"],
                condition=~Q(state="cancelled"),
                name="signup_place_unique_for_seller",
            ),
            models.CheckConstraint(name="signup_ordinal_positive", condition=Q(ordinal__gte=1)),
            models.CheckConstraint(
                name="signup_checked_in_by_somebody_at_a_time",
                condition=Q(checked_in_by=None) | Q(checked_in_at__isnull=False),
            ),
            models.CheckConstraint(
                name="signup_cancel_reason_needs_cancelling", condition=Q(cancel_reason="") | Q(state="cancelled")
            ),
            models.CheckConstraint(
                name="signup_by_hand_is_no_waiting_place", condition=Q(by_hand=False) | ~Q(state="waiting")
            ),
            models.CheckConstraint(
                name="signup_state_has_its_times",
                condition=Q(state="placed", placed_at__isnull=False, cancelled_at=None)
                | Q(state="waiting", placed_at=None, cancelled_at=None, checked_in_at=None)
                | Q(state="cancelled", cancelled_at__isnull=False, checked_in_at=None),
            ),
        ]

    def __str__(self) -> str:
        return _("%(seller)s at %(workshop)s") % {"seller": self.seller, "workshop": self.workshop}

    def get_absolute_url(self) -> str:
        return reverse("workshops:signup", kwargs={"seller_id": self.seller_id, "signup_id": self.pk})

    @property
    def spelled_code(self) -> str:
        """The check-in code in groups, easier to read out."""
        return rules.spell_code(self.check_in_code)
