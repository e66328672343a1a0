"""The way out of viewing as a seller, which the bar on each page offers."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import person
from sellers.access import VIEWING
from sellers.services import end_viewing


@require_POST
@login_required
def stop_viewing(request: HttpRequest) -> HttpResponse:
    """End what the person views, and go back to the seller's page in the admin."""
    request.session.pop(VIEWING, None)
    viewing = end_viewing(person=person(request), now=timezone.now())
    if viewing is None:
        return redirect("home")
    messages.success(request, _("You do not view as %(seller)s any more.") % {"seller": viewing.seller})
    return redirect("admin:sellers_seller_change", viewing.seller_id)
