"""Staff pages of quizzes. Publishing, taking back and retiring go through the services; attempts are read-only."""

from .attempts import AttemptAdmin
from .questions import QuestionAdmin
from .quizzes import QuizAdmin

__all__ = ["AttemptAdmin", "QuestionAdmin", "QuizAdmin"]
