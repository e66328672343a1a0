"""What sellers say is wrong with a question, and what editors answer."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import User
from audit.services import record
from audit.snapshots import snapshot
from inbox.models import Message
from inbox.services import MessageDraft, post_messages
from kit.outcomes import WrongState
from sellers.models import Seller
from sellers.rules import Right
from sellers.services import lock_seller, lock_seller_to_record, refuse_to_decide, refuse_without_right

from .. import attempt_wording, bank_wording, trail_notes
from ..models import AttemptQuestion, Remark


@transaction.atomic
def send_remark(*, asked: AttemptQuestion, text: str, user: User, now: datetime) -> Remark:
    """Say that something is wrong with a question of an attempt that is over; a second remark on it changes nothing.

    Raises ``WrongState`` while the attempt is open, ``NotYours`` for whoever only looks.
    """
    seller = lock_seller(seller_id=asked.attempt.seller_id)
    refuse_without_right(person=user, seller=seller, right=Right.QUIZ)
    if asked.attempt.is_open(as_of=now):
        raise WrongState(attempt_wording.remark_after_submission())
    remark, _is_new = Remark.objects.get_or_create(asked=asked, defaults={"user": user, "text": text, "sent_at": now})
    return remark


@transaction.atomic
def answer_remark(*, remark: Remark, answer: str, follows: str, answered_by: User, now: datetime) -> Remark:
    """Answer a remark and say what follows (``Remark.Follows``); the seller is told by a message.

    Raises ``WrongState`` for one that is answered.
    """
    seller, _books = lock_seller_to_record(seller_id=remark.asked.attempt.seller_id, now=now)
    refuse_to_decide(person=answered_by, seller=seller)
    locked = Remark.objects.select_for_update(no_key=True, of=("self",))
    remark = locked.select_related("asked__question__quiz__policy").get(pk=remark.pk)
    if remark.answered_at is not None:
        raise WrongState(bank_wording.remark_is_answered())
    before = snapshot(remark)
    remark.answer, remark.follows = answer, Remark.Follows(follows)
    remark.answered_at, remark.answered_by = now, answered_by
    remark.save(update_fields=["answer", "follows", "answered_at", "answered_by"])
    post_messages(market=seller.market, drafts=[_told(remark, seller)], now=now)
    note = trail_notes.answered(answer=answer)
    record(by=answered_by, action="answer", about=remark, note=note, before=before, now=now)
    return remark


def _told(remark: Remark, seller: Seller) -> MessageDraft:
    asked = remark.asked
    return MessageDraft(
        seller_id=seller.pk,
        kind=Message.Kind.QUIZ,
        template=Message.Template.REMARK_ANSWERED,
        about_kind="remark",
        about_id=remark.pk,
        data={
            "policy": str(asked.question.quiz.policy),
            "attempt": asked.attempt_id,
            "position": asked.position,
            "answer": remark.answer,
            "follows": remark.follows,
        },
    )
