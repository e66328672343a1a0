"""What the pages of the ledger take from their address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

from kit.dates import local_midnight, moments_of
from kit.pages.checked_forms import CheckedForm

from .selectors import CONTENT_KINDS, LedgerTab
from .wording import moments

FIRST_YEAR, LAST_YEAR = 2000, 2099
LONGEST_DAY = len("2026-01-31")
DAYS_AHEAD = 365
"""How far ahead of today somebody can ask what a violation would lead to."""


@dataclass(frozen=True)
class AskedMoment:
    """The moment (UTC) that somebody asked about.

    ``note`` says how a time was read that clocks show twice or never; ``other`` is the other moment it could be.
    """

    at: datetime
    note: str = ""
    other: datetime | None = None


def read_moment(text: str, *, zone: ZoneInfo) -> AskedMoment:
    """What ``as_of`` in an address means: a local time, one with its offset from UTC, or a day, which means its end.

    Raises ``ValidationError`` in words for the person who wrote it.
    """
    try:
        moment = datetime.fromisoformat(text)
        if not FIRST_YEAR <= moment.year <= LAST_YEAR:
            raise forms.ValidationError(moments.outside_the_years(FIRST_YEAR, LAST_YEAR))
        if len(text) <= LONGEST_DAY:
            next_day = local_midnight(moment.date() + timedelta(days=1), zone=zone)
            return AskedMoment(next_day - timedelta(microseconds=1))
        return AskedMoment(moment.astimezone(UTC)) if moment.tzinfo else _read_local(moment, zone=zone)
    except (ValueError, OverflowError):
        raise forms.ValidationError(moments.no_moment(text)) from None


def _read_local(local: datetime, *, zone: ZoneInfo) -> AskedMoment:
    found = moments_of(local, zone=zone)
    if len(found) == 2:
        return AskedMoment(found[0], moments.came_twice(local), other=found[1])
    if not found:
        # Read with the offset before the change, it is as long after the change as it would have been without.
        moment = local.replace(tzinfo=zone).astimezone(UTC)
        return AskedMoment(moment, moments.never_came(local, read_as=moment.astimezone(zone)))
    return AskedMoment(found[0])


class LedgerForm(forms.Form):
    """The moment to explain, in the market's local time, and which lines to list. Ask ``is_valid`` first."""

    as_of = forms.CharField(
        label=_("Date and time"),
        required=False,
        widget=forms.TextInput(attrs={"type": "datetime-local", "step": "1"}),
    )
    show = forms.ChoiceField(
        required=False, choices=[(show.value, show.value) for show in LedgerTab], widget=forms.HiddenInput
    )
    policy = forms.CharField(required=False, widget=forms.HiddenInput)
    content = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Mapping[str, Any], *, zone: ZoneInfo) -> None:
        self.zone = zone
        super().__init__(data)

    def clean_as_of(self) -> AskedMoment | None:
        text = self.cleaned_data["as_of"]
        return read_moment(text, zone=self.zone) if text else None

    @property
    def asked(self) -> AskedMoment | None:
        """The moment asked for, ``None`` if none or none that can be read."""
        return self.cleaned_data.get("as_of")

    @property
    def shown(self) -> LedgerTab:
        """The lines asked for; those that count unless the address says otherwise."""
        return LedgerTab(self.cleaned_data.get("show") or "counting")

    @property
    def policy_code(self) -> str:
        """The policy that the lines are to be about; empty for any."""
        code: str = self.cleaned_data.get("policy", "")
        return code

    @property
    def content_kind(self) -> str:
        """The kind of content that the lines are to be about; empty for any, or for one that there is not."""
        kind: str = self.cleaned_data.get("content", "")
        return kind if kind in CONTENT_KINDS else ""

    def showing(self, as_of: datetime) -> LedgerForm:
        """The form with the moment that was read in the control, which knows local times only."""
        if self.errors.get("as_of"):
            return self
        local = as_of.astimezone(self.zone).replace(tzinfo=None, microsecond=0)
        kept = {name: self.data.get(name, "") for name in ("show", "policy", "content")}
        form = LedgerForm({"as_of": local.isoformat(), **kept}, zone=self.zone)
        form.is_valid()
        return form


class WhatIfForm(CheckedForm):
    """The policy and the local day of a violation that did not happen. Ask ``is_valid`` first."""

    policy = forms.ChoiceField(label=_("One more violation of"))
    day = forms.DateField(
        label=_("Day"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, data: Mapping[str, Any], *, policies: Mapping[str, str], today: date) -> None:
        self.today = today
        super().__init__(data)
        cast("forms.ChoiceField", self.fields["policy"]).choices = list(policies.items())
        self.fields["day"].widget.attrs |= {"min": today.isoformat(), "max": self.last_day.isoformat()}

    @property
    def last_day(self) -> date:
        return self.today + timedelta(days=DAYS_AHEAD)

    def clean_day(self) -> date:
        day: date = self.cleaned_data["day"] or self.today
        if not self.today <= day <= self.last_day:
            raise forms.ValidationError(moments.not_within(self.today, self.last_day))
        return day

    @property
    def asked_policy(self) -> str:
        """The code of the policy asked for."""
        code: str = self.cleaned_data["policy"]
        return code

    @property
    def asked_day(self) -> date:
        """The day asked for; today if none or none that can be used."""
        day: date = self.cleaned_data.get("day") or self.today
        return day
