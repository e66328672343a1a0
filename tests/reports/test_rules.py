from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.dates import Week
from reports import rules
from reports.rules import RunState, Trend, WorkshopState
from violations.rules import StandingLevel

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
MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  # bounds; the zone is the next argument


@given(MOMENTS, ZONES)
def test_week_to_build_ends_after_the_books(books, zone):
    week = rules.week_to_build(books, last=None, zone=zone)
    assert week.starts_at(zone=zone) <= books < week.ends_at(zone=zone)


@given(MOMENTS, ZONES, ZONES)
def test_week_to_build_is_never_built_twice_even_after_a_move(books, zone, moved_to):
    last = rules.week_to_build(books, last=None, zone=zone)
    week = rules.week_to_build(last.ends_at(zone=zone), last=last, zone=moved_to)
    assert week == last.next


def test_week_to_build_is_that_of_the_books_after_weeks_without_reports():
    books = datetime(2026, 11, 9, 5, tzinfo=UTC)
    assert rules.week_to_build(books, last=Week(date(2026, 10, 5)), zone=NEW_YORK) == Week(date(2026, 11, 9))


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
    ("level", "violations", "expected"),
    [
        (StandingLevel.GOOD, 0, True),
        (StandingLevel.GOOD, 1, False),
        (StandingLevel.AT_RISK, 0, False),
        (StandingLevel.RESTRICTED, 2, False),
    ],
)
def test_clean_week_is_one_in_good_standing_without_violations(level, violations, expected):
    assert rules.is_clean_week(level, violations=violations) == expected


NEW_YORK = ZoneInfo("America/New_York")
NOON = datetime(2026, 11, 9, 17, tzinfo=UTC)


@pytest.mark.parametrize(("counts", "expected"), [([1, 0], 0), ([0, 0, 2, 0], 2), ([0, 0], 2)])
def test_clean_weeks_are_counted_back_to_the_last_with_a_violation(counts, expected):
    assert rules.clean_weeks(counts) == expected


@pytest.mark.parametrize(
    ("over", "cancelled", "own", "places_left", "expected"),
    [
        (True, False, None, 9, WorkshopState.TOOK_PLACE),
        (True, False, "placed", 9, WorkshopState.HAD_PLACE),
        (True, True, None, 9, WorkshopState.CANCELLED),
        (False, True, None, 9, WorkshopState.CANCELLED),
        (False, False, "placed", 0, WorkshopState.HAS_PLACE),
        (False, False, "waiting", 0, WorkshopState.WAITING),
        (False, False, None, 1, WorkshopState.PLACES_LEFT),
        (False, False, None, 0, WorkshopState.FULL),
    ],
)
def test_workshop_state(over, cancelled, own, places_left, expected):
    state = rules.workshop_state(over=over, cancelled=cancelled, own=own, places_left=places_left)
    assert state is expected


def progress(**figures):
    start = {
        "chunks": 4, "done": 0, "failed": 0, "given_up": 0, "waiting": 0, "running": 0, "announced": 0,
        "rows": 0, "last_done_at": None, "published_at": None,
    }  # fmt: skip
    return rules.Progress(started_at=NOON, now=NOON + timedelta(seconds=10), **{**start, **figures})


def test_progress_extrapolates_the_rate_so_far():
    half = progress(done=1, rows=500)
    assert (half.state, half.percent, half.rows_per_second, half.seconds_left) == (RunState.BUILDING, 25, 50, 30)
    assert (progress().seconds_left, progress().rows_per_second, progress().percent) == (None, 0, 0)
    assert (progress(done=2).percent, progress(done=2).seconds_left) == (50, 10)
    assert (progress(done=4).percent, progress(done=4).seconds_left) == (100, None)
    waits = progress(done=1, rows=500, failed=1, given_up=1)
    assert (waits.state, waits.seconds_left) == (RunState.WAITS, None)


def test_progress_of_a_finished_run_stops_at_its_last_chunk():
    built = progress(done=4, rows=100, last_done_at=NOON + timedelta(seconds=5))
    assert (built.state, built.seconds, built.rows_per_second) == (RunState.BUILT, 5, 20)
    assert progress(done=4, published_at=NOON, announced=3).state is RunState.TELLING
    waits = progress(done=4, published_at=NOON, announced=3, failed=1, given_up=1)
    assert waits.state is RunState.TELLING_WAITS
    assert progress(done=4, published_at=NOON, announced=4).state is RunState.PUBLISHED
    assert progress(chunks=0).state is RunState.BUILT
    assert progress(done=4, last_done_at=NOON - timedelta(seconds=5)).seconds == 0
    assert (progress(chunks=0).percent, progress(chunks=0).rows_per_second) == (100, 0)
