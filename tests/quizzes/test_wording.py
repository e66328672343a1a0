from __future__ import annotations

import pytest

from quizzes import attempt_wording, bank_wording, rules, wording
from quizzes.next_steps import RewardLimit, next_steps
from tests.factories import LONG_AGO, NOW, MarketFactory, PolicyFactory, QuizFactory, SellerFactory, issue


def question(*, choices: int = 3, right_choices: int = 1) -> rules.BankQuestion:
    return rules.BankQuestion(1, "Why?", choices, right_choices)


@pytest.mark.parametrize(
    ("bank", "problems"),
    [
        ([question(), question(), question()], []),
        ([question(choices=2)] * 4, []),
        ([], ["An attempt asks 3 questions, and the bank has 0 questions in use."]),
        ([question()], ["An attempt asks 3 questions, and the bank has 1 question in use."]),
        (
            [question(), question(), question(right_choices=0)],
            ["“Why?” needs a right choice; it has none."],
        ),
        (
            [question(), question(), question(right_choices=3), question(choices=1)],
            ["“Why?” needs a choice that is wrong; every one is right.", "“Why?” needs at least two choices."],
        ),
        (
            [question(choices=1)],
            [
                "An attempt asks 3 questions, and the bank has 1 question in use.",
                "“Why?” needs at least two choices.",
            ],
        ),
    ],
)
def test_problems_name_what_is_wrong_with_a_bank(bank: list[rules.BankQuestion], problems: list[str]) -> None:
    found = rules.bank_problems(bank, needed=3)
    assert (bank_wording.problem_sentences(found), bool(found)) == (problems, bool(problems))


@pytest.mark.parametrize(
    ("missing", "said"),
    [([2], "Question 2 has no"), ([1, 3], "Questions 1 and 3 have no"), ([1, 2, 3], "Questions 1, 2 and 3 have no")],
)
def test_unanswered_questions_are_named(missing: list[int], said: str) -> None:
    assert attempt_wording.unanswered(missing).startswith(f"{said} answer yet. ")


@pytest.mark.parametrize(
    ("limit", "said"),
    [
        (None, ""),
        (RewardLimit(passes=3, promised=0, eligible=2), "None of the 2 violations with an open quiz can lose points"),
        (RewardLimit(passes=3, promised=1, eligible=2), "1 of the 2 violations with an open quiz can lose points"),
    ],
)
def test_reward_limit_says_how_many_it_leaves_out(limit: RewardLimit | None, said: str) -> None:
    passes = "your market rewards 3 passes a month, for all quizzes together."
    assert wording.reward_limit(limit) == (f"{said} by it: {passes}" if said else "")


@pytest.mark.django_db
def test_step_says_until_when_it_counts_and_until_when_its_quiz_is_open() -> None:
    """Issued on 18 November: the quiz is open until the end of December, and each month rewards passes of its own."""
    seller = SellerFactory(market=MarketFactory(books_closed_until=LONG_AGO, rewarded_passes_per_month=1))
    policy = PolicyFactory(points=4)
    QuizFactory(policy=policy)
    issue(seller, policy, now=NOW)
    this_month, next_month = next_steps(seller=seller, as_of=NOW).passes
    assert wording.open_longer(this_month) == (
        "By then it counts for this month; the quiz itself is open until the end of 31 Dec 2026."
    )
    assert wording.step_text(this_month).endswith(wording.open_longer(this_month))
    assert wording.open_longer(next_month) == ""


@pytest.mark.django_db
def test_step_says_that_points_expire_before_the_quiz_closes() -> None:
    market = MarketFactory(books_closed_until=LONG_AGO, points_valid_days=20)
    seller, policy = SellerFactory(market=market), PolicyFactory(points=1)
    QuizFactory(policy=policy)
    issue(seller, policy, now=NOW)
    (step,) = next_steps(seller=seller, as_of=NOW).passes
    assert wording.open_longer(step).startswith("After that its points have expired; the quiz itself is open until ")
