"""What staff fill in for a mass reversal."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from django import forms
from django.contrib.admin.widgets import (
    AdminIntegerFieldWidget,
)

from kit.backoffice.inputs import MomentInput, SuggestingInput
from kit.pages.text_areas import AdminTextArea
from kit.texts.limits import REASON
from policies.models import Policy, PolicyVersion
from sellers.models import Market

from ..models import Violation
from ..selectors import sources_of_late
from ..services import ReversalFilter

FILTER = [one.name for one in fields(ReversalFilter)]


def _utc_moment_field(label: str, help_text: str = "") -> forms.SplitDateTimeField:
    return forms.SplitDateTimeField(widget=MomentInput(label), required=False, label=label, help_text=help_text)


class FilterForm(forms.Form):
    """Which violations of a market, and what happened."""

    market = forms.ModelChoiceField(Market.objects.all())
    incident = forms.CharField(
        max_length=REASON,
        widget=AdminTextArea(attrs={"rows": 3}),
        help_text="What happened, for staff. Sellers do not read it.",
    )
    policy = forms.ModelChoiceField(Policy.objects.order_by("name"), required=False, empty_label="Any")
    policy_version = forms.ModelChoiceField(
        PolicyVersion.objects.published().select_related("policy").order_by("policy__name", "-number"),
        required=False, empty_label="Any", label="Version of a policy",
    )  # fmt: skip
    source = forms.CharField(
        max_length=120, required=False, widget=SuggestingInput(sources_of_late),
        help_text="One import or one API token, as a violation's page has it: “API token feed”, “import may.csv”. "
        "Those of late are suggested.",
    )  # fmt: skip
    detection = forms.ChoiceField(
        choices=[("", "Any"), *Violation.Detection.choices], required=False, label="How it was found"
    )
    automated = forms.TypedChoiceField(
        choices=[("", "Either"), ("yes", "Decided without a person"), ("no", "Decided by a person")],
        coerce=lambda value: value == "yes", empty_value=None, required=False, label="Who decided",
    )  # fmt: skip
    issued_from = _utc_moment_field("Issued from (UTC)")
    issued_until = _utc_moment_field("Issued before (UTC)")
    recorded_from = _utc_moment_field("Recorded from (UTC)", "When the portal learned of it.")
    recorded_until = _utc_moment_field("Recorded before (UTC)")

    fieldsets = [
        (None, {"fields": ["market", "incident"]}),
        (
            "Which violations",
            {
                "description": "Everything that you name has to be true of a violation. Name at least one thing.",
                "fields": ["policy", "policy_version", "source", "detection", "automated"],
            },
        ),
        ("Period", {"fields": ["issued_from", "issued_until", "recorded_from", "recorded_until"]}),
    ]


class StartForm(forms.Form):
    """What the sellers read, and the number that shows that somebody looked."""

    reason = forms.CharField(
        max_length=REASON,
        widget=AdminTextArea(attrs={"rows": 3}),
        help_text="Every seller reads it, in one message. Markdown.",
    )
    confirmed = forms.IntegerField(
        min_value=1, widget=AdminIntegerFieldWidget(attrs={"autocomplete": "off"}), label="Number of violations",
        help_text="Type how many violations are voided, as it stands above.",
    )  # fmt: skip


def drafted(data: dict[str, Any]) -> dict[str, Any]:
    """What a filled-in ``FilterForm`` says, for the service."""
    wanted = ReversalFilter(**{name: data[name] for name in FILTER})
    return {"market": data["market"], "incident": data["incident"], "wanted": wanted}
