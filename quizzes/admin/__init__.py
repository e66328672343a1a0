"""Staff pages of quizzes. Publishing, taking back and retiring go through the services; attempts are read-only."""

from .attempts import AttemptAdmin
from .pass_points import PassPointsProposalAdmin
from .questions import QuestionAdmin
from .quizzes import QuizAdmin
from .regrades import RegradeAdmin
from .remarks import RemarkAdmin
from .reminders import QuizReminderAdmin
from .trials import FairTrialAdmin

__all__ = [
    "AttemptAdmin",
    "FairTrialAdmin",
    "PassPointsProposalAdmin",
    "QuestionAdmin",
    "QuizAdmin",
    "QuizReminderAdmin",
    "RegradeAdmin",
    "RemarkAdmin",
]
