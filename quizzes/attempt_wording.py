"""What people read while they take a quiz: how to answer, how long there is, and what is refused."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kit.formatting import day_words

from . import rules
from .models import Attempt, Quiz


def attempt_over(attempt: Attempt) -> str:
    """Why an attempt takes no answer any more."""
    if attempt.submitted_at is not None and attempt.submitted_at < attempt.ends_at:
        return _("This attempt is submitted; your answers stay as they were.")
    return _("The time of this attempt is over; your answers stay as they were.")


def remark_after_submission() -> str:
    return _("Submit the attempt first; then you can say what is wrong with a question.")


def milestone_quiz_taken() -> str:
    return _("The milestone quiz of this action was taken; it is offered once. The action stays as it is now.")


def no_milestone_quiz() -> str:
    return _("This action has no milestone quiz, or it is over. There is nothing that you need to do.")


def attempts_used_up(quiz: Quiz, *, zone: ZoneInfo, now: datetime) -> str:
    said = ngettext(
        "You have used all %(count)s attempts at this quiz this month. The count starts again on %(day)s; until then, "
        "read the article.",
        "You have used all %(count)s attempts at this quiz this month. The count starts again on %(day)s; until then, "
        "read the article.",
        quiz.attempts_per_month,
    )
    again = rules.next_month_starts_at(as_of=now, zone=zone)
    return said % {"count": quiz.attempts_per_month, "day": day_words(again, zone=zone)}


def no_eligible_violation(quiz: Quiz) -> str:
    said = _(
        "This quiz is not open to you: no violation of %(policy)s has both points left and time left. There is nothing "
        "you need to do."
    )
    return said % {"policy": quiz.policy}


def time_left(until: datetime, *, now: datetime) -> str:
    """How long it is until a moment, in minutes, hours or days, each rounded down."""
    minutes = max(int((until - now).total_seconds()) // 60, 0)
    if minutes < 120:
        said, count = ngettext("%(count)s minute left", "%(count)s minutes left", minutes), minutes
    elif minutes < 48 * 60:
        said, count = ngettext("%(count)s hour left", "%(count)s hours left", minutes // 60), minutes // 60
    else:
        days = minutes // (24 * 60)
        said, count = ngettext("%(count)s day left", "%(count)s days left", days), days
    return said % {"count": count}


def time_allowed(time_factor: int) -> str:
    """How long a person's attempt may take, as its minutes or hours."""
    minutes = int(rules.ATTEMPT_TIME.total_seconds()) // 60 * time_factor
    if minutes < 120:
        return ngettext("%(count)s minute", "%(count)s minutes", minutes) % {"count": minutes}
    return ngettext("%(count)s hour", "%(count)s hours", minutes // 60) % {"count": minutes // 60}


def how_to_answer(*, several: bool) -> str:
    """How many choices a question wants."""
    return _("Choose all that are right.") if several else _("Choose one answer.")


def not_answered(*, several: bool) -> str:
    return _("Choose all answers that are right, then go on.") if several else _("Choose an answer, then go on.")


def not_a_choice(*, several: bool) -> str:
    if several:
        return _("Choose all answers below that are right, then go on.")
    return _("Choose one of the answers below, then go on.")


def unanswered(missing: Sequence[int]) -> str:
    """Which questions, by their numbers, have no answer yet."""
    if len(missing) == 1:
        said = _(
            "Question %(number)s has no answer yet. Your other answers are kept; answer what is missing, then submit."
        )
        return said % {"number": missing[0]}
    said = _(
        "Questions %(numbers)s and %(last)s have no answer yet. Your other answers are kept; answer what is missing, "
        "then submit."
    )
    return said % {"numbers": ", ".join(map(str, missing[:-1])), "last": missing[-1]}
