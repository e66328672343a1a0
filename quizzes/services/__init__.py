"""Every write of the quizzes app, by subject.

Attempts take turns on their seller's row, changes of a bank on its quiz's.
"""

from .attempts import answer_question, start_attempt
from .banks import publish_quiz, unpublish_quiz
from .files import import_questions
from .pass_points import decide_pass_points, propose_pass_points
from .questions import publish_question, replace_question, retire_question, send_back, send_for_review
from .shared import (
    AttemptSubmitted,
    AttemptsUsedUp,
    NoEligibleViolation,
    NotAChoice,
    NotThatState,
    OwnProposal,
    OwnQuestion,
    PassPointsOutOfBounds,
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
    "NotThatState",
    "OwnProposal",
    "OwnQuestion",
    "PassPointsOutOfBounds",
    "QuizNotAvailable",
    "UnansweredQuestion",
    "UnusableQuiz",
    "ViolationNotEligible",
    "answer_question",
    "decide_pass_points",
    "import_questions",
    "propose_pass_points",
    "publish_question",
    "publish_quiz",
    "replace_question",
    "retire_question",
    "send_back",
    "send_for_review",
    "start_attempt",
    "submit_attempt",
    "unpublish_quiz",
]
