"""Separate hands: nobody decides anything about a seller they may act for."""

from __future__ import annotations

from collections.abc import Collection

from django.utils.translation import gettext as _

from accounts.models import User
from kit.outcomes import Refused

from ..models import Member, Seller


def own_sellers(*, people: Collection[User | None], seller_ids: Collection[int]) -> set[int]:
    """Those of some sellers that one of these people may act for (1 query; none if nobody is named)."""
    named = [person.pk for person in people if person is not None]
    if not named:
        return set()
    members = Member.objects.filter(user__in=named, seller__in=seller_ids).order_by()
    return set(members.values_list("seller_id", flat=True))


def refuse_own_seller(*, person: User | None, seller: Seller) -> None:
    """Raise ``Refused`` if a person who is about to decide something about a seller may act for it.

    The caller holds the seller's lock.
    """
    if own_sellers(people=[person], seller_ids=[seller.pk]):
        raise Refused(_("You are a member of %(seller)s: somebody else decides about it.") % {"seller": seller})
