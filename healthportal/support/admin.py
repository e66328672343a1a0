"""The page of a seller for staff: what the whole portal knows of it, above the form that few may change."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from accounts.access import person
from audit.admin_pages import NewestFirstAdmin
from kit.backoffice.action_pages import ActionPage, bound_data, get_record, list_url
from kit.backoffice.inputs import LongTextField
from kit.backoffice.scopes import in_scope, scope_of
from kit.backoffice.tools import Tool
from kit.pages.checked_forms import CheckedForm
from reports.staff_pages import PublishedReportsMixin
from sellers.access import VIEW_AS_SELLER, VIEWING
from sellers.models import Seller
from sellers.services import note_on_seller
from violations.admin.explanation import may_see_explanation
from violations.admin.markets import SellerAdmin
from violations.presentation.timeline import show_timeline
from violations.selectors import timeline_of
from workshops.models import Workshop

from . import wording
from .cells import Reader, Table
from .selectors import SellerFile, get_seller_file
from .services import view_as_seller

NOTE = "sellers.add_sellernote"


class NoteForm(CheckedForm):
    text = LongTextField(_lazy("Note"), _lazy("Staff read it, the seller never does. It stays as you write it."))


class ReasonForm(CheckedForm):
    reason = LongTextField(_lazy("Why"), _lazy("It is kept with your name. The seller does not read it."))


class SellerFileAdmin(PublishedReportsMixin, SellerAdmin):
    """A selling account: what the portal knows of it, and the people who act for it."""

    change_form_template = "admin/sellers/seller/change_form.html"

    def get_urls(self) -> list[URLPattern]:
        own = [("note", self.note_page), ("view_as", self.view_as_page)]
        return [*(self.record_path(name, view) for name, view in own), *super().get_urls()]

    def get_inlines(self, request: HttpRequest, obj: Seller | None) -> Any:
        """Members are in a table of the page; their rows are for who may change them."""
        return super().get_inlines(request, obj) if self.has_change_permission(request, obj) else []

    def get_tools(self, request: HttpRequest, obj: Seller) -> list[Tool]:
        asked = [
            (VIEW_AS_SELLER, _("View as the seller"), self.record_url("view_as", obj)),
            (NOTE, _("Add a note"), self.record_url("note", obj)),
            ("violations.issue_violation", _("Issue a violation"), _url("violations_violation_add", seller=obj.pk)),
        ]
        own = [Tool(label, url) for permission, label, url in asked if request.user.has_perm(permission)]
        return [*own, *super().get_tools(request, obj)]

    def record_context(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        context = super().record_context(request, obj)
        return context | (self._file(request, obj) if obj else {})

    def _file(self, request: HttpRequest, seller: Seller) -> dict[str, Any]:
        """What the page shows above the form; days are those of the seller's market."""
        found = get_seller_file(seller=seller, reader=Reader(person(request)), as_of=timezone.now())
        totals = None
        if may_see_explanation(request):
            explanation_url = self.record_url("explanation", seller)
            with timezone.override(seller.market.zone):
                shown = show_timeline(timeline_of(found.explanation), explanation_url)
                totals = replace(shown, title=_("How the total changes"))
        return {
            "seller": seller,
            "file": found,
            "standing": found.explanation.standing,
            "totals": totals,
            "tables": [(table, _all_of(table, seller)) for table in found.tables],
            "workshops": self._workshops(request, seller, found),
            "note_url": self.record_url("note", seller) if request.user.has_perm(NOTE) else "",
        }

    def _workshops(self, request: HttpRequest, seller: Seller, found: SellerFile) -> list[tuple[Workshop, str]]:
        """The workshops that the seller could come to, each with the page on which this person signs sellers up."""
        if not request.user.has_perm("workshops.add_signup"):
            return []
        offered = Workshop.objects.filter(pk__in=[one.pk for one in found.workshops])
        hosted = set(in_scope(offered, scope_of(request)))
        query = {"seller": seller.external_id}
        url = "admin:workshops_workshop_sign_up"
        return [(one, reverse(url, args=[one.pk], query=query)) for one in found.workshops if one in hosted]

    def note_page(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        seller: Seller = get_record(self, request, object_id, allowed=request.user.has_perm(NOTE))

        def run(data: dict[str, Any]) -> Seller:
            note_on_seller(seller=seller, text=data["text"], written_by=person(request), now=timezone.now())
            return seller

        page = ActionPage(
            model_admin=self,
            record=seller,
            title=_("A note about %(seller)s") % {"seller": seller.label},
            button=_("Keep the note"),
            done=_("The note is kept."),
            run=run,
        )
        return page.respond(request, NoteForm(bound_data(request)))

    def view_as_page(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """Ask why, and go to the seller's dashboard."""
        seller: Seller = get_record(self, request, object_id, allowed=request.user.has_perm(VIEW_AS_SELLER))

        def run(data: dict[str, Any]) -> HttpResponse:
            by, now = person(request), timezone.now()
            viewing = view_as_seller(seller=seller, reason=data["reason"], viewed_by=by, now=now)
            request.session[VIEWING] = viewing.pk
            return redirect(seller)

        page = ActionPage(
            model_admin=self,
            record=seller,
            title=_("View as %(seller)s") % {"seller": seller.label},
            button=_("View as the seller"),
            done="",  # the bar on the seller's pages says so
            intro=wording.before_viewing(seller.market),
            run=run,
        )
        return page.respond(request, ReasonForm(bound_data(request)))


def _url(name: str, **query: object) -> str:
    return reverse(f"admin:{name}", query={key: str(value) for key, value in query.items()})


def _all_of(table: Table, seller: Seller) -> str:
    """The address of the list that has all of a table's records; empty if there is none, or nothing more in it."""
    return list_url(table.all_of, seller__id__exact=seller.pk) if table.all_of else ""


class SellerViewingAdmin(NewestFirstAdmin):
    """Who of the staff viewed as which seller, when and why."""

    list_display = ["seller", "person", "reason", "began_at", "ended_at"]
    list_filter = ["seller__market", "began_at"]
    list_select_related = ["seller", "person"]
    search_fields = ["seller__name", "=seller__external_id", "=person__email"]
    search_help_text = _lazy("The seller's name or id, or the address of who viewed")
    fields = ["seller", "person", "reason", "began_at", "until", "ended_at"]
    view_on_site = False


class SellerNoteAdmin(NewestFirstAdmin):
    """What staff noted about sellers. Notes are written on a seller's page."""

    list_display = ["seller", "text", "written_by", "written_at"]
    list_filter = ["seller__market"]
    list_select_related = ["seller", "written_by"]
    search_fields = ["seller__name", "=seller__external_id"]
    search_help_text = _lazy("The seller's name or id")
    fields = ["seller", "text", "written_by", "written_at"]
    view_on_site = False
