"""What staff read of a trial."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from quizzes.trials import wording
from quizzes.trials.rules import Half, TrialOutcome

LAST = datetime(2026, 8, 10, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("outcome", "last", "said"),
    [
        (TrialOutcome(Half(9, 1), Half(9, 1), waiting=3, is_running=True), LAST, "Too early: the trial still takes in"),
        (TrialOutcome(Half(9, 1), Half(9, 1), waiting=3, is_running=False), LAST, "are followed until 8 Nov 2026."),
        (TrialOutcome(Half(0, 0), Half(9, 1), waiting=0, is_running=False), LAST, "One half is empty"),
        (TrialOutcome(Half(9, 1), Half(9, 1), waiting=0, is_running=False), LAST, "No effect"),
    ],
)
def test_verdict_says_when_there_will_be_one(outcome: TrialOutcome, last: datetime, said: str) -> None:
    assert said in wording.verdict(outcome, last_assigned_at=last)


def test_difference_is_signed_and_has_its_interval() -> None:
    outcome = TrialOutcome(Half(200, 10), Half(200, 40), waiting=0, is_running=False)
    assert wording.difference(outcome).startswith("−15.0 percentage points (99 times in a hundred between −")
    assert wording.difference(TrialOutcome(Half(0, 0), Half(200, 40), waiting=0, is_running=False)) == "–"
