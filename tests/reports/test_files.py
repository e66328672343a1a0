"""A report as files: its PDF, CSV and JSON."""

import csv
import json
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pypdf import PdfReader

from kit.dates import Week
from reports import services
from reports.presentation.data import ITEM_FIELDS, SUMMARY_FIELDS, report_data
from reports.presentation.pdf import report_pdf
from sellers.models import Market
from sellers.services import ContentDraft
from tests.credits import credit_points
from tests.factories import LONG_AGO, NOW, MemberFactory, PolicyFactory, SellerFactory, issue
from tests.reports.helpers import presented
from violations.services import void_violation

HOUR = timedelta(hours=1)
W45_END = datetime(2026, 11, 9, 5, tzinfo=UTC)


def build(market, weeks=1):
    books = Market.objects.get(pk=market.pk).books_closed_until
    return services.build_due_weeks(market=market, now=books + timedelta(days=7 * weeks, hours=2))


@pytest.fixture
def member(seller, client):
    member = MemberFactory(seller=seller)
    client.force_login(member.user, backend="django.contrib.auth.backends.ModelBackend")
    return member


@pytest.fixture
def report(market, seller, policy):
    """The second week's report of a seller with 3 points from the first."""
    issue(seller, policy, now=W45_END - HOUR)
    build(market, weeks=2)
    return presented(seller, Week.parse("2026-W46"), now=NOW)


# --- The PDF


def words_of(pdf):
    pages = [page.extract_text() for page in PdfReader(BytesIO(pdf)).pages]
    return " ".join(" ".join(pages).replace("\u200b", "").split())


def test_pdf_says_what_the_page_says(report, seller):
    words = words_of(report_pdf(report))
    for said in [
        f"Weekly report for {seller.name} {report.days}, {report.zone_name}",
        report.verdict.word,
        report.sentence,
        "What changed",
        report.breaches.policies_sentence,
        report.breaches.violations.sentence,
        "Points in and out",
        report.ledger.balance,
        "What the total of 3 is made of",
        report.ledger.expiry_sentence,
        "Milestones at the end of the week",
        f"http://localhost:8000/s/{seller.pk}/reports/2026-W46/",
        f"Report for the week of {report.days} · {seller.name}",
    ]:
        assert said in words


def test_pdf_has_the_sections_of_the_page_in_its_order(client, member, market, seller, policy):
    voided = issue(seller, policy, now=W45_END - HOUR)
    issue(seller, PolicyFactory(points=2), now=W45_END - HOUR)
    build(market)
    void_violation(violation=voided, reason="A mistake.", voided_by=None, now=W45_END + HOUR)
    url = reverse("reports:detail", kwargs={"seller_id": seller.pk, "week": "2026-W45"})
    page = re.findall(r"<h2[^>]*>([^<]+)</h2>", client.get(url).text)
    context = presented(seller, Week.parse("2026-W45"), now=NOW)
    words = words_of(report_pdf(context))
    on_both = [heading for heading in page if heading in words]
    assert on_both == sorted(on_both, key=words.index)
    assert on_both[:3] == ["What to do", "What changed", "What happened since"]
    assert on_both[-1] == "Milestones at the end of the week"


def test_pdf_of_a_clean_first_week(market, seller):
    build(market)
    context = presented(seller, Week.parse("2026-W45"), now=NOW)
    words = words_of(report_pdf(context))
    assert f"What to do {context.history.streak_sentence} Nothing is left to do." in words
    assert "What changed" not in words
    assert context.history.totals.sentence == "The total is no points at the end of the first week."


def test_pdf_names_each_violation_whose_points_expire_once(market, seller, policy):
    """Points that a quiz took off expire with those they were taken off from."""
    long_ago = W45_END - timedelta(days=160)
    violation = issue(seller, policy, issued_at=long_ago, now=W45_END - HOUR)
    credit_points(violation=violation, points=1, reason="Quiz passed", now=W45_END - HOUR / 2)
    build(market)
    context = presented(seller, Week.parse("2026-W45"), now=NOW)
    words = words_of(report_pdf(context))
    assert f"{policy.name}, {policy.name}" not in words
    issue(seller, PolicyFactory(name="Claims", points=2), issued_at=long_ago, now=W45_END + HOUR)
    build(market)
    context = presented(seller, Week.parse("2026-W46"), now=NOW + timedelta(days=7))
    words = words_of(report_pdf(context))
    assert f"{policy.name} −2, Claims −2" in words
    assert context.history.totals.sentence in words


def test_json_says_what_is_near_and_dates_the_weeks_of_the_charts(market, seller):
    issue(seller, PolicyFactory(points=9), now=W45_END - HOUR)
    build(market, weeks=2)
    data = [
        report_data(presented(seller, Week.parse(week), now=NOW + timedelta(days=7)))
        for week in ("2026-W45", "2026-W46")
    ]
    assert data[0]["alert"]["title"] == "You are near a milestone: 3 points left before 12"
    assert data[0]["balance"] == "The week started with no points. 9 points came in. It ended with 9 points."
    assert [week["week"] for week in data[1]["weeks"]] == ["2026-W45", "2026-W46"]
    assert [week["points_at_end"] for week in data[1]["weeks"]] == [9, 9]


def test_pdf_is_tagged_and_the_same_bytes_each_time(report):
    pdf = report_pdf(report)
    root = PdfReader(BytesIO(pdf)).trailer["/Root"]
    assert root["/Lang"] == "en"
    xmp = root["/Metadata"].get_object().get_data().decode()
    assert "<pdfaid:part>2</pdfaid:part><pdfaid:conformance>A</pdfaid:conformance>" in xmp
    assert "<pdfuaid:part>1</pdfuaid:part>" in xmp
    assert report_pdf(report) == pdf


def test_pdf_shows_source_code_as_text(market, seller):
    content = ContentDraft(kind="live", external_id="x", title='#read("/etc/passwd") [x] 😀')
    issue(seller, PolicyFactory(name="#panic()"), now=W45_END - HOUR, content=content)
    build(market)
    context = presented(seller, Week.parse("2026-W45"), now=NOW)
    words = words_of(report_pdf(context))
    assert '#read("/etc/passwd") [x] [grinning face]' in words
    assert "#panic()" in words


def test_files_ask_nothing_of_the_database(report, django_assert_num_queries):
    with django_assert_num_queries(0):
        report_pdf(report)
        report_data(report)


# --- CSV and JSON


def test_items_add_up_to_the_report(client, member, market, seller, policy):
    violation = issue(seller, policy, now=W45_END - HOUR)
    credit_points(violation=violation, points=1, reason="Quiz passed", now=W45_END - HOUR / 2)
    build(market)
    found = report_data(presented(seller, Week.parse("2026-W45"), now=NOW))
    points = Counter()
    for item in found["items"]:
        points[item["item"]] += item["points"] or 0
    assert found["items"][0]["item"] == "violation"
    moves = points["assessment"] + points["credit"] + points["reversal"] + points["expired"]
    assert moves == found["points_at_end"] - found["points_at_start"] == 2
    assert points["counting"] == found["points_at_end"]


def test_items_of_expired_points_leave_the_total(market, seller, policy):
    issue(seller, policy, issued_at=W45_END - timedelta(days=181), now=W45_END - HOUR * 100)
    build(market)
    found = report_data(presented(seller, Week.parse("2026-W45"), now=NOW))
    assert found["points_expired"] == -sum(item["points"] for item in found["items"] if item["item"] == "expired")


@pytest.mark.parametrize("fields", [SUMMARY_FIELDS, ITEM_FIELDS])
def test_every_field_is_documented(fields):
    docs = (settings.BASE_DIR / "docs" / "reports.md").read_text()
    assert [field for field in fields if f"`{field}`" not in docs] == []


def test_every_key_of_the_json_is_documented(report):
    docs = (settings.BASE_DIR / "docs" / "reports.md").read_text()
    assert [key for key in report_data(report) if f"`{key}`" not in docs] == []


def test_csv_runs_no_formula(client, member, market, seller, policy):
    content = ContentDraft(kind="live", external_id="x", title="=HYPERLINK(1)")
    issue(seller, policy, now=W45_END - HOUR, content=content)
    build(market)
    text = b"".join(client.get(file_url(seller, "csv", "2026-W45"))).decode("utf-8-sig")
    rows = list(csv.DictReader(text.splitlines()))
    assert tuple(rows[0]) == ITEM_FIELDS
    assert rows[0]["content_title"] == "'=HYPERLINK(1)"


def test_all_reports_as_csv_and_json_say_the_same(client, member, market, seller, policy):
    issue(seller, policy, now=W45_END - HOUR)
    build(market, weeks=3)
    as_csv = b"".join(client.get(file_url(seller, "all_csv"))).decode("utf-8-sig")
    as_json = json.loads(b"".join(client.get(file_url(seller, "all_json"))))
    rows = list(csv.DictReader(as_csv.splitlines()))
    assert [row["week"] for row in rows] == ["2026-W47", "2026-W46", "2026-W45"][-len(rows) :]
    assert rows == [{key: "" if value is None else str(value) for key, value in row.items()} for row in as_json]


def test_all_reports_of_a_new_seller_are_none(client, seller, member):
    assert json.loads(b"".join(client.get(file_url(seller, "all_json")))) == []


@pytest.mark.parametrize("weeks", [1, 3])
def test_all_reports_ask_the_same_queries_for_any_number(client, member, market, seller, weeks):
    build(market, weeks=weeks)
    with CaptureQueriesContext(connection) as queries:
        b"".join(client.get(file_url(seller, "all_csv")))
    assert len([query for query in queries if "reports_" in query["sql"]]) == 2


# --- Who gets them


def file_url(seller, kind, week=None):
    return reverse(f"reports:{kind}", kwargs={"seller_id": seller.pk} | ({"week": week} if week else {}))


@pytest.mark.parametrize(
    ("kind", "content_type"),
    [("pdf", "application/pdf"), ("csv", "text/csv; charset=utf-8"), ("json", "application/json")],
)
def test_member_downloads_a_report(client, member, market, seller, kind, content_type):
    build(market)
    response = client.get(file_url(seller, kind, "2026-W45"))
    assert response.headers["Content-Type"] == content_type
    name = f"weekly-report-2026-W45-{seller.name.lower().replace(' ', '-')}.{kind}"
    assert response.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    assert response.headers["Cache-Control"] == "private, no-store"
    assert file_url(seller, kind, "2026-W45") in client.get(file_url(seller, "detail", "2026-W45")).text


@pytest.mark.parametrize("kind", ["pdf", "csv", "json", "all_csv", "all_json"])
def test_files_of_somebody_else_are_404(client, member, market, kind):
    other = SellerFactory(market=market, created_at=LONG_AGO)
    build(market)
    week = None if kind.startswith("all") else "2026-W45"
    assert client.get(file_url(other, kind, week)).status_code == 404


@pytest.mark.parametrize("week", ["2026-W46", "2026-W99", "nonsense"])
def test_files_of_no_report_are_404(client, member, seller, week):
    assert [client.get(file_url(seller, kind, week)).status_code for kind in ("pdf", "csv", "json")] == [404] * 3
