"""Milestone quizzes: about the policies of the violations that led to an enforcement action."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Max

from sellers.models import Market, Seller
from violations.models import SHORTENABLE, EnforcementAction, PointsEntry
from violations.rules import shortened

from .. import rules
from ..models import Attempt, AttemptQuestion, Question, Quiz
from .banks import bank_question, with_choice_counts


@dataclass(frozen=True)
class MilestoneQuiz:
    """The milestone quiz of an action that stands. ``attempt`` is the one that was started, if one was.

    A pass now would let the action end at ``shortened_until`` instead.
    """

    action: EnforcementAction
    attempt: Attempt | None
    quizzes: Sequence[Quiz]
    bank: Sequence[rules.Drawable]
    share: int
    shortened_until: datetime

    @property
    def count(self) -> int:
        """How many questions it asks."""
        return rules.milestone_questions(len(self.quizzes))

    @property
    def is_offered(self) -> bool:
        return self.attempt is None and len(self.bank) >= self.count

    @property
    def main_quiz(self) -> Quiz:
        """The one about the violation that led to the action, if it is published."""
        wanted = self.action.violation.policy_version.policy_id
        return next((quiz for quiz in self.quizzes if quiz.policy_id == wanted), self.quizzes[0])


def milestone_quizzes(*, seller: Seller, as_of: datetime) -> list[MilestoneQuiz]:
    """The milestone quizzes that a seller can take or is taking, the action that ends first first.

    No query where the market has none, else 1, and 3 more for each action.
    """
    found = milestone_quizzes_by_seller(market=seller.market, seller_ids=[seller.pk], as_of=as_of)
    return found.get(seller.pk, [])


def milestone_quizzes_by_seller(
    *, market: Market, seller_ids: Collection[int], as_of: datetime
) -> dict[int, list[MilestoneQuiz]]:
    """The same of many sellers of a market, without those who have none; the queries are as many for each action."""
    share, found = market.milestone_quiz_share, defaultdict[int, list[MilestoneQuiz]](list)
    for action in _actions(seller_ids, as_of) if share else []:
        one = _milestone_quiz(action, share=share, as_of=as_of)
        if one.is_offered or (one.attempt and one.attempt.is_open(as_of=as_of)):
            found[action.seller_id].append(one)
    return found


def _actions(seller_ids: Collection[int], as_of: datetime) -> list[EnforcementAction]:
    """The restrictions and suspensions that stand, have an end to come, and took no other's place."""
    actions = EnforcementAction.objects.filter(
        seller__in=seller_ids,
        kind__in=SHORTENABLE,
        noticed_at__lte=as_of,
        ends_at__gt=as_of,
        lifted_at=None,
        replaces=None,
    )
    return list(actions.select_related("violation__policy_version", "attempt").order_by("ends_at", "pk"))


def _milestone_quiz(action: EnforcementAction, *, share: int, as_of: datetime) -> MilestoneQuiz:
    assert action.ends_at is not None  # noqa: S101  # chosen so
    quizzes = _quizzes(action, as_of=as_of)
    return MilestoneQuiz(
        action=action,
        attempt=getattr(action, "attempt", None),
        quizzes=quizzes,
        bank=_bank(quizzes, action=action),
        share=share,
        shortened_until=shortened(max(action.starts_at, as_of), action.ends_at, share=share),
    )


def _quizzes(action: EnforcementAction, *, as_of: datetime) -> list[Quiz]:
    """The published quizzes of the policies whose violations counted when the action was announced."""
    counted = PointsEntry.objects.filter(seller=action.seller_id).counting(as_of=action.noticed_at)
    policies = counted.order_by().values("violation__policy_version__policy")
    quizzes = Quiz.objects.filter(policy__in=policies, published_at__lte=as_of)
    return list(quizzes.select_related("policy__article").order_by("policy__name"))


def _bank(quizzes: Sequence[Quiz], *, action: EnforcementAction) -> list[rules.Drawable]:
    """The questions that can be asked, each quiz standing for a section: they are drawn from as many as possible."""
    questions: Iterable[Any] = with_choice_counts(Question.objects.in_use().filter(quiz__in=quizzes))
    asked = AttemptQuestion.objects.filter(attempt__seller=action.seller_id).values_list("question_id")
    last_asked = dict(asked.annotate(Max("attempt__started_at")).order_by("question_id"))
    usable = (question for question in questions if not bank_question(question).problem)
    return [rules.Drawable(one.pk, one.quiz_id, last_asked.get(one.pk)) for one in usable]
