"""Grading attempts again after the wrong choices of a question were marked as right.

One person proposes, another approves. Approving puts a question with the right key in the place of the wrong one. The
attempts submitted before are graded again, batch by batch. A batch is one transaction.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from contextlib import suppress
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from audit.services import record, record_alone
from audit.snapshots import snapshot
from kit.jobs.claims import LostClaim, claim_named, finish, go_on, lock_claimed
from kit.jobs.failures import noted_failure
from kit.outcomes import Refused, WrongState
from kit.texts.characters import has_visible
from sellers.models import Market
from sellers.services import keep_books_open, lock_books, lock_sellers_by_id, refuse_for_all_markets

from .. import bank_wording, selectors, trail_notes
from ..models import AttemptQuestion, Choice, Question, Regrade
from .attempt_regrading import Outcome, Regraded, grade_again, lock_attempts_by_id
from .banks import lock_quiz
from .questions import publish_question, replace_question, send_for_review

BATCH = 200
"""Attempts a transaction."""


@transaction.atomic
def propose_regrade(
    *, question: Question, right: Collection[int], explanation: str, reason: str, proposed_by: User, now: datetime
) -> Regrade:
    """Propose that other choices of a question count as right; nothing changes until somebody else approves.

    Raises ``WrongState`` for a question that was never published, is being replaced, or has a proposal that waits.
    Raises ``Refused`` for choices that are right already, and for all or none of them. Also for who may act for a
    seller it concerns.
    """
    lock_quiz(question.quiz_id)
    question = Question.objects.select_related("quiz__policy").get(pk=question.pk)
    if not has_visible(reason):
        raise Refused(_("Say why; the sellers read it."), field="reason")
    if not has_visible(explanation):
        raise Refused(bank_wording.no_explanation(), field="explanation")
    _check_state(question)
    _check_key(question, set(right))
    _refuse_own_sellers(question, right, proposed_by)
    regrade = Regrade.objects.create(
        question=question, right_ids=sorted(set(right)), explanation=explanation, reason=reason.strip(),
        proposed_by=proposed_by, proposed_at=now,
    )  # fmt: skip
    note = trail_notes.regrade_proposed(reason=regrade.reason)
    record(by=proposed_by, action="propose", about=regrade, note=note, now=now)
    return regrade


def _check_state(question: Question) -> None:
    if question.state not in {Question.State.PUBLISHED, Question.State.RETIRED}:
        raise WrongState(bank_wording.never_published(question))
    if question.regrades.waiting().exists():
        raise WrongState(bank_wording.regrade_waits())
    _refuse_while_replaced(question)


def _refuse_while_replaced(question: Question) -> None:
    drafted = Question.objects.filter(replaces=question, published_at=None).first()
    if question.state == Question.State.PUBLISHED and drafted:
        raise WrongState(bank_wording.replacement_waits(drafted))


def _check_key(question: Question, right: set[int]) -> None:
    choices = {one.pk: one.is_right for one in question.choices.all()}
    if not right < choices.keys() or not right:
        raise Refused(bank_wording.some_choices_right(), field="right")
    keys = [{pk for pk, is_right in choices.items() if is_right}]
    keys += [set(one.right_ids) for one in question.regrades.approved()]
    if right in keys:
        raise Refused(bank_wording.right_already(), field="right")


def _refuse_own_sellers(question: Question, right: Collection[int], person: User) -> None:
    if seller := selectors.own_sellers_regraded(question, right, person=person).first():
        raise Refused(bank_wording.own_seller_regraded(seller))


@transaction.atomic
def decide_regrade(
    *, regrade: Regrade, is_approved: bool, decided_by: User, now: datetime, alone_reason: str = ""
) -> Regrade:
    """Approve or decline a proposal. Deciding again changes nothing.

    Waits for all who record. So each attempt was submitted before, or is graded by the new key at once. Raises
    ``OwnProposal`` for who proposed it and gives no ``alone_reason``. Raises ``Refused`` for who may act for a seller
    it concerns.
    """
    refuse_for_all_markets(person=decided_by)
    for market_id in Market.objects.order_by("pk").values_list("pk", flat=True):
        lock_books(market_id=market_id)
    locked = Regrade.objects.select_for_update(no_key=True, of=("self",)).select_related(
        "question__quiz", "proposed_by"
    )
    regrade = locked.get(pk=regrade.pk)
    if regrade.decided_at is not None:
        return regrade
    before = snapshot(regrade)
    regrade.decide_as(decided_by, is_approved=is_approved, alone_reason=alone_reason)
    regrade.decided_at = now
    if is_approved:
        _refuse_own_sellers(regrade.question, regrade.right_ids, decided_by)
        _put_right_question(regrade, now=now)
        regrade.due_at = now
    regrade.save()
    note = trail_notes.regrade_decided(approved=is_approved)
    record(by=decided_by, action="decide", about=regrade, note=note, before=before, now=now)
    record_alone(by=decided_by, about=regrade, now=now)
    return regrade


def _put_right_question(regrade: Regrade, *, now: datetime) -> None:
    """Publish the same question with the right key in the place of the one that attempts still draw."""
    question = regrade.question
    _refuse_while_replaced(question)
    if question.state != Question.State.PUBLISHED or regrade.decided_by is None:
        return
    draft = replace_question(question=question, replaced_by=regrade.proposed_by, now=now)
    draft.explanation = regrade.explanation
    draft.save(update_fields=["explanation"])
    old, new = question.choices.order_by("pk"), list(draft.choices.order_by("pk"))
    for choice, copy in zip(old, new, strict=True):
        copy.is_right = choice.pk in regrade.right_ids
    Choice.objects.bulk_update(new, ["is_right"])
    send_for_review(question=draft, sent_by=regrade.proposed_by, now=now)
    publish_question(question=draft, published_by=regrade.decided_by, now=now)


def regrade_next_batch(*, regrade_id: int, now: datetime, limit: int = BATCH) -> bool:
    """Grade the next attempts of an approved regrade again; ``False`` if there is nothing more to do now.

    What goes wrong is logged and tried again; several processes may call it at once, and one may die.
    """
    claimed = claim_named(Regrade.objects.filter(pk=regrade_id).select_related("question__quiz"), now=now)
    if claimed is None:
        return False
    with noted_failure(claimed, clock=lambda: now), suppress(LostClaim):
        return _next_batch(claimed, now=now, limit=limit)
    return False


@transaction.atomic
def _next_batch(claimed: Regrade, *, now: datetime, limit: int) -> bool:
    batch = selectors.next_to_regrade(claimed, limit=limit)
    keep_books_open(market_ids=sorted({asked.attempt.seller.market_id for asked in batch}))
    regrade = lock_claimed(claimed)
    done = _grade_all(regrade, batch, now=now)
    progress = _progress(regrade, batch, done)
    if len(batch) == limit:
        return go_on(regrade, now=now, **progress)
    finish(regrade, done_at=now, **progress)
    return False


def _grade_all(regrade: Regrade, batch: Sequence[AttemptQuestion], *, now: datetime) -> list[Regraded]:
    sellers = lock_sellers_by_id(seller_ids={asked.attempt.seller_id for asked in batch})
    attempts = lock_attempts_by_id([asked.attempt_id for asked in batch])
    found = [
        grade_again(attempt=attempts[one.attempt_id], seller=sellers[one.attempt.seller_id], regrade=regrade, now=now)
        for one in batch
    ]
    return [one for one in found if one is not None]


def _progress(regrade: Regrade, batch: Sequence[AttemptQuestion], done: Sequence[Regraded]) -> dict[str, int]:
    outcomes = Counter(one.outcome for one in done)
    return {
        "last_asked_id": max([regrade.last_asked_id, *(asked.pk for asked in batch)]),
        "improved": regrade.improved + len(done),
        "passes": regrade.passes + len(done) - outcomes[Outcome.NOT_PASSED],
        "credited": regrade.credited + outcomes[Outcome.CREDITED],
        "points": regrade.points + sum(one.points for one in done),
        "given_back": regrade.given_back + outcomes[Outcome.GIVEN_BACK],
    }
