"""One form for days, moments, deadlines and zones."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from kit.dates import local_midnight, zone_name
from kit.formatting import (
    capitalized,
    clock_words,
    day_words,
    deadline_words,
    join_words,
    moment_words,
    period_words,
    position_words,
    utc_words,
)

NEW_YORK = ZoneInfo("America/New_York")
CHICAGO = ZoneInfo("America/Chicago")
BANGKOK = ZoneInfo("Asia/Bangkok")


@pytest.mark.parametrize(
    ("zone", "name"),
    [
        ("America/Chicago", "CST"),
        ("Europe/London", "GMT"),
        ("UTC", "UTC"),
        ("Asia/Bangkok", "UTC+07"),
        ("Asia/Kathmandu", "UTC+05:45"),
        ("America/Sao_Paulo", "UTC−03"),
        ("Pacific/Marquesas", "UTC−09:30"),
        ("Etc/GMT+12", "UTC−12"),  # the sign of its name is the other way round
        ("Etc/GMT-14", "UTC+14"),
    ],
)
def test_zone_name_is_short_and_says_the_right_sign(zone: str, name: str) -> None:
    assert zone_name(datetime(2026, 11, 28, tzinfo=UTC), zone=ZoneInfo(zone)) == name


def test_moments_and_days_are_local_and_carry_their_zone() -> None:
    moment = datetime(2026, 11, 9, 4, 5, tzinfo=UTC)
    assert moment_words(moment, zone=NEW_YORK) == "8 Nov 2026, 23:05 EST"
    assert clock_words(moment, zone=NEW_YORK) == "23:05 EST"
    assert day_words(moment, zone=NEW_YORK) == "8 Nov 2026"
    assert day_words(date(2026, 11, 9), zone=NEW_YORK) == "9 Nov 2026"
    assert utc_words(moment.astimezone(NEW_YORK)) == "9 Nov 2026, 04:05 UTC"


def test_period_is_local() -> None:
    start = datetime(2026, 11, 29, 0, tzinfo=UTC)
    assert period_words(start, start + timedelta(hours=3), zone=CHICAGO) == "Sat 28 Nov 2026, 18:00–21:00 CST"
    assert period_words(start, start + timedelta(hours=3), zone=BANGKOK) == "Sun 29 Nov 2026, 07:00–10:00 UTC+07"


def test_period_names_both_days() -> None:
    start = datetime(2026, 11, 29, 4, tzinfo=UTC)
    said = period_words(start, start + timedelta(hours=3), zone=CHICAGO)
    assert said == "Sat 28 Nov 2026, 22:00 CST – Sun 29 Nov 2026, 01:00 CST"


def test_period_names_both_zones_across_a_clock_change() -> None:
    start = datetime(2026, 11, 1, 6, tzinfo=UTC)
    said = period_words(start, start + timedelta(hours=3), zone=CHICAGO)
    assert said == "Sun 1 Nov 2026, 01:00 CDT – 03:00 CST"


def test_deadline_at_midnight_is_the_end_of_the_day_before() -> None:
    midnight = local_midnight(date(2026, 12, 17), zone=NEW_YORK)
    assert deadline_words(midnight, zone=NEW_YORK) == "the end of 16 Dec 2026"
    assert deadline_words(midnight + timedelta(hours=8), zone=NEW_YORK) == "17 Dec 2026, 08:00 EST"
    assert deadline_words(midnight, zone=ZoneInfo("UTC")) == "17 Dec 2026, 05:00 UTC"


def test_deadline_at_a_midnight_that_clocks_skip_is_the_end_of_the_day_before() -> None:
    cairo = ZoneInfo("Africa/Cairo")
    first = local_midnight(date(2026, 4, 24), zone=cairo)  # clocks go from 24:00 to 01:00
    assert deadline_words(first, zone=cairo) == "the end of 23 Apr 2026"


@pytest.mark.parametrize(
    ("words", "expected"), [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")]
)
def test_join_words(words: list[str], expected: str) -> None:
    assert join_words(words) == expected


def test_capitalized_leaves_the_rest_as_it_is() -> None:
    assert capitalized("no LIVEs") == "No LIVEs"
    assert capitalized("") == ""


def test_position_counts_hours_minutes_and_seconds() -> None:
    assert [position_words(seconds) for seconds in (0, 59, 3661, 360_000)] == [
        "00:00:00",
        "00:00:59",
        "01:01:01",
        "100:00:00",
    ]
