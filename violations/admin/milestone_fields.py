"""The fields of forms in which staff write other rules of a market: its numbers, and each of its milestones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, cast

from django import forms
from django.db import models
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from kit.backoffice.scopes import in_scope, scope_of
from kit.outcomes import Refused
from kit.pages.checked_forms import CheckedForm
from kit.texts.ids import id_in
from sellers.models import Market

from ..models import ActionKind, Capability
from ..services.rules_changes import MILESTONE_FIELDS
from ..wording import rules_changes as wording

SPARE = 2
"""Empty milestones that a form offers beside those in force."""


class OtherRulesForm(CheckedForm):
    """The market's numbers and milestones as they are; what is changed in it is meant.

    A form that extends it adds its own fields before it calls ``add_rules``.
    """

    def add_rules(self, market: Market, names: Iterable[str], milestones: list[dict[str, Any]]) -> None:
        """Add a field for each of these numbers, and those of each milestone."""
        for name in names:
            column = cast("models.Field[Any, Any]", Market._meta.get_field(name))
            self.fields[name] = cast(forms.Field, column.formfield(initial=getattr(market, name)))
        self.numbers = range(len(milestones) + SPARE)
        for number in self.numbers:
            self._add_milestone(number, milestones[number] if number < len(milestones) else {})

    def _add_milestone(self, number: int, row: dict[str, Any]) -> None:
        empty = _("Empty: this milestone is retired.") if row else _("Empty: no further milestone.")
        fields: dict[str, forms.Field] = {
            "points": forms.IntegerField(min_value=1, max_value=32_767, help_text=empty, label=_("Points")),
            "kind": forms.ChoiceField(choices=ActionKind.choices, label=_("What happens")),
            "capabilities": forms.MultipleChoiceField(
                choices=Capability.choices, widget=forms.CheckboxSelectMultiple, label=_("Takes away")
            ),
            "duration_days": forms.IntegerField(
                min_value=1, max_value=32_767, help_text=_("Empty: until it is lifted."), label=_("Days")
            ),
            "notice_days": forms.IntegerField(min_value=0, max_value=32_767, label=_("Days of notice")),
        }
        for name, field in fields.items():
            field.required, field.initial = False, row.get(name)
            self.fields[f"{name}_{number}"] = field

    @property
    def milestone_fieldsets(self) -> list[Any]:
        return [
            (
                _("Milestone %(number)s") % {"number": number + 1},
                {"fields": [f"{name}_{number}" for name in MILESTONE_FIELDS]},
            )
            for number in self.numbers
        ]

    def milestones(self, data: dict[str, Any]) -> list[dict[str, Any]]:
        """Those that have points, as the services take them."""
        rows = [{name: data[f"{name}_{number}"] for name in MILESTONE_FIELDS} for number in self.numbers]
        return [row | {"notice_days": row["notice_days"] or 0} for row in rows if row["points"]]


@contextmanager
def milestones_named_in_words() -> Iterator[None]:
    """The form has each field of a milestone once for each of them: a refusal of one stands above them all."""
    try:
        yield
    except Refused as refused:
        if refused.field in MILESTONE_FIELDS or refused.field == "milestones":
            raise Refused(wording.milestone_does_not_fit(refused.field, refused)) from refused
        raise


def market_of(request: HttpRequest) -> Market | None:
    """The market that the address names, or the only one; ``None`` if it is to be chosen."""
    own = in_scope(Market.objects.all(), scope_of(request))
    if "market" in request.GET:
        return get_object_or_404(own, pk=id_in(request.GET["market"]))
    markets = own[:2]
    return markets[0] if len(markets) == 1 else None
