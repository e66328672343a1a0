"""Workshops: what takes place where and when."""

from __future__ import annotations

import zoneinfo
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator, URLValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _lazy

from kit.formatting import period_words
from kit.scopes import EVERYWHERE
from kit.texts.limits import DESCRIPTION, no_longer
from kit.texts.validators import is_visible, validate_language, validate_line, validate_text
from kit.time_zones import validate_time_zone, zone_or_utc
from policies.models import Policy
from sellers.models import Market

from .. import rules
from ..occasions import MAX_FEEDBACK_DAYS
from .cities import CONTROL, City


class WorkshopQuerySet(models.QuerySet["Workshop"]):
    def listed(self) -> WorkshopQuerySet:
        """What the public listing shows: published ones, also those cancelled since."""
        return self.filter(published_at__isnull=False)

    def upcoming(self, *, as_of: datetime) -> WorkshopQuerySet:
        return self.filter(ends_at__gt=as_of)


class WorkshopSeries(models.Model):
    """Workshops that are one: the same evening in several cities, or every month."""

    name = models.CharField(max_length=160, validators=[validate_line, validate_text])

    scope_path = EVERYWHERE

    class Meta:
        ordering = ["name", "id"]
        verbose_name = _lazy("series of workshops")
        verbose_name_plural = _lazy("series of workshops")
        constraints = [models.CheckConstraint(name="workshop_series_name_can_be_seen", condition=is_visible("name"))]

    def __str__(self) -> str:
        return self.name


def _markdown(help_text: Any = "") -> Any:
    """A text that a workshop may have."""
    return models.TextField(max_length=DESCRIPTION, blank=True, help_text=help_text, validators=[validate_text])


class Workshop(models.Model):
    """An event in a city, online or both, for sellers who signed up to sell. Its time zone is its own."""

    class Mode(models.TextChoices):
        IN_PERSON = "in_person", _lazy("In person")
        ONLINE = "online", _lazy("Online")
        BOTH = "both", _lazy("In person and online")

    class Audience(models.TextChoices):
        EVERYBODY = "everybody", _lazy("Everybody")
        ATTENDEES = "attendees", _lazy("Who was there")

    market = models.ForeignKey(Market, on_delete=models.PROTECT, related_name="workshops")
    series = models.ForeignKey(
        WorkshopSeries, on_delete=models.PROTECT, null=True, blank=True, related_name="workshops",
        help_text=_lazy("Its page names the others of its series."),
    )  # fmt: skip
    title = models.CharField(max_length=160, validators=[validate_line, validate_text])
    summary = models.CharField(max_length=300, validators=[validate_line, validate_text])
    description = models.TextField(max_length=DESCRIPTION, help_text=_lazy("Markdown."), validators=[validate_text])
    agenda = _markdown(_lazy("Markdown: what happens when."))
    what_to_bring = _markdown(_lazy("Markdown."))
    accessibility = _markdown(_lazy("Markdown: steps, lift, toilets, hearing loop, captions, and whom to ask."))
    material = _markdown(_lazy("Markdown, with links: slides, recording, notes. Shown once it has ended."))
    material_for = models.CharField(
        max_length=10, choices=Audience, default=Audience.EVERYBODY, help_text=_lazy("Who is shown its material.")
    )
    language = models.CharField(max_length=12, default="en", validators=[validate_language])
    mode = models.CharField(max_length=9, choices=Mode, default=Mode.IN_PERSON)
    city = models.ForeignKey(City, on_delete=models.PROTECT, null=True, blank=True, related_name="workshops")
    venue = models.CharField(max_length=160, blank=True, validators=[validate_line, validate_text])
    address = models.CharField(max_length=300, blank=True, validators=[validate_line, validate_text])
    join_url = models.CharField(
        _lazy("link to join"),
        max_length=300,
        blank=True,
        validators=[URLValidator(["https"])],
        help_text=_lazy("Begins with https://. Shown to whoever has a place, to nobody else."),
    )
    time_zone = models.CharField(max_length=64, validators=[validate_time_zone])
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    capacity = models.PositiveIntegerField(default=75, validators=[MinValueValidator(1)])
    places_per_seller = models.PositiveSmallIntegerField(default=1, validators=[MinValueValidator(1)])
    open_to_all_markets = models.BooleanField(
        default=False, help_text=_lazy("Sellers of other markets may come as well.")
    )
    topics_first = models.BooleanField(
        _lazy("who needs it first"),
        default=True,
        help_text=_lazy("On the waiting list, sellers with a violation of one of its policies come before the others."),
    )
    pass_on_hours = models.PositiveSmallIntegerField(
        _lazy("cut-off"), default=0, validators=[MaxValueValidator(rules.MAX_HOURS)],
        help_text=_lazy("In hours before the start. Places that are cancelled later stay empty."),
    )  # fmt: skip
    confirm_hours = models.PositiveSmallIntegerField(
        _lazy("hours to confirm"), default=0, validators=[MaxValueValidator(rules.MAX_HOURS)],
        help_text=_lazy("Who gets a place from the waiting list confirms it by then, or loses it. 0: no need."),
    )  # fmt: skip
    feedback_days = models.PositiveSmallIntegerField(
        _lazy("days for feedback"), default=14, validators=[MaxValueValidator(MAX_FEEDBACK_DAYS)],
        help_text=_lazy("Who was there is asked how it was, and can answer for so long after the end. 0: nobody is."),
    )  # fmt: skip
    policies = models.ManyToManyField(
        Policy, blank=True, related_name="workshops", help_text=_lazy("Its topics: which policies it is about.")
    )
    hosts = models.ManyToManyField(
        settings.AUTH_USER_MODEL, blank=True, related_name="hosted_workshops", help_text=_lazy("Their names are shown.")
    )
    published_at = models.DateTimeField(null=True, blank=True, editable=False)
    cancelled_at = models.DateTimeField(null=True, blank=True, editable=False)
    cancel_reason = models.CharField(max_length=300, blank=True, editable=False)
    revision = models.PositiveIntegerField(
        default=0, editable=False,
        help_text=_lazy("Raised by each change of what it says or of its state: the SEQUENCE of its calendar file."),
    )  # fmt: skip
    changed_at = models.DateTimeField(default=timezone.now, editable=False, help_text=_lazy("When it last changed."))

    not_in_trail = ("revision", "changed_at")

    objects = WorkshopQuerySet.as_manager()

    scope_path = "market"

    class Meta:
        ordering = ["starts_at", "id"]
        permissions = [
            ("cancel_workshop", "Can cancel a workshop"),
            ("check_in_signup", "Can check in sign-ups"),
        ]
        indexes = [
            models.Index(fields=["city", "starts_at"], name="workshop_city_starts"),
            models.Index(fields=["starts_at"], name="workshop_starts"),
            models.Index(fields=["ends_at"], name="workshop_ends"),
            models.Index(fields=["starts_at", "id"], condition=Q(published_at__isnull=False), name="workshop_listed"),
        ]
        constraints = [
            models.CheckConstraint(name="workshop_capacity_positive", condition=Q(capacity__gte=1)),
            models.CheckConstraint(name="workshop_places_per_seller_positive", condition=Q(places_per_seller__gte=1)),
            models.CheckConstraint(name="workshop_ends_after_start", condition=Q(ends_at__gt=F("starts_at"))),
            no_longer("description", DESCRIPTION, name="workshop_description_fits"),
            no_longer("agenda", DESCRIPTION, name="workshop_agenda_fits"),
            no_longer("what_to_bring", DESCRIPTION, name="workshop_what_to_bring_fits"),
            no_longer("accessibility", DESCRIPTION, name="workshop_accessibility_fits"),
            no_longer("material", DESCRIPTION, name="workshop_material_fits"),
            models.CheckConstraint(name="workshop_feedback_ends", condition=Q(feedback_days__lte=MAX_FEEDBACK_DAYS)),
            models.CheckConstraint(
                name="workshop_place_fits_mode",
                condition=Q(mode="online", city=None, venue="", address="")
                | (Q(mode__in=["in_person", "both"], city__isnull=False) & ~Q(venue="")),
            ),
            models.CheckConstraint(
                name="workshop_link_is_of_what_is_online", condition=Q(join_url="") | Q(mode__in=["online", "both"])
            ),
            models.CheckConstraint(
                name="workshop_cancel_has_reason",
                condition=Q(cancelled_at=None, cancel_reason="")
                | (Q(cancelled_at__isnull=False) & ~Q(cancel_reason="")),
            ),
            models.CheckConstraint(
                name="workshop_names_are_lines",
                condition=~Q(title__regex=CONTROL) & ~Q(venue__regex=CONTROL) & ~Q(address__regex=CONTROL),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title}, {self.city or self.get_mode_display()}"

    def get_absolute_url(self) -> str:
        return reverse("workshops:detail", kwargs={"workshop_id": self.address_name})

    @property
    def address_name(self) -> str:
        """How the address of its page ends: the id, and the title for readers."""
        slug = slugify(self.title, allow_unicode=True)[:60].strip("-")
        return f"{self.pk}-{slug}" if slug else str(self.pk)

    @property
    def is_on(self) -> bool:
        """Whether it is published, and not cancelled."""
        return self.published_at is not None and self.cancelled_at is None

    @property
    def is_in_person(self) -> bool:
        return self.mode != self.Mode.ONLINE

    @property
    def is_online(self) -> bool:
        """Whether one can join from elsewhere, be it beside a room."""
        return self.mode != self.Mode.IN_PERSON

    @property
    def where(self) -> str:
        """The venue with its address and city in a line, or that it is online."""
        if self.city is None:
            return self.get_mode_display()
        city = "" if self.city.name in self.address else self.city.name
        return ", ".join(part for part in (self.venue, self.address, city) if part)

    @property
    def cut_off(self) -> datetime:
        """Until when a place that is cancelled is passed on to who waits."""
        return rules.cut_off(self.starts_at, hours=self.pass_on_hours)

    @property
    def check_in_opens_at(self) -> datetime:
        return rules.check_in_opens_at(self.starts_at)

    @cached_property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zone_or_utc(self.time_zone)

    @property
    def when(self) -> str:
        """The local day and time with the zone, in words."""
        return period_words(self.starts_at, self.ends_at, zone=self.zone)
