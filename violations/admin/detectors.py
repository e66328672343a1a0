"""Staff pages of detectors: how each fares, its alarms, and what is held while one is in doubt."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from accounts.access import person
from audit.admin_pages import NewestFirstAdmin, ReadOnlyAdmin
from kit.backoffice.action_pages import ActionPage, bound_data, get_record, list_url
from kit.backoffice.figures import AskedFigures
from kit.backoffice.filters import happened
from kit.backoffice.inputs import LongTextField
from kit.backoffice.labels import labelled
from kit.backoffice.scopes import in_scope, scope_of
from kit.backoffice.tools import Tool, ToolsMixin
from kit.documents.csv_files import csv_download
from kit.pages.checked_forms import CheckedForm
from sellers.models import Market

from .. import services
from ..detectors import selectors
from ..detectors.selectors import DetectorFigures
from ..models import DetectorAlarm, HeldViolation
from ..wording import detectors as wording
from .held_batches import HANDLE, HeldBatchMixin, held_batch_tools

PERIODS = [30, 90, 365]
"""Of how many days back the figures are; the second first."""
FIELDS = [
    "detector", "version", "policy", "market", "issued", "appealed", "decided", "overturned", "overturned_low",
    "overturned_high", "voided", "reversed",
]  # fmt: skip


class NoteForm(CheckedForm):
    note = LongTextField(_lazy("What it was"), _lazy("An incident, or a false alarm and why. Staff read it."), rows=4)


class DropForm(CheckedForm):
    reason = LongTextField(
        _lazy("Reason"),
        _lazy("Staff read it. The seller is told nothing: nothing was issued."),
        rows=4,
    )


@admin.register(DetectorAlarm)
class DetectorAlarmAdmin(ToolsMixin, ReadOnlyAdmin):
    """Alarms, with what each says, and the steps that handle one."""

    list_display = ["detector", "market", "what", "raised_at", "is_holding", "settled_at"]
    list_filter = [("settled_at", happened(_lazy("state"), not_yet=_lazy("Open"), done=_lazy("Settled"))), "market"]
    list_select_related = ["market"]
    search_fields = ["detector", "note"]
    fields = [
        "market", "detector", "what", "since", "raised_at", "reversal", "held_from", "held_by", "released_at",
        "released_by", "settled_at", "settled_by", "note",
    ]  # fmt: skip
    readonly_fields = ["what"]
    change_list_template = "admin/violations/detectoralarm/change_list.html"

    @admin.display(description=_lazy("What jumped"))
    def what(self, alarm: DetectorAlarm) -> str:
        return wording.what_jumped(alarm)

    @admin.display(description=_lazy("Holds new ones"), boolean=True)
    def is_holding(self, alarm: DetectorAlarm) -> bool:
        return alarm.is_holding

    def get_urls(self) -> list[URLPattern]:
        figures = self.admin_site.admin_view(self.figures_page)
        return [
            path("figures/", figures, name="violations_detectoralarm_figures"),
            *(self.record_path(name, view) for name, view in self._steps().items()),
            *super().get_urls(),
        ]

    def _steps(self) -> dict[str, Callable[..., HttpResponseBase]]:
        return {"hold": self.hold_page, "release": self.release_page, "settle": self.settle_page}

    def get_tools(self, request: HttpRequest, obj: DetectorAlarm) -> list[Tool]:
        tools = [Tool(_("What is held"), list_url(HeldViolation, alarm__id__exact=obj.pk))] if obj.held_from else []
        if obj.reversal_id:
            drafted = reverse("admin:violations_massreversal_change", args=[obj.reversal_id])
            tools.append(Tool(_("The mass reversal it drafted"), drafted))
        if not request.user.has_perm(HANDLE):
            return tools
        tools += held_batch_tools(obj)
        if obj.settled_at is not None:
            return tools
        if obj.is_holding:
            return [*tools, Tool(_("Release"), self.record_url("release", obj))]
        settle = Tool(_("Settle"), self.record_url("settle", obj))
        return [*tools, settle] if obj.held_from else [*tools, Tool(_("Hold"), self.record_url("hold", obj)), settle]

    # --- The steps

    def hold_page(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        alarm = self._alarm(request, object_id)
        page = ActionPage(
            model_admin=self,
            record=alarm,
            title=_("Hold what %(detector)s finds") % {"detector": alarm.detector},
            button=_("Hold"),
            done=_("What it finds from now on is kept and not issued."),
            intro=_(
                "What this detector finds in this market from now on is kept: nobody is told, no points count, and no "
                "time starts, until somebody issues it or drops it. What was issued stays."
            ),
            run=lambda data: services.hold_detector(alarm=alarm, held_by=person(request), now=timezone.now()),
        )
        return page.respond(request, forms.Form(bound_data(request)))

    def release_page(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        alarm = self._alarm(request, object_id)
        page = ActionPage(
            model_admin=self,
            record=alarm,
            title=_("Release %(detector)s") % {"detector": alarm.detector},
            button=_("Release"),
            done=_("What it finds from now on is issued again."),
            intro=_("What it finds from now on is issued at once. What is held waits for somebody to decide."),
            run=lambda data: services.release_detector(alarm=alarm, released_by=person(request), now=timezone.now()),
        )
        return page.respond(request, forms.Form(bound_data(request)))

    def settle_page(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        alarm = self._alarm(request, object_id)
        page = ActionPage(
            model_admin=self,
            record=alarm,
            title=_("Settle this alarm"),
            button=_("Settle"),
            done=_("The alarm is settled, and the detector is watched anew."),
            run=lambda data: services.settle_alarm(
                alarm=alarm, note=data["note"], settled_by=person(request), now=timezone.now()
            ),
        )
        return page.respond(request, NoteForm(bound_data(request)))

    def _alarm(self, request: HttpRequest, object_id: str) -> DetectorAlarm:
        found: DetectorAlarm = get_record(self, request, object_id, allowed=request.user.has_perm(HANDLE))
        return found

    # --- How detectors fare

    def figures_page(self, request: HttpRequest) -> HttpResponseBase:
        if not self.has_view_permission(request):
            raise PermissionDenied
        now, markets = timezone.now(), list(in_scope(Market.objects.order_by("code"), scope_of(request)))
        asked = AskedFigures(request)
        days = asked.choose("days", {str(days): days for days in PERIODS}, default=PERIODS[1], called=_("Period"))
        by_code = {market.code: [market] for market in markets}
        chosen = asked.choose("market", by_code, default=markets, called=_("Market"))
        wants_file = request.GET.get("format") == "csv"
        if asked.unreadable:
            return asked.refused_file() if wants_file else self._figures(asked, [], days, markets, chosen)
        found = selectors.detector_figures(markets=chosen, since=now - timedelta(days=days), until=now)
        if wants_file:
            return csv_download(FIELDS, map(_line, found), name=f"detectors-{now:%Y-%m-%d}.csv")
        return self._figures(asked, found, days, markets, chosen)

    def _figures(
        self, asked: AskedFigures, found: list[DetectorFigures], days: int, markets: list[Market], chosen: list[Market]
    ) -> HttpResponse:
        context = {
            "title": _("How detectors fare"),
            "opts": self.opts,
            "rows": [_shown(one) for one in found],
            "days": days,
            "periods": PERIODS,
            "markets": labelled(markets),
            "market": chosen[0].code if len(chosen) < len(markets) else "",
            "unreadable": bool(asked.unreadable),
        }
        page = "admin/violations/detectoralarm/figures.html"
        return TemplateResponse(asked.request, page, context, status=asked.say())


def _shown(one: DetectorFigures) -> dict[str, Any]:
    return {
        "figures": one,
        "overturned": wording.percent(one.overturned / one.decided) if one.decided else "–",
        "between": wording.between(one.overturned_interval) if one.decided else "–",
        "appealed": wording.percent(one.appealed / one.issued),
        "appealed_between": wording.between(one.appealed_interval),
        "voided_between": wording.between(one.voided_interval),
    }


def _line(one: DetectorFigures) -> list[Any]:
    low, high = (round(share, 4) for share in one.overturned_interval)
    counts = [one.issued, one.appealed, one.decided, one.overturned, low, high, one.voided, one.reversed]
    return [one.detector, one.version, one.policy, one.market, *counts]


@admin.register(HeldViolation)
class HeldViolationAdmin(HeldBatchMixin, ToolsMixin, NewestFirstAdmin):
    """What is held; each is issued or dropped, alone or with others."""

    list_display = ["external_id", "seller", "detector", "received_at", "state"]
    list_filter = [
        "alarm",
        ("decided_at", happened(_lazy("state"), not_yet=_lazy("Held"), done=_lazy("Decided"))),
        "market",
    ]
    list_select_related = ["seller", "alarm__market"]
    search_fields = ["=external_id", "=seller__external_id"]
    fields = [
        "external_id", "seller", "detector", "policy", "issued_at", "facts", "source", "received_at", "state",
        "violation", "reason", "decided_at", "decided_by", "alarm",
    ]  # fmt: skip
    readonly_fields = ["detector", "policy", "issued_at", "facts", "state"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[HeldViolation]:
        found: QuerySet[HeldViolation] = super().get_queryset(request)
        return found

    @admin.display(description=_lazy("Detector"))
    def detector(self, held: HeldViolation) -> str:
        return f"{held.draft['detector']} {held.draft['detector_version']}".strip()

    @admin.display(description=_lazy("Policy"))
    def policy(self, held: HeldViolation) -> str:
        return str(held.draft["policy_code"])

    @admin.display(description=_lazy("Decided at"))
    def issued_at(self, held: HeldViolation) -> str:
        return str(held.draft["issued_at"])

    @admin.display(description=_lazy("Facts"))
    def facts(self, held: HeldViolation) -> str:
        return str(held.draft["facts"])

    @admin.display(description=_lazy("State"))
    def state(self, held: HeldViolation) -> str:
        return wording.held_state(held)

    def get_urls(self) -> list[URLPattern]:
        return [
            self.record_path("issue", self.issue_page),
            self.record_path("drop", self.drop_page),
            *super().get_urls(),
        ]

    def get_tools(self, request: HttpRequest, obj: HeldViolation) -> list[Tool]:
        if obj.decided_at is not None or not request.user.has_perm(HANDLE):
            return []
        return [Tool(_("Issue"), self.record_url("issue", obj)), Tool(_("Drop"), self.record_url("drop", obj))]

    def issue_page(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        held = get_record(self, request, object_id, allowed=request.user.has_perm(HANDLE))
        page = ActionPage(
            model_admin=self,
            record=held,
            title=_("Issue this violation"),
            button=_("Issue"),
            done=_("It is issued, and the seller is told."),
            intro=_(
                "The seller is told now, and their time to appeal starts now; points count from when it was decided. "
                "The statement of reasons says that a person decided."
            ),
            run=lambda data: services.issue_held(held=held, issued_by=person(request), now=timezone.now()),
        )
        return page.respond(request, forms.Form(bound_data(request)))

    def drop_page(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        held = get_record(self, request, object_id, allowed=request.user.has_perm(HANDLE))
        page = ActionPage(
            model_admin=self,
            record=held,
            title=_("Drop this violation"),
            button=_("Drop"),
            done=_("It is not issued."),
            run=lambda data: services.drop_held(
                held=held, reason=data["reason"], dropped_by=person(request), now=timezone.now()
            ),
        )
        return page.respond(request, DropForm(bound_data(request)))
