"""What hosts do after a workshop: read what was said of it, and hand out material."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from accounts.access import person
from audit.admin_pages import AuditedAdmin
from kit.backoffice.action_pages import ActionPage, bound_data, get_record
from kit.backoffice.choosers import RecordField
from kit.backoffice.tools import ToolsMixin
from kit.documents.csv_files import csv_download
from kit.pages.checked_forms import CheckedForm

from .. import feedback_selectors, feedback_wording, services, trail_notes
from ..models import Feedback, MaterialFile, Workshop
from ..occasions import MIN_ANSWERS_SHOWN


class MaterialForm(CheckedForm):
    file = forms.FileField(label=_lazy("File"), help_text=_lazy("A PDF, PNG, JPEG or WebP of at most 20 MB."))


class RemovalForm(CheckedForm):
    file = RecordField(MaterialFile.objects.none(), label=_lazy("File"))

    def __init__(self, *args: Any, workshop: Workshop, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].queryset = workshop.material_files.all()  # type: ignore[attr-defined]  # a ModelChoiceField


class AfterTools(ToolsMixin, AuditedAdmin):
    """Links to what there is of a workshop once it is over."""

    def get_urls(self) -> list[URLPattern]:
        return [
            self.record_path("feedback", self.feedback_page),
            self.record_path("feedback_csv", self.feedback_file),
            self.record_path("add_material", self.add_material_page),
            self.record_path("remove_material", self.remove_material_page),
            *super().get_urls(),
        ]

    def tools_afterwards(self, request: HttpRequest, obj: Workshop) -> list[tuple[bool, str, str]]:
        over = obj.cancelled_at is None and obj.ends_at <= timezone.now()
        may_read = over and request.user.has_perm("workshops.view_feedback")
        may_hand_out = over and request.user.has_perm("workshops.change_workshop")
        has_files = may_hand_out and obj.material_files.exists()
        return [
            (may_read, _("Feedback"), self.record_url("feedback", obj)),
            (may_hand_out, _("Add material"), self.record_url("add_material", obj)),
            (has_files, _("Remove material"), self.record_url("remove_material", obj)),
        ]

    def add_material_page(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        workshop: Workshop = get_record(self, request, object_id, allowed=self.has_change_permission(request))
        page = ActionPage(
            model_admin=self,
            record=workshop,
            title=_("Add material to “%(workshop)s”") % {"workshop": workshop},
            button=_("Add material"),
            done=_("The file is added."),
            intro=_(
                "A PDF or a picture. Links and text stand in the field “Material” of the workshop; who is shown all of "
                "it is chosen there too."
            ),
            template="admin/workshops/workshop/add_material.html",
            run=lambda data: (
                services.add_material(
                    workshop=workshop, file=data["file"], added_by=person(request), now=timezone.now()
                ).workshop
            ),
        )
        files = request.FILES if request.method == "POST" else None
        return page.respond(request, MaterialForm(bound_data(request), files))

    def remove_material_page(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        workshop: Workshop = get_record(self, request, object_id, allowed=self.has_change_permission(request))
        page = ActionPage(
            model_admin=self,
            record=workshop,
            title=_("Remove material of “%(workshop)s”") % {"workshop": workshop},
            button=_("Remove material"),
            done=_("The file is removed."),
            run=lambda data: services.remove_material(
                file=data["file"], removed_by=person(request), now=timezone.now()
            ),
        )
        return page.respond(request, RemovalForm(bound_data(request), workshop=workshop))

    def feedback_page(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """How often each rating was given, and what was said; a number alone as long as it is small."""
        workshop = self._workshop_to_read(request, object_id)
        results = feedback_selectors.results_of(workshop)
        count = Feedback.objects.filter(workshop=workshop).count()
        context = {
            "title": _("Feedback on “%(workshop)s”") % {"workshop": workshop},
            "opts": self.opts,
            "original": workshop,
            "results": results,
            "too_few": "" if results else feedback_wording.too_few(count),
            "there": workshop.signups.exclude(checked_in_at=None).values("seller").distinct().count(),
            "file": self.record_url("feedback_csv", workshop) if count >= MIN_ANSWERS_SHOWN else "",
        }
        return TemplateResponse(request, "admin/workshops/workshop/feedback.html", context)

    def feedback_file(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """The same as a CSV file, a line for each who answered, in an order drawn by lot."""
        workshop = self._workshop_to_read(request, object_id)
        self.log_read(request, workshop, trail_notes.feedback_downloaded())
        head, rows = feedback_selectors.rows_of(workshop)
        return csv_download(head, rows, name=f"feedback-{workshop.pk}-{slugify(workshop.title)[:40]}.csv")

    def _workshop_to_read(self, request: HttpRequest, object_id: str) -> Workshop:
        workshop: Workshop = get_record(
            self, request, object_id, allowed=request.user.has_perm("workshops.view_feedback")
        )
        return workshop
