from __future__ import annotations

import pytest

from quizzes import rules, wording
from quizzes.models import Question
from quizzes.next_steps import RewardLimit


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
            ["“Why?” needs exactly one right choice; it has none."],
        ),
        (
            [question(), question(), question(right_choices=2), question(choices=1)],
            ["“Why?” needs exactly one right choice; it has 2.", "“Why?” needs at least two choices."],
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
    assert (wording.problem_sentences(found), bool(found)) == (problems, bool(problems))


@pytest.mark.parametrize(
    ("missing", "said"),
    [([2], "Question 2 has no"), ([1, 3], "Questions 1 and 3 have no"), ([1, 2, 3], "Questions 1, 2 and 3 have no")],
)
def test_unanswered_questions_are_named(missing: list[int], said: str) -> None:
    assert wording.unanswered(missing).startswith(f"{said} answer yet. ")


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


def test_retiring_names_the_question() -> None:
    said = "“Why?” will not be drawn any more. Attempts that have it keep it."
    assert wording.retiring(Question(text="Why?")) == said
