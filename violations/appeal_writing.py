"""The pages on which a seller writes an appeal or an answer. What was typed is saved, whatever is wrong with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from kit.outcomes import Refused
from kit.texts.ids import id_in
from sellers.access import SellerRequest

from . import selectors
from .appeal_forms import AppealForm, new_window
from .models import Appeal, AppealDraft, AppealRequest, Violation
from .services import DraftChanged, attach_to_draft, delete_draft, remove_attachment, save_draft


@dataclass(frozen=True)
class WrittenPiece:
    """What is written: an appeal against a violation, or the answer to a ``request`` of its reviewer.

    ``page`` is where, ``autosave`` where it is saved while it is typed, ``record`` the page that it is about.
    ``why_closed`` says why nothing can be sent any more at a moment; it is empty while something can.
    """

    violation: Violation
    page: str
    autosave: str
    record: str
    template: str
    why_closed: Callable[[datetime], str]
    form: type[AppealForm] = AppealForm
    request: AppealRequest | None = None


@dataclass
class SavedText:
    """What became of what was sent. ``other`` is the draft that another window saved meanwhile, which stays."""

    form: AppealForm
    draft: AppealDraft | None = None
    other: AppealDraft | None = None


def open_writing(request: SellerRequest, piece: WrittenPiece) -> SavedText:
    """The form in a newly opened window, filled with the saved draft."""
    draft = selectors.get_draft(violation=piece.violation, member=request.user, request=piece.request)
    return SavedText(piece.form.of(draft), draft)


def save_sent(request: SellerRequest, piece: WrittenPiece, now: datetime) -> SavedText:
    """Save the text and the files that were sent; what is wrong with them is an error of the form."""
    sent = request.POST.copy()
    form = piece.form(sent, request.FILES)
    if not form.is_valid():
        return _keep_files(request, piece, form, now)
    try:
        draft = _save(request, piece, form, now)
    except DraftChanged as changed:
        form.add_error("text", str(changed))
        sent["opened_after"] = changed.draft.saved_in
        _attach(form, changed.draft)
        return SavedText(form, other=changed.draft)
    except Refused as refused:
        form.add_error(None, str(refused))
        return SavedText(form)
    _attach(form, draft)
    return SavedText(form, draft)


def _keep_files(request: SellerRequest, piece: WrittenPiece, form: AppealForm, now: datetime) -> SavedText:
    """Keep the files that came with a text that is too long. The text stays in the page as saved text does."""
    if form.cleaned_data.get("attachments"):
        try:
            draft = open_writing(request, piece).draft or _begin(request, piece, form, now)
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            _attach(form, draft)
    return SavedText(form)


def _begin(request: SellerRequest, piece: WrittenPiece, form: AppealForm, now: datetime) -> AppealDraft:
    """A draft without text, of the window in which the form stands."""
    window = form.cleaned_data.get("window") or new_window()
    return save_draft(
        violation=piece.violation, member=request.user, request=piece.request, text="", window=window, now=now
    )


def _attach(form: AppealForm, draft: AppealDraft) -> None:
    """Keep the files that were sent, whoever typed the text of the draft."""
    for fault in attach_to_draft(draft=draft, attachments=form.files_sent):
        form.add_error("attachments", fault)


def _save(request: SellerRequest, piece: WrittenPiece, form: AppealForm, now: datetime) -> AppealDraft:
    return save_draft(violation=piece.violation, member=request.user, request=piece.request, now=now, **form.typed)


def _filed_meanwhile(piece: WrittenPiece, kept: SavedText) -> Appeal | None:
    """The appeal that another window or member filed while this one was written."""
    if kept.form.errors and piece.request is None:
        return selectors.appeal_that_stands(violation=piece.violation)
    return None


def autosave_text(request: SellerRequest, piece: WrittenPiece, now: datetime) -> HttpResponse:
    """Save the text while it is typed. The answer is a line that says when it was saved, or why it was not."""
    form = piece.form(request.POST)
    context: dict[str, object] = {}
    try:
        if form.is_valid():
            context["draft"] = _save(request, piece, form, now)
    except Refused as refused:
        context |= {"fault": str(refused), "is_changed": isinstance(refused, DraftChanged)}
        context["filed"] = None if piece.request else selectors.appeal_that_stands(violation=piece.violation)
    return render(request, "violations/draft_state.html", context)


def handle_button(request: SellerRequest, piece: WrittenPiece, draft: AppealDraft) -> HttpResponse:
    """Do what the pressed button of the page says: remove a file, delete the draft, or save, which is done already."""
    if chosen := id_in(request.POST.get("remove")):
        remove_attachment(draft=draft, attachment_id=chosen)
        return redirect(f"{piece.page}#attachments")
    if "delete" in request.POST:
        delete_draft(draft=draft)
        messages.success(request, _("Your draft is deleted. Nothing was sent."))
        return redirect(piece.record)
    messages.success(request, _("Your draft is saved. Nothing is sent yet."))
    return redirect(piece.page)


def writing_page(request: SellerRequest, piece: WrittenPiece, kept: SavedText, now: datetime) -> HttpResponse:
    """The page with the form, what is kept and what is wrong with it."""
    draft = kept.draft
    if request.method == "POST":  # files came and went since
        draft = selectors.get_draft(violation=piece.violation, member=request.user, request=piece.request)
    context = {"piece": piece, "violation": piece.violation, "form": kept.form, "other": kept.other, "now": now}
    context["filed"] = _filed_meanwhile(piece, kept)
    context["closed"] = piece.why_closed(now) if kept.form.errors else ""  # else the page would not have opened
    status = HTTPStatus.UNPROCESSABLE_ENTITY if kept.form.errors else HTTPStatus.OK
    return render(request, piece.template, context | {"draft": draft}, status=status)
