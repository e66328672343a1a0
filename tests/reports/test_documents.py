"""A report as a document: the chart of its email and its PDF."""

from datetime import UTC, datetime, timedelta

import pytest

from reports import selectors, services
from reports.documents import chart_png, chart_words
from reports.totals import Totals
from sellers.models import Market
from sellers.rules import Week
from tests.factories import NOW, issue

HOUR = timedelta(hours=1)
W45_END = datetime(2026, 11, 9, 5, tzinfo=UTC)


def build(market, weeks=1):
    books = Market.objects.get(pk=market.pk).books_closed_until
    return services.build_due_weeks(market=market, now=books + timedelta(days=7 * weeks, hours=2))


@pytest.fixture
def report(market, seller, policy):
    """The second week's report of a seller with 3 points from the first."""
    issue(seller, policy, now=W45_END - HOUR)
    build(market, weeks=2)
    return selectors.get_report(seller=seller, week=Week.parse("2026-W46"), now=NOW)


# --- The chart


def test_chart_png_is_twice_600_pixels_wide_and_the_same_each_time(report):
    picture = chart_png(report)
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    assert int.from_bytes(picture[16:20], "big") == 1200
    assert chart_png(report) == picture


def test_chart_words_say_what_the_chart_shows(report):
    assert chart_words(report) == "Your total is 3 points, as it was 1 week ago; the next milestone is at 12."


def test_chart_asks_two_queries(report, django_assert_num_queries):
    with django_assert_num_queries(2):
        chart_png(report)


@pytest.mark.parametrize(
    ("totals", "milestone", "sentence"),
    [
        ([2], 12, "Your total is 2 points at the end of your first week; the next milestone is at 12."),
        ([0, 0, 0], 12, "Your total is no points, as it was 2 weeks ago; the next milestone is at 12."),
        ([2, 9, 13], 24, "Your total rose from 2 to 13 points in 2 weeks; the next milestone is at 24."),
        ([50, 49], None, "Your total fell from 50 to 49 points in 1 week."),
    ],
)
def test_totals_sentence(totals, milestone, sentence):
    weeks = [(f"week {number}", total) for number, total in enumerate(totals)]
    assert Totals(weeks=weeks, next_milestone=milestone).sentence == sentence
