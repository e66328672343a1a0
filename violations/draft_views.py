"""A seller's pages on which an appeal is written, checked and filed."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kit.outcomes import Refused
from sellers.access import SellerRequest, seller_view

from . import selectors
from .appeal_forms import AppealForm
from .attachments import download
from .models import AppealAttachment, AppealDraft, Violation
from .services import (
    DraftChanged,
    attach_to_draft,
    checked_text,
    delete_draft,
    file_draft,
    remove_attachment,
    save_draft,
    why_not_appeal,
)

PAGES_OF_FAULTS = {"seen": "appeal_check", "text": "appeal_file"}
"""Where what is wrong with a draft that was to be filed can be put right, by the field of the refusal."""


def _violation(request: SellerRequest, violation_id: int, now: datetime) -> Violation:
    try:
        return selectors.get_violation(seller=request.seller, violation_id=violation_id, as_of=now)
    except Violation.DoesNotExist:
        raise Http404("No such violation.") from None


def _address(name: str, violation: Violation) -> str:
    return reverse(f"violations:{name}", kwargs={"seller_id": violation.seller_id, "violation_id": violation.pk})


@require_http_methods(["GET", "HEAD", "POST"])
@seller_view
def appeal_file(request: SellerRequest, violation_id: int) -> HttpResponse:
    """Write an appeal; what is typed and attached is kept as a draft, whatever is wrong with it."""
    now = timezone.now()
    violation = _violation(request, violation_id, now)
    if request.method == "POST":
        return _keep(request, violation, now)
    if refusal := why_not_appeal(violation, as_of=now):
        messages.error(request, refusal)
        return redirect(violation)
    draft = selectors.get_draft(violation=violation, member=request.user)
    return _writing_page(request, AppealForm.of(draft), violation, draft, now)


def _writing_page(
    request: SellerRequest,
    form: AppealForm,
    violation: Violation,
    draft: AppealDraft | None,
    now: datetime,
    other: AppealDraft | None = None,
) -> HttpResponse:
    """The page on which an appeal is written; ``other`` is what another window saved meanwhile."""
    context = {"form": form, "violation": violation, "draft": draft, "other": other, "now": now}
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "violations/appeal_file.html", context, status=status)


def _keep(request: SellerRequest, violation: Violation, now: datetime) -> HttpResponse:
    """Keep what was sent, and do what the button says; what is wrong is said above what was typed."""
    sent = request.POST.copy()
    form, other = AppealForm(sent, request.FILES), None
    if form.is_valid():
        try:
            answer = _answer(request, form, violation, now)
        except Refused as refused:
            form.add_error(refused.field or None, str(refused))
            if isinstance(refused, DraftChanged):
                other = refused.draft
                sent["opened_after"] = other.saved_in
        else:
            if not form.errors:
                return answer
    draft = selectors.get_draft(violation=violation, member=request.user)
    return _writing_page(request, form, violation, draft, now, other)


def _answer(request: SellerRequest, form: AppealForm, violation: Violation, now: datetime) -> HttpResponse:
    """Where the button leads, once everything is kept; files that are not taken are errors of the form."""
    draft = save_draft(violation=violation, member=request.user, now=now, **form.typed)
    for fault in attach_to_draft(draft=draft, attachments=form.files_sent):
        form.add_error("attachments", fault)
    page = _address("appeal_file", violation)
    if (chosen := request.POST.get("remove", "")).isdecimal():
        remove_attachment(draft=draft, attachment_id=int(chosen))
        return redirect(f"{page}#attachments")
    if "delete" in request.POST:
        delete_draft(draft=draft)
        messages.success(request, _("Your draft is deleted. Nothing was filed."))
        return redirect(violation)
    if "check" in request.POST:
        checked_text(draft.text)
        return redirect(_address("appeal_check", violation))
    messages.success(request, _("Your draft is saved. Nothing is filed yet."))
    return redirect(page)


@require_POST
@seller_view
def appeal_draft(request: SellerRequest, violation_id: int) -> HttpResponse:
    """Keep what is typed while it is typed; the answer is the line that says when it was saved, or why it was not."""
    now = timezone.now()
    violation, form = _violation(request, violation_id, now), AppealForm(request.POST)
    context: dict[str, object] = {}
    try:
        if form.is_valid():
            context["draft"] = save_draft(violation=violation, member=request.user, now=now, **form.typed)
    except Refused as refused:
        context["fault"] = str(refused)
    return render(request, "violations/draft_state.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@seller_view
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
        messages.error(request, refusal)
        return redirect(violation)
    try:
        text = checked_text(draft.text)
    except Refused as refused:
        messages.error(request, str(refused))
        return redirect(_address("appeal_file", violation))
    context = {"violation": violation, "draft": draft, "text": text, "now": now}
    context["decide_by"] = request.seller.market.appeal_decide_by(now)
    return render(request, "violations/appeal_check.html", context)


def _nothing_to_check(request: SellerRequest, violation: Violation) -> HttpResponse:
    """Who sends the page twice gets to the appeal that the first sending filed."""
    filed = violation.appeals.filter(filed_by=request.user).open().first()
    if filed is None:
        messages.error(request, _("There is no draft of an appeal to check."))
        return redirect(violation)
    return redirect(filed)


def _file(request: SellerRequest, draft: AppealDraft, now: datetime) -> HttpResponse:
    try:
        appeal = file_draft(draft=draft, seen=request.POST.get("seen", ""), now=now)
    except Refused as refused:
        messages.error(request, str(refused))
        page = PAGES_OF_FAULTS.get(refused.field)
        return redirect(_address(page, draft.violation) if page else draft.violation.get_absolute_url())
    messages.success(request, _("Your appeal is filed. Its reference is %(number)s.") % {"number": appeal.reference})
    return redirect(appeal)


@require_safe
@seller_view
def draft_attachment(request: SellerRequest, violation_id: int, attachment_id: int) -> FileResponse:
    """Download a file of a draft of one's own."""
    drafts = AppealDraft.objects.of_seller(request.seller).filter(user=request.user, violation=violation_id)
    return download(get_object_or_404(AppealAttachment, draft__in=drafts, pk=attachment_id))
