"""The guards of services: who may do what for a seller, and the separation of duties.

Nobody decides anything about a seller that they are a member of. Nor about one of a market that they do not work for.
"""

from __future__ import annotations

from collections.abc import Collection

from django.utils.translation import gettext as _

from accounts.models import User
from audit.services import Actor
from kit.database.prepared_reads import PreparedRead, id_parameter
from kit.outcomes import Refused

from .. import wording
from ..models import Member, Seller
from ..rules import Right, may
from ..staff_scope import markets_of, works_for


class NotYours(Refused):
    """The person is no member of the seller, or not in a role that may do this."""


class BeyondScope(Refused):
    """The person does not work for that market."""


def refuse_without_right(*, person: User, seller: Seller, right: Right) -> None:
    """Raise ``NotYours`` unless a person is a member of a seller in a role that has the right (1 query).

    The guard of everything that members do. The caller holds the seller's lock, so that a role taken away counts.
    """
    roles = _roles.read(seller=seller.pk, person=person.pk)
    if not may(roles[0] if roles else None, right):
        raise NotYours(wording.without_right(right, seller=seller))


_roles = PreparedRead(
    lambda: (
        Member.objects.filter(seller=id_parameter("seller"), user=id_parameter("person"))
        .values_list("role", flat=True)
        .order_by("pk")
    )
)


def own_sellers(*, people: Collection[User | None], seller_ids: Collection[int]) -> set[int]:
    """Those of some sellers that one of these people may act for (1 query; none if nobody is named)."""
    named = [person.pk for person in people if person is not None]
    if not named:
        return set()
    members = Member.objects.filter(user__in=named, seller__in=seller_ids).order_by()
    return set(members.values_list("seller_id", flat=True))


def refuse_to_decide(*, person: User | None, seller: Seller) -> None:
    """Raise ``Refused`` if a person who is about to decide something about a seller may act for it.

    And ``BeyondScope`` if they do not work for its market. The caller holds the seller's lock.
    """
    refuse_beyond_scope(person=person, market_id=seller.market_id)
    refuse_own_seller(person=person, seller=seller)


def refuse_own_seller(*, person: Actor, seller: Seller) -> None:
    """Raise ``Refused`` if a person who is about to decide something about a seller may act for it (1 query).

    For what staff of one market decide about sellers of any, such as at a workshop; else ``refuse_to_decide``.
    """
    if isinstance(person, User) and own_sellers(people=[person], seller_ids=[seller.pk]):
        raise Refused(_("You are a member of %(seller)s: somebody else decides about it.") % {"seller": seller})


def refuse_beyond_scope(*, person: Actor, market_id: int) -> None:
    """Raise ``BeyondScope`` if a member of staff does not work for a market; the guard behind what pages show.

    Nobody, and somebody at the server, works for all.
    """
    if isinstance(person, User) and not works_for(person, market_id):
        raise BeyondScope(wording.beyond_scope())


def refuse_for_all_markets(*, person: Actor) -> None:
    """Raise ``BeyondScope`` if somebody who works for some markets would decide for the sellers of all."""
    if isinstance(person, User) and markets_of(person) is not None:
        raise BeyondScope(wording.for_all_markets())
