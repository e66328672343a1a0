"""What staff enter: a workshop with the times of its own zone, and reasons."""

from __future__ import annotations

import zoneinfo
from datetime import UTC, datetime
from typing import Any, cast

from django import forms
from django.contrib.admin.widgets import AdminTextInputWidget
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from accounts.models import User
from kit.backoffice.inputs import LongTextField, SuggestingInput
from kit.outcomes import Refused
from kit.pages.checked_forms import CheckedForm, CheckedTexts
from kit.pages.text_areas import AdminTextArea
from kit.time_zones import known_time_zones, time_zones
from sellers.models import Market

from .. import rules, services, wording
from ..models import City, Workshop
from ..services.publishing import WHEN_AND_WHERE

PLACES = (
    "capacity", "places_per_seller", "open_to_all_markets", "topics_first", "pass_on_hours", "confirm_hours",
)  # fmt: skip
LOCAL_TIME = _lazy("Local time in the workshop's own time zone, above.")


class WallClockField(forms.DateTimeField):
    """What a clock on the wall shows, without a zone: the form says later which zone it is in."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")

    def prepare_value(self, value: Any) -> Any:
        return value

    def to_python(self, value: Any) -> Any:
        with timezone.override(UTC):
            moment = super().to_python(value)
        return timezone.make_naive(moment, UTC) if moment else None


class WorkshopForm(CheckedTexts, forms.ModelForm[Workshop]):
    """A workshop whose times are entered, and shown again, in its own time zone."""

    refused: Refused | None = None
    """What a service said no to after this form was found in order; the form is shown again with it."""

    starts_at = WallClockField(label=_lazy("Starts"), help_text=LOCAL_TIME)
    ends_at = WallClockField(label=_lazy("Ends"), help_text=LOCAL_TIME)
    tell = forms.BooleanField(label=_lazy("Tell everybody who signed up"), required=False)

    class Meta:
        model = Workshop
        fields = [
            "market",
            "title",
            "summary",
            "description",
            "agenda",
            "what_to_bring",
            "accessibility",
            "material",
            "language",
            "policies",
            "hosts",
            "series",
            *WHEN_AND_WHERE,
            *PLACES,
            "feedback_days",
            "material_for",
        ]
        widgets = {
            "title": AdminTextInputWidget(attrs={"size": 70}),
            "summary": AdminTextArea(attrs={"rows": 2}),
            "address": AdminTextInputWidget(attrs={"size": 70}),
            "time_zone": SuggestingInput(time_zones),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            for name in ["starts_at", "ends_at"]:
                local = getattr(self.instance, name).astimezone(self.instance.zone)
                self.initial[name] = local.replace(tzinfo=None)
        else:
            self._may_be_empty(time_zone=_("Left empty, that of the city, else of the market."))
            self._may_be_empty(language=_("Left empty, that of the market."))
        if "hosts" in self.fields:
            people = User.objects.filter(is_staff=True, is_active=True)
            cast("forms.ModelMultipleChoiceField[User]", self.fields["hosts"]).queryset = people
        self._prepare_telling()

    def _may_be_empty(self, **told: str) -> None:
        for name, help_text in told.items():
            self.initial.pop(name, None)
            if name in self.fields:
                self.fields[name].required = False
                self.fields[name].help_text = help_text

    def _prepare_telling(self) -> None:
        """Only who signed up is told; a workshop that nobody signed up for has nothing to confirm."""
        self.told = self.instance.signups.active().count() if self.instance.pk else 0
        if not self.told:
            self.fields.pop("tell", None)
        elif "tell" in self.fields:
            self.fields["tell"].help_text = wording.change_is_sent(self.told)

    def clean_language(self) -> str:
        market, language = self.cleaned_data.get("market"), self.cleaned_data["language"]
        return language or (market.language if market else "")

    def clean_capacity(self) -> int:
        """Says at the field what ``change_capacity`` would refuse."""
        capacity: int = self.cleaned_data["capacity"]
        given = self.instance.signups.placed().count() if self.instance.pk else 0
        if capacity < given:
            raise forms.ValidationError(wording.capacity_too_low_for_form(given))
        return capacity

    def clean(self) -> dict[str, Any]:
        data = cast("dict[str, Any]", super().clean())
        if not data.get("time_zone") and "time_zone" not in self.errors:
            data["time_zone"] = self._zone_of(data.get("city") or data.get("market"))
        self._read_times(data)
        self._refuse_odd_place(data)
        start, end = data.get("starts_at"), data.get("ends_at")
        if start and end and self._changes(data, "starts_at", "ends_at"):
            self._refuse_odd_times(start, end)
        if self.told and not data.get("tell") and self._changes(data, *self._told_of()):
            self.add_error("tell", wording.tick_to_send(self.told))
        if self.refused is not None:
            self.add_error(self.refused.field if self.refused.field in self.fields else None, str(self.refused))
        return data

    def _told_of(self) -> list[str]:
        """Another title is news as long as the workshop is not over; afterwards it is a correction."""
        return [*(["title"] if self.instance.ends_at > timezone.now() else []), *WHEN_AND_WHERE]

    def _zone_of(self, place: City | Market | None) -> str:
        return place.time_zone if place else ""

    def _refuse_odd_place(self, data: dict[str, Any]) -> None:
        """Says at the field what ``move_workshop`` would refuse."""
        names = ("mode", "city", "venue", "address", "join_url")
        if any(name not in data for name in names):
            return
        place = services.replaced(self.instance, {name: data[name] for name in names})
        if problem := services.place_problem(place):
            self.add_error(problem.field, wording.place_problem(problem))

    def _read_times(self, data: dict[str, Any]) -> None:
        """What the clock on the wall shows becomes a moment; without a zone, the zone is what is wrong."""
        name = data.get("time_zone")  # an unknown one gets its error from the model
        zone = zoneinfo.ZoneInfo(name) if name in known_time_zones() else None
        for field in ["starts_at", "ends_at"]:
            wall_clock: datetime | None = data.pop(field, None)
            if zone is not None and wall_clock is not None:
                try:
                    data[field] = rules.local_moment(wall_clock, zone=zone)
                except rules.SkippedTime:
                    self.add_error(field, wording.skipped_time(wall_clock))
                except (ValueError, OverflowError) as error:
                    self.add_error(field, str(error))

    def _changes(self, data: dict[str, Any], *names: str) -> bool:
        return any(name in data and data[name] != getattr(self.instance, name) for name in names)

    def _get_validation_exclusions(self) -> set[str]:
        """A time that could not be worked out because its zone is wrong is not missing: the zone has the error."""
        exclusions: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]  # the stubs leave it out
        return exclusions | {name for name in ("starts_at", "ends_at") if name not in self.cleaned_data}

    def _refuse_odd_times(self, start: datetime, end: datetime) -> None:
        """Says at the field what ``move_workshop`` would refuse."""
        if problem := rules.time_problem(start, end, now=timezone.now()):
            self.add_error(problem.field, wording.time_problem(problem))
        if self.instance.published_at is None or start == self.instance.starts_at:
            return
        if start <= timezone.now():
            self.add_error("starts_at", _("This workshop is published; it cannot be moved into the past."))


class CancelForm(CheckedForm):
    reason = LongTextField(_lazy("Reason"), _lazy("Everybody who signed up reads it."), rows=3, max_length=300)


class ReasonForm(CheckedForm):
    reason = LongTextField(_lazy("Reason"), _lazy("The seller reads it."), rows=3, max_length=300)


class TellForm(CheckedForm):
    """What a host writes to everybody who comes."""

    text = LongTextField(
        _lazy("Message"),
        _lazy("Read by every member of the sellers with a place, in the inbox and by email."),
        rows=6,
    )
    also_waiting = forms.BooleanField(label=_lazy("Also to those who wait"), required=False)
