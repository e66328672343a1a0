"""Staff pages on which one person proposes that one may do more alone in a market, and another decides."""

from __future__ import annotations

from functools import partial
from typing import Any

from django import forms
from django.contrib.admin import EmptyFieldListFilter
from django.contrib.admin.widgets import AdminIntegerFieldWidget
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import URLPattern
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from accounts.access import person
from audit.admin_pages import ReadOnlyAdmin
from audit.snapshots import shown_values
from kit.backoffice.action_pages import ActionPage, bound_data, get_record
from kit.backoffice.inputs import LongTextField
from kit.backoffice.second_person import decision_page
from kit.backoffice.tools import Tool, ToolsMixin
from kit.pages.checked_forms import CheckedForm

from . import wording
from .models import ControlsProposal, Market
from .services import CONTROLS, decide_controls, propose_controls


class ControlsForm(CheckedForm):
    upload_second_person_above = forms.IntegerField(
        label=_lazy("Uploads: second person above"), min_value=0, max_value=2_147_483_647, required=False,
        widget=AdminIntegerFieldWidget, help_text=_lazy("Empty: nobody has to confirm what another uploaded."),
    )  # fmt: skip
    reversal_second_person_above = forms.IntegerField(
        label=_lazy("Mass reversals: second person above"), min_value=0, max_value=2_147_483_647, required=False,
        widget=AdminIntegerFieldWidget, help_text=_lazy("Empty: nobody has to start what another drafted."),
    )  # fmt: skip
    reason = LongTextField(_lazy("Reason"), _lazy("Staff read it."), rows=3)


class ControlsProposalAdmin(ToolsMixin, ReadOnlyAdmin):
    """What was proposed for which market, by whom and why, and what became of it."""

    list_display = ["market", *CONTROLS, "proposed_by", "proposed_at", "approved", "decided_by", "decided_at"]
    list_filter = ["market", "approved", ("decided_at", EmptyFieldListFilter)]
    list_select_related = ["market", "proposed_by", "decided_by"]
    sortable_by = ()
    fields = [
        *["market", *CONTROLS, "reason", "proposed_by", "proposed_at"],
        *["approved", "decided_by", "decided_at", "alone_reason"],
    ]

    def has_propose_permission(self, request: HttpRequest) -> bool:
        """It is proposed from the market's page: the list offers to add nothing."""
        return request.user.has_perm(ControlsProposal.approved_with)

    def get_urls(self) -> list[URLPattern]:
        return [self.record_path("decide", self.decide_page), *super().get_urls()]

    def get_tools(self, request: HttpRequest, obj: ControlsProposal) -> list[Tool]:
        if obj.decided_at is not None or not self.has_propose_permission(request):
            return []
        return [Tool(_("Decide"), self.record_url("decide", obj))]

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Propose it for the market that the address names."""
        market: Market = get_record(self.admin_site.get_model_admin(Market), request, request.GET.get("market", "0"),
                                    allowed=self.has_propose_permission(request))  # fmt: skip
        page = ActionPage(
            model_admin=self,
            title=_("Let one person do more in %(market)s") % {"market": market},
            button=_("Propose"),
            done=_("Proposed. Somebody else has to approve it."),
            intro=wording.before_proposing_controls(),
            shown=shown_values(market, CONTROLS),
            run=lambda data: propose_controls(
                market=market,
                controls={name: data[name] for name in CONTROLS},
                reason=data["reason"],
                proposed_by=person(request),
                now=timezone.now(),
            ),
        )
        return page.respond(
            request, ControlsForm(bound_data(request), initial={name: getattr(market, name) for name in CONTROLS})
        )

    def decide_page(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        proposal = get_record(self, request, object_id, allowed=self.has_propose_permission(request))
        decide = partial(decide_controls, decided_by=person(request))
        return decision_page(self, request, proposal, intro=wording.proposed_controls(proposal), decide=decide)
