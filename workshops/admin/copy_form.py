"""The form that asks where and when a workshop takes place again."""

from __future__ import annotations

import zoneinfo
from datetime import datetime
from typing import Any, cast

from django import forms
from django.contrib.admin.widgets import AdminTextInputWidget
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from kit.backoffice.choosers import RecordField
from kit.pages.checked_forms import CheckedForm

from .. import rules, services, wording
from ..models import City, Workshop
from .forms import WallClockField

ROWS = 6
NAMES = ("starts_at", "city", "venue", "address")


class CopyForm(CheckedForm):
    """Some places and times, each of which may stay empty; the first row has the place of the workshop itself."""

    series = forms.CharField(
        label=_lazy("Series"), max_length=160, required=False,
        help_text=_lazy("A name that holds the workshop and its copies together. Empty: they stand alone."),
    )  # fmt: skip

    def __init__(self, *args: Any, workshop: Workshop, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.workshop, self.now = workshop, now
        self.appointments: list[services.Appointment] = []
        if workshop.series is not None:
            del self.fields["series"]
        for row in range(1, ROWS + 1):
            self._add_row(row)

    def _add_row(self, row: int) -> None:
        self.fields[f"starts_at_{row}"] = WallClockField(label=_("Starts"), required=False, help_text=_("Local time."))
        if self.workshop.city is None:
            return
        first = row == 1
        city = RecordField(
            City.objects.all(), label=_("City"), required=False, initial=self.workshop.city if first else None
        )
        self.fields[f"city_{row}"] = city
        for name, label, length in (("venue", _("Venue"), 160), ("address", _("Address"), 300)):
            self.fields[f"{name}_{row}"] = forms.CharField(
                label=label, max_length=length, required=False, widget=AdminTextInputWidget,
                initial=getattr(self.workshop, name) if first else "",
            )  # fmt: skip

    @property
    def fieldsets(self) -> list[tuple[str | None, dict[str, Any]]]:
        """One for each place and time."""
        rows: list[tuple[str | None, dict[str, Any]]] = [
            (_("Place and time %(number)s") % {"number": row}, {"fields": self._names(row)})
            for row in range(1, ROWS + 1)
        ]
        return [(None, {"fields": ["series"]}), *rows] if "series" in self.fields else rows

    def _names(self, row: int) -> list[tuple[str, ...]]:
        """When and in which city in a line; what is long in one of its own."""
        names = [name for name in (f"{each}_{row}" for each in NAMES) if name in self.fields]
        return [tuple(names[:2]), *((name,) for name in names[2:])]

    def clean(self) -> dict[str, Any]:
        data = cast("dict[str, Any]", super().clean())
        data.setdefault("series", "")
        self.appointments = [one for row in range(1, ROWS + 1) if (one := self._appointment(row, data))]
        return data

    def _appointment(self, row: int, data: dict[str, Any]) -> services.Appointment | None:
        """The place and time of a row; a row without a start is none."""
        wall_clock, city = data.get(f"starts_at_{row}"), data.get(f"city_{row}")
        if wall_clock is None:
            return None
        venue = data.get(f"venue_{row}", "")
        if self.workshop.city is not None and not (city and venue):
            self.add_error(f"city_{row}" if not city else f"venue_{row}", _("Say where it takes place."))
            return None
        zone = city.time_zone if city else self.workshop.time_zone
        try:
            starts_at = rules.local_moment(wall_clock, zone=zoneinfo.ZoneInfo(zone))
        except rules.SkippedTime:
            self.add_error(f"starts_at_{row}", wording.skipped_time(wall_clock))
            return None
        except (ValueError, OverflowError) as error:
            self.add_error(f"starts_at_{row}", str(error))
            return None
        if problem := services.why_not_then(self.workshop, starts_at, now=self.now):
            self.add_error(f"starts_at_{row}", problem)
        return services.Appointment(city, venue, data.get(f"address_{row}", ""), zone, starts_at)
