"""Questions in and out of files: a preview before anything is written, and a download in each format."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from accounts.access import person
from kit.backoffice.action_pages import ActionPage, bound_data, get_record
from kit.backoffice.tools import Tool
from kit.documents.downloads import download
from kit.documents.records import file_name
from kit.pages.checked_forms import CheckedForm
from kit.tables.columns import UnreadableFile
from kit.tables.readers import text_of

from .. import selectors, services, trail_notes
from ..exchange import formats, wording
from ..exchange.items import BankFile, FileQuestion
from ..models import Quiz

if TYPE_CHECKING:
    from .quizzes import QuizAdmin


class ImportForm(CheckedForm):
    """A file, or what was read of it and shown (``content``), which is confirmed."""

    format = forms.ChoiceField(
        label=_lazy("Format"), choices=[(key, one.name) for key, one in formats.READABLE.items()]
    )
    file = forms.FileField(label=_lazy("File"), required=False, help_text=_lazy("A text file in UTF-8 up to 1 MB."))
    content = forms.CharField(label="", required=False, strip=False, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if file := data.get("file"):
            data["content"] = self._text(file)
        elif not data.get("content"):
            self.add_error("file", _("Choose a file."))
        return data

    def _text(self, file: Any) -> str:
        if file.size > formats.MAX_BYTES:
            self.add_error("file", _("The file is larger than 1 MB; send it in parts."))
            return ""
        try:
            return text_of(file.read())
        except UnreadableFile as fault:
            self.add_error("file", str(fault))
            return ""


@dataclass(frozen=True)
class Shown:
    """A question as the preview shows it, with what is lost."""

    question: FileQuestion
    lost: str


def paths(model_admin: QuizAdmin) -> list[URLPattern]:
    return [
        model_admin.record_path("import", partial(_import_page, model_admin)),
        model_admin.record_path("export", partial(_export_page, model_admin)),
    ]


def tools(model_admin: QuizAdmin, quiz: Quiz) -> list[Tool]:
    return [
        Tool(_("Import questions"), model_admin.record_url("import", quiz)),
        Tool(_("Export questions"), model_admin.record_url("export", quiz)),
    ]


def _import_page(model_admin: QuizAdmin, request: HttpRequest, object_id: str) -> HttpResponseBase:
    quiz = get_record(model_admin, request, object_id, allowed=model_admin.has_change_permission(request))
    form = ImportForm(bound_data(request), request.FILES if request.method == "POST" else None)
    if form.is_bound and form.is_valid() and "confirmed" not in request.POST:
        return _preview(model_admin, request, quiz, form.cleaned_data)
    page = ActionPage(
        model_admin=model_admin,
        record=quiz,
        title=_("Import questions"),
        button=_("Look at the file"),
        done=_(
            "The questions are in the bank as drafts. Send them for review: “List its questions” sends many at once."
        ),
        intro=_("You see what would become drafts and what is refused before anything is written."),
        run=lambda data: _take_in(request, quiz, data),
        template="admin/quizzes/quiz/import.html",
    )
    return page.respond(request, form)


def _take_in(request: HttpRequest, quiz: Quiz, data: dict[str, Any]) -> Quiz:
    name = data["format"]
    services.import_questions(
        quiz=quiz,
        found=formats.read(name, data["content"]),
        format_name=formats.FORMATS[name].name,
        imported_by=person(request),
        now=timezone.now(),
    )
    return quiz


def _preview(model_admin: QuizAdmin, request: HttpRequest, quiz: Quiz, data: dict[str, Any]) -> HttpResponseBase:
    found = selectors.check_bank_file(quiz, formats.read(data["format"], data["content"]))
    form = ImportForm(initial={"format": data["format"], "content": data["content"]})
    form.fields["format"].widget = forms.HiddenInput()
    del form.fields["file"]
    page = ActionPage(
        model_admin=model_admin,
        record=quiz,
        title=_("Import questions"),
        button=_("Add them as drafts"),
        done="",
        run=lambda data: quiz,
        template="admin/quizzes/quiz/preview.html",
        context=_shown(found),
    )
    return page.show(request, form)


def _shown(found: BankFile) -> dict[str, Any]:
    return {
        "shown": [Shown(question, wording.named(question.losses)) for question in found.questions],
        "refused": [(one.line, wording.why_refused(one)) for one in found.refused],
    }


def _export_page(model_admin: QuizAdmin, request: HttpRequest, object_id: str) -> HttpResponseBase:
    """The formats to choose from, or the file in the one that was chosen."""
    quiz = get_record(model_admin, request, object_id, allowed=model_admin.has_view_permission(request))
    questions = selectors.bank_as_file(quiz)
    name = request.GET.get("format")
    if name is not None:
        if name not in formats.FORMATS:
            raise Http404(_("There is no such format."))
        return _file(model_admin, request, quiz, questions, name)
    context = {
        "title": _("Export questions"),
        "opts": model_admin.opts,
        "original": quiz,
        "count": len(questions),
        "rows": [_row(key, questions) for key in formats.FORMATS],
    }
    return TemplateResponse(request, "admin/quizzes/quiz/export.html", context)


def _row(name: str, questions: list[FileQuestion]) -> dict[str, Any]:
    one = formats.FORMATS[name]
    written = [question for question in questions if formats.can_write(name, question)]
    had = {loss for loss in one.loses if any(formats.has(question, loss) for question in written)}
    return {"key": name, "format": one.name, "left_out": len(questions) - len(written), "lost": wording.named(had)}


def _file(
    model_admin: QuizAdmin, request: HttpRequest, quiz: Quiz, questions: list[FileQuestion], name: str
) -> HttpResponseBase:
    one = formats.FORMATS[name]
    model_admin.log_read(request, quiz, trail_notes.exported(file_format=one.name))
    written = formats.write(name, questions)
    content = written if isinstance(written, bytes) else written.encode()
    called = file_name(quiz.policy.code, _("questions"), at=timezone.localtime(), ending=one.ending)
    return download(content, name=called, content_type=one.content_type)
