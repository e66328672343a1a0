"""Quizzes about policies: their banks of questions, and the attempts of sellers."""

from .attempts import Attempt, AttemptQuestion, AttemptQuestionQuerySet
from .banks import Choice, Question, QuestionQuerySet, Quiz
from .pass_points import PassPointsProposal

__all__ = [
    "Attempt",
    "AttemptQuestion",
    "AttemptQuestionQuerySet",
    "Choice",
    "PassPointsProposal",
    "Question",
    "QuestionQuerySet",
    "Quiz",
]
