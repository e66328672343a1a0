"""Who is invited, and what may be said: a thousand trials without effect hardly ever claim one."""

from __future__ import annotations

from random import Random

import pytest

from quizzes.trials.rules import Half, TrialOutcome, TrialVerdict, is_invited

RUNS, SELLERS = 1_000, 400


def trial_of(random: Random, *, invited_rate: float, other_rate: float) -> TrialOutcome:
    """A simulated trial: the halves as the portal draws them, breaches as chance has them."""
    seed, first = f"{random.getrandbits(128):032x}", random.randrange(10**6)
    halves = {True: [0, 0], False: [0, 0]}
    for seller_id in range(first, first + SELLERS):
        invited = is_invited(seed=seed, seller_id=seller_id)
        halves[invited][0] += 1
        halves[invited][1] += random.random() < (invited_rate if invited else other_rate)
    return TrialOutcome(Half(*halves[True]), Half(*halves[False]), waiting=0, is_running=False)


@pytest.mark.parametrize("rate", [0.02, 0.15, 0.5])
def test_trials_without_effect_claim_one_in_fewer_than_five_of_a_hundred(rate: float) -> None:
    random = Random(20261129)
    found = [trial_of(random, invited_rate=rate, other_rate=rate).verdict for _ in range(RUNS)]
    assert sum(verdict is not TrialVerdict.NO_EFFECT for verdict in found) < 0.05 * RUNS


def test_effect_is_seen_and_told_apart() -> None:
    random = Random(1)
    assert trial_of(random, invited_rate=0.1, other_rate=0.35).verdict is TrialVerdict.FEWER
    assert trial_of(random, invited_rate=0.35, other_rate=0.1).verdict is TrialVerdict.MORE


def test_halves_are_about_equal_and_can_be_computed_again() -> None:
    invited = [pk for pk in range(10_000) if is_invited(seed="0" * 32, seller_id=pk)]
    assert 4_800 < len(invited) < 5_200
    assert invited == [pk for pk in range(10_000) if is_invited(seed="0" * 32, seller_id=pk)]
    assert invited != [pk for pk in range(10_000) if is_invited(seed="1" * 32, seller_id=pk)]


@pytest.mark.parametrize(
    ("outcome", "verdict"),
    [
        (TrialOutcome(Half(100, 5), Half(100, 60), waiting=0, is_running=True), TrialVerdict.TOO_EARLY),
        (TrialOutcome(Half(100, 5), Half(100, 60), waiting=1, is_running=False), TrialVerdict.TOO_EARLY),
        (TrialOutcome(Half(100, 5), Half(), waiting=0, is_running=False), TrialVerdict.NOBODY),
        (TrialOutcome(Half(), Half(), waiting=0, is_running=False), TrialVerdict.NOBODY),
    ],
)
def test_nothing_is_said_before_the_end_or_of_an_empty_half(outcome: TrialOutcome, verdict: TrialVerdict) -> None:
    assert outcome.verdict is verdict
    assert Half().rate == 0
