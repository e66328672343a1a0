"""What figures about questions and quizzes mean. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from math import sqrt

from kit.confidence_intervals import wilson_interval

MIN_ANSWERS = 30
"""Answers below which nothing is said of a question: one seller more or less would change it."""
EASY_ABOVE, HARD_BELOW = 0.95, 0.3
LOW_DISCRIMINATION = 0.1
RARE_BELOW = 0.02
JUMP_Z = 3.3
"""Of a rise of right answers within four weeks: by chance once in about two thousand questions."""


class Flag(Enum):
    """What is worth a look. ``KEY_IN_DOUBT`` comes first: a wrong key wrongs sellers."""

    KEY_IN_DOUBT = "a wrong choice is chosen more often than the right ones, or who knows more answers it less"
    LEAK = "right answers rose suddenly"
    TOO_HARD = "too hard"
    TOO_EASY = "too easy"
    TELLS_LITTLE = "it hardly tells who knows the policy"
    RARE_CHOICE = "a choice that nobody takes"


@dataclass(frozen=True)
class ChoiceFigures:
    """How often a choice was taken, of how many answers to its question."""

    text: str
    is_right: bool
    chosen: int
    answers: int

    @property
    def rate(self) -> float:
        return self.chosen / self.answers if self.answers else 0.0


@dataclass(frozen=True)
class QuestionFigures:
    """How a question fared. ``recent`` is the last four weeks. ``drawn_of`` are the attempts that could have drawn it.

    ``discrimination`` is a correlation: of a right answer, and the share of right answers in all others of the same
    seller at this quiz. It is ``None`` where it cannot be told.
    """

    pk: int
    text: str
    answers: int
    right: int
    recent_answers: int
    recent_right: int
    drawn_of: int
    median_seconds: float | None
    discrimination: float | None
    choices: Sequence[ChoiceFigures] = ()

    @property
    def facility(self) -> float:
        """The share of right answers."""
        return self.right / self.answers if self.answers else 0.0

    @property
    def facility_interval(self) -> tuple[float, float]:
        return wilson_interval(self.right, self.answers)

    @property
    def exposure(self) -> float:
        """The share of attempts that asked it."""
        return self.answers / self.drawn_of if self.drawn_of else 0.0

    @property
    def flags(self) -> list[Flag]:
        """What is worth a look; nothing while there are too few answers."""
        if self.answers < MIN_ANSWERS:
            return []
        held = {
            Flag.KEY_IN_DOUBT: self._key_is_in_doubt(),
            Flag.LEAK: self._jumped(),
            Flag.TOO_HARD: self.facility < HARD_BELOW,
            Flag.TOO_EASY: self.facility > EASY_ABOVE,
            Flag.TELLS_LITTLE: self.discrimination is not None and 0 <= self.discrimination < LOW_DISCRIMINATION,
            Flag.RARE_CHOICE: any(one.rate < RARE_BELOW for one in self.choices if not one.is_right),
        }
        return [flag for flag in Flag if held[flag]]

    def _key_is_in_doubt(self) -> bool:
        right = [one.chosen for one in self.choices if one.is_right]
        wrong = [one.chosen for one in self.choices if not one.is_right]
        is_outdone = bool(right and wrong) and max(wrong) > max(right)
        return is_outdone or (self.discrimination is not None and self.discrimination < 0)

    def _jumped(self) -> bool:
        before = self.answers - self.recent_answers
        if min(before, self.recent_answers) < MIN_ANSWERS:
            return False
        return rise(self.right - self.recent_right, before, self.recent_right, self.recent_answers) > JUMP_Z


def rise(hits: int, of: int, later_hits: int, later_of: int) -> float:
    """By how many standard errors a share rose: the pooled z of two shares; 0 where both are all or nothing."""
    pooled = (hits + later_hits) / (of + later_of)
    error = sqrt(pooled * (1 - pooled) * (1 / of + 1 / later_of))
    return (later_hits / later_of - hits / of) / error if error else 0.0


@dataclass(frozen=True)
class QuizFigures:
    """How attempts at a quiz ended, and at which try sellers passed it first."""

    attempts: int
    passed: int
    sellers: int
    passed_at: Sequence[tuple[int, int]]

    @property
    def pass_rate(self) -> float:
        return self.passed / self.attempts if self.attempts else 0.0

    @property
    def pass_interval(self) -> tuple[float, float]:
        return wilson_interval(self.passed, self.attempts)


class QuizAfterBreach(Enum):
    """What a seller did with the quiz after a breach."""

    PASS = "pass"  # noqa: S105  # an outcome
    FAIL = "fail"
    NONE = "none"


@dataclass(frozen=True)
class BreachedAgain:
    """Those who breached the policy again in 90 days: of sellers who passed, who failed, and without the quiz."""

    after: QuizAfterBreach
    sellers: int
    again: int

    @property
    def rate(self) -> float:
        return self.again / self.sellers if self.sellers else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        return wilson_interval(self.again, self.sellers)
