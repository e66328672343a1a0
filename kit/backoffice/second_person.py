"""The field in which whoever approves what they proposed says why they go alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from ..pages.checked_forms import CheckedForm
from ..second_person import MIN_ALONE, Proposal, TwoPeople
from .action_pages import ActionPage, bound_data, not_possible_page
from .inputs import LongTextField


class SecondPersonForm(CheckedForm):
    """A form of the step in which a second person decides; who proposed it is asked for a reason to go alone."""

    alone_reason = LongTextField(_lazy("Reason to go alone"), rows=3, required=False)

    def __init__(self, *args: Any, is_alone: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if is_alone:
            said = _(
                "Somebody else than you approves it. If nobody else can, say why, in at least %(count)s characters. It "
                "stays on the record, and everybody who may approve reads it."
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


def decision_page(
    model_admin: admin.ModelAdmin[Any],
    request: HttpRequest,
    proposal: Proposal,
    *,
    decide: Callable[..., Proposal],
    **page: Any,
) -> HttpResponse:
    """The page on which a proposal is approved or declined. ``decide`` is the service, without who decides.

    ``page`` is what else an ``ActionPage`` says and shows.
    """
    title = _("Decide: %(proposal)s") % {"proposal": proposal}
    if proposal.decided_at is not None:
        return not_possible_page(
            model_admin, request, title=title, why=_("Somebody decided on this already."), record=proposal
        )
    asked = ActionPage(
        model_admin=model_admin,
        record=proposal,
        title=title,
        button=_("Decide"),
        run=lambda data: decide(proposal=proposal, now=timezone.now(), **decided(data)),
        **{"done": _("The decision is noted."), **page},
    )
    return asked.respond(request, DecisionForm(bound_data(request), is_alone=is_own(request, proposal)))
