"""Quizzes about policies: their banks of questions, and the attempts of sellers."""

from .attempts import Attempt, AttemptQuerySet, AttemptQuestion, AttemptQuestionQuerySet
from .banks import Choice, Question, QuestionQuerySet, Quiz
from .pass_points import PassPointsProposal
from .pictures import QuestionPicture
from .practice import PracticeCard
from .regrades import Regrade, RegradedAttempt
from .remarks import Remark
from .reminders import QuizReminder
from .trials import FairTrial, FairTrialQuerySet, TrialSeller

__all__ = [
    "Attempt",
    "AttemptQuerySet",
    "AttemptQuestion",
    "AttemptQuestionQuerySet",
    "Choice",
    "FairTrial",
    "FairTrialQuerySet",
    "PassPointsProposal",
    "PracticeCard",
    "Question",
    "QuestionPicture",
    "QuestionQuerySet",
    "Quiz",
    "QuizReminder",
    "Regrade",
    "RegradedAttempt",
    "Remark",
    "TrialSeller",
]
