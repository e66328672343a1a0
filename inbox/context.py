"""How many messages of the menu's seller the person has not read: the template's variable ``unread_count``."""

from __future__ import annotations

from typing import Any

from django.db.models import Count
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.safestring import SafeString

from accounts.models import User
from kit.database.prepared_reads import PreparedRead, id_parameter
from kit.pages.cached_pages import personal_part
from sellers.access import last_seller
from sellers.models import Seller

from .models import Message


def unread(request: HttpRequest) -> dict[str, Any]:
    """The number of messages that this person has not read, counted when the template shows it. Nothing for visitors.

    On public and account pages it is that of the seller whose page the person opened last. The menu does the same.
    """
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {}
    return {"unread_count": SimpleLazyObject(lambda: _unread_on(request, user))}


def _unread_on(request: HttpRequest, user: User) -> int:
    """The count that is kept with the page, or that is read now (1 query)."""
    reader = getattr(request, "reader", user)
    return int(personal_part(request, "unread", lambda: SafeString(_unread_of(_seller_of(request), reader))))


def _seller_of(request: HttpRequest) -> Seller | None:
    return getattr(request, "seller", None) or last_seller(request)


def _unread_of(seller: Seller | None, user: User | None) -> int:
    if seller is None:
        return 0
    if user is None:
        return Message.objects.filter(seller=seller).unread(user=None).count()
    return next(iter(_unread_count.read(seller=seller.pk, person=user.pk)), 0)


_unread_count = PreparedRead(
    lambda: (
        Message.objects.filter(seller=id_parameter("seller"))
        .unread(user=id_parameter("person"))
        .order_by()
        .values("seller")
        .annotate(number=Count("pk"))
        .values_list("number", flat=True)
    )
)
