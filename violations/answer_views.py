"""A seller's page on which a reviewer's request is answered."""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from kit.outcomes import Refused
from sellers.access import SellerRequest, member_view, seller_view

from . import selectors
from .appeal_forms import AnswerForm
from .appeal_writing import SavedText, WrittenPiece, autosave_text, handle_button, open_writing, save_sent, writing_page
from .models import AppealRequest
from .services import send_answer, why_not_answer


def _asked(request: SellerRequest, request_id: int) -> AppealRequest:
    try:
        return selectors.get_request(seller=request.seller, request_id=request_id)
    except AppealRequest.DoesNotExist:
        raise Http404("No such request.") from None


def _piece(asked: AppealRequest) -> WrittenPiece:
    kwargs = {"seller_id": asked.appeal.seller_id, "request_id": asked.pk}
    return WrittenPiece(
        violation=asked.appeal.violation,
        page=reverse("violations:appeal_answer", kwargs=kwargs),
        autosave=reverse("violations:answer_draft", kwargs=kwargs),
        record=asked.appeal.get_absolute_url(),
        template="violations/appeal_answer.html",
        why_closed=lambda now: why_not_answer(asked, as_of=now),
        form=AnswerForm,
        request=asked,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@member_view
def appeal_answer(request: SellerRequest, request_id: int) -> HttpResponse:
    """Write the answer to a request, and send it: all of it, or a part of which more follows."""
    now = timezone.now()
    piece = _piece(asked := _asked(request, request_id))
    if request.method == "POST":
        return _keep(request, piece, now)
    if refusal := why_not_answer(asked, as_of=now):
        messages.error(request, refusal)
        return redirect(piece.record)
    return writing_page(request, piece, open_writing(request, piece), now)


def _keep(request: SellerRequest, piece: WrittenPiece, now: datetime) -> HttpResponse:
    """Keep what was sent, and do what the button says; what is wrong is said above what was typed."""
    kept = save_sent(request, piece, now)
    if kept.draft is not None and not kept.form.errors:
        if request.POST.get("send") not in {"all", "part"}:
            return handle_button(request, piece, kept.draft)
        if _send(request, kept, now):
            return redirect(piece.record)
    return writing_page(request, piece, kept, now)


def _send(request: SellerRequest, kept: SavedText, now: datetime) -> bool:
    """Whether the draft was sent; if not, the form says why."""
    assert kept.draft is not None  # noqa: S101  # for mypy: the caller has looked
    is_last = request.POST["send"] == "all"
    try:
        send_answer(draft=kept.draft, is_last=is_last, now=now)
    except Refused as refused:
        kept.form.add_error(refused.field or None, str(refused))
        return False
    messages.success(request, _sent_all() if is_last else _sent_a_part())
    return True


def _sent_all() -> str:
    return _("Your answer is sent. The reviewer goes on with the decision.")


def _sent_a_part() -> str:
    return _("This part of your answer is sent. Send the rest in time; until then the time to decide stands still.")


@require_POST
@seller_view
def answer_draft(request: SellerRequest, request_id: int) -> HttpResponse:
    """Keep what is typed while it is typed."""
    return autosave_text(request, _piece(_asked(request, request_id)), timezone.now())
