"""The one place that decides whether a person may open a seller's page, or a page for staff."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any, Concatenate, ParamSpec, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.access import asked_for_second_factor, is_staff_who_may, person
from accounts.models import User
from kit.own_time import own_time

from . import rules
from .models import Seller, SellerViewing
from .selectors import read_sellers_of
from .staff_scope import works_for

P = ParamSpec("P")

LAST_SELLER = "last_seller_id"

SAFE_METHODS = {"GET", "HEAD"}


VIEWING = "viewing"
"""In the session of staff who view as a seller: which viewing it is."""

VIEW_AS_SELLER = "sellers.view_as_seller"


class SellerRequest(HttpRequest):
    """A request for a page of a seller that the signed-in person may act for, or that staff view.

    ``viewing`` is what staff view. ``reader`` is whose messages were read: ``None`` stands for all members together,
    whom staff view for.
    """

    user: User
    seller: Seller
    viewing: SellerViewing | None
    reader: User | None


def seller_view(
    view: Callable[Concatenate[SellerRequest, P], HttpResponseBase],
) -> Callable[..., HttpResponseBase]:
    """Give a view ``request.seller`` and the time zones; 404 for anybody who may not act for the seller.

    Staff who view as the seller get the page as its owners do; what would change something is refused.
    """
    return _guarded(view, shown_to_staff=True)


def member_view(
    view: Callable[Concatenate[SellerRequest, P], HttpResponseBase],
) -> Callable[..., HttpResponseBase]:
    """The same for what is a member's own, and for files that are for members: refused to staff who view."""
    return _guarded(view, shown_to_staff=False)


def _guarded(view: Callable[..., HttpResponseBase], *, shown_to_staff: bool) -> Callable[..., HttpResponseBase]:
    @login_required
    @wraps(view)
    def wrapper(request: HttpRequest, *args: Any, seller_id: int, **kwargs: Any) -> HttpResponseBase:
        seller_request = cast(SellerRequest, request)
        seller_request.viewing, seller_request.reader = None, seller_request.user
        own = next((seller for seller in member_sellers(request) if seller.pk == seller_id), None)
        if own is not None:
            seller_request.seller = own
            _note_last(request, seller_id)
        elif refusal := _view_as(seller_request, seller_id, shown_to_staff=shown_to_staff):
            return refusal
        with timezone.override(seller_request.seller.market.zone), own_time(seller_request.user.own_zone):
            return view(seller_request, *args, **kwargs)

    return wrapper


def _note_last(request: HttpRequest, seller_id: int) -> None:
    if request.session.get(LAST_SELLER) != seller_id:
        request.session[LAST_SELLER] = seller_id


def _view_as(request: SellerRequest, seller_id: int, *, shown_to_staff: bool) -> HttpResponseBase | None:
    """Let staff look who view as the seller; what they are told if this cannot be looked at, or is no look.

    Raises ``Http404`` for everybody else. Owners' pages are what is shown: nothing is done, whatever they offer.
    """
    viewing = _viewing(request, seller_id)
    if viewing is None:
        raise Http404(_("No such seller."))
    if asked := asked_for_second_factor(request):
        return asked
    if viewing.until <= timezone.now():
        messages.info(request, _("Half an hour is over. Say again why, to view as the seller."))
        return redirect("admin:sellers_seller_change", seller_id)
    seller: Any = viewing.seller
    seller.own_role, seller.own_visited_at, seller.own_visited_before_at = rules.Role.OWNER.value, None, None
    request.seller, request.viewing, request.reader = seller, viewing, None
    if shown_to_staff and request.method in SAFE_METHODS:
        return None
    with timezone.override(seller.market.zone):
        return render(request, "sellers/only_looking.html", {"is_own": not shown_to_staff}, status=HTTPStatus.FORBIDDEN)


def _viewing(request: SellerRequest, seller_id: int) -> SellerViewing | None:
    """What the session says, if the person may still view as a seller and did not end it. 1 query, none for others."""
    known = request.session.get(VIEWING)
    if known is None or not is_staff_who_may(request.user, VIEW_AS_SELLER):
        return None
    viewings = SellerViewing.objects.filter(pk=known, person=request.user, seller=seller_id, ended_at=None)
    found = viewings.select_related("seller__market__brand").first()
    return found if found is not None and works_for(request.user, found.seller.market_id) else None


def member_sellers(request: HttpRequest) -> list[Seller]:
    """The sellers that the signed-in person may act for, by name: read once a page (1 query)."""
    if not hasattr(request, "member_sellers"):
        request.member_sellers = read_sellers_of(person(request))  # type: ignore[attr-defined]  # kept here
    found: list[Seller] = request.member_sellers  # type: ignore[attr-defined]  # set above
    return found


def acts_for(seller: Seller) -> bool:
    """Whether the member for whom a seller was read takes its quizzes and files its appeals, or only looks."""
    return rules.may(getattr(seller, "own_role", rules.Role.OWNER), rules.Right.QUIZ)


def last_seller(request: HttpRequest) -> Seller | None:
    """The seller whose page the signed-in person opened last, else their first; ``None`` if they act for nobody."""
    if not request.user.is_authenticated:
        return None
    sellers = member_sellers(request)
    last = request.session.get(LAST_SELLER)
    return next((seller for seller in sellers if seller.pk == last), next(iter(sellers), None))


def sellers_to_choose(request: HttpRequest) -> list[Seller]:
    """The signed-in person's sellers, the one whose page they opened last first; none of visitors."""
    current = last_seller(request)
    return [current, *(seller for seller in member_sellers(request) if seller.pk != current.pk)] if current else []
