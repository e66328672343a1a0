"""The milestone quiz of an enforcement action before it starts."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from kit.outcomes import Refused
from sellers.access import SellerRequest, seller_view
from violations.models import EnforcementAction

from .attempt_wording import time_allowed, time_left
from .models import Attempt
from .presentation import next_page
from .selectors import milestone_quizzes
from .services import start_milestone_attempt


@require_http_methods(["GET", "HEAD", "POST"])
@seller_view
def milestone(request: SellerRequest, action_id: int) -> HttpResponse:
    """What a pass would shorten, and what to read; a POST starts the attempt or takes it up."""
    action = EnforcementAction.objects.filter(seller=request.seller, pk=action_id).first()
    if action is None:
        raise Http404("No such action.")
    now, refusal = timezone.now(), ""
    if request.method == "POST":
        try:
            attempt = start_milestone_attempt(action=action, seller=request.seller, user=request.user, now=now)
            return redirect(next_page(attempt, now=now))
        except Refused as refused:
            refusal = str(refused)
    offers = milestone_quizzes(seller=request.seller, as_of=now)
    taken = Attempt.objects.filter(action=action).first()
    context = {
        "action": action,
        "offer": next((one for one in offers if one.action == action), None),
        "attempt": taken,
        "attempt_left": time_left(taken.ends_at, now=now) if taken else "",
        "minutes": time_allowed(request.user.time_factor),
        "refusal": refusal,
    }
    return render(request, "quizzes/milestone.html", context)
