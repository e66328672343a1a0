"""Practising: it is remembered for the person alone, and earns and costs nothing."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from accounts.models import User

from .. import attempt_wording as wording
from .. import rules, spacing
from ..models import PracticeCard, Question
from .refusals import NotAChoice


@transaction.atomic
def practise(*, question: Question, user: User, choices: Collection[int], now: datetime) -> bool:
    """Whether an answer is right; when the question comes again is remembered. Raises ``NotAChoice``.

    A question that is not due was answered already: sent twice, in another tab, or after its explanation was read. That
    changes nothing.
    """
    own = list(question.choices.values_list("pk", "is_right"))
    right = {pk for pk, is_right in own if is_right}
    if not rules.can_answer(set(choices), choices=[pk for pk, _ in own], several=len(right) > 1):
        raise NotAChoice(wording.not_a_choice(several=len(right) > 1), field="choice")
    is_right = rules.is_right(chosen=choices, right=right)
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    known = PracticeCard.objects.filter(user=user, question=question).first()
    if known is None or known.due_at <= now:
        memory = spacing.after(_memory(known) if known else None, is_right=is_right, now=now)
        PracticeCard.objects.update_or_create(user=user, question=question, defaults=vars(memory))
    return is_right


def _memory(card: PracticeCard) -> spacing.Memory:
    return spacing.Memory(card.state, card.step, card.stability, card.difficulty, card.due_at, card.practised_at)
