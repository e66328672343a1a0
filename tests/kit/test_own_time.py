"""A deadline by the clock that decides and, where it shows another time, by that of whoever looks."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from kit.own_time import deadline_in_both, own_time

NEW_YORK = ZoneInfo("America/New_York")
MORNING = datetime(2026, 12, 17, 13, tzinfo=UTC)
END_OF_DAY = datetime(2026, 12, 17, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("deadline", "own", "words"),
    [
        (MORNING, None, "17 Dec 2026, 08:00 EST"),
        (MORNING, "America/Toronto", "17 Dec 2026, 08:00 EST"),
        (MORNING, "Europe/Paris", "17 Dec 2026, 08:00 EST (14:00 CET for you)"),
        (MORNING, "Asia/Bangkok", "17 Dec 2026, 08:00 EST (20:00 UTC+07 for you)"),
        (MORNING, "Pacific/Auckland", "17 Dec 2026, 08:00 EST (18 Dec 2026, 02:00 NZDT for you)"),
        (END_OF_DAY, None, "the end of 16 Dec 2026"),
        (END_OF_DAY, "America/Toronto", "the end of 16 Dec 2026"),
        (END_OF_DAY, "America/Los_Angeles", "the end of 16 Dec 2026 (21:00 PST for you)"),
        (END_OF_DAY, "Asia/Bangkok", "the end of 16 Dec 2026 (17 Dec 2026, 12:00 UTC+07 for you)"),
    ],
)
def test_deadline_is_told_by_both_clocks(deadline: datetime, own: str | None, words: str) -> None:
    with own_time(ZoneInfo(own) if own else None):
        assert deadline_in_both(deadline, zone=NEW_YORK) == words


def test_nobodys_time_is_left_behind() -> None:
    with own_time(ZoneInfo("Europe/Paris")), own_time(None):
        assert deadline_in_both(MORNING, zone=NEW_YORK) == "17 Dec 2026, 08:00 EST"
    assert deadline_in_both(MORNING, zone=NEW_YORK) == "17 Dec 2026, 08:00 EST"
