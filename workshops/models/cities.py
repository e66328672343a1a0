"""Where workshops take place, and who hosts those of which market."""

from __future__ import annotations

import zoneinfo

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _lazy

from kit.countries import country_name, validate_country
from kit.scopes import EVERYWHERE
from kit.texts.validators import is_visible, validate_line, validate_text
from kit.time_zones import validate_time_zone, zone_or_utc

CONTROL = r"[\x01-\x1f\x7f]"
"""What breaks the header of an email and the lines of a calendar file."""


class City(models.Model):
    """A city in which workshops take place. It has a page of its own, whose address ends with ``slug``."""

    name = models.CharField(max_length=80, validators=[validate_line, validate_text])
    country = models.CharField(
        max_length=2, validators=[validate_country], help_text=_lazy("Its code of two letters, such as US.")
    )
    time_zone = models.CharField(
        max_length=64, validators=[validate_time_zone], help_text=_lazy("What its clocks keep, e.g. Europe/London.")
    )
    slug = models.SlugField(
        max_length=80, unique=True, help_text=_lazy("How the address of its page ends: new-york. Links to it break.")
    )

    scope_path = EVERYWHERE

    class Meta:
        ordering = [Lower("name"), "country", "id"]
        verbose_name_plural = _lazy("cities")
        constraints = [
            models.UniqueConstraint(Lower("name"), "country", name="city_unique_in_country"),
            models.CheckConstraint(name="city_country_is_a_code", condition=Q(country__regex=r"^[A-Z]{2}$")),
            models.CheckConstraint(name="city_slug_is_one", condition=Q(slug__regex=r"^[a-z0-9]+(-[a-z0-9]+)*$")),
            models.CheckConstraint(name="city_name_is_a_line", condition=~Q(name__regex=CONTROL)),
            models.CheckConstraint(name="city_name_can_be_seen", condition=is_visible("name")),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("workshops:city", kwargs={"slug": self.slug})

    @property
    def country_name(self) -> str:
        return country_name(self.country)

    @property
    def label(self) -> str:
        """The name with the country: there is a London in Canada too."""
        return f"{self.name}, {self.country_name}"

    @cached_property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zone_or_utc(self.time_zone)
