"""A seller's pages on which an appeal is written, checked and filed."""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kit.outcomes import Refused
from sellers.access import SellerRequest, member_view, seller_view
from sellers.rules import Right
from sellers.wording import why_not

from . import selectors
from .appeal_writing import WrittenPiece, autosave_text, handle_button, open_writing, save_sent, writing_page
from .attachments import download
from .models import AppealAttachment, AppealDraft, Violation
from .presentation.history import usual
from .services import checked_text, file_draft, why_not_appeal

PAGES_OF_FAULTS = {"seen": "appeal_check", "text": "appeal_file"}
"""Where what is wrong with a draft that was to be filed can be put right, by the field of the refusal."""


def _violation(request: SellerRequest, violation_id: int, now: datetime) -> Violation:
    try:
        return selectors.get_violation(seller=request.seller, violation_id=violation_id, as_of=now)
    except Violation.DoesNotExist:
        raise Http404("No such violation.") from None


def _address(name: str, violation: Violation) -> str:
    return reverse(f"violations:{name}", kwargs={"seller_id": violation.seller_id, "violation_id": violation.pk})


def _piece(request: SellerRequest, violation: Violation) -> WrittenPiece:
    def why_closed(now: datetime) -> str:
        return why_not(request.seller, Right.APPEAL) or why_not_appeal(violation, as_of=now)

    return WrittenPiece(
        violation=violation,
        page=_address("appeal_file", violation),
        autosave=_address("appeal_draft", violation),
        record=violation.get_absolute_url(),
        template="violations/appeal_file.html",
        why_closed=why_closed,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@member_view
def appeal_file(request: SellerRequest, violation_id: int) -> HttpResponse:
    """Write an appeal; what is typed and attached is kept as a draft, whatever is wrong with it."""
    now = timezone.now()
    piece = _piece(request, _violation(request, violation_id, now))
    if request.method == "POST":
        return _keep(request, piece, now)
    if refusal := piece.why_closed(now):
        return _too_late(request, piece.violation, refusal)
    return writing_page(request, piece, open_writing(request, piece), now)


def _keep(request: SellerRequest, piece: WrittenPiece, now: datetime) -> HttpResponse:
    """Keep what was sent, and do what the button says; what is wrong is said above what was typed."""
    kept = save_sent(request, piece, now)
    if kept.draft is not None and not kept.form.errors:
        if "check" not in request.POST:
            return handle_button(request, piece, kept.draft)
        try:
            checked_text(kept.draft.text)
        except Refused as refused:
            kept.form.add_error("text", str(refused))
        else:
            return redirect(_address("appeal_check", piece.violation))
    return writing_page(request, piece, kept, now)


@require_POST
@seller_view
def appeal_draft(request: SellerRequest, violation_id: int) -> HttpResponse:
    """Keep what is typed while it is typed."""
    now = timezone.now()
    return autosave_text(request, _piece(request, _violation(request, violation_id, now)), now)


@require_http_methods(["GET", "HEAD", "POST"])
@member_view
def appeal_check(request: SellerRequest, violation_id: int) -> HttpResponse:
    """What will be sent, as it will be read, and what happens then; filed from here and from nowhere else."""
    now = timezone.now()
    violation = _violation(request, violation_id, now)
    draft = selectors.get_draft(violation=violation, member=request.user)
    if draft is None:
        return _nothing_to_check(request, violation)
    if request.method == "POST":
        return _file(request, draft, now)
    if refusal := why_not_appeal(violation, as_of=now):
        return _too_late(request, violation, refusal)
    try:
        text = checked_text(draft.text)
    except Refused as refused:
        messages.error(request, str(refused))
        return redirect(_address("appeal_file", violation))
    context = {"violation": violation, "draft": draft, "text": text, "now": now}
    context |= {"decide_by": request.seller.market.appeal_decide_by(now), "usual": usual(request.seller.market)}
    return render(request, "violations/appeal_check.html", context)


def _too_late(request: SellerRequest, violation: Violation, refusal: str) -> HttpResponse:
    """Say why no appeal can be filed; one that was filed meanwhile, in another window or by somebody else, is shown."""
    filed = selectors.appeal_that_stands(violation=violation)
    if filed is None:
        messages.error(request, refusal)
        return redirect(violation)
    known = _("This is the appeal that was filed: %(number)s.") % {"number": filed.reference}
    messages.info(request, known if filed.is_open else refusal)
    return redirect(filed)


def _nothing_to_check(request: SellerRequest, violation: Violation) -> HttpResponse:
    """Who sends the page twice gets to the appeal that the first sending filed."""
    return _too_late(request, violation, _("There is no draft of an appeal to check."))


def _file(request: SellerRequest, draft: AppealDraft, now: datetime) -> HttpResponse:
    try:
        appeal = file_draft(draft=draft, seen=request.POST.get("seen", ""), now=now)
    except Refused as refused:
        if page := PAGES_OF_FAULTS.get(refused.field):
            messages.error(request, str(refused))
            return redirect(_address(page, draft.violation))
        return _too_late(request, draft.violation, str(refused))
    messages.success(request, _("Your appeal is filed. Its reference is %(number)s.") % {"number": appeal.reference})
    return redirect(appeal)


@require_safe
@member_view
def draft_attachment(request: SellerRequest, violation_id: int, attachment_id: int) -> FileResponse:
    """Download a file of a draft of one's own."""
    drafts = AppealDraft.objects.of_seller(request.seller).filter(user=request.user, violation=violation_id)
    return download(get_object_or_404(AppealAttachment, draft__in=drafts, pk=attachment_id))
