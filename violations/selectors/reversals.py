"""Mass reversals: what one would do, and which actions no longer have a ground."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import CharField, Count, F, Q, QuerySet, Sum
from django.db.models.functions import MD5, Cast, Coalesce

from kit.backoffice.scopes import in_scope
from kit.scopes import Scope

from ..models import (
    Appeal,
    EnforcementAction,
    EnforcementActionQuerySet,
    MassReversal,
    PointsEntry,
    Upload,
    Violation,
)

SAMPLE = 10
VIOLATIONS_ASKED = 10_000
UPLOADS_ASKED = 50


def unfounded_actions(*, as_of: datetime, without: Callable[[str], Q] | None = None) -> EnforcementActionQuerySet:
    """Actions that go on though the violations that stand would not have reached their milestone.

    It looks at what was known and counted when an action was announced. ``without`` gives, for the lookup that leads to
    a violation, which ones to take for voided too: what would lose its ground if they were.
    """
    entry = "seller__entries"
    grounds = Q(
        **{
            f"{entry}__violation__voided_at": None,
            f"{entry}__recorded_at__lte": F("noticed_at"),
            f"{entry}__effective_at__lte": F("noticed_at"),
            f"{entry}__expires_at__gt": F("noticed_at"),
        }
    )
    if without is not None:
        grounds &= ~without(f"{entry}__violation__")
    going_on = EnforcementAction.objects.filter(Q(ends_at=None) | Q(ends_at__gt=as_of), lifted_at=None)
    founded = Coalesce(Sum(f"{entry}__points", filter=grounds), 0)
    return going_on.annotate(founded=founded).filter(founded__lt=F("milestone_points"))


@dataclass(frozen=True)
class PolicyShare:
    """What a mass reversal would void of one policy."""

    policy: str
    violations: int
    sellers: int
    points: int


@dataclass(frozen=True)
class ReversalPreview:
    """What a mass reversal would do at a moment. ``already_voided`` are in its set and left alone."""

    violations: int
    sellers: int
    already_voided: int
    points: int
    actions: int
    appeals: int
    by_policy: Sequence[PolicyShare]
    sample: Sequence[Violation]


def preview_reversal(*, reversal: MassReversal, as_of: datetime) -> ReversalPreview:
    """What a mass reversal would do if it ran at once (6 queries)."""
    matching = Violation.objects.filter(reversal.matches()).order_by()
    counts = matching.aggregate(
        violations=Count("pk", filter=Q(voided_at=None)),
        sellers=Count("seller", filter=Q(voided_at=None), distinct=True),
        already_voided=Count("voided_at"),
    )
    shares = _by_policy(reversal, as_of=as_of)
    of_these = Q(violation__voided_at=None) & reversal.matches("violation__")
    sellers = matching.standing().values("seller")
    actions = unfounded_actions(as_of=as_of, without=reversal.matches).filter(seller__in=sellers)
    return ReversalPreview(
        **counts,
        points=sum(share.points for share in shares),
        actions=actions.count(),
        appeals=Appeal.objects.filter(of_these, state=Appeal.State.OPEN).count(),
        by_policy=shares,
        sample=_sample(reversal),
    )


def _by_policy(reversal: MassReversal, *, as_of: datetime) -> list[PolicyShare]:
    """Most violations first."""
    policy = "policy_version__policy__name"
    entries = PointsEntry.objects.filter(reversal.matches("violation__"), violation__voided_at=None)
    left = entries.filter(expires_at__gt=as_of).order_by().values_list(f"violation__{policy}").annotate(Sum("points"))
    points = dict(left)
    standing = Violation.objects.standing().filter(reversal.matches()).order_by()
    counts = standing.values_list(policy).annotate(count=Count("pk"), sellers=Count("seller", distinct=True))
    return [
        PolicyShare(name, count, sellers, points.get(name, 0))
        for name, count, sellers in counts.order_by("-count", policy)
    ]


def _sample(reversal: MassReversal) -> list[Violation]:
    """Some of the violations from all over the set, the same each time."""
    standing = Violation.objects.standing().filter(reversal.matches())
    scattered = standing.order_by(MD5(Cast("pk", CharField())))
    return list(scattered.select_related("seller", "policy_version__policy")[:SAMPLE])


def sellers_left(*, reversal: MassReversal, limit: int) -> list[tuple[int, int]]:
    """The next sellers of a mass reversal in id order, each with the number of their violations to void."""
    standing = Violation.objects.standing().filter(reversal.matches(), seller_id__gt=reversal.last_seller_id)
    return list(standing.order_by("seller_id").values_list("seller_id").annotate(Count("pk"))[:limit])


def sources_of_late(markets: Scope = None) -> list[str]:
    """How violations of some markets, or of any, came in lately, in the order of the alphabet (2 queries).

    Those of the latest violations and the latest uploads: no index holds all sources, and none is worth its place.
    """
    found = set(
        in_scope(Violation.objects.order_by("-pk"), markets).values_list("source", flat=True)[:VIOLATIONS_ASKED]
    )
    uploads = (
        in_scope(Upload.objects.filter(confirmed_at__isnull=False), markets)
        .order_by("-pk")
        .only("name")[:UPLOADS_ASKED]
    )
    return sorted(found | {upload.source for upload in uploads})


def reversals_given_up() -> QuerySet[MassReversal]:
    """Those that stopped by themselves, because batch after batch failed."""
    return MassReversal.objects.filter(stopped_at__isnull=False, stopped_by=None, done_at=None)
