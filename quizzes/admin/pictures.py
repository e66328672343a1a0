"""The pictures of a question, for staff: shown, added to a draft, and removed from one."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from accounts.access import person
from kit.backoffice.action_pages import ActionPage, bound_data, get_record
from kit.backoffice.choosers import RecordField
from kit.backoffice.inputs import LongTextField
from kit.backoffice.read_only import ReadOnlyInline
from kit.backoffice.tools import Tool
from kit.documents.pictures import MAX_BYTES, NoPicture
from kit.outcomes import Refused
from kit.pages.checked_forms import CheckedForm
from kit.texts.limits import PICTURE
from kit.texts.validators import validate_line

from .. import bank_wording, pictures, services
from ..models import Question, QuestionPicture

if TYPE_CHECKING:
    from .questions import QuestionAdmin


class PictureForm(CheckedForm):
    file = forms.FileField(label=_lazy("Picture"), help_text=_lazy("PNG, JPEG or WebP, up to 5 MB."))
    alt = LongTextField(
        _lazy("What it shows"),
        _lazy("For whoever does not see it. Do not give the answer away."),
        rows=2,
        max_length=PICTURE,
        validators=[validate_line],
    )


class RemovalForm(CheckedForm):
    picture = RecordField(QuestionPicture.objects.none(), label=_lazy("Picture"), empty_label=None)

    def __init__(self, *args: Any, question: Question, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["picture"].queryset = question.pictures.order_by("position")  # type: ignore[attr-defined]  # above


class PictureInline(ReadOnlyInline):
    model = QuestionPicture
    fields = ["position", "picture", "alt"]
    readonly_fields = ["picture"]
    show_change_link = False

    @admin.display(description=_lazy("Picture"))
    def picture(self, one: QuestionPicture) -> SafeString:
        if one.pk is None:  # of a form that was tampered with
            return SafeString()
        url = picture_url(one.question_id, one.pk)
        said = '<img class="question-picture" src="{}" alt="{}" width="{}" height="{}">'
        return format_html(said, url, one.alt, one.width, one.height)


def picture_url(question_id: int, picture_id: int) -> str:
    return reverse("admin:quizzes_question_picture", args=[question_id, picture_id])


def paths(model_admin: QuestionAdmin) -> list[URLPattern]:
    view = model_admin.admin_site.admin_view(partial(_show, model_admin))
    return [
        model_admin.record_path("add_picture", partial(_add_page, model_admin)),
        model_admin.record_path("remove_picture", partial(_remove_page, model_admin)),
        path("<path:object_id>/picture/<int:picture_id>/", view, name="quizzes_question_picture"),
    ]


def tools(model_admin: QuestionAdmin, question: Question) -> list[Tool]:
    """To add one to a draft, and to remove one that it has."""
    if question.is_written:
        return []
    add = Tool(_("Add a picture"), model_admin.record_url("add_picture", question))
    if not question.pictures.exists():
        return [add]
    return [add, Tool(_("Remove a picture"), model_admin.record_url("remove_picture", question))]


def _add_page(model_admin: QuestionAdmin, request: HttpRequest, object_id: str) -> HttpResponseBase:
    question = get_record(model_admin, request, object_id, allowed=model_admin.has_change_permission(request))
    page = ActionPage(
        model_admin=model_admin,
        record=question,
        title=_("Add a picture"),
        button=_("Add"),
        done=_("The question has the picture. It is made anew without what your file holds beside it."),
        intro=_("It is shown between the scene and the question, on every screen and on paper."),
        run=lambda data: _add(request, question, data),
        template="admin/quizzes/quiz/import.html",
    )
    return page.respond(request, PictureForm(bound_data(request), request.FILES if request.method == "POST" else None))


def _add(request: HttpRequest, question: Question, data: dict[str, Any]) -> Question:
    file = data["file"]
    if file.size > MAX_BYTES:
        raise Refused(bank_wording.no_picture(NoPicture.TOO_LARGE), field="file")
    by, now = person(request), timezone.now()
    return services.add_picture(question=question, sent=file.read(), alt=data["alt"], added_by=by, now=now)


def _remove_page(model_admin: QuestionAdmin, request: HttpRequest, object_id: str) -> HttpResponseBase:
    question = get_record(model_admin, request, object_id, allowed=model_admin.has_change_permission(request))
    page = ActionPage(
        model_admin=model_admin,
        record=question,
        title=_("Remove a picture"),
        button=_("Remove"),
        done=_("The question shows it no more."),
        run=lambda data: services.remove_picture(
            picture=data["picture"], removed_by=person(request), now=timezone.now()
        ),
    )
    return page.respond(request, RemovalForm(bound_data(request), question=question))


def _show(model_admin: QuestionAdmin, request: HttpRequest, object_id: str, picture_id: int) -> HttpResponseBase:
    question = get_record(model_admin, request, object_id, allowed=model_admin.has_view_permission(request))
    found = question.pictures.filter(pk=picture_id).first()
    if found is None:
        raise Http404(_("No such record."))
    return pictures.answer(found)
