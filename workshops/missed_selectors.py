"""Reads of places that nobody used: who missed workshops often, and what follows from it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef

from kit.database.prepared_reads import PreparedRead, ids_parameter, moment_parameter
from sellers.models import Seller

from .missed_rules import MissedWorkshops, waits_behind_until
from .models import Signup, SignupQuerySet


def missed_signups(*, as_of: datetime) -> SignupQuerySet:
    """Places in workshops that are over whose seller did not come, and that nobody excused.

    A workshop where nobody was checked in says nothing of who was there. One person of a seller is enough.
    """
    there = Signup.objects.filter(workshop=OuterRef("workshop"), checked_in_at__isnull=False)
    missed = Signup.objects.did_not_come(as_of=as_of).filter(Exists(there), excuse=None)
    return missed.filter(~Exists(there.filter(seller=OuterRef("seller"))))


def missed_by(sellers: Sequence[Seller], *, as_of: datetime) -> dict[int, MissedWorkshops | None]:
    """What follows for each of some sellers from the workshops that it missed, by its market's numbers (1 query)."""
    if not sellers:
        return {}
    since = as_of - timedelta(days=max(seller.market.missed_workshop_days for seller in sellers))
    ended: dict[int, set[tuple[int, datetime]]] = defaultdict(set)
    for seller_id, *workshop in _missed.read(sellers=[seller.pk for seller in sellers], since=since, as_of=as_of):
        ended[seller_id].add(tuple(workshop))  # type: ignore[arg-type]  # of two
    return {seller.pk: _of(seller, ended[seller.pk], as_of=as_of) for seller in sellers}


_missed = PreparedRead(
    lambda: (
        missed_signups(as_of=moment_parameter("as_of"))
        .filter(seller__in=ids_parameter("sellers"), workshop__ends_at__gt=moment_parameter("since"))
        .order_by()
        .values_list("seller_id", "workshop_id", "workshop__ends_at")
    )
)


def _of(seller: Seller, workshops: Iterable[tuple[int, datetime]], *, as_of: datetime) -> MissedWorkshops | None:
    market = seller.market
    ended = [moment for _, moment in workshops]
    return waits_behind_until(ended, limit=market.missed_workshop_limit, days=market.missed_workshop_days, as_of=as_of)


def counts_as_missed(signup: Signup, *, as_of: datetime) -> bool:
    """Whether a host can excuse that nobody came for a place."""
    return missed_signups(as_of=as_of).filter(pk=signup.pk).exists()
