"""How what each detector found fared, and the outcomes of its appeals in their order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from kit.confidence_intervals import wilson_interval
from sellers.models import Market

from ..models import Appeal, DetectorAlarm

LOOKED_BACK = timedelta(days=2)
"""A detector is looked at again while an appeal against it was granted so lately."""
WATCHED_CASES = 2_000
"""So many of the latest decided appeals of a detector are looked at: they say what is usual, too."""

# Each violation once, by what found it, under which policy, in which market. An appeal that was withdrawn is none; one
# granted wholly or in part overturned it. What a mass reversal voided is voided too.
FIGURES = """
    SELECT violation.detector, violation.detector_version, policy.name, market.code,
        count(*), count(appeal.id),
        count(*) FILTER (WHERE appeal.state IN ('granted', 'partly', 'denied')),
        count(*) FILTER (WHERE appeal.state IN ('granted', 'partly')),
        count(violation.voided_at), count(violation.mass_reversal_id)
    FROM violations_violation violation
    JOIN policies_policyversion version ON version.id = violation.policy_version_id
    JOIN policies_policy policy ON policy.id = version.policy_id
    JOIN sellers_market market ON market.id = violation.market_id
    LEFT JOIN violations_appeal appeal ON appeal.violation_id = violation.id AND appeal.state <> 'withdrawn'
    WHERE violation.detector <> '' AND violation.issued_at >= %(since)s AND violation.issued_at < %(until)s
        AND violation.market_id = ANY(%(markets)s)
    GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
"""


@dataclass(frozen=True)
class DetectorFigures:
    """What became of the violations that one version of a detector found under one policy in one market."""

    detector: str
    version: str
    policy: str
    market: str
    issued: int
    appealed: int
    decided: int
    overturned: int
    voided: int
    reversed: int

    @property
    def appealed_interval(self) -> tuple[float, float]:
        return wilson_interval(self.appealed, self.issued)

    @property
    def overturned_interval(self) -> tuple[float, float]:
        """Of the appeals that were decided."""
        return wilson_interval(self.overturned, self.decided)

    @property
    def voided_interval(self) -> tuple[float, float]:
        return wilson_interval(self.voided, self.issued)


def detector_figures(*, markets: Iterable[Market], since: datetime, until: datetime) -> list[DetectorFigures]:
    """How the violations fared that were issued in a period (half-open), by detector, version, policy and market."""
    params: dict[str, Any] = {"markets": [market.pk for market in markets], "since": since, "until": until}
    with connection.cursor() as cursor:
        cursor.execute(FIGURES, params)
        return [DetectorFigures(*row) for row in cursor.fetchall()]


def detectors_to_watch(*, as_of: datetime) -> list[tuple[int, str]]:
    """Market and name of each detector against which an appeal was granted lately, and whose alarm does not wait."""
    granted = Appeal.objects.filter(
        decided_at__gt=as_of - LOOKED_BACK, decided_at__lte=as_of, state__in=["granted", "partly"]
    )
    found = granted.exclude(violation__detector="").order_by("violation__market_id", "violation__detector")
    waiting = set(DetectorAlarm.objects.waiting().values_list("market_id", "detector"))
    pairs = found.values_list("violation__market_id", "violation__detector").distinct()
    return [pair for pair in pairs if pair not in waiting]


def decided_appeals(*, market_id: int, detector: str) -> QuerySet[Appeal]:
    """Those against what a detector found in a market, the first decided first."""
    decided = Appeal.objects.decided().filter(violation__market=market_id, violation__detector=detector)
    return decided.select_related("violation").order_by("decided_at", "pk")
