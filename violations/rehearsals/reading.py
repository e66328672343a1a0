"""The violations that a rehearsal replays, seller by seller.

Only sellers are read whose points, all added up, could reach something under either rules: the total of a seller is
never more than that. A million sellers stream through in the order of their ids; only one seller's are held at a time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

from django.db import connection, transaction

from sellers.models import Market

from ..models import PointsEntry
from .rules import Breach

ROWS_PER_FETCH = 10_000
"""Rows that are fetched from the database at once."""


class RehearsalQuestion(NamedTuple):
    """Which violations: of a market, that may count after ``counts_after`` and were recorded before ``until``.

    ``points`` are those of policies by id, if they were others; below ``least`` points nothing can happen.
    """

    market: Market
    counts_after: datetime
    until: datetime
    points: Mapping[int, int]
    least: int


SELECT_BREACHES = """
WITH judged AS MATERIALIZED (
    SELECT violation.seller_id, violation.id, version.policy_id, violation.decided_points, violation.issued_at,
        violation.recorded_at, violation.decided_until, violation.voided_at, violation.external_id,
        coalesce(other.points, violation.decided_points) AS other_points
    FROM violations_violation AS violation
    JOIN policies_policyversion AS version ON version.id = violation.policy_version_id
    LEFT JOIN unnest(%(policies)s::bigint[], %(points)s::int[]) AS other (policy_id, points)
        ON other.policy_id = version.policy_id
    WHERE violation.recorded_at > %(counts_after)s AND violation.recorded_at < %(until)s
        AND violation.market_id = %(market)s
        AND (violation.decided_points > 0 OR other.points > 0)
)
SELECT seller_id, id, policy_id, decided_points, issued_at, recorded_at, decided_until, voided_at
FROM judged
WHERE seller_id IN (
    SELECT seller_id FROM judged GROUP BY seller_id
    HAVING greatest(sum(decided_points), sum(other_points)) >= %(least)s
)
ORDER BY seller_id, recorded_at, issued_at, external_id COLLATE "C"
"""
"""In the order in which they were recorded, and in which a batch takes those of one moment."""


def read_sellers(question: RehearsalQuestion) -> Iterator[tuple[int, list[Breach]]]:
    """Sellers (by id) who could reach something, each with their violations, the first recorded first."""
    taken_off = _taken_off(question)
    for seller_id, rows in groupby(_rows(question), key=itemgetter(0)):
        yield seller_id, [_breach(row, question.market, taken_off) for row in rows]


def _rows(question: RehearsalQuestion) -> Iterator[tuple[Any, ...]]:
    values: dict[str, Any] = {
        "market": question.market.pk,
        "counts_after": question.counts_after,
        "until": question.until,
        "policies": list(question.points),
        "points": list(question.points.values()),
        "least": question.least,
    }
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(SELECT_BREACHES, values)
        while rows := cursor.fetchmany(ROWS_PER_FETCH):
            yield from rows


def _taken_off(question: RehearsalQuestion) -> Mapping[int, Sequence[tuple[datetime, int]]]:
    """What was taken off each violation (by id), and when."""
    found: dict[int, list[tuple[datetime, int]]] = defaultdict(list)
    entries = PointsEntry.objects.filter(
        kind=PointsEntry.Kind.CREDIT,
        recorded_at__gt=question.counts_after,
        recorded_at__lt=question.until,
        violation__market=question.market,
    )
    rows = entries.order_by("recorded_at", "pk").values_list("violation_id", "recorded_at", "points")
    for violation_id, at, points in rows.iterator(chunk_size=ROWS_PER_FETCH):
        found[violation_id].append((at, -points))
    return found


def _breach(row: tuple[Any, ...], market: Market, taken_off: Mapping[int, Sequence[tuple[datetime, int]]]) -> Breach:
    _, violation_id, policy_id, points, issued_at, recorded_at, decided_until, voided_at = row
    expires_at = decided_until or market.points_expire_at(issued_at)
    return Breach(policy_id, points, issued_at, recorded_at, expires_at, voided_at, taken_off.get(violation_id, ()))
