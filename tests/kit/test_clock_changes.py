from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import cast
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kit.clock_changes import Onset, onsets

NAMES = st.sampled_from(sorted(name for name in available_timezones() if "/" in name and not name.startswith("Etc/")))
MOMENTS = st.integers(0, 16 * 365 * 24 * 12).map(lambda n: datetime(2020, 1, 1, tzinfo=UTC) + n * timedelta(minutes=5))


def placed(wall_clock: datetime, found: list[Onset]) -> timedelta:
    """The offset that a reader of the file works out for a wall clock: that of the last onset before it."""
    occurrences = [(occurrence, onset) for onset in found for occurrence in occurring(onset, until=wall_clock.year + 1)]
    return max((one for one in occurrences if one[0] <= wall_clock), key=lambda one: one[0])[1].offset_after


def occurring(onset: Onset, *, until: int) -> list[datetime]:
    if onset.yearly is None:
        return [onset.wall_clock]
    return [ruled_day(onset, year) for year in range(onset.wall_clock.year, until + 1)]


def ruled_day(onset: Onset, year: int) -> datetime:
    week, weekday = cast("tuple[int, int]", onset.yearly)
    first = onset.wall_clock.replace(year=year, day=1)
    days = [first + timedelta(days=n) for n in range(31) if (first + timedelta(days=n)).month == first.month]
    return [day for day in days if day.weekday() == weekday][week if week < 0 else week - 1]


@settings(max_examples=300, deadline=None)
@given(name=NAMES, start=MOMENTS, hours=st.integers(min_value=1, max_value=72))
def test_onsets_place_an_event_where_it_is(name: str, start: datetime, hours: int) -> None:
    zone, end = ZoneInfo(name), start + timedelta(hours=hours)
    found = onsets(start, end, zone=zone)
    for moment in (start, end):
        local = moment.astimezone(zone)
        clock, away = local.replace(tzinfo=None), timedelta(hours=2)
        near = {placed(clock - away, found), placed(clock, found), placed(clock + away, found)}
        assert local.utcoffset() in near
        if len(near) == 1:  # away from an hour that comes twice or not at all
            assert local.utcoffset() == placed(clock, found)


def test_onsets_where_no_yearly_rule_holds_name_the_changes_of_the_event() -> None:
    zone = ZoneInfo("Africa/Casablanca")  # Clocks follow Ramadan: back on 7 February 2027, forward on 14 March.
    start = datetime(2027, 2, 6, 20, tzinfo=UTC)
    first, change = onsets(start, start + timedelta(hours=12), zone=zone)
    assert (first.offset_after, first.yearly, first.is_daylight) == (timedelta(hours=1), None, False)
    assert (f"{change.wall_clock:%d %b %H:%M}", change.offset_after) == ("07 Feb 03:00", timedelta(0))
    assert len(onsets(start, start + timedelta(hours=3), zone=zone)) == 1


def test_onsets_call_summer_daylight_also_where_winter_is_the_exception() -> None:
    start = datetime(2026, 7, 1, 10, tzinfo=UTC)
    summer, winter = onsets(start, start + timedelta(hours=2), zone=ZoneInfo("Europe/Dublin"))
    assert (summer.is_daylight, summer.name, summer.yearly) == (True, "IST", (-1, 6))
    assert (winter.is_daylight, winter.name) == (False, "GMT")


@pytest.mark.parametrize(
    ("name", "year", "yearly"),
    [
        ("America/Chicago", 2026, [(2, 6), (1, 6)]),
        ("America/Sao_Paulo", 2010, [(3, 6), (3, 6)]),
        ("America/Asuncion", 2018, [(4, 6), (1, 6)]),  # on 24 March 2019 a week before the last Sunday
        ("America/Chicago", 2005, [(1, 6), (-1, 6)]),  # the last year whose next one keeps the rule
        ("America/Chicago", 2006, []),  # in 2007 both were moved
        ("America/Chicago", 1986, []),  # in 1987 one of them was
        ("America/Mexico_City", 2022, []),  # from 2023 on clocks are not moved any more
    ],
)
def test_onsets_have_a_yearly_rule_where_it_holds_from_the_year_before_to_the_one_after(
    name: str, year: int, yearly: list[tuple[int, int]]
) -> None:
    start = datetime(year, 7, 1, 10, tzinfo=UTC)
    found = onsets(start, start + timedelta(hours=2), zone=ZoneInfo(name))
    assert [onset.yearly for onset in found if onset.yearly] == yearly
    assert len(found) == (len(yearly) or 1)


@pytest.mark.parametrize(
    ("starts_before", "ends_after", "changes"),
    [
        (timedelta(0), timedelta(hours=1), 0),  # it starts with the clocks as they are from then on
        (timedelta(hours=1), timedelta(0), 1),  # its end is told by the clocks as they are from then on
        (timedelta(hours=1), -timedelta(minutes=1), 0),
    ],
)
def test_onsets_name_a_change_after_the_start_and_up_to_the_end(
    starts_before: timedelta, ends_after: timedelta, changes: int
) -> None:
    change = datetime(2027, 2, 7, 2, tzinfo=UTC)
    found = onsets(change - starts_before, change + ends_after, zone=ZoneInfo("Africa/Casablanca"))
    assert len(found) == 1 + changes


def test_onsets_name_a_change_after_new_year() -> None:
    start = datetime(1995, 12, 31, 12, tzinfo=UTC)
    first, change = onsets(start, start + timedelta(days=1), zone=ZoneInfo("America/Danmarkshavn"))
    assert (first.offset_after, change.offset_after) == (timedelta(hours=-3), timedelta(0))
