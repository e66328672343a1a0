"""How the statement that builds reports is carried out, whatever the database knows of the rows."""

from datetime import UTC, datetime, timedelta
from itertools import chain

from django.db import connection

from reports import services
from reports.models import WeeklyReport
from tests.factories import MarketFactory, SellerFactory, draft
from violations.services import issue_violations

W45_END = datetime(2026, 11, 9, 5, tzinfo=UTC)
SELLERS = 1000
NEWCOMERS = """
INSERT INTO sellers_seller (market_id, external_id, name, kind, city, signed_up_to_sell, created_at)
SELECT %s, 'new-' || i, 'New', 'shop', '', true, '2026-01-01' FROM generate_series(1, %s) AS i
"""
TABLES = "sellers_seller, sellers_content, violations_violation, violations_pointsentry, inbox_message"


def nodes_of(plan):
    """A node of a plan and all below it."""
    yield plan
    yield from chain.from_iterable(nodes_of(child) for child in plan.get("Plans", []))


def rows_compared(node):
    """Rows that a node read or compared, over all its loops."""
    found = ("Actual Rows", "Rows Removed by Filter", "Rows Removed by Join Filter")
    return node["Actual Loops"] * sum(node.get(name, 0) for name in found)


def test_rows_are_read_once_while_nothing_is_known_of_their_sellers(market, policy):
    """A market whose sellers and violations all came at once, after the database looked at those of others."""
    SellerFactory.create_batch(20, market=MarketFactory())
    connection.check_constraints()
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {TABLES}")
        cursor.execute(NEWCOMERS, [market.pk, SELLERS])
    drafts = [
        draft(seller, policy, external_id=f"v-{seller.pk}", issued_at=W45_END - timedelta(hours=1), content=None)
        for seller in market.sellers.all()
    ]
    issue_violations(market=market, drafts=drafts, source="test", now=W45_END - timedelta(hours=1))
    plans = []

    def explained(execute, sql, params, many, context):
        if not str(sql).startswith("INSERT INTO reports_weeklyreport"):
            return execute(sql, params, many, context)
        execute(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {sql}", params, many, context)
        plans.extend(context["cursor"].fetchone()[0])
        return None

    run = services.start_run(market=market, now=W45_END)
    with connection.execute_wrapper(explained):
        services.build_chunk(chunk_id=run.chunks.get().pk, now=W45_END)
    assert WeeklyReport.objects.count() == SELLERS
    (plan,) = plans
    most = max(nodes_of(plan["Plan"]), key=rows_compared)
    assert rows_compared(most) < 20 * SELLERS, most


def test_check_of_the_reports_compares_none_with_each_seller(db):
    """Its plan cannot be seen from outside; without nested loops it has no such way."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT proconfig FROM pg_proc WHERE proname = 'refuse_invalid_report'")
        assert cursor.fetchone() == (["enable_nestloop=off"],)
