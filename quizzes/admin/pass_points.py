"""The pages on which one person proposes that a pass removes more points, and another decides."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponseBase
from django.urls import URLPattern
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from accounts.access import person
from audit.admin_pages import ReadOnlyAdmin
from kit.backoffice.action_pages import ActionPage, bound_data, get_record
from kit.backoffice.inputs import LongTextField
from kit.backoffice.second_person import DecisionForm, decided, is_own
from kit.backoffice.tools import Tool
from kit.outcomes import Refused
from kit.pages.checked_forms import CheckedForm

from .. import bank_wording, services
from ..models import PassPointsProposal, Quiz

if TYPE_CHECKING:
    from .quizzes import QuizAdmin


class ProposalForm(CheckedForm):
    points = forms.IntegerField(label=_lazy("Points that a pass removes"), min_value=1, max_value=32_767)
    reason = LongTextField(_lazy("Reason"), rows=4)


@admin.register(PassPointsProposal)
class PassPointsProposalAdmin(ReadOnlyAdmin):
    """Proposals, to look at."""

    list_display = ["quiz", "points", "proposed_by", "proposed_at", "approved", "decided_by", "decided_at"]
    readonly_fields = ["alone_reason"]
    list_filter = ["approved"]
    list_select_related = ["quiz__policy", "proposed_by", "decided_by"]
    search_fields = ["quiz__policy__name"]


def paths(model_admin: QuizAdmin) -> list[URLPattern]:
    return [
        model_admin.record_path("propose", partial(_propose_page, model_admin)),
        model_admin.record_path("decide", partial(_decide_page, model_admin)),
    ]


def tools(model_admin: QuizAdmin, quiz: Quiz) -> list[Tool]:
    """To propose, or to decide while a proposal waits."""
    if _waiting(quiz) is None:
        return [Tool(_("Raise the points"), model_admin.record_url("propose", quiz))]
    return [Tool(_("Decide on the points"), model_admin.record_url("decide", quiz))]


def _waiting(quiz: Quiz) -> PassPointsProposal | None:
    return quiz.pass_points_proposals.filter(decided_at=None).select_related("proposed_by").first()


def _propose_page(model_admin: QuizAdmin, request: HttpRequest, object_id: str) -> HttpResponseBase:
    quiz = get_record(model_admin, request, object_id, allowed=model_admin.has_change_permission(request))
    page = ActionPage(
        model_admin=model_admin,
        record=quiz,
        title=_("Raise what a pass removes"),
        button=_("Propose"),
        done=_("Proposed. Somebody else has to approve it."),
        intro=_("A pass removes %(points)s now. Somebody else approves before it removes more.")
        % {"points": quiz.pass_points},
        run=lambda data: (
            services.propose_pass_points(quiz=quiz, **data, proposed_by=person(request), now=timezone.now()).quiz
        ),
    )
    return page.respond(request, ProposalForm(bound_data(request)))


def _decide_page(model_admin: QuizAdmin, request: HttpRequest, object_id: str) -> HttpResponseBase:
    quiz = get_record(model_admin, request, object_id, allowed=model_admin.has_change_permission(request))
    waiting = _waiting(quiz)
    page = ActionPage(
        model_admin=model_admin,
        record=quiz,
        title=_("Decide on what a pass removes"),
        button=_("Decide"),
        done=_("The decision is noted."),
        intro=bank_wording.proposed(waiting),
        shown={_("Proposal"): f"{bank_wording.proposed(waiting)} ({waiting.pk if waiting else '–'})"},
        run=lambda data: _decide(request, waiting, data),
    )
    return page.respond(request, DecisionForm(bound_data(request), is_alone=is_own(request, waiting)))


def _decide(request: HttpRequest, waiting: PassPointsProposal | None, data: dict[str, Any]) -> Quiz:
    if waiting is None:
        raise Refused(bank_wording.proposed(None))
    by, now = person(request), timezone.now()
    return services.decide_pass_points(proposal=waiting, **decided(data), decided_by=by, now=now).quiz
