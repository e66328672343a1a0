"""The alarm of a detector by simulation: a jump is seen soon, and chance alone hardly ever raises one."""

from __future__ import annotations

from random import Random

import pytest

from violations.detectors.rules import LAG, MAX_RATE, find_jump

YEAR = 2_000
"""Decided appeals of a detector in a year."""


def outcomes(random: Random, share: float, number: int) -> list[bool]:
    return [random.random() < share for _ in range(number)]


def test_incident_from_2_to_40_percent_is_seen_within_30_decided_cases() -> None:
    runs, seen, delays = 500, 0, []
    for seed in range(runs):
        random = Random(seed)
        before = outcomes(random, 0.02, 200)
        found = find_jump([*before, *outcomes(random, 0.4, 30)])
        if found is not None and found.last >= len(before):
            seen += 1
            delays.append(found.last - len(before) + 1)
    assert seen >= 0.98 * runs
    assert sorted(delays)[len(delays) // 2] <= 12


@pytest.mark.parametrize("share", [0.0, 0.01, 0.02, 0.05, 0.1])
def test_chance_raises_at_most_one_alarm_a_detector_and_year(share: float) -> None:
    years = 60
    alarms = []
    for seed in range(years):
        cases, number, start = outcomes(Random(seed), share, YEAR), 0, 0
        while found := find_jump(cases, watched_from=start):
            number, start = number + 1, found.last + 1
        alarms.append(number)
    assert sum(alarms) <= 0.35 * years  # one in three years at most
    assert max(alarms) <= 1 or share > 0.05


def test_detector_that_is_often_overturned_is_judged_by_what_is_usual_for_it() -> None:
    cases = outcomes(Random(3), 0.3, 600)
    assert find_jump(cases, watched_from=200) is None
    found = find_jump([*cases, *[True] * 30], watched_from=200)
    assert found is not None
    assert 0.2 < found.usual <= MAX_RATE


def test_jump_says_which_cases_raised_it() -> None:
    found = find_jump([False] * 50 + [True] * 10)
    assert found is not None
    assert (found.first, found.last, found.cases, found.overturned) == (50, 53, 4, 4)
    assert found.usual == pytest.approx(0.02, abs=0.02)


def test_what_raised_an_alarm_raises_no_other() -> None:
    cases = [False] * (2 * LAG) + [True] * 4
    assert find_jump(cases, watched_from=len(cases)) is None
    assert find_jump([]) is None
