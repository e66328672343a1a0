"""A seller's pages about appeals."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kit.outcomes import Refused
from sellers.access import SellerRequest, seller_view

from . import selectors
from .attachments import download
from .forms import AppealForm
from .models import Appeal, Violation
from .presentation.history import appeal_timeline
from .services import file_appeal, why_not_appeal, withdraw_appeal
from .views import section_tabs

APPEALS_PER_PAGE = 25


def _appeal(request: SellerRequest, appeal_id: int) -> Appeal:
    try:
        return selectors.get_appeal(seller=request.seller, appeal_id=appeal_id)
    except Appeal.DoesNotExist:
        raise Http404("No such appeal.") from None


@require_safe
@seller_view
def appeal_list(request: SellerRequest) -> HttpResponse:
    """A seller's appeals, the latest first."""
    appeals = selectors.appeals_of(seller=request.seller)
    page = Paginator(appeals, APPEALS_PER_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "tabs": section_tabs(request, current="appeal_list"), "now": timezone.now()}
    return render(request, "violations/appeal_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@seller_view
def appeal_file(request: SellerRequest, violation_id: int) -> HttpResponse:
    """File an appeal; what was written stays when something is refused."""
    now = timezone.now()
    try:
        violation = selectors.get_violation(seller=request.seller, violation_id=violation_id, as_of=now)
    except Violation.DoesNotExist:
        raise Http404("No such violation.") from None
    if request.method != "POST" and (refusal := why_not_appeal(violation, as_of=now)):
        messages.error(request, refusal)
        return redirect(violation)
    form = AppealForm(request.POST, request.FILES) if request.method == "POST" else AppealForm()
    if form.is_bound and form.is_valid():
        try:
            appeal = file_appeal(
                violation=violation,
                text=form.cleaned_data["text"],
                attachments=form.files_sent,
                filed_by=request.user,
                now=now,
            )
        except Refused as refused:
            form.add_error(refused.field or None, str(refused))
        else:
            messages.success(request, _("Your appeal is filed. You are told here and by email when it is decided."))
            return redirect(appeal)
    context = {"form": form, "violation": violation, "now": now}
    return render(request, "violations/appeal_file.html", context, status=422 if form.errors else 200)


@require_safe
@seller_view
def appeal_detail(request: SellerRequest, appeal_id: int) -> HttpResponse:
    """One appeal: what was said, what was attached, what was decided, as a timeline."""
    appeal = _appeal(request, appeal_id)
    context = {
        "appeal": appeal,
        "attachments": list(appeal.attachments.all()),
        "events": appeal_timeline(appeal),
        "market": appeal.violation.market,
        "now": timezone.now(),
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
@seller_view
def attachment(request: SellerRequest, appeal_id: int, attachment_id: int) -> FileResponse:
    """Download a file of an appeal of one's own."""
    return download(get_object_or_404(_appeal(request, appeal_id).attachments, pk=attachment_id))
