"""A market with a history, made by a few statements: for the benches of the reports, and for the tests of faults."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from kit.dates import Week
from policies.models import Article, Policy, PolicyVersion
from quizzes.models import Quiz
from reports.models import ReportRun
from sellers.models import Market
from violations.services import open_market

ZONE = ZoneInfo("America/New_York")


def make_market(*, opened: datetime) -> Market:
    """A market without sellers, with twelve policies that have an article and a quiz each."""
    market = open_market(code="BENCH", name="Bench", time_zone=str(ZONE), books_closed_until=opened)
    for number in range(12):
        policy = Policy.objects.create(code=f"bench-{number}", name=f"Policy {number}", topic="Claims")
        Article.objects.create(policy=policy, title=f"What to do about policy {number}", summary="Do this.")
        Quiz.objects.create(policy=policy, published_at=opened)
        PolicyVersion.objects.create(
            policy=policy,
            number=1,
            requirement="Say only what you can prove.",
            breach="The claim could not be proved.",
            wording="Say only what you can prove.",
            severity="moderate",
            points=1 + number % 4,
            effective_from=opened,
            notice_ends_at=opened,
            published_at=opened,
        )
    return market


TABLES = (
    "reports_weeklyreport", "reports_reportchunk", "reports_reportrun", "violations_enforcementaction",
    "violations_pointsentry", "violations_violation", "inbox_emaildelivery", "inbox_messageread", "inbox_message",
    "sellers_content", "sellers_seller",
)  # fmt: skip

NUMBERED = ("sellers_seller", "sellers_content", "violations_violation", "violations_pointsentry", "inbox_message")

# In the order of time, each violation of a seller picked by a hash, with its content, entry and message; every
# fiftieth led to an action of a week.
HISTORY = """
INSERT INTO sellers_seller (id, market_id, external_id, name, kind, city, signed_up_to_sell, created_at)
    SELECT n, %(market)s, 'shop-' || n, 'Shop ' || n, 'shop', '', true, %(opened)s
    FROM generate_series(1, %(sellers)s) AS n;
CREATE TEMP TABLE happened AS
    SELECT n AS id, 1 + (hashint8(n) & 2147483647) %% %(sellers)s AS seller_id, version.id AS version_id,
        version.points,
        %(opened)s + (%(ends)s - %(opened)s) * ((n - 0.5) / %(violations)s) AS at
    FROM generate_series(1::bigint, %(violations)s) AS n
    JOIN (SELECT id, points, row_number() OVER (ORDER BY id) - 1 AS place FROM policies_policyversion) AS version
        ON version.place = n * 7919 %% 12
    ORDER BY n;
INSERT INTO sellers_content (id, seller_id, kind, external_id, title, url)
    SELECT id, seller_id, 'live', 'live-' || id, 'Sunday LIVE: skin care that works', '' FROM happened ORDER BY id;
INSERT INTO violations_violation (
    id, market_id, seller_id, policy_version_id, policy_name, content_id, content_kind, content_title, content_url,
    external_id, fingerprint, issued_at, recorded_at, source, decided_points, decided_until,
    decided_market, decided_zone, decision, facts, detection, detector, automated, policy_section, explanation,
    appeal_until, void_reason)
    SELECT id, %(market)s, seller_id, version_id, 'Policy', id, 'live', 'Sunday LIVE: skin care that works', '',
        'v-' || id, repeat('0', 64), at, at, 'bench',
        points, CASE WHEN points > 0 THEN at + interval '180 days' END, 'Market', 'UTC', '',
        'At 00:14:20 the host said that the cream heals eczema within a week.',
        'automated', 'bench', true, '', 'The claim could not be proved.', at + interval '30 days', ''
    FROM happened ORDER BY id;
INSERT INTO violations_pointsentry (
    id, seller_id, violation_id, kind, source, points, effective_at, expires_at, recorded_at, reason)
    SELECT id, seller_id, id, 'assessment', 'violation', points, at, at + interval '180 days', at, 'Policy'
    FROM happened ORDER BY id;
INSERT INTO inbox_message (
    id, seller_id, content_id, content_kind, content_title, kind, template, about_kind, about_id, data, posted_at)
    SELECT id, seller_id, id, 'live', 'Sunday LIVE: skin care that works', 'violation', 'violation_issued',
        'violation', id, jsonb_build_object(
            'policy', 'Policy', 'points', 2, 'counts_until', at + interval '180 days', 'zone', 'UTC',
            'market', 'Market', 'is_over', false, 'decision', 'Points were added to your account.',
            'facts', 'The claim could not be proved.'),
        at
    FROM happened ORDER BY id;
INSERT INTO violations_enforcementaction (
    seller_id, milestone_id, violation_id, kind, capabilities, milestone_points, total, starts_at, ends_at, notice_id,
    noticed_at, lift_reason)
    SELECT seller_id, milestone.id, happened.id, milestone.kind, milestone.capabilities, milestone.points,
        milestone.points, at, at + interval '7 days', happened.id, at, ''
    FROM happened JOIN violations_milestone AS milestone ON milestone.market_id = %(market)s AND milestone.points = 12
    WHERE happened.id %% 50 = 0;
DROP TABLE happened;
"""
PLAIN_INDEXES = """
SELECT indexname, indexdef FROM pg_indexes
WHERE tablename = ANY(%s) AND indexname NOT IN (SELECT conname FROM pg_constraint)
"""


def fill(market: Market, *, sellers: int, weeks: int, last: Week, to_build: int = 1) -> None:
    """Give the market sellers with a history until the end of ``last``: a violation a week for every tenth.

    Of all weeks but the last ``to_build`` there is a published run, without reports. The rows are sound, so triggers
    and foreign keys are left out while they are made, and indexes are made afterwards.
    """
    mondays = [last.monday - timedelta(weeks=weeks_ago) for weeks_ago in range(weeks)][::-1]
    history = [Week(monday) for monday in mondays]
    known = {
        "market": market.pk,
        "sellers": sellers,
        "violations": sellers // 10 * weeks,
        "opened": history[0].starts_at(zone=ZONE),
        "ends": last.ends_at(zone=ZONE),
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("SET LOCAL maintenance_work_mem = '1GB'")
        cursor.execute(f"TRUNCATE {', '.join(TABLES)} CASCADE")
        cursor.execute(PLAIN_INDEXES, [list(TABLES)])
        indexes = cursor.fetchall()
        for name, _ in indexes:
            cursor.execute(f'DROP INDEX "{name}"')
        cursor.execute(HISTORY, known)
        for _, definition in indexes:
            cursor.execute(definition)
        for table in NUMBERED:
            cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}")
        closed = history[-to_build].starts_at(zone=ZONE)
        cursor.execute("UPDATE sellers_market SET books_closed_until = %s WHERE id = %s", [closed, market.pk])
    for week in history[:-to_build]:
        ReportRun.objects.create(
            market=market,
            week_start=week.monday,
            starts_at=week.starts_at(zone=ZONE),
            ends_at=week.ends_at(zone=ZONE),
            published_at=week.ends_at(zone=ZONE),
        )
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
