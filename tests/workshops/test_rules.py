from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
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
    ("place", "field"),
    [
        ({}, ""),
        ({"address": ""}, ""),
        ({"online": True, "join_url": "https://x.example"}, ""),
        ({"online": True}, ""),
        ({"has_city": False}, "city"),
        ({"venue": ""}, "venue"),
        ({"join_url": "https://x.example"}, "join_url"),
        ({"in_person": False, "online": True, "has_city": False, "venue": "", "address": ""}, ""),
        ({"in_person": False, "online": True, "venue": "", "address": ""}, "mode"),
        ({"in_person": False, "online": True, "has_city": False, "address": ""}, "mode"),
        ({"in_person": False, "online": True, "has_city": False, "venue": ""}, "mode"),
    ],
)
def test_place_problem_names_the_field(place: dict[str, Any], field: str) -> None:
    room = {"in_person": True, "online": False, "has_city": True, "venue": "Hall", "address": "1 Road", "join_url": ""}
    problem = rules.place_problem(**{**room, **place})
    assert (problem.field if problem else "") == field


@pytest.mark.parametrize(
    ("name", "other", "alike"),
    [
        ("Zürich", "Zurich", True),
        ("SAO PAULO", "São Paulo", True),
        ("Philadelphia", "Philadelpia", True),
        ("St. Louis", "St Louis", True),
        ("Leeds", "Lens", False),
        ("Austin", "Boston", False),
    ],
)
def test_names_that_may_be_one_are_alike(name: str, other: str, alike: bool) -> None:
    assert rules.are_alike(name, other) is alike


# --- Signing up

HOUR, NOW = timedelta(hours=1), datetime(2026, 11, 18, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("published", "cancelled", "start", "found"),
    [
        (True, False, HOUR, None),
        (True, False, timedelta(0), rules.SignupProblem.STARTED),
        (True, False, -2 * HOUR, rules.SignupProblem.ENDED),
        (True, True, -2 * HOUR, rules.SignupProblem.CANCELLED),
        (True, True, HOUR, rules.SignupProblem.CANCELLED),
        (False, True, HOUR, rules.SignupProblem.DRAFT),
    ],
)
def test_why_not_open(published: bool, cancelled: bool, start: timedelta, found: rules.SignupProblem | None) -> None:
    """Of a workshop of two hours."""
    times = {"starts_at": NOW + start, "ends_at": NOW + start + 2 * HOUR}
    assert rules.why_not_open(published=published, cancelled=cancelled, now=NOW, **times) is found


@pytest.mark.parametrize(
    ("sells", "of_market", "deactivated", "found"),
    [
        (True, True, False, None),
        (True, True, True, rules.SignupProblem.DEACTIVATED),
        (True, False, True, rules.SignupProblem.OTHER_MARKET),
        (False, False, True, rules.SignupProblem.NOT_SIGNED_UP_TO_SELL),
    ],
)
def test_why_not_seller(sells: bool, of_market: bool, deactivated: bool, found: rules.SignupProblem | None) -> None:
    assert rules.why_not_seller(signed_up_to_sell=sells, of_market=of_market, deactivated=deactivated) is found


def test_places_are_passed_on_until_the_cut_off() -> None:
    start, second = NOW + 24 * HOUR, timedelta(seconds=1)
    assert rules.passes_on(start, hours=24, now=NOW - second)
    assert not rules.passes_on(start, hours=24, now=NOW)
    assert rules.passes_on(start, hours=0, now=start - second)
    assert not rules.passes_on(start, hours=0, now=start)


def test_a_place_is_confirmed_within_hours_and_before_the_start() -> None:
    assert rules.confirm_by(NOW, NOW + 48 * HOUR, hours=24) == NOW + 24 * HOUR
    assert rules.confirm_by(NOW, NOW + 6 * HOUR, hours=24) == NOW + 6 * HOUR
    assert rules.confirm_by(NOW, NOW + 48 * HOUR, hours=0) is None
    assert rules.confirm_by(NOW, NOW, hours=24) is None


def test_outlook_expects_as_many_as_before() -> None:
    assert rules.Outlook(3, 225, 18).expected(75) == 6
    assert rules.Outlook(0, 0, 0).expected(75) == 0
