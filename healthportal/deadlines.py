"""Until when a seller can do what there is to do next, as a timeline marks it."""

from __future__ import annotations

from collections.abc import Iterable

from quizzes.next_steps import NextStep, StepKind
from violations.selectors import Deadline, DeadlineKind

KINDS = {StepKind.QUIZ: DeadlineKind.QUIZ, StepKind.APPEAL: DeadlineKind.APPEAL}


def deadlines_of(steps: Iterable[NextStep]) -> list[Deadline]:
    """The deadlines of the quizzes that bring something and of the appeals that are possible."""
    return [
        Deadline(step.deadline, KINDS[step.kind], step.policy_name)
        for step in steps
        if step.deadline is not None and step.kind in KINDS
    ]
