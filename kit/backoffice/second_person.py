"""The field in which whoever approves what they proposed says why they go alone."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from ..pages.checked_forms import CheckedForm
from ..pages.text_areas import AdminTextArea
from ..second_person import MIN_ALONE, TwoPeople
from ..texts.limits import REASON


class SecondPersonForm(CheckedForm):
    """A form of the step in which a second person decides; who proposed it is asked for a reason to go alone."""

    alone_reason = forms.CharField(
        label=_lazy("Reason to go alone"), max_length=REASON, required=False, widget=AdminTextArea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, is_alone: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if is_alone:
            said = _(
                "You proposed this: somebody else approves it. If nobody else can, say why, in at least %(count)s "
                "characters. It stays on the record, and everybody who may approve reads it."
            )
            self.fields["alone_reason"].help_text = said % {"count": MIN_ALONE}
            self.order_fields([*(name for name in self.fields if name != "alone_reason"), "alone_reason"])
        else:
            del self.fields["alone_reason"]


class DecisionForm(SecondPersonForm):
    """Approve or decline."""

    decision = forms.ChoiceField(
        label=_lazy("Decision"), choices=[("approve", _lazy("Approve")), ("decline", _lazy("Decline"))]
    )


def decided(data: dict[str, Any]) -> dict[str, Any]:
    """What services that decide take of a ``DecisionForm``."""
    return {"is_approved": data["decision"] == "approve", "alone_reason": data.get("alone_reason", "")}


def is_own(request: HttpRequest, record: TwoPeople | None) -> bool:
    """Whether it is the person who looks that proposed it."""
    return record is not None and record.is_own(request.user.pk)
