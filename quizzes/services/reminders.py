"""Reminding sellers of windows that close, while points can still be removed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from django.db import transaction

from inbox.models import Message
from inbox.services import MessageDraft, post_messages
from kit.jobs.failures import logged_failure
from sellers.models import Market, Seller
from sellers.services import lock_sellers_by_id, recording_time

from .. import rules, selectors
from ..models import QuizReminder
from ..selectors import OpenQuiz

BATCH = 1_000
"""Sellers a transaction."""


def remind_sellers(*, clock: Callable[[], datetime], batch: int = BATCH) -> int:
    """Remind the sellers of every market whose windows close in a week or tomorrow, and return how many were told.

    Several processes may run this at once, and one may die: nobody is told twice. What goes wrong in one market is
    logged and tried again by the next call.
    """
    told = 0
    for market in Market.objects.order_by("id"):
        after: int | None = 0
        with logged_failure(f"Quiz reminders of market {market.pk}"):
            while after is not None:
                number, after = remind_batch(market=market, after=after, now=clock(), limit=batch)
                told += number
    return told


@transaction.atomic
def remind_batch(*, market: Market, after: int, now: datetime, limit: int = BATCH) -> tuple[int, int | None]:
    """Remind those of the next ``limit`` sellers with an id above ``after`` who can still gain something.

    Gives how many were told, and the last id looked at; ``None`` if it was the last of the market.
    """
    closing = rules.closing_soon(as_of=now, zone=market.zone)
    if closing is None:
        return 0, None
    recording_time(market_id=market.pk, now=now)
    candidates = selectors.to_remind(market=market, closing=closing, as_of=now)
    ids = list(candidates.filter(pk__gt=after).values_list("pk", flat=True)[:limit])
    lock_sellers_by_id(seller_ids=ids)
    told = _tell(list(candidates.filter(pk__in=ids)), market=market, closing=closing, now=now)
    return told, ids[-1] if len(ids) == limit else None


def _tell(sellers: Sequence[Seller], *, market: Market, closing: rules.Closing, now: datetime) -> int:
    """Tell those of some locked sellers who can gain something, each in one message, and note it."""
    quizzes = selectors.open_quizzes_by_seller(market=market, seller_ids=[one.pk for one in sellers], as_of=now)
    gains = {seller_id: _that_close(found, closing=closing) for seller_id, found in sorted(quizzes.items())}
    gains = {seller_id: found for seller_id, found in gains.items() if found}
    drafts = [_draft(seller_id, found, market=market, closing=closing) for seller_id, found in gains.items()]
    messages = post_messages(market=market, drafts=drafts, now=now)
    QuizReminder.objects.bulk_create(
        QuizReminder(seller_id=seller_id, closes_at=closing.closes_at, days=closing.days, message_id=message_id)
        for seller_id, message_id in zip(gains, messages, strict=True)
    )
    return len(gains)


def _that_close(quizzes: Sequence[OpenQuiz], *, closing: rules.Closing) -> list[OpenQuiz]:
    """The quizzes whose passing still takes points off a violation whose window closes then."""
    return [quiz for quiz in quizzes if quiz.is_next_action and quiz.gain and quiz.closes_at == closing.closes_at]


def _draft(seller_id: int, quizzes: Sequence[OpenQuiz], *, market: Market, closing: rules.Closing) -> MessageDraft:
    return MessageDraft(
        seller_id=seller_id,
        kind=Message.Kind.QUIZ,
        template=Message.Template.QUIZ_CLOSING,
        about_kind="quizzes",
        about_id=seller_id,
        data={
            "closes_at": closing.closes_at.isoformat(),
            "zone": market.zone.key,
            "rewards_left": quizzes[0].rewards_left,
            "quizzes": [_fact(quiz, closing) for quiz in quizzes],
        },
    )


def _fact(quiz: OpenQuiz, closing: rules.Closing) -> dict[str, object]:
    closes = [item for item in quiz.eligible if item.closes_at == closing.closes_at]
    return {"policy": quiz.quiz.policy.name, "violations": len(closes), "points": quiz.gain_on(closes[0])}
