"""What hosts do after a workshop: read what was said of it, and hand out material."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from audit.admin_pages import AuditedAdmin
from kit.backoffice.action_pages import get_record
from kit.backoffice.tools import ToolsMixin
from kit.documents.csv_files import csv_download

from .. import feedback_selectors, feedback_wording, trail_notes
from ..models import Feedback, Workshop
from ..occasions import SHOWN_FROM


class AfterTools(ToolsMixin, AuditedAdmin):
    """Links to what there is of a workshop once it is over."""

    def get_urls(self) -> list[URLPattern]:
        return [
            self.record_path("feedback", self.feedback_page),
            self.record_path("feedback_csv", self.feedback_file),
            *super().get_urls(),
        ]

    def tools_afterwards(self, request: HttpRequest, obj: Workshop) -> list[tuple[bool, str, str]]:
        over = obj.cancelled_at is None and obj.ends_at <= timezone.now()
        may_read = over and request.user.has_perm("workshops.view_feedback")
        return [(may_read, _("Feedback"), self.record_url("feedback", obj))]

    def feedback_page(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """How often each rating was given, and what was said; a number alone as long as it is small."""
        workshop = self._workshop_to_read(request, object_id)
        results = feedback_selectors.results_of(workshop)
        count = Feedback.objects.filter(workshop=workshop).count()
        context = {
            **self.admin_site.each_context(request),
            "title": _("Feedback on “%(workshop)s”") % {"workshop": workshop},
            "opts": self.opts,
            "original": workshop,
            "results": results,
            "too_few": "" if results else feedback_wording.too_few(count),
            "there": workshop.signups.exclude(checked_in_at=None).values("seller").distinct().count(),
            "file": self.record_url("feedback_csv", workshop) if count >= SHOWN_FROM else "",
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
