"""Every write of the quizzes app, by subject.

Attempts take turns on their seller's row, changes of a bank on its quiz's.
"""

from .attempts import answer_question, start_attempt
from .banks import publish_quiz, unpublish_quiz
from .files import import_questions
from .milestones import start_milestone_attempt
from .pass_points import decide_pass_points, propose_pass_points
from .pictures import add_picture, remove_picture
from .practice import practise
from .questions import publish_question, replace_question, retire_question, send_back, send_for_review
from .refusals import (
    AttemptOver,
    AttemptsUsedUp,
    NoEligibleViolation,
    NotAChoice,
    OwnQuestion,
    PassPointsOutOfBounds,
    QuizNotAvailable,
    UnansweredQuestion,
    UnusableQuiz,
    ViolationNotEligible,
)
from .regrades import decide_regrade, propose_regrade, regrade_next_batch
from .remarks import answer_remark, send_remark
from .reminders import remind_batch, remind_sellers
from .submitting import submit_attempt
from .trials import assign_batch, invite_batch, run_trials, start_trial, stop_trial

__all__ = [
    "AttemptOver",
    "AttemptsUsedUp",
    "NoEligibleViolation",
    "NotAChoice",
    "OwnQuestion",
    "PassPointsOutOfBounds",
    "QuizNotAvailable",
    "UnansweredQuestion",
    "UnusableQuiz",
    "ViolationNotEligible",
    "add_picture",
    "answer_question",
    "answer_remark",
    "assign_batch",
    "decide_pass_points",
    "decide_regrade",
    "import_questions",
    "invite_batch",
    "practise",
    "propose_pass_points",
    "propose_regrade",
    "publish_question",
    "publish_quiz",
    "regrade_next_batch",
    "remind_batch",
    "remind_sellers",
    "remove_picture",
    "replace_question",
    "retire_question",
    "run_trials",
    "send_back",
    "send_for_review",
    "send_remark",
    "start_attempt",
    "start_milestone_attempt",
    "start_trial",
    "stop_trial",
    "submit_attempt",
    "unpublish_quiz",
]
