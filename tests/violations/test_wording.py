from __future__ import annotations

from datetime import UTC, datetime

import pytest

from kit.tables.faults import columns
from violations.models import DetectorAlarm, RulesChange
from violations.wording import detectors, rules_changes
from violations.wording.enforcement import capability_words, consequence
from violations.wording.reversals import _period
from violations.wording.statements import version_words, whole_policy
from violations.wording.timeline import _movement


def test_whole_policy_stands_by_its_version() -> None:
    assert whole_policy("Misleading claims", 3) == "Misleading claims, version 3"


@pytest.mark.parametrize(
    ("kind", "capabilities", "days", "expected"),
    [
        ("restriction", ["listings", "campaigns"], 7, "7 days without new listings and campaigns"),
        ("restriction", ["live"], 1, "1 day without LIVEs"),
        ("suspension", ["live", "orders"], None, "no LIVEs and new orders until it is lifted"),
        ("suspension", [], 3, "suspension for 3 days"),
        ("suspension", [], None, "suspension"),
        ("warning", [], None, "a warning"),
        ("deactivation", ["orders"], None, "deactivation"),
        ("deactivation", ["orders"], 30, "deactivation for 30 days"),
    ],
)
def test_consequence_says_what_a_milestone_leads_to(
    kind: str, capabilities: list[str], days: int | None, expected: str
) -> None:
    assert consequence(kind, capabilities=capabilities, duration_days=days) == expected


def test_capability_without_a_word_stands_as_it_is() -> None:
    assert capability_words(["videos", "auctions"]) == "shoppable videos and auctions"


@pytest.mark.parametrize(
    ("first", "current", "is_highest", "words"),
    [
        (2, 5, True, "rose from 2 to 5."),
        (2, 5, False, "rose from 2 to 5, with 9 as the highest in between."),
        (5, 2, True, "fell from 5 to 2."),
        (5, 2, False, "fell from 5 to 2, with 9 as the highest in between."),
        (5, 5, True, "went from 5 to 5."),
        (5, 5, False, "went from 5 to 5, with 9 as the highest in between."),
    ],
)
def test_movement_of_the_total_says_where_it_was_highest(
    first: int, current: int, is_highest: bool, words: str
) -> None:
    said = _movement(first, current, is_highest=is_highest)
    assert (said % {"start": "1 Nov 2026", "first": first, "current": current, "highest": 9}).endswith(words)


def test_a_change_of_rules_that_is_no_draft_says_what_it_is() -> None:
    change = RulesChange(withdrawn_at=datetime(2026, 11, 1, tzinfo=UTC))
    assert rules_changes.no_draft(change) == f"It is no draft any more: {change.state}."


def test_a_milestone_that_does_not_fit_names_the_field() -> None:
    words = rules_changes.milestone_does_not_fit("points", "It is taken.")
    assert words == "A milestone does not fit (points): It is taken."


def test_version_that_is_not_in_force_says_no_day() -> None:
    assert version_words(2, since="", severity="Severe", points=1) == "Version 2. Severe: 1 point."
    assert version_words(2, since="3 Nov 2026", severity="Severe", points=4) == (
        "Version 2, in force since 3 Nov 2026. Severe: 4 points."
    )


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (0, "Nobody was told of it."),
        (1, "1 seller was told of it so far, and will be told that it does not come."),
        (1200, "1,200 sellers were told of it so far, and will be told that it does not come."),
    ],
)
def test_withdrawal_says_who_is_told_of_it(told: int, expected: str) -> None:
    change = RulesChange(numbers={"appeal_days": 60}, told=told)
    said = rules_changes.withdrawal(change)
    assert said == f"The rules stay as they are. What does not come: Appeal days: 60. {expected}"


def test_header_faults_are_told_kind_by_kind() -> None:
    missing = "The header cannot be used; columns missing: seller."
    assert columns(missing=["seller"], unknown=[], repeated=[]) == missing
    twice = "The header cannot be used; columns there twice: policy, facts."
    assert columns(missing=[], unknown=[], repeated=["policy", "facts"]) == twice


@pytest.mark.parametrize(
    ("start", "end", "said"),
    [
        (
            "2026-11-01T08:00:00+00:00",
            "2026-11-02T08:00:00+00:00",
            "from 1 Nov 2026, 08:00 before 2 Nov 2026, 08:00 UTC",
        ),
        ("2026-11-01T08:00:00+00:00", "", "from 1 Nov 2026, 08:00 UTC"),
        ("", "2026-11-02T08:00:00+00:00", "before 2 Nov 2026, 08:00 UTC"),
        ("", "", ""),
    ],
)
def test_period_of_a_reversal_may_be_open_at_either_end(start: str, end: str, said: str) -> None:
    assert _period(start, end) == said


def test_moment_of_an_alarm_has_its_minute() -> None:
    since = datetime(2026, 11, 1, 8, 5, tzinfo=UTC)
    assert detectors.moment(DetectorAlarm(since=since)) == "1 Nov 2026, 08:05"
