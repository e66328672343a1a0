"""Pictures of drafts: added and removed by who writes the question."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import User
from audit.notes import Note
from audit.services import record
from audit.snapshots import snapshot
from kit.documents.pictures import NotAPicture, Picture, picture_of
from kit.outcomes import Refused
from kit.texts.characters import has_visible

from .. import bank_wording, pictures, trail_notes
from ..models import Question, QuestionPicture
from ..rules import MAX_PICTURES
from .questions import lock_question, refuse_unless


@transaction.atomic
def add_picture(*, question: Question, sent: bytes, alt: str, added_by: User, now: datetime) -> Question:
    """Add a picture to a draft, made anew from what was sent. Who adds one has written the question last.

    Raises ``Refused`` for what is no picture (field ``file``), without words for it (``alt``) and for one too many.
    Raises ``WrongState`` for a question that is no draft.
    """
    picture = _checked(sent, alt)
    question = lock_question(question)
    refuse_unless(question, Question.State.DRAFT)
    taken = set(question.pictures.values_list("position", flat=True))
    free = next((number for number in range(1, MAX_PICTURES + 1) if number not in taken), None)
    if free is None:
        raise Refused(bank_wording.too_many_pictures(MAX_PICTURES), field="file")
    row = picture_row(question, free, alt.strip(), picture)
    row.stored_name = pictures.keep(picture)
    row.save()
    return _written(question, trail_notes.picture_added(alt=row.alt), action="add_picture", by=added_by, now=now)


def _checked(sent: bytes, alt: str) -> Picture:
    if not has_visible(alt):
        raise Refused(bank_wording.no_alt(), field="alt")
    try:
        return picture_of(sent)
    except NotAPicture as why:
        raise Refused(bank_wording.no_picture(why.reason), field="file") from None


def picture_row(question: Question, position: int, alt: str, picture: Picture) -> QuestionPicture:
    return QuestionPicture(
        question=question,
        position=position,
        alt=alt,
        content_type=picture.content_type,
        width=picture.width,
        height=picture.height,
    )


@transaction.atomic
def remove_picture(*, picture: QuestionPicture, removed_by: User, now: datetime) -> Question:
    """Take a picture off a draft. Its file goes when nothing names it any more. Raises ``WrongState``."""
    question = lock_question(picture.question)
    refuse_unless(question, Question.State.DRAFT)
    QuestionPicture.objects.filter(pk=picture.pk).delete()
    note = trail_notes.picture_removed(alt=picture.alt)
    return _written(question, note, action="remove_picture", by=removed_by, now=now)


def _written(question: Question, note: Note, *, action: str, by: User, now: datetime) -> Question:
    """Whoever changes what a question shows is its author: somebody else publishes it."""
    before = snapshot(question)
    question.author = by
    question.save(update_fields=["author"])
    record(by=by, action=action, about=question, note=note, before=before, now=now)
    return question
