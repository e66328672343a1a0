"""Every write of the quizzes app, by subject.

Attempts take turns on their seller's row, changes of a bank on its quiz's.
"""

from .attempts import answer_question, start_attempt
from .banks import publish_quiz, retire_question, unpublish_quiz
from .shared import (
    AttemptSubmitted,
    AttemptsUsedUp,
    NoEligibleViolation,
    NotAChoice,
    QuizNotAvailable,
    UnansweredQuestion,
    UnusableQuiz,
    ViolationNotEligible,
)
from .submitting import submit_attempt

__all__ = [
    "AttemptSubmitted",
    "AttemptsUsedUp",
    "NoEligibleViolation",
    "NotAChoice",
    "QuizNotAvailable",
    "UnansweredQuestion",
    "UnusableQuiz",
    "ViolationNotEligible",
    "answer_question",
    "publish_quiz",
    "retire_question",
    "start_attempt",
    "submit_attempt",
    "unpublish_quiz",
]
