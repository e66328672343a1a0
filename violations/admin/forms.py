"""What staff fill in to issue a violation, and to give a reason."""

from __future__ import annotations

import re
import uuid
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import (
    AdminTextInputWidget,
)
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from kit.backoffice.choosers import Chooser, RecordField
from kit.backoffice.inputs import LongTextField, MomentInput
from kit.pages.checked_forms import CheckedForm
from kit.texts.characters import composed
from kit.texts.limits import DECISION, EXPLANATION, FACTS
from policies.models import Policy
from sellers.models import Content, Seller
from sellers.services import ContentDraft

from ..models import Violation
from ..services import ViolationDraft


class PositionField(forms.CharField):
    """A position inside a LIVE or a video, written 1:02:03, 2:03 or 00:02:03; cleaned to seconds."""

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if not text:
            return None
        match = re.fullmatch(r"(?:(\d{1,3}):)?([0-5]?\d):([0-5]\d)", text)
        if not match:
            raise forms.ValidationError(_("Write it as hours, minutes and seconds, such as 01:02:03."))
        hours, minutes, seconds = (int(part or 0) for part in match.groups())
        return hours * 3600 + minutes * 60 + seconds


def new_external_id() -> str:
    """An id for a violation that staff issue. It is chosen before the form is sent: sent twice, it is one violation."""
    return f"staff-{uuid.uuid4().hex[:12]}"


def _chooser(model: type[Any], field: str) -> Chooser:
    return Chooser(model._meta.get_field(field), admin.site)


class IssueForm(CheckedForm):
    """A violation with its statement of reasons."""

    seller = RecordField(
        Seller.objects.select_related("market"), widget=_chooser(Violation, "seller"), label=_lazy("Seller")
    )
    policy = RecordField(
        Policy.objects.none(), help_text=_lazy("Policies with a version in force."), label=_lazy("Policy")
    )
    issued_at = forms.SplitDateTimeField(
        widget=MomentInput(_lazy("Issued at (UTC)")),
        label=_lazy("Issued at (UTC)"),
        help_text=_lazy("When it was decided. Points count from then."),
    )
    external_id = forms.CharField(
        max_length=64, required=False, widget=AdminTextInputWidget, label=_lazy("External id"),
        help_text=_lazy("The marketplace's own id. Keep this one if there is none."),
    )  # fmt: skip

    content = RecordField(
        Content.objects.all(), required=False, widget=_chooser(Violation, "content"), label=_lazy("Known content")
    )
    content_kind = forms.ChoiceField(
        choices=[("", "---------"), *Content.Kind.choices], required=False, label=_lazy("Kind")
    )
    content_external_id = forms.CharField(max_length=64, required=False, widget=AdminTextInputWidget, label=_lazy("Id"))
    content_title = forms.CharField(max_length=200, required=False, widget=AdminTextInputWidget, label=_lazy("Title"))
    content_url = forms.URLField(
        max_length=500, required=False, widget=AdminTextInputWidget, label=_lazy("Address"), assume_scheme="https"
    )
    content_published_at = forms.SplitDateTimeField(
        widget=MomentInput(_lazy("Published at (UTC)")), required=False, label=_lazy("Published at (UTC)"),
        help_text=_lazy("Decides which version of the policy applies."),
    )  # fmt: skip
    position = PositionField(
        required=False,
        widget=AdminTextInputWidget,
        label=_lazy("Position"),
        help_text=_lazy("Inside a LIVE or a video: HH:MM:SS."),
    )

    facts = LongTextField(_lazy("Facts"), _lazy("What was seen or heard, and when. Markdown."), max_length=FACTS)
    detection = forms.ChoiceField(choices=Violation.Detection, label=_lazy("How it was found"))
    automated = forms.BooleanField(required=False, label=_lazy("The decision was taken without a person"))
    detector = forms.CharField(
        max_length=60, required=False, widget=AdminTextInputWidget, label=_lazy("Detector"),
        help_text=_lazy("The automated system that found it; empty if people did."),
    )  # fmt: skip
    detector_version = forms.CharField(
        max_length=40, required=False, widget=AdminTextInputWidget, label=_lazy("Its version")
    )

    decision = LongTextField(
        _lazy("Decision"),
        _lazy("What was decided, its scope and how long it lasts. Empty: the points of the policy's version."),
        rows=3,
        max_length=DECISION,
        required=False,
    )
    policy_section = forms.CharField(
        max_length=200,
        required=False,
        widget=AdminTextInputWidget,
        help_text=_lazy("Empty: the policy and its version."),
        label=_lazy("Policy section"),
    )
    explanation = LongTextField(
        _lazy("Explanation"),
        _lazy("Why this breaks that section. Empty: what the policy's version says."),
        rows=3,
        max_length=EXPLANATION,
        required=False,
    )

    fieldsets = [
        (None, {"fields": ["seller", "policy", "issued_at", "external_id"]}),
        (_lazy("Content"), {"description": _lazy("Choose content the portal knows…"), "fields": ["content"]}),
        (
            _lazy("New content"),
            {
                "description": _lazy("…or describe it. Leave both empty if it is about no LIVE, video or listing."),
                "fields": [
                    ("content_kind", "content_external_id"),
                    "content_title",
                    "content_url",
                    "content_published_at",
                ],
            },
        ),
        (
            _lazy("What was found"),
            {"fields": ["position", "facts", "detection", "automated", ("detector", "detector_version")]},
        ),
        (
            _lazy("Statement of reasons in your own words"),
            {
                "description": _lazy(
                    "The seller reads this. Markdown. What is left empty comes from the policy's version."
                ),
                "fields": ["decision", "policy_section", "explanation"],
            },
        ),
    ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        policies = Policy.objects.published(as_of=timezone.now())
        cast("forms.ModelChoiceField[Policy]", self.fields["policy"]).queryset = policies

    def clean_external_id(self) -> str:
        return composed(self.cleaned_data["external_id"].strip()) or new_external_id()

    def clean_content_external_id(self) -> str:
        return composed(self.cleaned_data["content_external_id"])

    def clean(self) -> dict[str, Any]:
        data = cast("dict[str, Any]", super().clean())
        known, described = data.get("content"), self._described(data)
        if known and described:
            self.add_error("content", _("Choose known content or describe new content, not both."))
        if known and data.get("seller") and known.seller_id != data["seller"].pk:
            self.add_error("content", _("This content belongs to another seller."))
        if described:
            for name in ["content_kind", "content_external_id", "content_title"]:
                if not data.get(name) and name not in self.errors:
                    self.add_error(name, _("New content needs a kind, an id and a title."))
        return data

    @staticmethod
    def _described(data: dict[str, Any]) -> bool:
        return any(value for name, value in data.items() if name.startswith("content_"))


def violation_draft(data: dict[str, Any]) -> ViolationDraft:
    """The draft that a filled-in ``IssueForm`` describes."""
    return ViolationDraft(
        external_id=data["external_id"],
        seller_external_id=data["seller"].external_id,
        policy_code=data["policy"].code,
        issued_at=data["issued_at"],
        facts=data["facts"],
        detection=data["detection"],
        automated=data["automated"],
        detector=composed(data["detector"].strip()),
        detector_version=data["detector_version"].strip(),
        content=_content_draft(data),
        position_seconds=data["position"],
        decision=data["decision"],
        policy_section=data["policy_section"],
        explanation=data["explanation"],
    )


def _content_draft(data: dict[str, Any]) -> ContentDraft | None:
    known: Content | None = data["content"]
    if known is not None:
        return ContentDraft(known.kind, known.external_id, known.title, known.url, known.published_at)
    if not data["content_external_id"]:
        return None
    return ContentDraft(
        kind=data["content_kind"],
        external_id=data["content_external_id"],
        title=data["content_title"],
        url=data["content_url"],
        published_at=data["content_published_at"],
    )


class ReasonForm(CheckedForm):
    """Why something is voided or lifted."""

    reason = LongTextField(_lazy("Reason"), _lazy("The seller reads it. Markdown."))
