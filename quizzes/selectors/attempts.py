"""A seller's attempts and their answers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, QuerySet

from policies.models import ArticleSection
from sellers.models import Seller
from violations.models import Milestone, PointsEntry
from violations.rules import next_threshold

from ..models import Attempt, AttemptQuestion, Quiz
from .regrades import corrected


def attempts_of(seller: Seller) -> QuerySet[Attempt]:
    """A seller's attempts, the newest first, with all that a list of them shows."""
    return (
        Attempt.objects.filter(seller=seller)
        .select_related("quiz__policy", "credit__violation", "action")
        .annotate(asked=Count("questions"))
        .order_by("-started_at", "-id")
    )


def get_attempt(*, seller: Seller, attempt_id: int) -> Attempt:
    """A seller's attempt. Raises ``Attempt.DoesNotExist`` for another seller's: nobody learns it exists."""
    return attempts_of(seller).select_related("violation", "action__replacement").get(pk=attempt_id)


@dataclass(frozen=True)
class PassEffect:
    """What a pass did to the total, as it was known then; ``milestone`` is the next one, if there is one."""

    before: int
    after: int
    milestone: int | None

    @property
    def distance(self) -> int | None:
        return None if self.milestone is None else self.milestone - self.after


def effect_of(attempt: Attempt) -> PassEffect | None:
    """What a pass did to the total; ``None`` if it removed nothing (2 queries)."""
    credit = attempt.credit
    if credit is None:
        return None
    known = PointsEntry.objects.filter(seller=attempt.seller_id, recorded_at__lte=credit.recorded_at)
    after = known.counting(as_of=credit.effective_at).total()
    milestones = Milestone.objects.filter(market=attempt.seller.market_id).in_force(as_of=credit.effective_at)
    thresholds = list(milestones.values_list("points", flat=True))
    return PassEffect(after - credit.points, after, next_threshold(after, thresholds))


def effect_ahead(*, seller: Seller, points: int, as_of: datetime) -> PassEffect:
    """What a pass that takes ``points`` off now would do to the total (2 queries)."""
    total = PointsEntry.objects.filter(seller=seller).counting(as_of=as_of).total()
    milestones = Milestone.objects.filter(market=seller.market_id).in_force(as_of=as_of)
    thresholds = list(milestones.values_list("points", flat=True))
    return PassEffect(total, total - points, next_threshold(total - points, thresholds))


def sections_asked(quiz: Quiz) -> list[ArticleSection]:
    """The sections of the article that the questions in use come from (1 query)."""
    asked = quiz.questions.in_use().filter(section__isnull=False).values("section")
    return list(
        ArticleSection.objects.filter(pk__in=asked).select_related("article__policy").order_by("position", "pk")
    )


def sections_to_read(answers: Iterable[AttemptQuestion]) -> list[ArticleSection]:
    """The sections that wrong answers come from, each once."""
    wrong = (answer.section for answer in answers if not answer.is_right and answer.section)
    return list({section.pk: section for section in wrong}.values())


def graded_answers_of(attempt: Attempt) -> list[AttemptQuestion]:
    """The same of an attempt that is over, with how its questions were corrected since (2 queries)."""
    return list(corrected(answers_of(attempt)))


def answers_of(attempt: Attempt) -> list[AttemptQuestion]:
    """The questions of an attempt in order, as drawn, with the answers given (1 query)."""
    return list(attempt.questions.select_related("section__article__policy").order_by("position"))
