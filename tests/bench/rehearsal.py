"""A rehearsal over a million sellers, beside one pass over the same violations; and beside the minute it may take."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils import timezone

from policies.models import Policy
from sellers.models import Market
from violations.models import Rehearsal
from violations.rehearsals.comparing import answer

from .frame import Row, alternating, seconds
from .marketplace import FACTS, PLAIN_INDEXES, TABLES, make_market

VIOLATIONS = int(os.environ.get("BENCH_REHEARSED_VIOLATIONS", 3_000_000))
MINUTE = 60.0

# Violations of the last 400 days. A few sellers have many of them: the share of a seller falls with the cube.
RECENT = """
SELECT setseed(0.5);
INSERT INTO violations_violation (
    id, market_id, seller_id, policy_version_id, external_id, fingerprint, issued_at, recorded_at, source,
    decided_points, decided_until, decided_market, decided_zone, decision, facts, detection, detector, automated,
    policy_section, explanation, appeal_until, void_reason, content_kind, content_title, content_url, policy_name
)
SELECT n, %(market)s, %(first)s + least(floor(power(random(), 3) * %(sellers)s)::int, %(sellers)s - 1), version.id,
    'old-' || lpad(n::text, 9, '0'), repeat('0', 64), at, at, 'bench', version.points, at + interval '180 days',
    'Market', 'UTC', '', %(facts)s, 'automated', 'claims-model', true, '', 'The claim could not be proved.',
    at + interval '30 days',
    '', '', '', '', 'Policy'
FROM generate_series(1, %(violations)s::bigint) AS n
CROSS JOIN LATERAL (SELECT %(now)s - interval '400 days' * (1 - n::float / %(violations)s) AS at) AS moment
JOIN (SELECT id, points, row_number() OVER (ORDER BY id) - 1 AS place FROM policies_policyversion WHERE points > 0)
    AS version ON version.place = n %% (SELECT count(*) FROM policies_policyversion WHERE points > 0);
INSERT INTO violations_pointsentry (
    id, seller_id, violation_id, kind, source, points, effective_at, expires_at, recorded_at, reason
)
SELECT id, seller_id, id, 'assessment', 'violation', decided_points, issued_at, decided_until, recorded_at, 'Policy'
FROM violations_violation
"""
FLOOR = """
SELECT count(*), sum(points) FROM (
    SELECT seller_id, sum(decided_points) AS points FROM violations_violation WHERE recorded_at > %(since)s GROUP BY 1
) AS seller
"""


def measure() -> Iterator[Row]:
    market = make_market()
    now = timezone.now()
    _fill(market, now)
    milestones = [{"points": 8, "kind": "restriction", "duration_days": 7, "notice_days": 0}]
    points = {str(pk): 5 for pk in Policy.objects.order_by("pk").values_list("pk", flat=True)[:2]}
    rehearsal = Rehearsal(market=market, as_of=now, milestones=milestones, points=points)

    def replayed(_: int) -> float:
        return seconds(lambda: print(answer(rehearsal)["replayed"], "sellers replayed", flush=True))

    def passed(_: int) -> float:
        return seconds(lambda: _execute(FLOOR, since=now - timedelta(days=392)))

    value, floor = alternating(replayed, passed, rounds=2)
    yield Row.of("rehearsal.answer", value=value, floor=floor, goal=40.0)
    yield Row.of("rehearsal.minute", value=value, floor=MINUTE, goal=1.0)


def _fill(market: Market, now: datetime) -> None:
    first, sellers = market.sellers.order_by("pk").values_list("pk", flat=True)[0], market.sellers.count()
    known = {"market": market.pk, "first": first, "sellers": sellers, "now": now, "violations": VIOLATIONS}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")  # The rows are sound: no trigger need see them.
        cursor.execute("SET LOCAL maintenance_work_mem = '1GB'")
        cursor.execute(PLAIN_INDEXES, [TABLES])
        indexes = cursor.fetchall()
        for name, _ in indexes:
            cursor.execute(f"DROP INDEX {name}")
        cursor.execute(RECENT, known | {"facts": FACTS})
        for _, definition in indexes:
            cursor.execute(definition)
    _execute("VACUUM ANALYZE")


def _execute(sql: str, **values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values or None)
