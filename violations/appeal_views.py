"""A seller's pages about appeals."""

from __future__ import annotations

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from kit.outcomes import Refused
from kit.pages.paging import read_page
from sellers.access import SellerRequest, member_view, seller_view

from . import selectors
from .attachments import download
from .filters import AppealFilter
from .models import Appeal, AppealAttachment
from .presentation.history import appeal_timeline, usual
from .services import withdraw_appeal
from .views import section_tabs

APPEALS_PER_PAGE = 25


def _appeal(request: SellerRequest, appeal_id: int) -> Appeal:
    try:
        return selectors.get_appeal(seller=request.seller, appeal_id=appeal_id, as_of=timezone.now())
    except Appeal.DoesNotExist:
        raise Http404("No such appeal.") from None


@require_safe
@seller_view
def appeal_list(request: SellerRequest) -> HttpResponse:
    """A seller's appeals, the latest first, below what the member did not file yet."""
    now = timezone.now()
    appeals = selectors.appeals_of(seller=request.seller, as_of=now)
    filters = AppealFilter(request.GET, queryset=appeals, request=request)
    counts = selectors.section_counts(request.seller)
    drafts = selectors.drafts_of(seller=request.seller, member=request.user, as_of=now)
    wanted = request.GET.get("page")
    context = {
        "filter": filters,
        "is_filtered": filters.form.has_changed(),
        "page": read_page(filters.qs, wanted=wanted, size=APPEALS_PER_PAGE, beside=[counts, drafts]),
        "drafts": drafts,
        "tabs": section_tabs(counts, seller=request.seller, current="appeal_list"),
        "now": now,
    }
    return render(request, "violations/appeal_list.html", context)


@require_safe
@seller_view
def appeal_detail(request: SellerRequest, appeal_id: int) -> HttpResponse:
    """One appeal: what was said, asked, answered and decided, with what was attached, also as a timeline."""
    appeal, now = _appeal(request, appeal_id), timezone.now()
    dialogue = selectors.dialogue_of(appeal, as_of=now)
    context = {
        "appeal": appeal,
        "attachments": list(appeal.attachments.all()),
        "dialogue": dialogue,
        "waiting": next((asked for asked, state in dialogue if state == "waiting"), None),
        "events": appeal_timeline(appeal, as_of=now),
        "market": appeal.violation.market,
        "usual": usual(appeal.violation.market) if appeal.is_open else "",
        "now": now,
    }
    return render(request, "violations/appeal_detail.html", context)


@require_POST
@seller_view
def withdraw(request: SellerRequest, appeal_id: int) -> HttpResponse:
    """Take an open appeal back."""
    appeal = _appeal(request, appeal_id)
    try:
        withdraw_appeal(appeal=appeal, withdrawn_by=request.user, now=timezone.now())
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("Your appeal is withdrawn."))
    return redirect(appeal)


@require_safe
@member_view
def attachment(request: SellerRequest, appeal_id: int, attachment_id: int) -> FileResponse:
    """Download a file of an appeal of one's own, or of an answer of it."""
    sent = AppealAttachment.objects.sent_with(_appeal(request, appeal_id))
    return download(get_object_or_404(sent, pk=attachment_id))
