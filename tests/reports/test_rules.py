from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports import rules
from reports.rules import Trend
from sellers.rules import Week, local_date, next_month

ZONES = st.sampled_from(
    [
        "America/New_York",
        "America/Los_Angeles",
        "Europe/London",
        "Asia/Bangkok",
        "Australia/Lord_Howe",
        "America/Havana",
    ]
).map(ZoneInfo)
MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(MOMENTS, ZONES)
def test_week_to_build_ends_after_the_books(books, zone):
    week = rules.week_to_build(books, last=None, zone=zone)
    assert week.starts_at(zone=zone) <= books < week.ends_at(zone=zone)


@given(MOMENTS, ZONES, ZONES)
def test_week_to_build_is_never_built_twice_even_after_a_move(books, zone, moved_to):
    last = rules.week_to_build(books, last=None, zone=zone)
    week = rules.week_to_build(last.ends_at(zone=zone), last=last, zone=moved_to)
    assert week == last.next


def test_retry_after_doubles_up_to_half_an_hour():
    seconds = [rules.retry_after(attempts).total_seconds() for attempts in (1, 2, 3, 6, 7, 500)]
    assert seconds == [30, 60, 120, 960, 1800, 1800]


@given(MOMENTS, ZONES)
def test_open_quiz_windows_are_those_of_this_month_and_the_last(at, zone):
    last, this = rules.open_quiz_windows(at, zone=zone)
    assert last.issued_until == this.issued_from <= at < this.issued_until == last.closes_at < this.closes_at
    assert local_date(this.issued_from, zone=zone) == local_date(at, zone=zone).replace(day=1)
    assert local_date(this.closes_at, zone=zone) == next_month(next_month(local_date(at, zone=zone)))


def test_open_quiz_windows_close_after_the_last_of_february():
    zone = ZoneInfo("America/New_York")
    issued = datetime(2027, 1, 31, 23, 30, tzinfo=zone)
    last, _ = rules.open_quiz_windows(datetime(2027, 2, 28, 23, 59, tzinfo=zone), zone=zone)
    assert last.issued_from <= issued < last.issued_until
    assert last.closes_at == datetime(2027, 3, 1, tzinfo=zone)


@pytest.mark.parametrize(
    ("count", "previous", "expected"),
    [
        (0, 0, Trend.SAME),
        (2, 2, Trend.SAME),
        (1, 0, Trend.NEW),
        (0, 1, Trend.GONE),
        (3, 2, Trend.UP),
        (2, 3, Trend.DOWN),
    ],
)
def test_trend(count, previous, expected):
    assert rules.trend(count, previous) is expected


@pytest.mark.parametrize(
    ("kind", "capabilities", "days", "expected"),
    [
        ("restriction", ["listings", "campaigns"], 7, "7 days without new listings and campaigns"),
        ("restriction", ["live"], 1, "1 day without LIVEs"),
        ("suspension", ["live", "orders"], None, "Until it is lifted without LIVEs and new orders"),
        ("suspension", [], 3, "Suspension, 3 days"),
        ("suspension", [], None, "Suspension, until it is lifted"),
        ("warning", [], None, "A warning"),
        ("deactivation", ["orders"], None, "Deactivation of the account"),
    ],
)  # fmt: skip
def test_milestone_words(kind, capabilities, days, expected):
    assert rules.milestone_words(kind, capabilities, days) == expected


@pytest.mark.parametrize(
    ("figures", "expected"),
    [
        ((0, 0, 0, 12), "No violations this week; you have no points."),
        ((0, 4, 4, 12), "No violations this week; your total stayed at 4 points, 8 before the milestone at 12."),
        ((1, 4, 6, 12), "1 violation this week; your total rose from 4 to 6 points, 6 before the milestone at 12."),
        ((2, 6, 1, 12), "2 violations this week; your total fell from 6 to 1 point, 11 before the milestone at 12."),
        ((0, 6, 0, 12), "No violations this week; your total fell from 6 to no points."),
        ((1, 40, 50, None), "1 violation this week; your total rose from 40 to 50 points."),
    ],
)
def test_week_sentence(figures, expected):
    violations, start, end, upcoming = figures
    sentence = rules.week_sentence(
        violations=violations, points_at_start=start, points_at_end=end, next_milestone=upcoming
    )
    assert sentence == expected


@pytest.mark.parametrize(
    ("monday", "expected"),
    [
        (date(2026, 11, 9), "9–15 November 2026"),
        (date(2026, 11, 30), "30 November – 6 December 2026"),
        (date(2026, 12, 28), "28 December 2026 – 3 January 2027"),
    ],
)
def test_days_words(monday, expected):
    assert rules.days_words(Week(monday)) == expected


@given(st.dates(date(2020, 1, 1), date(2040, 1, 1)))
def test_days_words_name_the_last_day(day):
    week = Week(day - timedelta(days=day.weekday()))
    assert rules.days_words(week).endswith(f"{week.sunday.day} {week.sunday:%B} {week.sunday.year}")
