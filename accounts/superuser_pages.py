"""Staff pages on which one superuser proposes another, and a second one decides."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import URLPattern, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from audit.admin_pages import ReadOnlyAdmin
from kit.backoffice.action_pages import ActionPage, bound_data, get_record, not_possible_page
from kit.backoffice.inputs import LongTextField
from kit.backoffice.second_person import decision_page
from kit.backoffice.tools import Tool, ToolsMixin
from kit.pages.checked_forms import CheckedForm

from . import wording
from .access import person
from .models import SuperuserProposal, User
from .reauthentication import require_reauthentication
from .services import decide_superuser, propose_superuser, why_not_superuser

APPROVE = SuperuserProposal.approved_with


class ProposeForm(CheckedForm):
    reason = LongTextField(
        _lazy("Reason"),
        _lazy("What they need everything for, that no role gives. Staff read it."),
        rows=3,
    )


@admin.register(SuperuserProposal)
class SuperuserProposalAdmin(ToolsMixin, ReadOnlyAdmin):
    """Who was proposed, by whom and why, and what became of it. Whoever writes here proves once more who they are."""

    list_display = ["user", "proposed_by", "proposed_at", "approved", "decided_by", "decided_at"]
    list_filter = ["approved"]
    list_select_related = ["user", "proposed_by", "decided_by"]
    search_fields = ["=user__email"]
    search_help_text = _lazy("The whole address")
    sortable_by = ()
    fields = [
        *["user", "reason", "proposed_by", "proposed_at", "approved", "decided_by", "decided_at", "alone_reason"],
    ]

    def has_propose_permission(self, request: HttpRequest) -> bool:
        """Somebody is proposed from their own page: the list offers to add nobody."""
        return request.user.has_perm(APPROVE)

    def get_urls(self) -> list[URLPattern]:
        return [self.record_path("decide", self.decide_page), *super().get_urls()]

    def get_tools(self, request: HttpRequest, obj: SuperuserProposal) -> list[Tool]:
        if obj.decided_at is not None or not self.has_propose_permission(request):
            return []
        return [Tool(_("Decide"), self.record_url("decide", obj))]

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Propose the person that the address names."""
        user = get_record(self.admin_site.get_model_admin(User), request, request.GET.get("user", "0"),
                          allowed=self.has_propose_permission(request))  # fmt: skip
        if why := why_not_superuser(user):
            return not_possible_page(self, request, title=_("Nobody to propose"), why=why, record=None)
        require_reauthentication(request)
        page = ActionPage(
            model_admin=self,
            title=_("Propose %(person)s as a superuser") % {"person": user},
            button=_("Propose"),
            done=_("Proposed. Another superuser has to approve it."),
            intro=_(
                "A superuser may do everything, also make others superusers. Mostly a role says better what is needed."
            ),
            run=lambda data: propose_superuser(user=user, **data, proposed_by=person(request), now=timezone.now()),
        )
        return page.respond(request, ProposeForm(bound_data(request)))

    def decide_page(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        proposal = get_record(self, request, object_id, allowed=self.has_propose_permission(request))
        if proposal.decided_at is None:
            require_reauthentication(request)
        decide = partial(decide_superuser, decided_by=person(request))
        return decision_page(self, request, proposal, intro=wording.proposed_superuser(proposal), decide=decide)


def superuser_link(user: User) -> str:
    """Where one proposes that somebody becomes a superuser, or decides on it."""
    if why := why_not_superuser(user):
        return why
    if waiting := user.superuser_proposals.filter(decided_at=None).first():
        url = reverse("admin:accounts_superuserproposal_decide", args=[waiting.pk])
        return format_html('<a href="{}">{}</a>', url, _("Decide on the proposal"))
    url = reverse("admin:accounts_superuserproposal_add", query={"user": user.pk})
    return format_html('<a href="{}">{}</a>', url, _("Propose as a superuser"))
