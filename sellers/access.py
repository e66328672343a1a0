"""The one place that decides whether a person may open a seller's page, or a page for staff."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from kit.own_time import own_time

from . import rules
from .models import Seller
from .selectors import sellers_of

P = ParamSpec("P")

LAST_SELLER = "last_seller_id"


class SellerRequest(HttpRequest):
    """A request for a page of a seller that the signed-in person may act for."""

    user: User
    seller: Seller


def seller_view(
    view: Callable[Concatenate[SellerRequest, P], HttpResponseBase],
) -> Callable[..., HttpResponseBase]:
    """Give a view ``request.seller`` and the time zones; 404 for anybody who may not act for the seller."""

    @login_required
    @wraps(view)
    def wrapper(request: HttpRequest, *args: Any, seller_id: int, **kwargs: Any) -> HttpResponseBase:
        seller_request = cast(SellerRequest, request)
        seller = next((seller for seller in member_sellers(request) if seller.pk == seller_id), None)
        if seller is None:
            raise Http404(_("No such seller."))
        seller_request.seller = seller
        if request.session.get(LAST_SELLER) != seller_id:
            request.session[LAST_SELLER] = seller_id
        with timezone.override(seller_request.seller.market.zone), own_time(seller_request.user.own_zone):
            return view(seller_request, *args, **kwargs)

    return wrapper


def member_sellers(request: HttpRequest) -> list[Seller]:
    """The sellers that the signed-in person may act for, by name: read once a page (1 query)."""
    if not hasattr(request, "member_sellers"):
        request.member_sellers = list(sellers_of(cast(User, request.user)))  # type: ignore[attr-defined]  # kept here
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
