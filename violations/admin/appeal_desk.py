"""Staff pages by which reviewers share the queue: take, release, assign, note, and what a page says of who has it."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_POST

from accounts.access import person
from accounts.models import User
from kit.backoffice.action_pages import ActionPage, bound_data, get_record
from kit.backoffice.choosers import RecordField
from kit.backoffice.inputs import LongTextField
from kit.backoffice.tools import Tool, ToolsMixin
from kit.outcomes import Refused
from kit.pages.checked_forms import CheckedForm

from ..models import Appeal, AppealClaim
from ..selectors import reviewers_for
from ..services import assign_appeal, note_on_appeal, release_appeal, running_claim, take_appeal, take_next
from ..wording import review_desk as wording

ASSIGN = "violations.assign_appeal"
DECIDE = "violations.decide_appeal"


class ClaimFilter(admin.SimpleListFilter):
    """Whose appeals: nobody's, or the person's own."""

    title = _lazy("who has it")
    parameter_name = "claim"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("free", _("Nobody")), ("mine", _("You"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        running = AppealClaim.objects.running(at=timezone.now())
        if self.value() == "free":
            return queryset.exclude(claim__in=running)
        if self.value() == "mine":
            return queryset.filter(claim__in=running.filter(person=person(request)))
        return queryset


class NoteForm(CheckedForm):
    """What a reviewer notes for others."""

    text = LongTextField(_lazy("Note"), _lazy("Staff read it, sellers never do. It stays as it is written."))


class AssignForm(CheckedForm):
    """To whom an appeal is given."""

    to = RecordField(User.objects.none(), label=_lazy("Reviewer"), help_text=_lazy("They have it until it is decided."))

    def __init__(self, *args: Any, appeal: Appeal, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["to"]
        field.queryset = reviewers_for(appeal)


class ReviewDeskMixin(ToolsMixin):
    """The pages; the appeal's own page shows what ``desk_of`` answers."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("next/", view(require_POST(self.next_page)), name="violations_appeal_next"),
            self.record_path("take", require_POST(self.take_page)),
            self.record_path("release", require_POST(self.release_page)),
            self.record_path("assign", self.assign_page),
            self.record_path("note", self.note_page),
            *super().get_urls(),
        ]

    def desk_of(self, request: HttpRequest, appeal: Appeal) -> dict[str, Any]:
        """Who has an appeal, what the person can do about that, and the notes (2 queries)."""
        claim = running_claim(appeal, now=timezone.now())
        return {
            "claim": claim,
            "claim_words": wording.who_has_it(claim, viewer=person(request)) if claim else "",
            "is_mine": claim is not None and claim.person == person(request),
            "notes": list(appeal.notes.select_related("written_by")),
        }

    def desk_tools(self, request: HttpRequest, appeal: Appeal) -> list[Tool]:
        tools = [Tool(_("Add a note"), self.record_url("note", appeal))] if request.user.has_perm(DECIDE) else []
        if appeal.is_open and request.user.has_perm(ASSIGN):
            tools.append(Tool(_("Assign it"), self.record_url("assign", appeal)))
        return tools

    def next_page(self, request: HttpRequest) -> HttpResponse:
        """Take the appeal to be decided first, and open it."""
        if not request.user.has_perm(DECIDE):
            raise PermissionDenied
        appeal = take_next(person=person(request), now=timezone.now())
        if appeal is None:
            messages.info(request, _("No appeal waits that you can decide and nobody else has."))
            return redirect("admin:violations_appeal_changelist")
        return redirect("admin:violations_appeal_change", appeal.pk)

    def take_page(self, request: HttpRequest, object_id: str) -> HttpResponse:
        appeal = get_record(self, request, object_id, allowed=request.user.has_perm(DECIDE))
        try:
            claim = take_appeal(
                appeal=appeal, person=person(request), now=timezone.now(), take_over="take_over" in request.POST
            )
        except Refused as refused:
            messages.error(request, str(refused))
        else:
            messages.success(request, wording.who_has_it(claim, viewer=person(request)))
        return redirect("admin:violations_appeal_change", appeal.pk)

    def release_page(self, request: HttpRequest, object_id: str) -> HttpResponse:
        appeal = get_record(self, request, object_id, allowed=request.user.has_perm(DECIDE))
        try:
            release_appeal(appeal=appeal, person=person(request), now=timezone.now())
        except Refused as refused:
            messages.error(request, str(refused))
        else:
            messages.success(request, _("Others can take the appeal now."))
        return redirect("admin:violations_appeal_change", appeal.pk)

    def assign_page(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        appeal: Appeal = get_record(self, request, object_id, allowed=request.user.has_perm(ASSIGN))

        def run(data: dict[str, Any]) -> Appeal:
            assign_appeal(appeal=appeal, to=data["to"], by=person(request), now=timezone.now())
            return appeal

        page = ActionPage(
            model_admin=self,
            record=appeal,
            title=_("Assign %(appeal)s") % {"appeal": appeal},
            button=_("Assign"),
            done=_("The appeal is assigned."),
            intro=wording.to_assign(appeal, viewer=person(request), claim=running_claim(appeal, now=timezone.now())),
            run=run,
        )
        return page.respond(request, AssignForm(bound_data(request), appeal=appeal))

    def note_page(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        appeal: Appeal = get_record(self, request, object_id, allowed=request.user.has_perm(DECIDE))

        def run(data: dict[str, Any]) -> Appeal:
            note_on_appeal(appeal=appeal, text=data["text"], by=person(request), now=timezone.now())
            return appeal

        page = ActionPage(
            model_admin=self,
            record=appeal,
            title=_("A note on %(appeal)s") % {"appeal": appeal},
            button=_("Keep the note"),
            done=_("The note is kept."),
            run=run,
        )
        return page.respond(request, NoteForm(bound_data(request)))


def decided(request: HttpRequest, appeal: Appeal, *, done: str) -> Appeal | HttpResponse:
    """Where a decision leads: to the appeal, or to the next one if that was asked for."""
    if "next" not in request.POST:
        return appeal
    messages.success(request, done)
    following = take_next(person=person(request), now=timezone.now())
    if following is not None:
        return redirect("admin:violations_appeal_change", following.pk)
    messages.info(request, _("No other appeal waits that you can decide and nobody else has."))
    return redirect(reverse("admin:violations_appeal_changelist"))
