from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import cast
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workshops import rules

CHICAGO = ZoneInfo("America/Chicago")
BANGKOK = ZoneInfo("Asia/Bangkok")


def test_check_in_opens_two_hours_before_the_start() -> None:
    starts_at = datetime(2026, 11, 28, 18, tzinfo=UTC)
    assert rules.check_in_opens_at(starts_at) == datetime(2026, 11, 28, 16, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "K7MP4XQZ",
        " k7mp 4xqz ",
        "K7MP-4XQZ\n",
        "https://portal.example/workshops/3/check-in/?code=K7MP4XQZ",
        "https://portal.example/workshops/3/check-in/?code=k7mp4xqz\r\n",
    ],
)
def test_read_code_takes_what_is_typed_or_scanned(text: str) -> None:
    assert rules.read_code(text) == "K7MP4XQZ"


@given(st.text(alphabet=rules.CODE_ALPHABET, min_size=rules.CODE_LENGTH, max_size=rules.CODE_LENGTH))
def test_a_spelled_code_reads_as_itself(code: str) -> None:
    assert rules.read_code(rules.spell_code(code)) == code


def test_spell_code_groups_by_four() -> None:
    assert rules.spell_code("K7MP4XQZ") == "K7MP 4XQZ"


def at(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    """What a clock on the wall shows in 2026."""
    return datetime.fromisoformat(f"2026-{month:02}-{day:02}T{hour:02}:{minute:02}")


def test_local_moment_uses_the_zone_of_that_day() -> None:
    assert rules.local_moment(at(11, 28, 18), zone=CHICAGO) == datetime(2026, 11, 29, 0, tzinfo=UTC)
    assert rules.local_moment(at(7, 28, 18), zone=CHICAGO) == datetime(2026, 7, 28, 23, tzinfo=UTC)


def test_local_moment_takes_the_first_of_two() -> None:
    for fold in (0, 1):
        wall_clock = at(11, 1, 1, 30).replace(fold=fold)
        assert rules.local_moment(wall_clock, zone=CHICAGO) == datetime(2026, 11, 1, 6, 30, tzinfo=UTC)


def test_local_moment_refuses_a_time_that_clocks_skip() -> None:
    with pytest.raises(rules.SkippedTime):
        rules.local_moment(at(3, 8, 2, 30), zone=CHICAGO)


def test_months_are_local_and_in_order() -> None:
    moment = datetime(2026, 12, 1, 3, tzinfo=UTC)
    november, december = rules.Month.of(moment, zone=CHICAGO), rules.Month.of(moment, zone=BANGKOK)
    assert (november.first_day, december.first_day) == (date(2026, 11, 1), date(2026, 12, 1))
    assert november < december


# --- What a calendar file says of a zone

NAMES = st.sampled_from(sorted(name for name in available_timezones() if "/" in name and not name.startswith("Etc/")))
MOMENTS = st.integers(0, 16 * 365 * 24 * 12).map(lambda n: datetime(2020, 1, 1, tzinfo=UTC) + n * timedelta(minutes=5))


def placed(wall_clock: datetime, onsets: list[rules.Onset]) -> timedelta:
    """The offset that a reader of the file works out for a wall clock: that of the last onset before it."""
    occurrences = [
        (occurrence, onset) for onset in onsets for occurrence in occurring(onset, until=wall_clock.year + 1)
    ]
    return max((one for one in occurrences if one[0] <= wall_clock), key=lambda one: one[0])[1].offset_after


def occurring(onset: rules.Onset, *, until: int) -> list[datetime]:
    if onset.yearly is None:
        return [onset.wall_clock]
    return [ruled_day(onset, year) for year in range(onset.wall_clock.year, until + 1)]


def ruled_day(onset: rules.Onset, year: int) -> datetime:
    week, weekday = cast("tuple[int, int]", onset.yearly)
    first = onset.wall_clock.replace(year=year, day=1)
    days = [first + timedelta(days=n) for n in range(31) if (first + timedelta(days=n)).month == first.month]
    return [day for day in days if day.weekday() == weekday][week if week < 0 else week - 1]


@settings(max_examples=300, deadline=None)
@given(name=NAMES, start=MOMENTS, hours=st.integers(min_value=1, max_value=72))
def test_onsets_place_an_event_where_it_is(name: str, start: datetime, hours: int) -> None:
    zone, end = ZoneInfo(name), start + timedelta(hours=hours)
    onsets = rules.onsets(start, end, zone=zone)
    for moment in (start, end):
        local = moment.astimezone(zone)
        clock, away = local.replace(tzinfo=None), timedelta(hours=2)
        near = {placed(clock - away, onsets), placed(clock, onsets), placed(clock + away, onsets)}
        assert local.utcoffset() in near
        if len(near) == 1:  # away from an hour that comes twice or not at all
            assert local.utcoffset() == placed(clock, onsets)


def test_onsets_where_no_yearly_rule_holds_name_the_changes_of_the_event() -> None:
    zone = ZoneInfo("Africa/Casablanca")  # Clocks follow Ramadan: back on 7 February 2027, forward on 14 March.
    start = datetime(2027, 2, 6, 20, tzinfo=UTC)
    first, change = rules.onsets(start, start + timedelta(hours=12), zone=zone)
    assert (first.offset_after, first.yearly, first.is_daylight) == (timedelta(hours=1), None, False)
    assert (f"{change.wall_clock:%d %b %H:%M}", change.offset_after) == ("07 Feb 03:00", timedelta(0))
    assert len(rules.onsets(start, start + timedelta(hours=3), zone=zone)) == 1


def test_onsets_call_summer_daylight_also_where_winter_is_the_exception() -> None:
    start = datetime(2026, 7, 1, 10, tzinfo=UTC)
    summer, winter = rules.onsets(start, start + timedelta(hours=2), zone=ZoneInfo("Europe/Dublin"))
    assert (summer.is_daylight, summer.name, summer.yearly) == (True, "IST", (-1, 6))
    assert (winter.is_daylight, winter.name) == (False, "GMT")


@pytest.mark.parametrize(
    ("starts_in", "lasts", "field"),
    [
        (timedelta(days=1), timedelta(days=7), ""),
        (timedelta(days=1), timedelta(days=7, seconds=1), "ends_at"),
        (timedelta(days=1), timedelta(0), "ends_at"),
        (timedelta(days=5 * 366), timedelta(hours=1), ""),
        (timedelta(days=5 * 366, seconds=1), timedelta(hours=1), "starts_at"),
    ],
)
def test_time_problem_names_the_field(starts_in: timedelta, lasts: timedelta, field: str) -> None:
    now = datetime(2026, 11, 28, tzinfo=UTC)
    problem = rules.time_problem(now + starts_in, now + starts_in + lasts, now=now)
    assert (problem.field if problem else "") == field


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
    onsets = rules.onsets(start, start + timedelta(hours=2), zone=ZoneInfo(name))
    assert [onset.yearly for onset in onsets if onset.yearly] == yearly
    assert len(onsets) == (len(yearly) or 1)


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
    onsets = rules.onsets(change - starts_before, change + ends_after, zone=ZoneInfo("Africa/Casablanca"))
    assert len(onsets) == 1 + changes


def test_onsets_name_a_change_after_new_year() -> None:
    start = datetime(1995, 12, 31, 12, tzinfo=UTC)
    first, change = rules.onsets(start, start + timedelta(days=1), zone=ZoneInfo("America/Danmarkshavn"))
    assert (first.offset_after, change.offset_after) == (timedelta(hours=-3), timedelta(0))
