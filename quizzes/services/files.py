"""Taking the questions of a file into a bank, as drafts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import ngettext

from accounts.models import User
from audit.services import Actor, record

from .. import selectors
from ..exchange.items import BankFile, FileQuestion
from ..models import Choice, Question, Quiz
from .banks import lock_quiz


@transaction.atomic
def import_questions(*, quiz: Quiz, found: BankFile, format_name: str, imported_by: Actor, now: datetime) -> BankFile:
    """Add the questions of a file as drafts of who imports them, and answer what was taken and what was refused.

    The same file imported again adds nothing: the bank has its questions.
    """
    quiz = lock_quiz(quiz.pk)
    taken = selectors.check_bank_file(quiz, found)
    if taken.questions:
        _add(quiz, taken.questions, author=imported_by if isinstance(imported_by, User) else None)
        said = ngettext(
            "Imported %(count)s question from %(format)s.",
            "Imported %(count)s questions from %(format)s.",
            len(taken.questions),
        )
        note = said % {"count": len(taken.questions), "format": format_name}
        record(by=imported_by, action="import", about=quiz, note=note, now=now)
    return taken


def _add(quiz: Quiz, questions: Sequence[FileQuestion], *, author: User | None) -> None:
    sections = selectors.sections_by_slug(quiz)
    drafts = Question.objects.bulk_create(
        Question(
            quiz=quiz, section_id=sections.get(one.section), scene=one.scene, text=one.text,
            explanation=one.explanation, author=author,
        )
        for one in questions
    )  # fmt: skip
    Choice.objects.bulk_create(
        Choice(question=draft, text=choice.text, is_right=choice.is_right)
        for draft, one in zip(drafts, questions, strict=True)
        for choice in one.choices
    )
