"""What staff fill in for a mass reversal."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.admin.widgets import (
    AdminIntegerFieldWidget,
    AdminTextInputWidget,
)
from django.utils.translation import gettext_lazy as _lazy

from kit.backoffice.choosers import RecordField
from kit.backoffice.inputs import LongTextField, MomentInput, SuggestingInput
from kit.backoffice.second_person import SecondPersonForm
from kit.pages.checked_forms import CheckedForm
from kit.scopes import Scope
from policies.models import Policy, PolicyVersion
from sellers.models import Market

from ..models import MassReversal, Violation
from ..selectors import sources_of_late
from ..services import ReversalFilter

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

FILTER = [one.name for one in fields(ReversalFilter)]


def _utc_moment_field(label: str | _StrPromise, help_text: str | _StrPromise = "") -> forms.SplitDateTimeField:
    return forms.SplitDateTimeField(widget=MomentInput(label), required=False, label=label, help_text=help_text)


class FilterForm(CheckedForm):
    """Which violations of a market, and what happened."""

    market = RecordField(Market.objects.all(), label=_lazy("Market"))
    incident = LongTextField(_lazy("Incident"), _lazy("What happened, for staff. Sellers do not read it."), rows=3)
    policy = RecordField(
        Policy.objects.order_by("name"), required=False, empty_label=_lazy("Any"), label=_lazy("Policy")
    )
    policy_version = RecordField(
        PolicyVersion.objects.published().select_related("policy").order_by("policy__name", "-number"),
        required=False, empty_label=_lazy("Any"), label=_lazy("Version of a policy"),
    )  # fmt: skip
    source = forms.CharField(
        max_length=120, required=False,
        help_text=_lazy(
            "One import or one API token, as a violation's page has it: “API token feed”, “import may.csv”. "
            "Those of late are suggested."
        ), label=_lazy("Source"))  # fmt: skip
    detection = forms.ChoiceField(
        choices=[("", _lazy("Any")), *Violation.Detection.choices], required=False, label=_lazy("How it was found")
    )
    detector = forms.CharField(
        max_length=60, required=False, label=_lazy("Detector"), widget=AdminTextInputWidget,
        help_text=_lazy("One automated system, as violations name it."),
    )  # fmt: skip
    detector_version = forms.CharField(
        max_length=40, required=False, label=_lazy("Its version"), widget=AdminTextInputWidget
    )
    automated = forms.TypedChoiceField(
        choices=[
            ("", _lazy("Either")),
            ("yes", _lazy("Decided without a person")),
            ("no", _lazy("Decided by a person")),
        ],
        coerce=lambda value: value == "yes", empty_value=None, required=False, label=_lazy("Who decided"),
    )  # fmt: skip
    issued_from = _utc_moment_field(_lazy("Issued from (UTC)"))
    issued_until = _utc_moment_field(_lazy("Issued before (UTC)"))
    recorded_from = _utc_moment_field(_lazy("Recorded from (UTC)"), _lazy("When the portal learned of it."))
    recorded_until = _utc_moment_field(_lazy("Recorded before (UTC)"))

    def __init__(self, *args: Any, scope: Scope, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["source"].widget = SuggestingInput(lambda: sources_of_late(scope))

    fieldsets = [
        (None, {"fields": ["market", "incident"]}),
        (
            _lazy("Which violations"),
            {
                "description": _lazy(
                    "Everything that you name has to be true of a violation. Name at least one thing."
                ),
                "fields": [
                    "policy",
                    "policy_version",
                    "source",
                    "detection",
                    ("detector", "detector_version"),
                    "automated",
                ],
            },
        ),
        (_lazy("Period"), {"fields": ["issued_from", "issued_until", "recorded_from", "recorded_until"]}),
    ]


class StartForm(SecondPersonForm):
    """What the sellers read, and the number that shows that somebody looked; of a proposal only the number."""

    reason = LongTextField(_lazy("Reason"), _lazy("Every seller reads it, in one message. Markdown."), rows=3)
    confirmed = forms.IntegerField(
        min_value=1, widget=AdminIntegerFieldWidget(attrs={"autocomplete": "off"}), label=_lazy("Number of violations"),
        help_text=_lazy("Type how many violations are voided, as it stands above."),
    )  # fmt: skip

    def __init__(self, *args: Any, reversal: MassReversal, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if reversal.proposed_by_id is not None:
            del self.fields["reason"]


def drafted(data: dict[str, Any]) -> dict[str, Any]:
    """What a filled-in ``FilterForm`` says, for the service."""
    wanted = ReversalFilter(**{name: data[name] for name in FILTER})
    return {"market": data["market"], "incident": data["incident"], "wanted": wanted}
