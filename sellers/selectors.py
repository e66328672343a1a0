"""Who may act for whom."""

from __future__ import annotations

from .models import Seller, SellerQuerySet, User


def sellers_of(user: User) -> SellerQuerySet:
    """The sellers that a person may act for, by name."""
    return Seller.objects.for_member(user).select_related("market")


def get_seller(*, user: User, seller_id: int) -> Seller:
    """The seller, if the person may act for it. Raises ``Seller.DoesNotExist`` otherwise: nobody learns it exists."""
    return sellers_of(user).get(pk=seller_id)
