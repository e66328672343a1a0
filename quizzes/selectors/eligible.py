"""The violations that a pass can remove points from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast

from django.db.models import Max, Q, QuerySet, Sum

from kit.database.prepared_reads import PreparedRead, id_parameter, ids_parameter, moment_parameter
from sellers.models import Market, Seller
from violations.models import Violation

from .. import rules
from ..models import Quiz


@dataclass(frozen=True)
class EligibleViolation:
    """A violation that a pass can remove points from: standing, its window open, with points left that count.

    ``expires_at`` is when they stop counting, and with them what a pass took off.
    """

    violation: Violation
    points_left: int
    expires_at: datetime
    window: rules.Window

    @property
    def closes_at(self) -> datetime:
        """The first moment (UTC) after its window."""
        return self.window.closes_at

    @property
    def last_day(self) -> date:
        """The last local day of its window."""
        return self.window.last_day


def eligible_violations(
    *, market: Market, seller_ids: Iterable[int], policy_id: int, as_of: datetime, begun_at: datetime | None = None
) -> dict[int, list[EligibleViolation]]:
    """By seller, those eligible of one policy at a moment, the one whose window closes first first (1 query).

    For an attempt begun at ``begun_at`` those are eligible too whose window was open then.
    """
    found = _of_policy.read(
        sellers=list(seller_ids),
        policy=policy_id,
        earliest=rules.earliest_told(as_of=begun_at or as_of, zone=market.zone),
        as_of=as_of,
    )
    return {seller_id: items for (seller_id, _policy), items in eligible_among(found, market=market).items()}


def eligible_for(*, quiz: Quiz, seller: Seller, as_of: datetime, begun_at: datetime) -> list[EligibleViolation]:
    """What an attempt at a quiz begun at ``begun_at`` can remove points from at a moment, in the same order."""
    found = eligible_violations(
        market=seller.market, seller_ids=[seller.pk], policy_id=quiz.policy_id, as_of=as_of, begun_at=begun_at
    )
    return found.get(seller.pk, [])


def violations_with_open_window(
    *, market: Market, seller_ids: Iterable[int], as_of: datetime, begun_at: datetime | None = None
) -> QuerySet[Violation]:
    """The violations whose window is open at a moment, or was when an attempt began, whatever is left of them."""
    return _told_between(
        list(seller_ids), earliest=rules.earliest_told(as_of=begun_at or as_of, zone=market.zone), as_of=as_of
    )


def _told_between(sellers: Any, *, earliest: Any, as_of: Any) -> QuerySet[Violation]:
    return Violation.objects.filter(seller__in=sellers, recorded_at__gte=earliest, recorded_at__lte=as_of)


def eligible_among(
    violations: Iterable[Violation], *, market: Market
) -> dict[tuple[int, int], list[EligibleViolation]]:
    """By seller and policy, the eligible violations out of those ``with_points_left``, in their order."""
    found: dict[tuple[int, int], list[EligibleViolation]] = {}
    for violation in cast(Iterable[Any], violations):  # An annotation is no attribute of the class.
        window = rules.window(violation.told_at, zone=market.zone)
        item = EligibleViolation(violation, violation.points_left, violation.points_until, window)
        found.setdefault((violation.seller_id, violation.policy_version.policy_id), []).append(item)
    return found


def with_points_left(
    violations: QuerySet[Violation], *, as_of: Any, known_before: datetime | None = None
) -> QuerySet[Violation]:
    """Those that stand with points left that count, as far as was known, in the order of their windows' ends."""
    counting = Q(entries__effective_at__lte=as_of, entries__expires_at__gt=as_of)
    standing = Q(voided_at=None) | Q(voided_at__gt=as_of)
    if known_before is not None:
        counting &= Q(entries__recorded_at__lt=known_before)
        standing |= Q(voided_at__gte=known_before)
        violations = violations.filter(recorded_at__lt=known_before)
    return (
        violations.filter(standing)
        .alias(left=Sum("entries__points", filter=counting))
        .filter(left__gt=0)
        .annotate(points_left=Sum("entries__points", filter=counting), points_until=Max("entries__expires_at"))
        .select_related("policy_version__policy")
        .order_by("recorded_at", "issued_at", "id")  # Windows close in the order in which they opened.
    )


_of_policy = PreparedRead(
    lambda: with_points_left(
        _told_between(
            ids_parameter("sellers"), earliest=moment_parameter("earliest"), as_of=moment_parameter("as_of")
        ).filter(policy_version__policy=id_parameter("policy")),
        as_of=moment_parameter("as_of"),
    )
)
