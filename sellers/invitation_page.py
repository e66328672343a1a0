"""The staff page that invites somebody to a seller, new or not, for the marketplace."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponseBase
from django.urls import URLPattern
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from accounts.access import person
from kit.backoffice.action_pages import ActionPage, bound_data, get_record
from kit.backoffice.tools import Tool, ToolsMixin
from kit.outcomes import Refused, Result
from kit.pages.checked_forms import CheckedForm

from .models import Member, Seller
from .services import MemberDraft, put_members

NEEDED = "sellers.add_member"


class InviteForm(CheckedForm):
    email = forms.EmailField(max_length=254, label=_lazy("Email address"))
    role = forms.ChoiceField(choices=Member.Role.choices, label=_lazy("Role"))


class InvitePageMixin(ToolsMixin, admin.ModelAdmin[Any]):
    """Gives the sellers' admin the page ``invite_member/``, for who may add members."""

    def get_urls(self) -> list[URLPattern]:
        return [self.record_path("invite_member", self.invite_page), *super().get_urls()]

    def invite_tools(self, request: HttpRequest, seller: Seller) -> list[Tool]:
        """The link to the page, for those who may use it."""
        if not request.user.has_perm(NEEDED):
            return []
        return [Tool(_("Invite a member"), self.record_url("invite_member", seller))]

    def invite_page(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """Email somebody a link by which they become a member."""
        seller: Seller = get_record(self, request, object_id, allowed=request.user.has_perm(NEEDED))

        def run(data: dict[str, Any]) -> Seller:
            draft = MemberDraft(seller.external_id, data["email"], data["role"])
            [outcome] = put_members(
                market=seller.market, drafts=[draft], now=timezone.now(), invited_by=person(request)
            )
            if outcome.result is Result.REFUSED:
                raise Refused(outcome.reason, field=outcome.field)
            if outcome.result is Result.PRESENT:
                raise Refused(_("They are a member already, or have an invitation that is good."), field="email")
            return seller

        page = ActionPage(
            model_admin=self,
            record=seller,
            title=_("Invite somebody to %(seller)s") % {"seller": seller.label},
            button=_("Invite"),
            done=_("The invitation is sent. Its link is good for a week."),
            intro=_("Whoever reads the address becomes a member by a link, and chooses a password if they are new."),
            run=run,
        )
        return page.respond(request, InviteForm(bound_data(request)))
