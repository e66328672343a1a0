"""What a seller finds after a workshop."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from kit.outcomes import Refused
from sellers.access import SellerRequest, seller_view

from . import feedback_wording, services
from .feedback_forms import FeedbackForm
from .feedback_selectors import why_no_feedback
from .models import Workshop
from .occasions import MIN_ANSWERS_SHOWN, feedback_until


def _workshop_of(request: SellerRequest, workshop_id: int) -> Workshop:
    """A published workshop that this seller signed up for; no other has anything for it."""
    workshops = Workshop.objects.listed().filter(signups__seller=request.seller).select_related("city").distinct()
    return get_object_or_404(workshops, pk=workshop_id)


@require_http_methods(["GET", "POST"])
@seller_view
def feedback(request: SellerRequest, workshop_id: int) -> HttpResponse:
    """Say how a workshop was, once, without a name."""
    workshop, now = _workshop_of(request, workshop_id), timezone.now()
    form = FeedbackForm(request.POST if request.method == "POST" else None, workshop=workshop)
    if form.is_valid() and _given(request, workshop, form):
        return redirect("workshops:feedback", seller_id=request.seller.pk, workshop_id=workshop.pk)
    problem = why_no_feedback(workshop, request.seller, now=now)
    context = {
        "workshop": workshop,
        "form": form,
        "why_not": feedback_wording.why_no_feedback(problem, workshop=workshop) if problem else "",
        "until": feedback_until(workshop.ends_at, days=workshop.feedback_days),
        "shown_from": MIN_ANSWERS_SHOWN,
        "now": now,
    }
    with timezone.override(workshop.zone):
        return render(request, "workshops/feedback.html", context)


def _given(request: SellerRequest, workshop: Workshop, form: FeedbackForm) -> bool:
    """Whether it was kept; what was refused is said."""
    try:
        services.give_feedback(
            workshop=workshop,
            seller=request.seller,
            user=request.user,
            rating=form.cleaned_data["rating"],
            text=form.cleaned_data["text"],
            said=form.said,
            now=timezone.now(),
        )
    except Refused as refusal:
        messages.error(request, str(refusal))
        return False
    messages.success(request, _("Thank you. It is kept without your name."))
    return True
