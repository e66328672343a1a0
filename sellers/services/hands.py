"""Who may do what for a seller, and separate hands: nobody decides anything about a seller they are a member of."""

from __future__ import annotations

from collections.abc import Collection

from django.utils.translation import gettext as _

from accounts.models import User
from kit.outcomes import Refused

from .. import wording
from ..models import Member, Seller
from ..rules import Right, may


class NotYours(Refused):
    """The person is no member of the seller, or not in a role that may do this."""


def refuse_without_right(*, person: User, seller: Seller, right: Right) -> None:
    """Raise ``NotYours`` unless a person is a member of a seller in a role that has the right (1 query).

    The guard of everything that members do. The caller holds the seller's lock, so that a role taken away counts.
    """
    roles = Member.objects.filter(seller=seller, user=person).values_list("role", flat=True)
    if not may(roles.order_by("pk").first(), right):
        raise NotYours(wording.without_right(right, seller=seller))


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
