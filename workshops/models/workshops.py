"""Workshops: what takes place where and when."""

from __future__ import annotations

import zoneinfo
from datetime import datetime

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _lazy

from kit.formatting import period_words
from kit.texts.limits import DESCRIPTION, no_longer
from kit.texts.validators import validate_line, validate_text
from kit.time_zones import validate_time_zone, zone_or_utc
from sellers.models import Market

CONTROL = r"[\x01-\x1f\x7f]"
"""What breaks the header of an email and the lines of a calendar file."""


class WorkshopQuerySet(models.QuerySet["Workshop"]):
    def listed(self) -> WorkshopQuerySet:
        """What the public listing shows: published ones, also those cancelled since."""
        return self.filter(published_at__isnull=False)

    def upcoming(self, *, as_of: datetime) -> WorkshopQuerySet:
        return self.filter(ends_at__gt=as_of)


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
