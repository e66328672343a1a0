"""Fair trials: started and stopped by staff; meanwhile sellers are put into halves, and one half is invited."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from datetime import datetime

from django.db import transaction

from accounts.models import User
from audit.services import record
from audit.snapshots import snapshot
from inbox.models import Message
from inbox.services import MessageDraft, post_messages
from kit.jobs.failures import logged_failure
from kit.outcomes import WrongState
from sellers.models import Market
from sellers.services import lock_sellers_by_id, recording_time

from .. import trail_notes
from ..models import FairTrial, Quiz, TrialSeller
from ..selectors import OpenQuiz, open_quizzes_by_seller
from ..trials import wording
from ..trials.rules import is_invited
from ..trials.selectors import to_assign
from .banks import lock_quiz

BATCH = 1_000
"""Sellers a transaction."""


@transaction.atomic
def start_trial(*, quiz: Quiz, market: Market, question: str, started_by: User, now: datetime) -> FairTrial:
    """Begin to put sellers of a market into halves. Raises ``WrongState`` while one runs or nobody can take it."""
    quiz = lock_quiz(quiz.pk)
    if quiz.published_at is None:
        raise WrongState(wording.quiz_is_not_published(), field="quiz")
    if FairTrial.objects.running().filter(quiz=quiz, market=market).exists():
        raise WrongState(wording.trial_runs(), field="market")
    trial = FairTrial.objects.create(
        quiz=quiz, market=market, question=question, seed=secrets.token_hex(16), started_at=now, started_by=started_by
    )
    note = trail_notes.trial_started(question=question)
    record(by=started_by, action="add", about=trial, note=note, before={}, now=now)
    return trial


@transaction.atomic
def stop_trial(*, trial: FairTrial, stopped_by: User, now: datetime) -> FairTrial:
    """Take in nobody any more; who is in a half is followed on. Raises ``WrongState`` for one that is stopped."""
    lock_quiz(trial.quiz_id)
    trial = (
        FairTrial.objects.select_for_update(no_key=True, of=("self",)).select_related("quiz__policy").get(pk=trial.pk)
    )
    if trial.stopped_at is not None:
        raise WrongState(wording.trial_is_stopped())
    before = snapshot(trial)
    trial.stopped_at, trial.stopped_by = now, stopped_by
    trial.save(update_fields=["stopped_at", "stopped_by"])
    record(by=stopped_by, action="stop", about=trial, note=trail_notes.trial_stopped(), before=before, now=now)
    return trial


def run_trials(*, clock: Callable[[], datetime], batch: int = BATCH) -> int:
    """Take new sellers into the trials that run, invite those who are to be, and return how many were told.

    Several processes may run this at once, and one may die: nobody is told twice, or before their half is stored. What
    goes wrong in one trial is logged and tried again by the next call.
    """
    told = 0
    for trial in FairTrial.objects.select_related("quiz__policy", "market").order_by("id"):
        with logged_failure(f"Trial {trial.pk}"):
            after: int | None = 0 if trial.stopped_at is None else None
            while after is not None:
                after = assign_batch(trial=trial, after=after, now=clock(), limit=batch)
            while trial.sellers.filter(invited=True, handled_at=None).exists():
                told += invite_batch(trial=trial, now=clock(), limit=batch)
    return told


@transaction.atomic
def assign_batch(*, trial: FairTrial, after: int, now: datetime, limit: int = BATCH) -> int | None:
    """Put those of the next ``limit`` sellers with an id above ``after`` into halves who could take the quiz.

    Gives the last id looked at; ``None`` if it was the last.
    """
    moment = recording_time(market_id=trial.market_id, now=now)
    ids = list(to_assign(trial, as_of=moment).filter(pk__gt=after).values_list("pk", flat=True)[:limit])
    lock_sellers_by_id(seller_ids=ids)
    still = FairTrial.objects.running().select_for_update(no_key=True, of=("self",)).filter(pk=trial.pk).exists()
    if not still:
        return None
    TrialSeller.objects.bulk_create(
        TrialSeller(
            trial=trial, seller_id=pk, invited=is_invited(seed=trial.seed, seller_id=pk), assigned_at=moment
        )
        for pk in _open_to(trial, ids, as_of=moment)
    )  # fmt: skip
    return ids[-1] if len(ids) == limit else None


@transaction.atomic
def invite_batch(*, trial: FairTrial, now: datetime, limit: int = BATCH) -> int:
    """Tell the next of the invited whom nobody told, and return how many: a quiz that takes nothing off any more is
    not offered."""
    moment = recording_time(market_id=trial.market_id, now=now)
    waiting = trial.sellers.filter(invited=True, handled_at=None).order_by("seller_id")
    ids = list(waiting.values_list("seller_id", flat=True)[:limit])
    lock_sellers_by_id(seller_ids=ids)
    rows = list(waiting.filter(seller__in=ids).select_for_update(no_key=True, of=("self",)))
    quizzes = _open_to(trial, [row.seller_id for row in rows], as_of=moment)
    drafts = [_draft(seller_id, quiz, trial) for seller_id, quiz in quizzes.items()]
    messages = dict(zip(quizzes, post_messages(market=trial.market, drafts=drafts, now=now), strict=True))
    for row in rows:
        row.handled_at, row.message_id = moment, messages.get(row.seller_id)
    TrialSeller.objects.bulk_update(rows, ["handled_at", "message"])
    return len(messages)


def _open_to(trial: FairTrial, seller_ids: Iterable[int], *, as_of: datetime) -> dict[int, OpenQuiz]:
    """The quiz of a trial as those of some sellers have it whom a pass brings something now."""
    found = open_quizzes_by_seller(market=trial.market, seller_ids=list(seller_ids), as_of=as_of)
    own = {
        seller_id: quiz for seller_id, quizzes in sorted(found.items()) for quiz in quizzes
        if quiz.quiz.pk == trial.quiz_id
    }  # fmt: skip
    return {seller_id: quiz for seller_id, quiz in own.items() if quiz.is_next_action and quiz.gain}


def _draft(seller_id: int, quiz: OpenQuiz, trial: FairTrial) -> MessageDraft:
    return MessageDraft(
        seller_id=seller_id,
        kind=Message.Kind.QUIZ,
        template=Message.Template.QUIZ_INVITED,
        about_kind="quizzes",
        about_id=seller_id,
        data={
            "policy": quiz.quiz.policy.name,
            "points": quiz.gain,
            "closes_at": quiz.goal.closes_at.isoformat(),
            "zone": trial.market.zone.key,
        },
    )
