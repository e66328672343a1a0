"""What is refused of quizzes, their banks and attempts."""

from __future__ import annotations

from collections.abc import Sequence

from kit.outcomes import Refused


class QuizNotAvailable(Refused):
    """The quiz is not published, or its bank cannot fill an attempt."""


class NoEligibleViolation(Refused):
    """No violation of the quiz's policy is eligible."""


class ViolationNotEligible(Refused):
    """The violation that the seller picked is not one that a pass can remove points from."""


class AttemptsUsedUp(Refused):
    """The attempts of the local month are used up."""


class AttemptOver(Refused):
    """The attempt is submitted, or its time is over, and its answers stay as they are."""


class NotAChoice(Refused):
    """The choice is none of the question's."""


class UnansweredQuestion(Refused):
    """A question of the attempt has no answer; ``position`` says which is the first."""

    def __init__(self, message: str, *, position: int) -> None:
        super().__init__(message, field="choice")
        self.position = position


class OwnQuestion(Refused):
    """Nobody publishes what they wrote."""


class PassPointsOutOfBounds(Refused):
    """A pass cannot remove so many points."""


class UnusableQuiz(Refused):
    """The bank of questions cannot be published; ``problems`` says why, one sentence each."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(" ".join(problems))
        self.problems = list(problems)
