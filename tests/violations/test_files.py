"""The ledger and the violations of a seller as files."""

from __future__ import annotations

import csv
from datetime import timedelta
from io import StringIO

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from sellers.models import Seller
from tests.apps import ROOT
from tests.crawl.answers import content_of
from tests.credits import credit_points
from tests.factories import PolicyFactory, SellerFactory, issue
from tests.pages import ago, signed_in_seller
from tests.violations.appealing import appeal_against
from violations.files import ENTRY_FIELDS, VIOLATION_FIELDS
from violations.services import void_violation

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at:UserWarning")]

FILES = {"ledger_csv": ENTRY_FIELDS, "list_csv": VIOLATION_FIELDS}


def rows_of(client: Client, seller: Seller, file: str, **query: str) -> list[dict[str, str]]:
    response = client.get(reverse(f"violations:{file}", kwargs={"seller_id": seller.pk}), query)
    text = content_of(response).decode("utf-8-sig")
    reader = csv.DictReader(StringIO(text))
    assert reader.fieldnames == FILES[file]
    return list(reader)


def test_the_ledger_has_a_line_for_each_entry_as_it_was_recorded(client: Client) -> None:
    seller = signed_in_seller(client)
    violation = issue(seller, PolicyFactory(points=4, code="claims", name="Claims"), now=ago(days=9), external_id="v-1")
    entry = credit_points(violation=violation, points=1, reason="Quiz passed: Claims", now=ago(days=3))
    first, second = rows_of(client, seller, "ledger_csv")
    assert (first["kind"], first["source"], first["points"]) == ("assessment", "violation", "4")
    zone = seller.market.zone
    assert second == {
        "entry": str(entry.pk),
        "violation": str(violation.pk),
        "reference": "v-1",
        "policy": "claims",
        "policy_name": "Claims",
        "content_kind": violation.content_kind,
        "content": violation.content_title,
        "kind": "credit",
        "source": "quiz",
        "points": "-1",
        "effective_at": entry.effective_at.astimezone(zone).isoformat(),
        "expires_at": entry.expires_at.astimezone(zone).isoformat(),
        "recorded_at": entry.recorded_at.astimezone(zone).isoformat(),
        "reason": "Quiz passed: Claims",
    }


def test_the_lines_of_the_ledger_add_up_to_every_total(client: Client) -> None:
    seller, policy = signed_in_seller(client), PolicyFactory(points=4)
    issue(seller, policy, now=ago(days=200))
    credit_points(violation=issue(seller, policy, now=ago(days=50)), points=1, reason="Quiz passed", now=ago(days=30))
    now = timezone.now().astimezone(seller.market.zone).isoformat()
    counting = [
        int(row["points"])
        for row in rows_of(client, seller, "ledger_csv")
        if row["effective_at"] <= now < row["expires_at"]
    ]
    total = client.get(reverse("violations:ledger", kwargs={"seller_id": seller.pk})).context["standing"].total
    assert sum(counting) == total == 3


def test_violations_have_their_points_their_appeal_and_what_became_of_them(client: Client) -> None:
    seller, policy = signed_in_seller(client), PolicyFactory(points=4)
    appealed = issue(seller, policy, now=ago(days=9))
    appeal_against(appealed, now=ago(days=8))
    voided = issue(seller, policy, now=ago(days=7))
    void_violation(violation=voided, reason="A mistake.", voided_by=None, now=ago(days=6))
    last, first = rows_of(client, seller, "list_csv")
    assert (first["violation"], first["points"], first["points_left"]) == (str(appealed.pk), "4", "4")
    assert (first["appeal"], first["voided_at"], first["void_reason"]) == ("open", "", "")
    assert (last["points"], last["points_left"], last["void_reason"]) == ("4", "0", "A mistake.")


def test_violations_are_filtered_as_the_page_is(client: Client) -> None:
    seller = signed_in_seller(client)
    claims = issue(seller, PolicyFactory(points=4, code="claims"), now=ago(days=9))
    issue(seller, PolicyFactory(points=4), now=ago(days=9))
    assert [row["violation"] for row in rows_of(client, seller, "list_csv", policy="claims")] == [str(claims.pk)]
    page = client.get(reverse("violations:list", kwargs={"seller_id": seller.pk}), {"policy": "claims", "page": "1"})
    assert f'/s/{seller.pk}/violations.csv?policy=claims"' in page.text


def test_a_title_is_no_formula_in_a_spreadsheet(client: Client) -> None:
    seller = signed_in_seller(client)
    violation = issue(seller, PolicyFactory(name="=1+1"), now=ago(days=9))
    credit_points(violation=violation, points=1, reason="@SUM(A1)", now=ago(days=3))
    assert [row["policy_name"] for row in rows_of(client, seller, "ledger_csv")] == ["'=1+1", "'=1+1"]
    assert rows_of(client, seller, "ledger_csv")[1]["reason"] == "'@SUM(A1)"
    assert rows_of(client, seller, "list_csv")[0]["policy_name"] == "'=1+1"


@pytest.mark.parametrize(("file", "called"), [("ledger_csv", "points-ledger"), ("list_csv", "violations")])
def test_the_name_of_a_file_says_whose_it_is_and_of_when(client: Client, file: str, called: str) -> None:
    seller = signed_in_seller(client, name="Glow & Co")
    response = client.get(reverse(f"violations:{file}", kwargs={"seller_id": seller.pk}))
    local = timezone.now().astimezone(seller.market.zone)
    names = [f"glow-co-{called}-{moment:%Y-%m-%d-%H%M}.csv" for moment in (local, local - timedelta(minutes=1))]
    assert response["Content-Disposition"] in {f'attachment; filename="{name}"' for name in names}
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response.streaming


@pytest.mark.parametrize("file", FILES)
def test_somebody_elses_file_is_not_found(client: Client, file: str) -> None:
    signed_in_seller(client)
    other = SellerFactory()
    assert client.get(reverse(f"violations:{file}", kwargs={"seller_id": other.pk})).status_code == 404


@pytest.mark.parametrize(("file", "queries"), [("ledger_csv", 4), ("list_csv", 5)])
@pytest.mark.parametrize("rows", [1, 3])
def test_queries_do_not_grow_with_the_lines(client: Client, file: str, queries: int, rows: int) -> None:
    seller = signed_in_seller(client)
    for _ in range(rows):
        issue(seller, PolicyFactory(), now=ago(days=9))
    rows_of(client, seller, file)
    with CaptureQueriesContext(connection) as captured:
        assert len(rows_of(client, seller, file)) == rows
    assert len(captured) == queries, [query["sql"] for query in captured]


@pytest.mark.parametrize("file", FILES)
def test_there_is_a_head_where_there_is_nothing(client: Client, file: str) -> None:
    assert rows_of(client, signed_in_seller(client), file) == []


@pytest.mark.parametrize("field", [*ENTRY_FIELDS, *VIOLATION_FIELDS])
def test_the_documentation_names_every_field(field: str) -> None:
    assert f"`{field}`" in (ROOT / "docs" / "files.md").read_text()
