"""What became of those a workshop was for: how many breached its topic afterwards, by who was there and who was not.

A comparison, and no more: who comes to a workshop may differ from who does not in other ways too.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from django.db import connection

from kit.confidence_intervals import wilson_interval

BREACHES_COUNTED_FOR = timedelta(days=90)
"""How long after the end of a workshop breaches of its topics are counted."""

LOOKED_BACK = timedelta(days=730)
"""Workshops that ended longer ago say little of those of today."""

# Each topic of each workshop that took place (somebody was checked in) and whose time for breaches is over; who had
# points for the topic when it began; who signed up, and what came of it; and, to compare with, the sellers of its
# market that had points for the topic and did not sign up. Of each: whether it got a violation of the topic in time
# that stands.
COUNT = """
WITH topic AS (
    SELECT w.id AS workshop_id, w.market_id, w.starts_at, w.ends_at, about.policy_id
    FROM workshops_workshop w JOIN workshops_workshop_policies about ON about.workshop_id = w.id
    WHERE w.published_at IS NOT NULL AND w.cancelled_at IS NULL AND w.market_id = ANY(%(markets)s)
        AND w.ends_at > %(since)s AND w.ends_at <= %(until)s
        AND EXISTS (SELECT FROM workshops_signup WHERE workshop_id = w.id AND checked_in_at IS NOT NULL)
), with_points AS (
    SELECT DISTINCT topic.workshop_id, topic.policy_id, v.seller_id
    FROM topic
    JOIN policies_policyversion version ON version.policy_id = topic.policy_id
    JOIN violations_violation v ON v.policy_version_id = version.id AND v.issued_at <= topic.starts_at
        AND (v.voided_at IS NULL OR v.voided_at > topic.starts_at)
    CROSS JOIN LATERAL (
        SELECT sum(points) AS points FROM violations_pointsentry
        WHERE violation_id = v.id AND effective_at <= topic.starts_at AND expires_at > topic.starts_at
    ) AS had
    WHERE had.points > 0
), signed_up AS (
    SELECT workshop_id, seller_id, CASE
        WHEN bool_or(checked_in_at IS NOT NULL) THEN 'attended'
        WHEN bool_or(state = 'waiting') THEN 'on_list'
        WHEN bool_or(state <> 'cancelled') THEN 'missed'
    END AS became
    FROM workshops_signup WHERE workshop_id IN (SELECT workshop_id FROM topic) GROUP BY workshop_id, seller_id
), one AS (
    SELECT topic.*, signed_up.seller_id, signed_up.became, with_points.seller_id IS NOT NULL AS had_points
    FROM topic JOIN signed_up USING (workshop_id)
    LEFT JOIN with_points USING (workshop_id, policy_id, seller_id)
    WHERE signed_up.became IS NOT NULL
    UNION ALL
    SELECT topic.*, with_points.seller_id, 'neither', true
    FROM topic JOIN with_points USING (workshop_id, policy_id)
    JOIN sellers_seller seller ON seller.id = with_points.seller_id AND seller.market_id = topic.market_id
    WHERE NOT EXISTS (
        SELECT FROM signed_up
        WHERE signed_up.workshop_id = topic.workshop_id AND signed_up.seller_id = with_points.seller_id
    )
)
SELECT policy.name, one.became, one.had_points, count(*), count(*) FILTER (WHERE EXISTS (
    SELECT FROM violations_violation v JOIN policies_policyversion version ON version.id = v.policy_version_id
    WHERE v.seller_id = one.seller_id AND version.policy_id = one.policy_id AND v.voided_at IS NULL
        AND v.issued_at > one.ends_at AND v.issued_at <= one.ends_at + %(within)s
))
FROM one JOIN policies_policy policy ON policy.id = one.policy_id
GROUP BY policy.name, policy.id, one.became, one.had_points
ORDER BY policy.name, policy.id
"""


class Participation(Enum):
    """What came of a workshop for a seller."""

    ATTENDED = "attended"
    ON_LIST = "on_list"
    NEITHER = "neither"
    MISSED = "missed"


@dataclass(frozen=True)
class OutcomeGroup:
    """Sellers of one kind: how many there were, and how many of them breached the topic within the time."""

    became: Participation
    had_points: bool
    sellers: int
    breached: int

    @property
    def share(self) -> float:
        return self.breached / self.sellers if self.sellers else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Between which the true share lies, 95 times in a hundred."""
        return wilson_interval(self.breached, self.sellers)


@dataclass(frozen=True)
class TopicOutcome:
    """The groups of one topic; those with points for it, which compare best, come first."""

    name: str
    groups: list[OutcomeGroup]


KINDS = [
    *((became, True) for became in Participation),
    *((became, False) for became in Participation if became is not Participation.NEITHER),
]
"""A seller without points for the topic that did not sign up is any seller: such are not counted."""


def outcomes(*, market_ids: Collection[int], as_of: datetime) -> list[TopicOutcome]:
    """What became of sellers after workshops of these markets, by topic (1 query). The first is of all topics.

    A workshop with two topics counts for each of them.
    """
    until = as_of - BREACHES_COUNTED_FOR
    known: dict[str, Any] = {"markets": list(market_ids), "since": until - LOOKED_BACK, "until": until}
    with connection.cursor() as cursor:
        cursor.execute(COUNT, known | {"within": BREACHES_COUNTED_FOR})
        rows = cursor.fetchall()
    if not rows:
        return []
    names = list(dict.fromkeys(row[0] for row in rows))
    return [_topic("", rows), *(_topic(name, [row for row in rows if row[0] == name]) for name in names)]


def _topic(name: str, rows: Iterable[tuple[Any, ...]]) -> TopicOutcome:
    found = dict.fromkeys(KINDS, (0, 0))
    for _, became, had_points, sellers, breached in rows:
        kind = Participation(became), had_points
        found[kind] = found[kind][0] + sellers, found[kind][1] + breached
    return TopicOutcome(name, [OutcomeGroup(*kind, *numbers) for kind, numbers in found.items()])
