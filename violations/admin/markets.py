"""Staff pages of markets with their milestones, and of sellers with where they stand."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import URLField
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from accounts.access import person
from audit.admin_pages import AuditedAdmin
from inbox.models import Message
from kit.backoffice.action_pages import list_url
from kit.backoffice.choosers import ChoosersMixin
from kit.backoffice.inputs import SuggestingInput
from kit.backoffice.scopes import RowsMixin
from kit.backoffice.tools import Tool, ToolsMixin
from kit.pages.checked_forms import CheckedTexts
from kit.time_zones import time_zones
from sellers.invitation_page import InvitePageMixin
from sellers.member_rows import MemberRows, TellsMembers
from sellers.models import Brand, Content, Market, Member, Seller
from sellers.services import CONTROLS, RULES, change_market, lock_books, raised_controls
from sellers.wording import needs_approval

from ..models import Capability, EnforcementAction, Milestone, PointsEntry, RulesChange, Violation
from ..services import add_default_milestones
from .explanation import ExplanationMixin, explanation_tools
from .rehearsals import rehearsal_tools


class MilestoneForm(CheckedTexts, forms.ModelForm[Milestone]):
    capabilities = forms.MultipleChoiceField(
        choices=Capability, required=False, widget=forms.CheckboxSelectMultiple, label=_lazy("Takes away")
    )

    class Meta:
        model = Milestone
        fields = ["points", "kind", "capabilities", "duration_days", "notice_days"]


class MarketForm(CheckedTexts, forms.ModelForm[Market]):
    """One person may let nobody do more alone: that is proposed."""

    def clean(self) -> dict[str, Any] | None:
        data = super().clean()
        if self.instance.pk:
            stored = Market.objects.get(pk=self.instance.pk)
            for name in raised_controls(stored, self.cleaned_data):
                self.add_error(name, needs_approval())
        return data


class MilestonesOfMarket(admin.TabularInline[Milestone, Market]):
    """Those in force. Where there are sellers they change at a date, with a notice."""

    model = Milestone
    form = MilestoneForm
    extra = 0
    readonly_fields = ["takes_away"]

    def get_fields(self, request: HttpRequest, obj: Market | None = None) -> Any:
        capabilities = "takes_away" if is_live(obj) else "capabilities"
        return ["points", "kind", capabilities, "duration_days", "notice_days"]

    @admin.display(description=_lazy("Takes away"))
    def takes_away(self, milestone: Milestone) -> str:
        return ", ".join(str(Capability(one).label) for one in milestone.capabilities)

    def get_queryset(self, request: HttpRequest) -> Any:
        return Milestone.objects.in_force(as_of=timezone.now())

    def has_add_permission(self, request: HttpRequest, obj: Market | None = None) -> bool:
        return super().has_add_permission(request, obj) and not is_live(obj)

    def has_change_permission(self, request: HttpRequest, obj: Market | None = None) -> bool:
        return super().has_change_permission(request, obj) and not is_live(obj)

    def has_delete_permission(self, request: HttpRequest, obj: Market | None = None) -> bool:
        return super().has_delete_permission(request, obj) and not is_live(obj)


def is_live(market: Market | None) -> bool:
    """Whether sellers live by a market's rules."""
    return market is not None and market.sellers.exists()


@admin.register(Market)
class MarketAdmin(ToolsMixin, AuditedAdmin):
    """A market and the numbers of its rules. A new one starts with the default milestones."""

    list_display = ["name", "code", "time_zone", "language", "points_valid_days", "appeal_days"]
    search_fields = ["name", "code"]
    form = MarketForm
    readonly_fields = ["books_closed_until"]
    fieldsets = [
        (None, {"fields": ["code", "name", "time_zone", "language"]}),
        (_lazy("How long points count"), {"fields": ["points_expiry", "points_valid_days"]}),
        (_lazy("When a seller is told that a milestone is near"), {"fields": ["approach_points"]}),
        (
            _lazy("Appeals"),
            {
                "fields": [
                    "appeal_days",
                    "appeal_decision_days",
                    "appeal_answer_days",
                    "second_review_percent",
                    "redress",
                    "redress_url",
                ]
            },
        ),
        (_lazy("Quizzes"), {"fields": ["rewarded_passes_per_month", "milestone_quiz_share"]}),
        (_lazy("Workshops that are missed"), {"fields": ["missed_workshop_limit", "missed_workshop_days"]}),
        (
            _lazy("What a second person approves"),
            {"fields": ["upload_second_person_above", "reversal_second_person_above"]},
        ),
        (_lazy("New wordings of policies"), {"fields": ["policy_notice_days"]}),
        (_lazy("Support"), {"fields": ["tells_of_viewings"]}),
        (
            _lazy("Weekly reports"),
            {
                "description": _lazy("Moves forward each time a week's reports are built; nobody sets it by hand."),
                "fields": ["books_closed_until"],
            },
        ),
    ]
    inlines = [MilestonesOfMarket]

    def get_inlines(self, request: HttpRequest, obj: Market | None) -> Any:
        return self.inlines if obj else []

    def get_readonly_fields(self, request: HttpRequest, obj: Market | None = None) -> Any:
        """The time zone decides which week is which; code and zone stay what they were when the market was opened.

        The rules of a market with sellers change at a date.
        """
        fixed = ["code", "time_zone"] if obj else []
        return [*self.readonly_fields, *fixed, *(RULES if is_live(obj) else [])]

    def has_delete_permission(self, request: HttpRequest, obj: Market | None = None) -> bool:
        """One at a time, on a page that names what is in the way."""
        return obj is not None and super().has_delete_permission(request, obj)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """An address written without ``https://`` is meant with it."""
        if isinstance(db_field, URLField):
            kwargs["assume_scheme"] = "https"
        if db_field.name == "time_zone":
            kwargs["widget"] = SuggestingInput(time_zones)
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def get_tools(self, request: HttpRequest, obj: Market) -> list[Tool]:
        tools = [
            Tool(_("Its sellers"), list_url(Seller, market__id__exact=obj.pk)),
            Tool(_("Changes of its rules"), list_url(RulesChange, market__id__exact=obj.pk)),
        ]
        if request.user.has_perm("sellers.view_brand"):
            tools.append(Tool(_("Its brand"), list_url(Brand, market__id__exact=obj.pk)))
        if is_live(obj) and self.has_change_permission(request, obj):
            query = {"market": obj.pk}
            tools.append(Tool(_("Change its rules"), reverse("admin:violations_ruleschange_add", query=query)))
            if any(getattr(obj, name) is not None for name in CONTROLS):
                more = reverse("admin:sellers_controlsproposal_add", query=query)
                tools.append(Tool(_("Let one person do more"), more))
        return tools + rehearsal_tools(request, _("Rehearse other rules"), market=obj.pk)

    def lock_for_save(self, pk: Any) -> None:
        """The books come before the row: recorders hold them in that order."""
        with suppress(Market.DoesNotExist):
            lock_books(market_id=pk)

    def save_model(self, request: HttpRequest, obj: Market, form: Any, change: bool) -> None:
        """Of a market that is there only what was changed in the form; runs move its books on meanwhile."""
        if change:
            changes = {name: form.cleaned_data[name] for name in form.changed_data}
            change_market(market=obj, changes=changes, changed_by=person(request), now=timezone.now())
        else:
            super().save_model(request, obj, form, change)
            add_default_milestones(market=obj)


class MembersOfSeller(RowsMixin, ChoosersMixin, admin.TabularInline[Member, Seller]):
    model = Member
    extra = 0
    formset = MemberRows
    autocomplete_fields = ["user"]


@admin.register(Seller)
class SellerAdmin(TellsMembers, InvitePageMixin, ExplanationMixin, AuditedAdmin):
    """A selling account and the people who act for it. What else is known stands above, by ``healthportal.support``."""

    list_display = ["name", "external_id", "kind", "market", "city", "signed_up_to_sell"]
    list_filter = ["market", "kind", "signed_up_to_sell"]
    list_select_related = ["market"]
    search_fields = ["name", "=external_id"]
    search_help_text = _lazy("Name, the marketplace's own id, or a member's whole email address")
    sortable_by = ["name"]
    readonly_fields = ["created_at"]
    details = (None, {"fields": ["market", "external_id", "name", "kind", "city", "signed_up_to_sell"]})
    inlines = [MembersOfSeller]
    view_on_site = False

    def get_search_fields(self, request: HttpRequest) -> list[str]:
        """Who a member is, is found by who may see members."""
        by_member = ["=members__user__email"] if request.user.has_perm("sellers.view_member") else []
        return [*self.search_fields, *by_member]

    def get_fieldsets(self, request: HttpRequest, obj: Seller | None = None) -> Any:
        if obj is None:
            return [self.details]
        return [self.details, (_("In the portal (UTC)"), {"fields": ["created_at"]})]

    def get_readonly_fields(self, request: HttpRequest, obj: Seller | None = None) -> Any:
        return [*self.readonly_fields, "market", "external_id"] if obj else self.readonly_fields

    def get_tools(self, request: HttpRequest, obj: Seller) -> list[Tool]:
        tools = [
            (_("Violations"), Violation, "seller"),
            (_("Points ledger"), PointsEntry, "seller"),
            (_("Enforcement actions"), EnforcementAction, "seller"),
            (_("Messages"), Message, "seller"),
            (_("Content"), Content, "seller"),
        ]
        found = explanation_tools(request, obj, label=_("Why it stands as it does"))
        return [*found, *self.invite_tools(request, obj)] + [
            Tool(label, list_url(model, **{f"{field}__id__exact": obj.pk}))
            for label, model, field in tools
            if request.user.has_perm(f"{model._meta.app_label}.view_{model._meta.model_name}")
        ]
