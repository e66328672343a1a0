"""Staff pages of rehearsals: asking what other rules would have done, and the answer."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
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
from kit.backoffice.scopes import in_scope, scope_of
from kit.backoffice.tools import Tool, ToolsMixin
from kit.texts.ids import id_in
from policies.models import Policy, PolicyVersion
from sellers.models import Market

from ..models import MAX_SHADOW_WEEKS, Rehearsal, RulesChange
from ..presentation import rehearsals as presentation
from ..services import current_milestones, rehearse, stop_shadow
from ..services.rehearsals import MAX_POINTS, NUMBERS
from ..wording import rehearsals as wording
from .milestone_fields import OtherRulesForm, market_of, milestones_named_in_words

NEEDED = "violations.add_rehearsal"

POLICIES = range(3)
"""How many policies can have other points in one rehearsal."""


class RehearsalForm(OtherRulesForm):
    """The rules of today; what is changed in it is rehearsed."""

    question = forms.CharField(
        max_length=200,
        label=_lazy("What you want to know"),
        help_text=_lazy("For whoever reads the answer later, such as “Twelve points for the first restriction”."),
    )
    shadow_weeks = forms.IntegerField(
        min_value=0,
        max_value=MAX_SHADOW_WEEKS,
        initial=0,
        label=_lazy("Weeks in shadow"),
        help_text=_lazy(
            "For so many weeks from now on it is replayed beside what really happens. Nothing is imposed. 0: not."
        ),
    )

    def __init__(self, *args: Any, market: Market, milestones: list[dict[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.add_rules(market, NUMBERS, milestones)
        for number in POLICIES:
            self.fields[f"policy_{number}"] = RecordField(
                Policy.objects.order_by("name"), required=False, label=_("Policy")
            )
            self.fields[f"policy_points_{number}"] = forms.IntegerField(
                min_value=0, max_value=MAX_POINTS, required=False, label=_("Points of a violation")
            )

    @property
    def fieldsets(self) -> Any:
        policies = [(f"policy_{number}", f"policy_points_{number}") for number in POLICIES]
        return [
            (None, {"fields": ["question", "shadow_weeks"]}),
            (_("Points of policies"), {"fields": policies}),
            (_("Numbers"), {"fields": list(NUMBERS)}),
            *self.milestone_fieldsets,
        ]

    def clean(self) -> dict[str, Any]:
        """A policy has its points, and points have their policy; none is named twice."""
        data = super().clean() or {}
        named: set[Policy] = set()
        for number in POLICIES:
            policy, points = data.get(f"policy_{number}"), data.get(f"policy_points_{number}")
            if policy and points is None:
                self.add_error(f"policy_points_{number}", _("Say how many points a violation of it would have."))
            if points is not None and not policy:
                self.add_error(f"policy_{number}", _("Choose the policy that has these points."))
            if policy in named:
                self.add_error(f"policy_{number}", _("This policy is chosen twice."))
            named.update([policy] if policy else [])
        return data

    def wanted(self, data: dict[str, Any]) -> dict[str, Any]:
        """What ``rehearse`` takes."""
        policies = {data[f"policy_{n}"]: data[f"policy_points_{n}"] for n in POLICIES if data[f"policy_{n}"]}
        return {
            "question": data["question"],
            "shadow_weeks": data["shadow_weeks"],
            "numbers": {name: data[name] for name in NUMBERS},
            "milestones": self.milestones(data),
            "points": policies,
        }


@admin.register(Rehearsal)
class RehearsalAdmin(ToolsMixin, ReadOnlyAdmin):
    """What other rules would have done. It changes nothing."""

    change_form_template = "admin/violations/rehearsal/change_form.html"
    list_display = ["question", "market", "where_it_stands", "asked_by", "asked_at"]
    list_filter = ["market"]
    list_select_related = ["market", "asked_by"]
    search_fields = ["question"]
    sortable_by = ()
    fields = ["market", "where_it_stands", "differs", "as_of", "asked_by", "asked_at", "last_error"]

    @admin.display(description=_lazy("State"))
    def where_it_stands(self, rehearsal: Rehearsal) -> str:
        return str(rehearsal.state.label)

    @admin.display(description=_lazy("What differs from today"))
    def differs(self, rehearsal: Rehearsal) -> str:
        return "\n".join(wording.what_differs(rehearsal))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(NEEDED)

    def get_urls(self) -> list[URLPattern]:
        return [self.record_path("stop", self.stop_page), *super().get_urls()]

    def get_tools(self, request: HttpRequest, obj: Rehearsal) -> list[Tool]:
        if obj.state is not Rehearsal.State.SHADOW or not self.has_add_permission(request):
            return []
        return [Tool(_("Stop the shadow"), self.record_url("stop", obj))]

    def record_context(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        context = super().record_context(request, obj)
        if obj is None or obj.result is None:
            return context
        may_name = request.user.has_perm("sellers.view_seller")
        names = [
            (_("Newly restricted"), presentation.named_sellers(obj.result, "newly")),
            (_("Spared"), presentation.named_sellers(obj.result, "freed")),
        ]
        return context | {
            "verdict": wording.verdict(obj.result),
            "replayed": wording.replayed_words(obj.result),
            "appeals": wording.appeals_words(obj.result["appeals"]),
            "actions": presentation.action_lines(obj.result),
            "standings": presentation.standing_lines(obj.result),
            "groups": zip((_("By age"), _("By size")), presentation.group_tables(obj.result), strict=True),
            "names": names if may_name else [],
            "shadow": presentation.shadow_of(obj),
        }

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Ask about the market that the address names, starting from a draft if it names one."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        market = market_of(request)
        if market is None:
            return self._choose_market(request)
        milestones = current_milestones(market, as_of=timezone.now())
        form = RehearsalForm(
            bound_data(request), market=market, milestones=milestones, initial=_initial(request, market)
        )

        def run(data: dict[str, Any]) -> Rehearsal:
            with milestones_named_in_words():
                return rehearse(market=market, **form.wanted(data), asked_by=person(request), now=timezone.now())

        page = ActionPage(
            model_admin=self,
            title=_("Rehearse other rules of %(market)s") % {"market": market},
            button=_("Rehearse"),
            done=_("It is being replayed. The answer appears on this page."),
            intro=_what_is_replayed(),
            fieldsets=form.fieldsets,
            run=run,
        )
        return page.respond(request, form)

    def _choose_market(self, request: HttpRequest) -> HttpResponse:
        """Links to the page for each market; what else the address says stays."""
        query = {name: text for name, text in request.GET.items() if name in ("change", "version")}
        markets = [
            (market, rehearsal_url(market=market.pk, **query))
            for market in in_scope(Market.objects.all(), scope_of(request))
        ]
        context = {
            "title": _("Which market's rules do you want to rehearse?"),
            "opts": self.opts,
            "markets": markets,
        }
        return TemplateResponse(request, "admin/violations/rehearsal/markets.html", context)

    def stop_page(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        rehearsal = get_record(self, request, object_id, allowed=self.has_add_permission(request))
        page = ActionPage(
            model_admin=self,
            record=rehearsal,
            title=_("Stop the shadow of “%(question)s”?") % {"question": rehearsal},
            button=_("Stop the shadow"),
            done=_("It is not replayed any more. The weeks that were stay."),
            run=lambda data: stop_shadow(rehearsal=rehearsal, stopped_by=person(request), now=timezone.now()),
        )
        return page.respond(request, forms.Form(bound_data(request)))


def _initial(request: HttpRequest, market: Market) -> dict[str, Any]:
    """What a draft that the address names would change: of the market's rules, or of a policy."""
    change = RulesChange.objects.filter(market=market, pk=id_in(request.GET.get("change"))).first()
    version = PolicyVersion.objects.select_related("policy").filter(pk=id_in(request.GET.get("version"))).first()
    found: dict[str, Any] = {}
    if version:
        found = {"question": str(version), "policy_0": version.policy_id, "policy_points_0": version.points}
    if change:
        found |= {"question": str(change), **change.numbers}
        for number, row in enumerate(change.milestones or []):
            found |= {f"{name}_{number}": value for name, value in row.items()}
    return found


def rehearsal_tools(request: HttpRequest, label: str, **query: object) -> list[Tool]:
    """The link to the page that asks, for those who may ask."""
    return [Tool(label, rehearsal_url(**query))] if request.user.has_perm(NEEDED) else []


def rehearsal_url(**query: object) -> str:
    """The page that asks, for a market and perhaps a draft."""
    return reverse("admin:violations_rehearsal_add", query={name: str(value) for name, value in query.items()})


def _what_is_replayed() -> str:
    return _(
        "The last 26 weeks are replayed by the rules of today and by what you change here: who would have been "
        "restricted, who not. No seller is told, and nothing is imposed."
    )
