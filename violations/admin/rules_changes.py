"""Staff pages of changes of a live market's rules: drafting one, what it would do, and a second person's approval."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from accounts.access import person
from audit.admin_pages import ReadOnlyAdmin
from audit.snapshots import shown_values
from kit.backoffice.action_pages import ActionPage, bound_data, get_record
from kit.backoffice.inputs import LongTextField, MomentInput
from kit.backoffice.second_person import SecondPersonForm, is_own
from kit.backoffice.tools import Tool, ToolsMixin
from kit.pages.checked_forms import CheckedForm
from sellers.models import Market
from sellers.services import RULES

from ..models import RulesChange
from ..selectors import preview_rules
from ..services import approve_rules, current_milestones, draft_rules, why_not_withdraw, withdraw_rules
from ..wording import rules_changes as wording
from .milestone_fields import OtherRulesForm, market_of, milestones_named_in_words
from .rehearsals import rehearsal_tools


class WithdrawForm(CheckedForm):
    reason = LongTextField(_lazy("Reason"), _lazy("Sellers who were told of the change read it."), rows=3)


class RulesForm(OtherRulesForm):
    """The market's numbers and milestones as they are; what is changed in it is the change."""

    effective_from = forms.SplitDateTimeField(widget=MomentInput(_lazy("From (UTC)")), label=_lazy("From (UTC)"))
    reason = LongTextField(_lazy("Reason"), _lazy("Sellers read it."), rows=3)

    def __init__(self, *args: Any, market: Market, milestones: list[dict[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.add_rules(market, RULES, milestones)

    @property
    def fieldsets(self) -> Any:
        return [
            (None, {"fields": ["effective_from", "reason"]}),
            (_("Numbers"), {"fields": list(RULES)}),
            *self.milestone_fieldsets,
        ]

    def wanted(self, data: dict[str, Any]) -> dict[str, Any]:
        """What ``draft_rules`` takes."""
        return {
            "numbers": {name: data[name] for name in RULES},
            "milestones": self.milestones(data),
            "reason": data["reason"],
            "effective_from": data["effective_from"],
        }


@admin.register(RulesChange)
class RulesChangeAdmin(ToolsMixin, ReadOnlyAdmin):
    """A draft waits for a second person; what is approved is told to the sellers and takes effect by itself."""

    list_display = ["__str__", "where_it_stands", "drafted_by", "approved_by", "applied_at"]
    list_filter = ["market"]
    list_select_related = ["market", "drafted_by", "approved_by"]
    fields = [
        *[
            "market",
            "where_it_stands",
            "effective_from",
            "reason",
            "what_changes",
            "effect",
            "drafted_by",
            "drafted_at",
        ],
        *[
            "approved_by",
            "approved_at",
            "alone_reason",
            "applied_at",
            "told",
            "withdrawn_at",
            "withdraw_reason",
            "told_of_withdrawal",
        ],
    ]

    @admin.display(description=_lazy("State"))
    def where_it_stands(self, change: RulesChange) -> str:
        return str(change.state.label)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("sellers.change_market")

    def get_urls(self) -> list[URLPattern]:
        pages = {"approve": self.approve_page, "withdraw": self.withdraw_page}
        return [*(self.record_path(name, view) for name, view in pages.items()), *super().get_urls()]

    def get_tools(self, request: HttpRequest, obj: RulesChange) -> list[Tool]:
        rehearse = rehearsal_tools(request, _("Rehearse"), market=obj.market_id, change=obj.pk)
        if not self.has_add_permission(request):
            return rehearse
        approve = [Tool(_("Approve"), self.record_url("approve", obj))] if obj.state is RulesChange.State.DRAFT else []
        can_withdraw = not why_not_withdraw(obj, as_of=timezone.now())
        return [*rehearse, *approve, *([Tool(_("Withdraw"), self.record_url("withdraw", obj))] if can_withdraw else [])]

    @admin.display(description=_lazy("What changes"))
    def what_changes(self, change: RulesChange) -> str:
        return "\n".join(wording.what_changes(change))

    @admin.display(description=_lazy("If it took effect now"))
    def effect(self, change: RulesChange) -> str:
        return _effect(change)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Draft a change of the market that the address names."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        market = market_of(request)
        if market is None:
            messages.info(request, _("Choose the market whose rules are to change, then “Change its rules”."))
            return redirect("admin:sellers_market_changelist")
        now = timezone.now()
        milestones = current_milestones(market, as_of=now)
        form = RulesForm(bound_data(request), market=market, milestones=milestones)

        def run(data: dict[str, Any]) -> RulesChange:
            with milestones_named_in_words():
                return draft_rules(market=market, **form.wanted(data), drafted_by=person(request), now=timezone.now())

        page = ActionPage(
            model_admin=self,
            title=_("Change the rules of %(market)s") % {"market": market},
            button=_("Draft"),
            done=_("This is a draft: nothing changes until somebody else has approved it."),
            intro=wording.before_drafting(market.policy_notice_days),
            shown=shown_values(market, RULES) | {_("Milestones"): " ".join(wording.changes_of_rules({}, milestones))},
            fieldsets=form.fieldsets,
            run=run,
        )
        return page.respond(request, form)

    def approve_page(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        change = get_record(self, request, object_id, allowed=self.has_add_permission(request))

        def run(data: dict[str, Any]) -> RulesChange:
            by, now = person(request), timezone.now()
            return approve_rules(change=change, approved_by=by, now=now, **data)

        done = _("Approved: its sellers are told, and it takes effect by itself.")
        intro = f"{' '.join(wording.what_changes(change))} {_effect(change)}"
        form = SecondPersonForm(bound_data(request), is_alone=is_own(request, change))
        return self._ask(request, change, _("Approve"), done, intro, run, form)

    def withdraw_page(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        change = get_record(self, request, object_id, allowed=self.has_add_permission(request))

        def run(data: dict[str, Any]) -> RulesChange:
            by, reason = person(request), data.get("reason", "")
            return withdraw_rules(change=change, withdrawn_by=by, reason=reason, now=timezone.now())

        done = _("Withdrawn: nothing changes.")
        if change.approved_at is None:
            return self._ask(
                request, change, _("Withdraw"), done, wording.untold(), run, forms.Form(bound_data(request))
            )
        return self._ask(
            request, change, _("Withdraw"), done, wording.withdrawal(change), run, WithdrawForm(bound_data(request))
        )

    def _ask(
        self, request: HttpRequest, change: RulesChange, verb: str, done: str, intro: str, run: Any, form: forms.Form
    ) -> HttpResponse:
        page = ActionPage(
            model_admin=self,
            record=change,
            title=_("%(verb)s: %(change)s?") % {"verb": verb, "change": change},
            button=verb,
            done=done,
            intro=intro,
            run=run,
        )
        return page.respond(request, form)


def _effect(change: RulesChange) -> str:
    return wording.effect(preview_rules(change=change, as_of=timezone.now()))
