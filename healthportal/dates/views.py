"""The page of a seller's dates, and a person's calendar."""

from __future__ import annotations

from django.contrib import messages as flash
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.services import close_calendar, renew_calendar
from sellers.access import SellerRequest, seller_view

from .calendar import calendar_address, calendar_of, whose_calendar
from .presentation import show_dates
from .selectors import dates_of


@require_safe
@seller_view
def dates(request: SellerRequest) -> HttpResponse:
    """Everything that lies ahead of a seller, and the address of the person's own calendar."""
    now, seller = timezone.now(), request.seller
    shown = show_dates(dates_of(seller=seller, as_of=now), seller=seller)
    context = {"dates": shown, "now": now, "address": calendar_address(request.user) if request.reader else ""}
    return render(request, "healthportal/dates.html", context)


@require_POST
@seller_view
def change_calendar(request: SellerRequest) -> HttpResponse:
    """Give the person's calendar a new address, or close it."""
    if "close" in request.POST:
        close_calendar(user=request.user)
        flash.success(request, _("Your calendar is closed. Its address shows nothing any more."))
    else:
        is_first = not calendar_address(request.user)
        renew_calendar(user=request.user)
        flash.success(request, _first_address() if is_first else _new_address())
    return redirect("dates", seller_id=request.seller.pk)


def _first_address() -> str:
    return _("Your calendar has an address. Keep it to yourself: who knows it sees your dates.")


def _new_address() -> str:
    return _("Your calendar has a new address. The one before shows nothing any more: subscribe to the new one.")


@require_safe
def calendar(request: HttpRequest, token: str) -> HttpResponse:
    """A person's calendar for programs that subscribe to it; the address is the proof."""
    user = whose_calendar(token)
    if user is None:
        raise Http404("No such calendar.")
    return HttpResponse(calendar_of(user, now=timezone.now()), content_type="text/calendar; charset=utf-8")
