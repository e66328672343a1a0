"""Each list, filter, order, search and chooser of the admin finds its records by an index, wherever they are; as do
the lists of a seller.

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
from urllib.parse import urlencode

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from audit.models import AuditEntry
from kit.backoffice import lists
from quizzes.selectors import banks
from sellers.models import Market, Seller, StaffMarket
from tests import staff_pages
from tests.big_portal import fill
from violations.models import Violation
from violations.selectors import found_by, violations_of

pytestmark = pytest.mark.django_db
SELLERS = 6_000
VIOLATIONS = 40_000
SHOWN = 10
COUNTED = 100
MAX_RECORDS = 3_000
SHARE = 3
"""One statement may look at `MAX_RECORDS` records of a table, or at one in so many, to find ten of what is rare."""

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
        fill(sellers=SELLERS, violations=VIOLATIONS, indexes_afterwards=False)
        User.objects.create_superuser("boss@example.com")
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL default_statistics_target = 1000")  # of every row: a sample differs by run
            cursor.execute("ANALYZE")
        connection.check_constraints()  # once: they would be checked after each test, all of them
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("SET LOCAL random_page_cost = 1")  # all pages are in memory
        yield
        transaction.set_rollback(True)


@pytest.fixture
def staff(grown: None, client: Client, monkeypatch: pytest.MonkeyPatch) -> Client:
    """Whoever may see everything, with lists that show little."""
    monkeypatch.setattr(lists, "MAX_COUNTED_RECORDS", COUNTED)
    monkeypatch.setattr(lists, "MAX_RELATED_RECORDS", 5 * SHOWN)
    monkeypatch.setattr(banks, "MAX_TIMES_ASKED", SHOWN)
    for model_admin in admin.site._registry.values():
        monkeypatch.setattr(model_admin, "list_per_page", SHOWN)
    client.force_login(User.objects.get(email="boss@example.com"))
    return client


@pytest.mark.parametrize("model", staff_pages.lists(), ids=lambda model: model._meta.label)
def test_list_looks_at_few(staff: Client, model: Any) -> None:
    assert [*too_much(staff, staff_pages.pages_of_list(staff, model))] == []


@pytest.fixture(params=["BIG", "SMALL"])
def limited(staff: Client, request: pytest.FixtureRequest) -> Iterator[Client]:
    """Somebody with every right who works for one market."""
    with transaction.atomic():
        person = User.objects.create_user("limited@example.com", is_staff=True)
        person.user_permissions.set(Permission.objects.all())
        StaffMarket.objects.create(user=person, market=Market.objects.get(code=request.param))
        client = Client()
        client.force_login(person)
        yield client
        transaction.set_rollback(True)


@pytest.mark.parametrize("model", staff_pages.lists(), ids=lambda model: model._meta.label)
def test_list_looks_at_few_for_who_works_for_one_market(limited: Client, model: Any) -> None:
    address = staff_pages.list_of(model)
    assert [*too_much(limited, iter([address, f"{address}?q=cedar", f"{address}?q=shop-00000123"]))] == []


def test_trail_of_one_market_is_paged_by_time_without_a_gap(limited: Client) -> None:
    address = staff_pages.list_of(AuditEntry)
    pages = [limited.get(f"{address}?p={number}").context["cl"] for number in (1, 2, 3)]
    shown = [entry.pk for page in pages for entry in page.result_list]
    assert shown == list(pages[0].queryset.values_list("pk", flat=True)[: 3 * SHOWN])


def test_search_looks_at_few_for_who_works_for_one_market(limited: Client) -> None:
    assert [*too_much(limited, iter([reverse("admin:search") + "?q=cedar"]))] == []


def test_choosers_look_at_few(staff: Client) -> None:
    assert [*too_much(staff, staff_pages.choosers())] == []


def test_market_is_refused_to_go_before_what_it_has_is_read(staff: Client) -> None:
    assert [*too_much(staff, staff_pages.markets())] == []


def test_lists_of_a_seller_look_at_few(grown: None, client: Client) -> None:
    violation = Violation.objects.filter(content__isnull=False, seller__members__isnull=False).earliest("id")
    seller = violation.seller
    client.force_login(seller.members.get().user)
    assert [*too_much(client, pages_of_seller(violation, seller))] == []


@pytest.mark.parametrize("text", ["content 1", "A-0042-69", "x"])
def test_search_of_a_seller_reads_the_index_by_seller(grown: None, text: str) -> None:
    seller = Violation.objects.earliest("id").seller
    found = found_by(violations_of(seller=seller, as_of=timezone.now()), text, seller=seller)
    with CaptureQueriesContext(connection) as statements:
        list(found)
    read = {str(node.get("Index Name")) for node in plan_of(statements[0]["sql"])}
    assert {index for index in read if index.startswith("violation_")} == {"violation_seller_recorded"}


def pages_of_seller(violation: Violation, seller: Seller) -> Iterator[str]:
    """The lists of a seller with each of their filters and orders."""
    kwargs = {"seller_id": seller.pk}
    violations, inbox = reverse("violations:list", kwargs=kwargs), reverse("inbox:list", kwargs=kwargs)
    found = [violation.external_id, violation.external_id[1:-1], violation.content_title, "A-0042-69", "nothing"]
    yield from (f"{violations}?{urlencode({'q': text})}" for text in found)
    yield from (f"{violations}?sort={order}" for order in ("", "oldest", "points", "deadline"))
    yield from (f"{violations}?state={state}" for state in ("standing", "points", "appeal", "appealed", "voided"))
    yield f"{violations}?issued_from=2020-01-01&issued_to=2026-12-31&content={violation.content_kind}"
    yield from (f"{inbox}{query}" for query in ("", "?kind=report", "?kind=workshop", "?state=unread", "?state=read"))
    yield from (message.get_absolute_url() for message in seller.messages.all()[:1])
    yield f"{reverse('violations:appeal_list', kwargs=kwargs)}?reference=A-0042-69"
    yield reverse("violations:enforcement", kwargs=kwargs)


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
    return [fault for node in plan_of(statement) if (fault := fault_of(node))]


def plan_of(statement: str) -> list[dict[str, Any]]:
    """The steps in which the database answered a statement."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement.replace('%', '%%')}", [])
        ((plan,),) = cursor.fetchall()
    plan = json.loads(plan) if isinstance(plan, str) else plan
    return [*nodes(plan[0]["Plan"])]


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
    most = max(MAX_RECORDS, size_of(str(table)) / SHARE)
    return f"{node['Node Type']} looks at {looked_at:,.0f} of {table}" if looked_at > most else ""


@cache
def size_of(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")  # one of those that grow; an estimate differs by run
        ((size,),) = cursor.fetchall()
    return int(size)
