"""Which quizzes are open to a seller, what they can remove and until when; attempts, answers and banks of questions."""

from .attempts import (
    PassEffect,
    Taken,
    attempts_of,
    effect_ahead,
    effect_of,
    sections_asked,
    sections_to_read,
    taken,
)
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
from .milestones import MilestoneQuiz, milestone_quizzes, milestone_quizzes_by_seller
from .openings import (
    OpenQuiz,
    QuizReads,
    open_quizzes,
    open_quizzes_among,
    open_quizzes_by_seller,
    quiz_for,
    quiz_page,
    quiz_reads,
)
from .pictures import picture_for
from .practice import Practice, held_back, next_to_practise, practices
from .regrades import (
    RegradePreview,
    WouldPass,
    answered_so,
    corrected,
    next_to_regrade,
    own_sellers_regraded,
    preview_regrade,
)
from .reminders import to_remind

__all__ = [
    "LATEST",
    "EligibleViolation",
    "MilestoneQuiz",
    "OpenQuiz",
    "PassEffect",
    "Practice",
    "QuizReads",
    "RegradePreview",
    "Taken",
    "WouldPass",
    "answered_so",
    "as_bank_question",
    "attempts_of",
    "bank",
    "bank_as_file",
    "bank_problems",
    "check_bank_file",
    "corrected",
    "drawable",
    "effect_ahead",
    "effect_of",
    "eligible_violations",
    "equal_question",
    "held_back",
    "milestone_quizzes",
    "milestone_quizzes_by_seller",
    "most_points",
    "next_to_practise",
    "next_to_regrade",
    "open_quizzes",
    "open_quizzes_among",
    "open_quizzes_by_seller",
    "own_sellers_regraded",
    "picture_for",
    "practices",
    "preview_regrade",
    "problems_of",
    "quiz_for",
    "quiz_page",
    "quiz_reads",
    "sections_asked",
    "sections_by_slug",
    "sections_to_read",
    "taken",
    "to_remind",
    "with_banks",
    "with_use",
]
