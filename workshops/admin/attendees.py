"""Who signed up, as rows of a CSV file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from .. import selectors
from ..models import SignupQuestion, Workshop

ATTENDEE_FIELDS = (
    "seller",
    "seller_id",
    "market",
    "who_comes",
    "signed_up_by",
    "state",
    "number_in_line",
    "check_in_code",
    "to_be_confirmed_by",
    "signed_up",
    "checked_in",
    "checked_in_by",
    "noted_later_because",
    "walked_in",
)


def attendee_table(workshop: Workshop, *, now: datetime) -> tuple[list[str], list[list[str]]]:
    """The names of the columns, and a row for each sign-up. Questions are columns, as long as answers are kept."""
    questions = list(selectors.questions_with_answers(workshop, as_of=now))
    signups = selectors.attendees(workshop=workshop).prefetch_related("answers")
    rows = [[*_row(signup, workshop), *_answers(signup, questions)] for signup in signups]
    return [*ATTENDEE_FIELDS, *(question.text for question in questions)], rows


def _row(signup: Any, workshop: Workshop) -> list[str]:
    def local(moment: datetime | None) -> str:
        return moment.astimezone(workshop.zone).isoformat(sep=" ", timespec="minutes") if moment else ""

    return [
        signup.seller.name,
        signup.seller.external_id,
        signup.seller.market.code,
        signup.attendee,
        signup.user.name or signup.user.email,
        signup.get_state_display(),
        str(signup.position or ""),
        signup.spelled_code,
        local(signup.confirm_by if signup.confirmed_at is None else None),
        local(signup.signed_up_at),
        local(signup.checked_in_at),
        str(signup.checked_in_by or signup.checked_in_with or ""),
        signup.attendance_reason,
        _("Yes") if signup.walked_in else "",
    ]


def _answers(signup: Any, questions: Sequence[SignupQuestion]) -> list[str]:
    answered = {answer.question_id: answer.values for answer in signup.answers.all()}
    return ["; ".join(_said(value, question) for value in answered.get(question.pk, ())) for question in questions]


def _said(value: str, question: SignupQuestion) -> str:
    if question.kind != SignupQuestion.Kind.BOOL:
        return value
    return _("Yes") if value == "yes" else _("No")
