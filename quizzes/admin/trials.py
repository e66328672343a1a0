"""Fair trials: started, stopped and read by who keeps quizzes."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from accounts.access import person
from audit.admin_pages import ReadOnlyAdmin
from kit.backoffice.action_pages import ActionPage, bound_data, get_record
from kit.backoffice.choosers import RecordField
from kit.backoffice.filters import happened
from kit.backoffice.inputs import LongTextField
from kit.backoffice.tools import Tool, ToolsMixin
from kit.documents.csv_files import csv_download
from kit.pages.checked_forms import CheckedForm
from sellers.models import Market

from .. import services, trail_notes
from ..models import FairTrial, Quiz, TrialSeller
from ..rules import FOLLOWED_FOR
from ..trials import selectors, wording

FIELDS = ["seller", "invited", "assigned_at", "told_at", "followed_until", "took_quiz_at", "breached_again_at"]


class TrialForm(CheckedForm):
    quiz = RecordField(Quiz.objects.select_related("policy"), label=_lazy("Quiz"))
    market = RecordField(Market.objects.all(), label=_lazy("Market"))
    question = LongTextField(_lazy("What it is to find out"), rows=3)


def tools(quiz: Quiz) -> list[Tool]:
    """To start one of a quiz."""
    return [Tool(_("Start a fair trial"), reverse("admin:quizzes_fairtrial_add", query={"quiz": quiz.pk}))]


@admin.register(FairTrial)
class FairTrialAdmin(ToolsMixin, ReadOnlyAdmin):
    """Trials with how many sellers are in each half."""

    list_display = ["quiz", "market", "started_at", "stopped_at", "invited", "others"]
    list_filter = [("stopped_at", happened(_lazy("state"), not_yet=_lazy("Runs"), done=_lazy("Stopped"))), "market"]
    list_select_related = ["quiz__policy", "market"]
    search_fields = ["quiz__policy__name", "question"]
    ordering = ["-id"]
    fields = ["quiz", "market", "question", "started_at", "started_by", "stopped_at", "stopped_by", "seed"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[FairTrial]:
        in_one = Count("sellers", filter=Q(sellers__invited=True))
        in_other = Count("sellers", filter=Q(sellers__invited=False))
        found: QuerySet[FairTrial] = super().get_queryset(request)
        return found.annotate(in_one=in_one, in_other=in_other)

    @admin.display(description=_lazy("Invited"))
    def invited(self, trial: Any) -> int:
        return int(trial.in_one)

    @admin.display(description=_lazy("Not invited"))
    def others(self, trial: Any) -> int:
        return int(trial.in_other)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("quizzes.add_fairtrial")

    def get_urls(self) -> list[URLPattern]:
        return [
            self.record_path("result", self.result_page),
            self.record_path("stop", self.stop_page),
            *super().get_urls(),
        ]

    def get_tools(self, request: HttpRequest, obj: FairTrial) -> list[Tool]:
        read = Tool(_("Read the result"), self.record_url("result", obj))
        if obj.stopped_at is not None or not self.has_add_permission(request):
            return [read]
        return [read, Tool(_("Stop"), self.record_url("stop", obj))]

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        page = ActionPage(
            model_admin=self,
            title=_("Start a fair trial"),
            button=_("Start"),
            done=_("The trial runs. Sellers are taken in within the hour."),
            intro=_(
                "While it runs, chance puts each seller of the market who could take the quiz into one of two halves, "
                "and only one of them is invited by a message. Everybody can take the quiz as ever. Stop it when there "
                "are enough sellers; 90 days after the last the halves are compared."
            ),
            run=lambda data: services.start_trial(**data, started_by=person(request), now=timezone.now()),
        )
        return page.respond(request, TrialForm(bound_data(request), initial={"quiz": request.GET.get("quiz")}))

    def stop_page(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        trial = get_record(self, request, object_id, allowed=self.has_add_permission(request))
        page = ActionPage(
            model_admin=self,
            record=trial,
            title=_("Stop “%(trial)s”") % {"trial": trial},
            button=_("Stop"),
            done=_("The trial is stopped."),
            intro=_("No seller is taken in any more. Those who are in it are followed for their 90 days."),
            run=lambda data: services.stop_trial(trial=trial, stopped_by=person(request), now=timezone.now()),
        )
        return page.respond(request, forms.Form(bound_data(request)))

    def result_page(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        trial = get_record(self, request, object_id, allowed=self.has_view_permission(request))
        if request.GET.get("format") == "csv":
            return self._file(request, trial)
        found = selectors.outcome(trial, as_of=timezone.now())
        context = {
            "title": trial,
            "opts": self.opts,
            "original": trial,
            "verdict": wording.verdict(found, last_assigned_at=selectors.last_assigned_at(trial)),
            "halves": wording.half_rows(found),
            "difference": wording.difference(found),
            "waiting": found.waiting,
        }
        return TemplateResponse(request, "admin/quizzes/fairtrial/result.html", context)

    def _file(self, request: HttpRequest, trial: FairTrial) -> HttpResponseBase:
        self.log_read(request, trial, trail_notes.trial_downloaded())
        now = timezone.now()
        rows = map(_line, selectors.assigned_sellers(trial, as_of=now).iterator())
        return csv_download(FIELDS, rows, name=f"trial-{trial.pk}-{now:%Y-%m-%d}.csv")


def _line(one: TrialSeller) -> list[Any]:
    """Their half, and what they did in their 90 days."""
    moments = [one.handled_at if one.message_id else None, one.assigned_at + FOLLOWED_FOR]
    moments += [one.took_at, one.breached_at]  # type: ignore[attr-defined]  # assigned_sellers
    said = ["" if moment is None else moment.isoformat() for moment in moments]
    return [one.seller.external_id, "yes" if one.invited else "no", one.assigned_at.isoformat(), *said]
