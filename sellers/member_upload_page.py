"""Staff pages that invite many people at once: upload a file, see what would happen, confirm."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import URLPattern
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from accounts.access import person
from audit.admin_pages import NewestFirstAdmin
from kit.backoffice.action_pages import ActionPage, bound_data, get_record, not_possible_page
from kit.backoffice.choosers import RecordField
from kit.backoffice.discarding import discard_file_page
from kit.backoffice.tools import Tool, ToolsMixin
from kit.documents.csv_files import csv_download
from kit.pages.checked_forms import CheckedForm

from . import wording
from .models import Market, MemberUpload, MemberUploadLine
from .selectors import outcomes_of
from .services import confirm_members, discard_members, receive_members

MAX_LINES_SHOWN = 50
HEADER = ["line", "seller", "email", "role", "outcome", "field", "reason"]


class FileForm(CheckedForm):
    market = RecordField(
        Market.objects.all(), label=_lazy("Market"), help_text=_lazy("All sellers of the file belong to it.")
    )
    file = forms.FileField(
        widget=forms.FileInput(attrs={"accept": ".csv"}),
        allow_empty_file=True,
        label=_lazy("File"),
        help_text=_lazy(
            "CSV with the columns seller (the marketplace's own id), email and role (owner, manager or viewer; owner "
            "if it is left out), up to 20,000 lines. Nobody is invited before you have seen what would happen."
        ),
    )


class NumberForm(CheckedForm):
    confirmed = forms.IntegerField(label=_lazy("Number of people"), min_value=0)


class MemberUploadAdmin(ToolsMixin, NewestFirstAdmin):
    """Who may add an upload may also confirm it: the right to invite many people at once."""

    change_form_template = "admin/sellers/memberupload/change_form.html"
    list_display = ["__str__", "market", "state", "uploaded_at", "uploaded_by"]
    list_filter = ["state", "market", "uploaded_at"]
    list_select_related = ["market", "uploaded_by"]
    search_fields = ["name"]
    search_help_text = _lazy("The file's name")
    fieldsets = [
        (None, {"fields": ["state", "market", "name"]}),
        (
            _lazy("Who and when (UTC)"),
            {"fields": ["uploaded_by", "uploaded_at", "confirmed_by", "confirmed_at", "finished_at"]},
        ),
    ]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("sellers.add_memberupload")

    def get_urls(self) -> list[URLPattern]:
        own = [("confirm", self.confirm_page), ("discard", self.discard_page)]
        files = [("lines", self.lines_file), ("refused", self.refused_file)]
        return [*(self.record_path(name, view) for name, view in [*own, *files]), *super().get_urls()]

    def get_tools(self, request: HttpRequest, obj: MemberUpload) -> list[Tool]:
        counts = outcomes_of(obj)
        tools = [Tool(_("Download all lines"), self.record_url("lines", obj))]
        if counts[MemberUploadLine.Outcome.REFUSED]:
            tools.append(Tool(_("Download what is refused"), self.record_url("refused", obj)))
        if self.has_add_permission(request) and obj.state == MemberUpload.State.CHECKED:
            if counts.to_send:
                tools.append(Tool(_("Invite them"), self.record_url("confirm", obj)))
            tools.append(Tool(_("Discard"), self.record_url("discard", obj)))
        return tools

    def record_context(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        refused = obj.lines.filter(outcome=MemberUploadLine.Outcome.REFUSED)
        others = obj.lines.exclude(outcome=MemberUploadLine.Outcome.REFUSED)
        return super().record_context(request, obj) | {
            "upload": obj,
            "counts": outcomes_of(obj).shown,
            "refused": refused.order_by("line")[:MAX_LINES_SHOWN],
            "others": others.order_by("line")[:MAX_LINES_SHOWN],
            "shown": MAX_LINES_SHOWN,
        }

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Upload a file."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        page = ActionPage(
            model_admin=self,
            title=_("Invite people by a file"),
            button=_("Upload and check"),
            done=_("The file is checked. Nobody is invited yet."),
            run=lambda data: receive_members(**data, uploaded_by=person(request), now=timezone.now()),
            template="admin/sellers/memberupload/add.html",
        )
        files = request.FILES if request.method == "POST" else None
        return page.respond(request, FileForm(bound_data(request), files))

    def confirm_page(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        upload: MemberUpload = get_record(self, request, object_id, allowed=self.has_add_permission(request))
        count = outcomes_of(upload).to_send
        if upload.state != MemberUpload.State.CHECKED or not count:
            why = _("It is not waiting to be sent, or would invite nobody.")
            return not_possible_page(self, request, title=_("Nobody to invite"), why=why, record=upload)
        page = ActionPage(
            model_admin=self,
            record=upload,
            title=wording.inviting(count),
            button=_("Invite them"),
            done=_("The invitations are being sent."),
            intro=_("Each gets an email with a link that is good for a week. Type the number of people to confirm."),
            run=lambda data: confirm_members(
                upload=upload, confirmed=data["confirmed"], confirmed_by=person(request), now=timezone.now()
            ),
        )
        return page.respond(request, NumberForm(bound_data(request)))

    def discard_page(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        upload: MemberUpload = get_record(self, request, object_id, allowed=self.has_add_permission(request))
        return discard_file_page(
            self,
            request,
            upload,
            is_open=upload.state == MemberUpload.State.CHECKED,
            done=_("The file is discarded. Nobody was invited."),
            discard=lambda: discard_members(upload=upload, discarded_by=person(request), now=timezone.now()),
        )

    def lines_file(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """What becomes of each line, as CSV."""
        upload: MemberUpload = get_record(self, request, object_id, allowed=self.has_view_permission(request))
        return csv_download(HEADER, _rows(upload.lines.all()), name=f"members-{upload.pk}.csv")

    def refused_file(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """What is refused, and why, as CSV."""
        upload: MemberUpload = get_record(self, request, object_id, allowed=self.has_view_permission(request))
        refused = upload.lines.filter(outcome=MemberUploadLine.Outcome.REFUSED)
        return csv_download(HEADER, _rows(refused), name=f"members-{upload.pk}-refused.csv")


def _rows(lines: Any) -> Any:
    return lines.order_by("line").values_list(*HEADER).iterator(chunk_size=2_000)
