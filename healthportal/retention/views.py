"""What is kept for how long, as sellers read it; and a person's wish to be erased."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import person
from sellers.access import SellerRequest, seller_view

from .erasure import ask_for_erasure, preview_erasure, withdraw_erasure
from .kinds import STAYS
from .models import ErasureRequest
from .selectors import times_of


@require_safe
@seller_view
def kept(request: SellerRequest) -> HttpResponse:
    """What the portal keeps of a seller, for how long and why."""
    times = times_of(request.seller.market)
    return render(request, "healthportal/kept.html", {"times": times, "stays": STAYS})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def erasure(request: HttpRequest) -> HttpResponse:
    """Ask to be erased, see what that does, or take the wish back."""
    user = person(request)
    if request.method == "POST":
        if "withdraw" in request.POST:
            withdraw_erasure(user=user)
            messages.success(request, _("You stay. Nothing was changed."))
        else:
            ask_for_erasure(user=user, now=timezone.now())
            messages.success(request, _("Your wish is noted. Staff erase you once they have looked at it."))
        return redirect("erasure")
    context = {"asked": ErasureRequest.objects.filter(user=user).first(), "preview": preview_erasure(user)}
    return render(request, "healthportal/erasure.html", context)
