"""Taking the questions of a file into a bank, as drafts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from accounts.models import User
from audit.services import Actor, record
from kit.documents.pictures import picture_of

from .. import pictures, selectors, trail_notes
from ..exchange.items import BankFile, FilePicture, FileQuestion
from ..models import Choice, Question, QuestionPicture, Quiz
from .banks import lock_quiz
from .pictures import picture_row


@transaction.atomic
def import_questions(*, quiz: Quiz, found: BankFile, format_name: str, imported_by: Actor, now: datetime) -> BankFile:
    """Add the questions of a file as drafts of who imports them, and answer what was taken and what refused.

    The same file imported again adds nothing: the bank has its questions.
    """
    quiz = lock_quiz(quiz.pk)
    taken = selectors.check_bank_file(quiz, found)
    if taken.questions:
        _add(quiz, taken.questions, author=imported_by if isinstance(imported_by, User) else None)
        note = trail_notes.imported(count=len(taken.questions), file_format=format_name)
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
    QuestionPicture.objects.bulk_create(
        _kept(draft, position, picture)
        for draft, one in zip(drafts, questions, strict=True)
        for position, picture in enumerate(one.pictures, start=1)
    )


def _kept(draft: Question, position: int, sent: FilePicture) -> QuestionPicture:
    """A picture of a file, kept in the store: the reader of the file has made it anew."""
    made = picture_of(sent.content)
    row = picture_row(draft, position, sent.alt, made)
    row.stored_name = pictures.keep(made)
    return row
