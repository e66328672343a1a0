from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizzes import rules as quizzes
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


@pytest.mark.parametrize(
    ("name", "expected"),
    [("America/Los_Angeles", "Pacific time"), ("Asia/Ho_Chi_Minh", "Ho Chi Minh time"), ("UTC", "UTC")],
)
def test_zone_words(name, expected):
    assert rules.zone_words(name) == expected


@pytest.mark.parametrize(
    ("monday", "expected"),
    [
        (date(2026, 11, 9), "Mon 9 Nov – Sun 15 Nov 2026"),
        (date(2026, 12, 28), "Mon 28 Dec 2026 – Sun 3 Jan 2027"),
    ],
)
def test_range_words(monday, expected):
    assert rules.range_words(Week(monday)) == expected


@pytest.mark.parametrize(
    ("violations", "approaching", "actions", "expected"),
    [
        (0, False, [], ("Clean week", "good")),
        (1, False, [], ("Good standing", "good")),
        (0, True, [], ("At risk", "warn")),
        (2, True, ["restriction"], ("Restricted", "bad")),
    ],
)
def test_verdict(violations, approaching, actions, expected):
    verdict = rules.verdict(violations=violations, approaching=approaching, actions_in_force=actions)
    assert (verdict.word, verdict.tone) == expected


@pytest.mark.parametrize(
    ("count", "previous", "expected"),
    [
        (0, 0, "none in the week before either"),
        (2, 2, "as many as the week before"),
        (3, 1, "2 more than the week before"),
        (1, 2, "1 fewer than the week before"),
    ],
)
def test_trend_sentence(count, previous, expected):
    assert rules.trend_sentence(count, previous) == expected


@pytest.mark.parametrize(
    ("figures", "expected"),
    [
        ((2, 0, 0, 0), "No entry was recorded this week and none expired: 2 points from start to end."),
        ((2, 3, 0, 0), "The week started with 2 points; 3 points came in; it ended with 5 points."),
        (
            (4, 3, -1, 2),
            "The week started with 4 points; 3 points came in, 1 point went out and 2 points expired; "
            "it ended with 4 points.",
        ),
    ],
)
def test_balance_sentence(figures, expected):
    start, points_in, points_out, expired = figures
    assert rules.balance_sentence(start=start, points_in=points_in, points_out=points_out, expired=expired) == expected


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([], ""),
        ([("Claims", 1)], "Claims: the only violation of the week."),
        ([("Claims", 2)], "Claims: all 2 violations of the week."),
        ([("Claims", 2), ("Giveaways", 1)], "Most often Claims: 2 of 3 violations."),
    ],
)
def test_share_sentence(rows, expected):
    assert rules.share_sentence(rows) == expected


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ([0, 0], "No violations in 2 weeks."),
        ([3], "3 violations in the first week."),
        ([1, 0, 2], "2 violations this week; 1 violation in the 2 weeks before."),
    ],
)
def test_weeks_sentence(counts, expected):
    assert rules.weeks_sentence(counts) == expected


@given(st.timedeltas(timedelta(0), timedelta(days=130)), MOMENTS, ZONES)
def test_open_quiz_windows_agree_with_the_rule_of_quizzes(age, at, zone):
    issued_at = at - age
    window = quizzes.window(issued_at, zone=zone)
    found = [w.closes_at for w in rules.open_quiz_windows(at, zone=zone) if w.issued_from <= issued_at < w.issued_until]
    assert found == ([window.closes_at] if window.is_open(at=at) else [])
