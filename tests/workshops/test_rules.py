from __future__ import annotations

from datetime import UTC, datetime, timedelta
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


def test_spell_when_is_local() -> None:
    start = datetime(2026, 11, 29, 0, tzinfo=UTC)
    assert rules.spell_when(start, start + timedelta(hours=3), zone=CHICAGO) == "Sat 28 Nov 2026, 18:00–21:00 CST"
    assert rules.spell_when(start, start + timedelta(hours=3), zone=BANGKOK) == "Sun 29 Nov 2026, 07:00–10:00 UTC+07"


def test_spell_when_names_both_days() -> None:
    start = datetime(2026, 11, 29, 4, tzinfo=UTC)
    said = rules.spell_when(start, start + timedelta(hours=3), zone=CHICAGO)
    assert said == "Sat 28 Nov 2026, 22:00 CST – Sun 29 Nov 2026, 01:00 CST"


def test_spell_when_names_both_zones_across_a_clock_change() -> None:
    start = datetime(2026, 11, 1, 6, tzinfo=UTC)
    said = rules.spell_when(start, start + timedelta(hours=3), zone=CHICAGO)
    assert said == "Sun 1 Nov 2026, 01:00 CDT – 03:00 CST"


def at(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    """What a clock on the wall shows in 2026."""
    return datetime.fromisoformat(f"2026-{month:02}-{day:02}T{hour:02}:{minute:02}")


def test_local_moment_uses_the_zone_of_that_day() -> None:
    assert rules.local_moment(at(11, 28, 18), zone=CHICAGO) == datetime(2026, 11, 29, 0, tzinfo=UTC)
    assert rules.local_moment(at(7, 28, 18), zone=CHICAGO) == datetime(2026, 7, 28, 23, tzinfo=UTC)


def test_local_moment_takes_the_first_of_two() -> None:
    assert rules.local_moment(at(11, 1, 1, 30), zone=CHICAGO) == datetime(2026, 11, 1, 6, 30, tzinfo=UTC)


def test_local_moment_refuses_a_time_that_clocks_skip() -> None:
    with pytest.raises(ValueError, match="02:30 does not exist on that day"):
        rules.local_moment(at(3, 8, 2, 30), zone=CHICAGO)


def test_months_are_local_and_in_order() -> None:
    moment = datetime(2026, 12, 1, 3, tzinfo=UTC)
    november, december = rules.Month.of(moment, zone=CHICAGO), rules.Month.of(moment, zone=BANGKOK)
    assert (str(november), str(december)) == ("November 2026", "December 2026")
    assert november < december
