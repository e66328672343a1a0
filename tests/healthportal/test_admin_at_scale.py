"""Each list, filter, order, search and chooser of the admin finds its records by an index, wherever they are.

``tests.big_portal`` puts what is rare where a list comes last. The planner may not read a table from end to end here
(``enable_seqscan`` is off: a test's tables are small enough for it to be right), which leaves it walking a whole index
instead. So it counts how many records each statement looked at, of which the lists' own limits, made small here, show
few.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from django.contrib import admin
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from kit.backoffice import lists
from quizzes.selectors import banks
from tests import staff_pages
from tests.big_portal import fill

pytestmark = pytest.mark.django_db
SELLERS = 6_000
VIOLATIONS = 40_000
SHOWN = 10
COUNTED = 100
MOST = 3_000
SHARE = 3
"""One statement may look at `MOST` records of a table, or at one in so many, to find ten of what is rare."""

GROWING = {
    "accounts_user",
    "account_emailaddress",
    "audit_auditentry",
    "inbox_emaildelivery",
    "inbox_message",
    "quizzes_attempt",
    "quizzes_attemptquestion",
    "reports_weeklyreport",
    "sellers_content",
    "sellers_member",
    "sellers_seller",
    "violations_appeal",
    "violations_enforcementaction",
    "violations_pointsentry",
    "violations_violation",
    "workshops_signup",
}
"""The tables that grow with the sellers."""


@pytest.fixture(scope="module")
def grown(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """A portal that all tests of this file read."""
    with django_db_blocker.unblock(), transaction.atomic():
        fill(sellers=SELLERS, violations=VIOLATIONS)
        User.objects.create_superuser("boss@example.com")
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
            cursor.execute("SET LOCAL enable_seqscan = off")
        yield
        transaction.set_rollback(True)


@pytest.fixture
def staff(grown: None, client: Client, monkeypatch: pytest.MonkeyPatch) -> Client:
    """Whoever may see everything, with lists that show little."""
    monkeypatch.setattr(lists, "COUNTED", COUNTED)
    monkeypatch.setattr(lists, "FOUND", 5 * SHOWN)
    monkeypatch.setattr(banks, "LATEST", SHOWN)
    for model_admin in admin.site._registry.values():
        monkeypatch.setattr(model_admin, "list_per_page", SHOWN)
    client.force_login(User.objects.get(email="boss@example.com"))
    return client


@pytest.mark.parametrize("model", staff_pages.lists(), ids=lambda model: model._meta.label)
def test_list_looks_at_few(staff: Client, model: Any) -> None:
    assert [*too_much(staff, staff_pages.pages_of_list(staff, model))] == []


def test_choosers_look_at_few(staff: Client) -> None:
    assert [*too_much(staff, staff_pages.choosers())] == []


def test_market_is_refused_to_go_before_what_it_has_is_read(staff: Client) -> None:
    assert [*too_much(staff, staff_pages.markets())] == []


def too_much(client: Client, pages: Iterator[str]) -> Iterator[str]:
    """The statements that looked at too many records, with the page."""
    seen: set[str] = set()
    for page in pages:
        with CaptureQueriesContext(connection) as statements:
            assert client.get(page).status_code == 200, page
        for statement in (one["sql"] for one in statements if one["sql"].startswith("SELECT")):
            if statement not in seen:
                seen.add(statement)
                yield from (f"{page}: {found}\n{statement}" for found in faults(statement))


def faults(statement: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement.replace('%', '%%')}", [])
        ((plan,),) = cursor.fetchall()
    plan = json.loads(plan) if isinstance(plan, str) else plan
    return [fault for node in nodes(plan[0]["Plan"]) if (fault := fault_of(node))]


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", []):
        yield from nodes(part)


def fault_of(node: dict[str, Any]) -> str:
    table = node.get("Relation Name")
    if table not in GROWING:
        return ""
    per_loop = (
        node["Actual Rows"] + node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
    )
    looked_at = per_loop * node["Actual Loops"]
    most = max(MOST, size_of(str(table)) / SHARE)
    return f"{node['Node Type']} looks at {looked_at:,.0f} of {table}" if looked_at > most else ""


@cache
def size_of(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples::int FROM pg_class WHERE relname = %s", [table])
        ((size,),) = cursor.fetchall()
    return int(size)
