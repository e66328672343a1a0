"""Staff pages of appeals: the queue, what a reviewer needs to decide, the decisions, and how they turn out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from accounts.access import person
from audit.admin_pages import ReadOnlyAdmin
from kit.backoffice.action_pages import ActionPage, bound_data, get_record, list_url, not_possible_page
from kit.backoffice.tools import Tool
from kit.formatting import position_words
from kit.references import number_of

from .. import selectors, trail_notes
from ..attachments import download
from ..models import REFERENCE_LETTER, Appeal, AppealAttachment, AppealQuerySet, AppealRequest, Violation
from ..presentation.history import HistoryEvent, history_of
from ..services import ask_seller, deny_appeal, grant_appeal, grant_partly, why_not_decide, withdraw_request
from ..wording import appeal_requests as wording
from ..wording.appeals import redress
from .appeal_desk import ClaimFilter, ReviewDeskMixin, decided
from .appeal_forms import AskForm, DenyForm, GrantForm, PartlyForm
from .appeal_pages import respond_with_macros
from .appeal_queue import AppealStateFilter, answer_by, time_left
from .appeal_statistics import StatisticsMixin

DECISIONS = {"grant": _lazy("Grant"), "grant_partly": _lazy("Grant in part"), "deny": _lazy("Deny")}
"""The pages on which an appeal is decided, and what they are called."""


def _question(appeal: Appeal, decision: str | Promise) -> str:
    """What a page asks on which an appeal is decided."""
    return _("%(decision)s: appeal of %(seller)s against %(policy)s?") % {
        "decision": decision,
        "seller": appeal.seller,
        "policy": appeal.violation.policy,
    }


def _events(violation: Violation, appeals: Sequence[Appeal], *, as_of: datetime) -> list[HistoryEvent]:
    """What happened to a violation, without what the seller was told of it."""
    entries = list(violation.entries.order_by("effective_at", "id"))
    actions = list(violation.actions.select_related("milestone", "notice").order_by("starts_at"))
    return history_of(violation, entries=entries, actions=actions, messages=[], appeals=appeals, as_of=as_of)


@admin.register(Appeal)
class AppealAdmin(StatisticsMixin, ReviewDeskMixin, ReadOnlyAdmin):
    """The reviewers' queue: the appeal that is to be decided first comes first."""

    change_form_template = "admin/violations/appeal/change_form.html"
    list_display = ["reference", "time_left", "seller", "policy", "points_assessed", "filed_at", "who_has_it"]
    list_filter = [
        AppealStateFilter,
        ClaimFilter,
        "seller__market",
        "violation__policy_version__policy",
    ]
    search_fields = ["seller__name", "=seller__external_id", "=violation__external_id"]
    search_help_text = _lazy("The appeal's reference, the seller's name or id, or the violation's external id")
    ordering = ["decide_by", "id"]
    sortable_by = ()
    view_on_site = False
    fields = ["seller"]  # the page has a template of its own

    class Media:
        js = ["violations/queue.js"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        related = ["seller__market", "violation__policy_version__policy", "violation__content", "violation__market"]
        people = ["violation__issued_by", "filed_by", "decided_by", "credit"]
        now = timezone.now()
        appeals = cast("AppealQuerySet", super().get_queryset(request))
        appeals = appeals.with_request(at=now).with_claim(at=now).order_by(*self.ordering)
        return appeals.select_related(*related, *people)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """A reference leads to its appeal, whatever else it may be part of; a mistyped one says so."""
        try:
            number = number_of(REFERENCE_LETTER, search_term)
        except ValueError:
            number = None
            messages.warning(request, _("This is no reference of an appeal: a digit is wrong, or two changed places."))
        if number is not None:
            return queryset.filter(pk=number), False
        return super().get_search_results(request, queryset, search_term)

    def get_list_display(self, request: HttpRequest) -> Any:
        """Of what waits: how long, and who has it. Of the others: what became of each."""
        if request.GET.get(AppealStateFilter.parameter_name) in AppealStateFilter.WAITING:
            return self.list_display
        left = "time_left" if request.GET.get(AppealStateFilter.parameter_name) == "all" else ""
        return [one for one in ["reference", left, "seller", "policy", "points_assessed", "filed_at", "stands"] if one]

    @admin.display(description=_lazy("Appeal"))
    def reference(self, appeal: Appeal) -> str:
        return appeal.reference

    @admin.display(description=_lazy("Policy"), ordering="violation__policy_version__policy__name")
    def policy(self, appeal: Appeal) -> str:
        return str(appeal.violation.policy)

    @admin.display(description=_lazy("Points assessed"), ordering="violation__policy_version__points")
    def points_assessed(self, appeal: Appeal) -> int:
        return appeal.violation.policy_version.points

    @admin.display(description=_lazy("Who has it"))
    def who_has_it(self, appeal: Appeal) -> str:
        return str(appeal.has_it) if appeal.is_open and appeal.has_it else "-"  # type: ignore[attr-defined]  # annotated

    @admin.display(description=_lazy("State"))
    def stands(self, appeal: Appeal) -> str:
        return appeal.outcome

    @admin.display(description=_lazy("Time left"), ordering="decide_by")
    def time_left(self, appeal: Appeal) -> str:
        return time_left(appeal, answer_by=answer_by(appeal), as_of=timezone.now())

    def record_context(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        return super().record_context(request, obj) | (self._review(request, obj) if obj else {})

    def _review(self, request: HttpRequest, appeal: Appeal) -> dict[str, Any]:
        """What the reviewer's page shows beside the appeal itself."""
        violation, now = appeal.violation, timezone.now()
        appeals = list(selectors.with_dialogue(violation.appeals.all()).order_by("filed_at"))
        return {
            "title": _("Appeal of %(seller)s: %(policy)s") % {"seller": appeal.seller, "policy": violation.policy},
            "subtitle": None,
            "appeal": appeal,
            "violation": violation,
            "time_left": time_left(appeal, answer_by=answer_by(appeal), as_of=now),
            "files": list(appeal.attachments.all()),
            "may_open_files": self._may_open_files(request),
            "review": selectors.get_review(appeal, as_of=now),
            "position": None if violation.position_seconds is None else position_words(violation.position_seconds),
            "events": _events(violation, appeals, as_of=now),
            "dialogue": selectors.dialogue_of(next(one for one in appeals if one == appeal), as_of=now),
            "redress": redress(violation),
            "why_not": self._why_not(request, appeal),
            **self.desk_of(request, appeal),
            "decisions": [(str(label), self.record_url(name, appeal)) for name, label in DECISIONS.items()],
        }

    def _why_not(self, request: HttpRequest, appeal: Appeal) -> str:
        """Why the person cannot decide now, empty if they can."""
        asked = answer_by(appeal)
        return self._why_not_at_all(request, appeal) or (wording.still_asked(asked) if asked else "")

    def _why_not_at_all(self, request: HttpRequest, appeal: Appeal) -> str:
        """The same, whether or not the seller is asked for something."""
        if not appeal.is_open:
            return _("It is not open any more: %(outcome)s.") % {"outcome": appeal.outcome.lower()}
        if not self.has_decide_permission(request):
            return _("You may look at appeals but not decide on them.")
        return why_not_decide(appeal, person=person(request))

    def has_decide_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("violations.decide_appeal")

    def _may_open_files(self, request: HttpRequest) -> bool:
        """What a seller attached can hold more than the case needs: seeing appeals is not enough."""
        return self.has_view_permission(request) and request.user.has_perm("violations.view_appealattachment")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path(
                "<path:object_id>/attachments/<int:attachment_id>/",
                view(self.attachment_page),
                name="violations_appeal_attachment",
            ),
            self.record_path("ask", self.ask_page),
            self.record_path("withdraw_request", self.withdraw_request_page),
            self.record_path("grant", self.grant_page),
            self.record_path("grant_partly", self.partly_page),
            self.record_path("deny", self.deny_page),
            *super().get_urls(),
        ]

    def get_tools(self, request: HttpRequest, obj: Appeal) -> list[Tool]:
        tools = [
            Tool(_("The seller"), reverse("admin:sellers_seller_change", args=[obj.seller_id])),
            Tool(_("All of its violations"), list_url(Violation, seller__id__exact=obj.seller_id)),
        ]
        tools += self.desk_tools(request, obj)
        if not self._why_not_at_all(request, obj) and answer_by(obj):
            tools.append(Tool(_("Withdraw the request"), self.record_url("withdraw_request", obj)))
        if not self._why_not(request, obj):
            tools.append(Tool(_("Ask for what is missing"), self.record_url("ask", obj)))
            left = obj.violation.entries.filter(expires_at__gt=timezone.now()).total()
            offered = {name: label for name, label in DECISIONS.items() if left != 1 or name != "grant_partly"}
            tools += [Tool(str(label), self.record_url(name, obj)) for name, label in offered.items()]
        return tools

    def attachment_page(self, request: HttpRequest, object_id: str, attachment_id: int) -> FileResponse:
        appeal = get_record(self, request, object_id, allowed=self._may_open_files(request))
        attachment = get_object_or_404(AppealAttachment.objects.sent_with(appeal), pk=attachment_id)
        self.log_read(request, appeal, trail_notes.attachment_downloaded(attachment=str(attachment)))
        return download(attachment)

    def ask_page(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        appeal: Appeal = get_record(self, request, object_id, allowed=self.has_decide_permission(request))
        if request.method != "POST" and (why := self._why_not(request, appeal)):
            title = _("Nothing can be asked about %(appeal)s here") % {"appeal": appeal}
            return not_possible_page(self, request, title=title, why=why, record=appeal)

        def run(data: dict[str, Any]) -> Appeal:
            return ask_seller(appeal=appeal, asked_by=person(request), now=timezone.now(), **data).appeal

        title = _("Ask %(seller)s for what is missing") % {"seller": appeal.seller}
        page = ActionPage(
            model_admin=self,
            record=appeal,
            title=title,
            button=_("Ask the seller"),
            done=_("The seller is asked, and the clock stands."),
            intro=wording.asking(appeal.seller.market.appeal_answer_days),
            run=run,
            template="admin/violations/appeal/ask.html",
            context=self._review(request, appeal) | {"title": title},
        )
        return respond_with_macros(request, page, AskForm, kind="ask")

    def withdraw_request_page(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        appeal: Appeal = get_record(self, request, object_id, allowed=self.has_decide_permission(request))
        waiting = appeal.requests.waiting(at=timezone.now()).first()
        if waiting is None or (why := self._why_not_at_all(request, appeal)):
            why = _("The seller is not asked for anything.") if waiting is None else why
            title = _("There is no request to withdraw here")
            return not_possible_page(self, request, title=title, why=why, record=appeal)

        def run(data: dict[str, Any]) -> Appeal:
            return withdraw_request(request=waiting, withdrawn_by=person(request), now=timezone.now()).appeal

        page = ActionPage(
            model_admin=self,
            record=appeal,
            title=_("Withdraw the request?"),
            button=_("Withdraw the request"),
            done=_("The request is withdrawn, and the clock goes on."),
            intro=_("The seller is told that nothing more is needed. What they answered so far is kept."),
            run=run,
        )
        return page.respond(request, forms.Form(bound_data(request)))

    def grant_page(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        return self._decide(request, object_id, "grant", GrantForm, grant_appeal)

    def partly_page(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        return self._decide(request, object_id, "grant_partly", PartlyForm, grant_partly)

    def deny_page(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        return self._decide(request, object_id, "deny", DenyForm, deny_appeal)

    def _decide(
        self, request: HttpRequest, object_id: str, name: str, form: type[forms.Form], service: Callable[..., Appeal]
    ) -> HttpResponseBase:
        appeal: Appeal = get_record(self, request, object_id, allowed=self.has_decide_permission(request))
        if request.method != "POST" and (why := self._why_not(request, appeal)):
            title = _("%(appeal)s cannot be decided here") % {"appeal": appeal}
            return not_possible_page(self, request, title=title, why=why, record=appeal)

        done = _("The appeal is decided and the seller is told.")

        def run(data: dict[str, Any]) -> Appeal | HttpResponse:
            service(appeal=appeal, decided_by=person(request), now=timezone.now(), **data)
            return decided(request, appeal, done=done)

        title, review = _question(appeal, DECISIONS[name]), self._review(request, appeal)
        page = ActionPage(
            model_admin=self,
            record=appeal,
            title=title,
            button=str(DECISIONS[name]),
            done=done,
            intro=_("The seller is told at once. This cannot be undone."),
            shown={_("What the seller was asked, and answered"): _asked_and_answered(review["dialogue"])},
            run=run,
            template="admin/violations/appeal/decide.html",
            context=review | {"decision": name, "title": title},
        )
        return respond_with_macros(request, page, form, kind=name)


def _asked_and_answered(dialogue: list[tuple[AppealRequest, str]]) -> str:
    """In one text, whatever was said since the page was opened."""
    said = [[*asked.things, *(answer.text for answer in asked.answers.all())] for asked, _state in dialogue]
    return "; ".join(", ".join(one) for one in said)
