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

from .models import Seller
from .selectors import get_seller, sellers_of

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
        try:
            seller_request.seller = get_seller(user=seller_request.user, seller_id=seller_id)
        except Seller.DoesNotExist:
            raise Http404(_("No such seller.")) from None
        if request.session.get(LAST_SELLER) != seller_id:
            request.session[LAST_SELLER] = seller_id
        with timezone.override(seller_request.seller.market.zone), own_time(seller_request.user.own_zone):
            return view(seller_request, *args, **kwargs)

    return wrapper


def last_seller(request: HttpRequest) -> Seller | None:
    """The seller whose page the signed-in person opened last, else their first; ``None`` if they act for nobody."""
    if not request.user.is_authenticated:
        return None
    sellers = list(sellers_of(request.user))
    last = request.session.get(LAST_SELLER)
    return next((seller for seller in sellers if seller.pk == last), next(iter(sellers), None))
