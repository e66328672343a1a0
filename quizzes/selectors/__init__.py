"""Which quizzes are open to a seller, what they can remove and until when; attempts, answers and banks of questions."""

from .attempts import PassEffect, answers_of, attempts_of, effect_of, get_attempt, sections_to_read
from .banks import (
    LATEST,
    as_bank_question,
    bank,
    bank_problems,
    drawable,
    equal_question,
    most_points,
    problems_of,
    with_banks,
    with_use,
)
from .eligible import EligibleViolation, eligible_violations
from .files import bank_as_file, check_bank_file, sections_by_slug
from .openings import OpenQuiz, open_quizzes, open_quizzes_by_seller, quiz_for, quiz_page

__all__ = [
    "LATEST",
    "EligibleViolation",
    "OpenQuiz",
    "PassEffect",
    "answers_of",
    "as_bank_question",
    "attempts_of",
    "bank",
    "bank_as_file",
    "bank_problems",
    "check_bank_file",
    "drawable",
    "effect_of",
    "eligible_violations",
    "equal_question",
    "get_attempt",
    "most_points",
    "open_quizzes",
    "open_quizzes_by_seller",
    "problems_of",
    "quiz_for",
    "quiz_page",
    "sections_by_slug",
    "sections_to_read",
    "with_banks",
    "with_use",
]
