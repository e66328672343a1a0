"""Staff upload files of violations: see what would happen, then confirm."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import URLPattern
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from accounts.access import person
from audit.admin_pages import ReadOnlyAdmin
from kit.backoffice.action_pages import ActionPage, bound_data, get_record, list_url, not_possible_page
from kit.backoffice.choosers import RecordField
from kit.backoffice.discarding import discard_file_page
from kit.backoffice.second_person import SecondPersonForm, is_own
from kit.backoffice.tools import Tool, ToolsMixin
from kit.documents.csv_files import csv_download
from kit.pages.checked_forms import CheckedForm
from sellers.models import Market

from ..imports.columns import COLUMNS
from ..imports.row_batches import EXTENSIONS
from ..imports.upload_progress import PROBLEMS_KEPT
from ..imports.upload_services import confirm_upload, discard_upload, receive_upload
from ..models import ActionKind, Upload, Violation
from ..wording.files import before_importing, importing, imposed, one_persons_share, what_a_file_holds

SHOWN_PROBLEMS = 50


class UploadForm(CheckedForm):
    market = RecordField(Market.objects.all(), help_text=_lazy("All rows belong to it."), label=_lazy("Market"))
    file = forms.FileField(
        widget=forms.FileInput(attrs={"accept": ",".join(EXTENSIONS)}), allow_empty_file=True, label=_lazy("File")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        megabytes = settings.UPLOAD_MAX_BYTES // 1_000_000
        self.fields["file"].help_text = what_a_file_holds(
            megabytes, needed=COLUMNS.needed, others=[name for name in COLUMNS.names if name not in COLUMNS.needed]
        )


@admin.register(Upload)
class UploadAdmin(ToolsMixin, ReadOnlyAdmin):
    """Who may add an upload may also confirm it: the right to issue many violations at once."""

    change_form_template = "admin/violations/upload/change_form.html"
    list_display = ["__str__", "market", "state", "uploaded_at", "uploaded_by", "outcome"]
    list_filter = ["state", "market", "uploaded_at"]
    list_select_related = ["market", "uploaded_by"]
    search_fields = ["name", "=sha256"]
    search_help_text = _lazy("The file's name or hash")
    readonly_fields = ["alone_reason"]
    fieldsets = [
        (None, {"fields": ["state", "market", "name", "size", "sha256", "fault"]}),
        (
            _lazy("Who and when (UTC)"),
            {"fields": ["uploaded_by", "uploaded_at", "confirmed_by", "confirmed_at", "alone_reason", "finished_at"]},
        ),
        (_lazy("Rows"), {"fields": ["rows", "created", "present", "held", "refused", "over"]}),
    ]

    @admin.display(description=_lazy("rows"))
    def outcome(self, upload: Upload) -> str:
        return _("%(created)s created, %(present)s already there, %(refused)s refused") % {
            "created": f"{upload.created:,}",
            "present": f"{upload.present:,}",
            "refused": f"{upload.refused:,}",
        }

    def get_fieldsets(self, request: HttpRequest, obj: Upload | None = None) -> Any:
        """While a file waits for a decision nothing is created: the preview's numbers stand alone."""
        return self.fieldsets[:-1] if obj and obj.state == Upload.State.CHECKED else self.fieldsets

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("violations.add_upload")

    def get_urls(self) -> list[URLPattern]:
        own = [("confirm", self.confirm_page), ("discard", self.discard_page), ("problems", self.problems_page)]
        return [*(self.record_path(name, view) for name, view in own), *super().get_urls()]

    def get_tools(self, request: HttpRequest, obj: Upload) -> list[Tool]:
        tools = []
        if obj.refused:
            tools.append(Tool(_("Download what is refused"), self.record_url("problems", obj)))
        if obj.confirmed_at and request.user.has_perm("violations.view_violation"):
            tools.append(Tool(_("Its violations"), list_url(Violation, source__exact=obj.source)))
        if self.has_add_permission(request) and obj.state == Upload.State.CHECKED:
            if obj.preview["created"]:
                tools.append(Tool(_("Import"), self.record_url("confirm", obj)))
            tools.append(Tool(_("Discard"), self.record_url("discard", obj)))
        return tools

    def record_context(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        at = obj.preview.get("at")
        return super().record_context(request, obj) | {
            "upload": obj,
            "problems": obj.problems.all()[:SHOWN_PROBLEMS],
            "kinds": _actions(obj),
            "problems_kept": PROBLEMS_KEPT,
            "checked_at": at and datetime.fromisoformat(at),
            "share": _share(obj),
        }

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Upload a file."""
        if not self.has_add_permission(request):
            raise PermissionDenied

        def run(data: dict[str, Any]) -> Upload:
            by, now = person(request), timezone.now()
            return receive_upload(market=data["market"], file=data["file"], uploaded_by=by, now=now)

        page = ActionPage(
            model_admin=self,
            title=_("Upload violations"),
            button=_("Upload and check"),
            done=_("The file is being checked; nothing is issued yet."),
            run=run,
            template="admin/violations/upload/add.html",
        )
        files = request.FILES if request.method == "POST" else None
        return page.respond(request, UploadForm(bound_data(request), files))

    def confirm_page(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        upload: Upload = get_record(self, request, object_id, allowed=self.has_add_permission(request))
        if upload.state != Upload.State.CHECKED or not upload.preview["created"]:
            why = _("It is not waiting to be imported, or would create nothing.")
            return not_possible_page(self, request, title=_("Nothing to import"), why=why, record=upload)

        def run(data: dict[str, Any]) -> Upload:
            return confirm_upload(upload=upload, confirmed_by=person(request), now=timezone.now(), **data)

        count, share = upload.preview["created"], upload.share(as_of=timezone.now())
        page = ActionPage(
            model_admin=self,
            record=upload,
            title=importing(upload.name, count),
            button=_("Import them"),
            done=_("The file is being imported."),
            intro=before_importing(upload, share),
            run=run,
        )
        is_alone = share.needs_second_person and is_own(request, upload)
        return page.respond(request, SecondPersonForm(bound_data(request), is_alone=is_alone))

    def discard_page(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        upload: Upload = get_record(self, request, object_id, allowed=self.has_add_permission(request))
        return discard_file_page(
            self,
            request,
            upload,
            is_open=upload.state in {Upload.State.CHECKED, Upload.State.CHECKING},
            done=_("The file is deleted; nothing was issued."),
            discard=lambda: discard_upload(upload=upload, discarded_by=person(request), now=timezone.now()),
        )

    def problems_page(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """What is refused, as CSV."""
        upload: Upload = get_record(self, request, object_id, allowed=self.has_view_permission(request))
        rows = upload.problems.values_list("line", "external_id", "field", "reason").iterator(chunk_size=2000)
        return csv_download(["line", "external_id", "field", "reason"], rows, name=f"upload-{upload.pk}-refused.csv")


def _share(upload: Upload) -> str:
    """Of one that waits for a decision, in a market with a number: whether its uploader may import it alone."""
    if upload.state != Upload.State.CHECKED or upload.market.upload_second_person_above is None:
        return ""
    return one_persons_share(upload, upload.share(as_of=timezone.now()))


def _actions(upload: Upload) -> list[tuple[str, int]]:
    """How many actions of each kind would be imposed."""
    return [(imposed(ActionKind(kind)), count) for kind, count in upload.preview.get("actions", {}).items()]
