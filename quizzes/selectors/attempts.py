"""A seller's attempts and their answers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Case, Count, Exists, IntegerField, OuterRef, QuerySet, Subquery, Sum, When
from django.db.models.functions import Coalesce

from kit.database.prepared_reads import PreparedRead, id_parameter
from policies.models import ArticleSection
from sellers.models import Seller
from violations.models import Milestone, PointsEntry
from violations.rules import next_threshold

from ..models import Attempt, AttemptQuestion, Quiz, Regrade
from .regrades import corrected


def attempts_of(seller: Seller) -> QuerySet[Attempt]:
    """A seller's attempts, the newest first, with all that a list of them shows."""
    return (
        Attempt.objects.filter(seller=seller)
        .select_related("quiz__policy", "credit__violation", "action")
        .annotate(asked=Count("questions"))
        .order_by("-started_at", "-id")
    )


@dataclass(frozen=True)
class TakenAttempt:
    """An attempt with its questions as drawn and the answers given, in order."""

    attempt: Attempt
    answers: Sequence[AttemptQuestion]
    total_after: int
    """The seller's total after what it removed, as it was known then; 0 if it removed nothing."""


def get_taken_attempt(*, seller: Seller, attempt_id: int) -> TakenAttempt:
    """A seller's attempt (1 query, another if a question was corrected since).

    Raises ``Attempt.DoesNotExist`` for another seller's: nobody learns it exists.
    """
    found: list[Any] = _asked.read(attempt=attempt_id, seller=seller.pk)
    if not found:
        raise Attempt.DoesNotExist
    attempt = found[0].attempt
    attempt.seller, attempt.asked = seller, len(found)
    for one in found:
        one.attempt = attempt
    if any(one.is_corrected for one in found):
        corrected(found)
    return TakenAttempt(attempt, found, found[0].total_after)


OF_ATTEMPT = (
    "section__article__policy",
    "attempt__quiz__policy",
    "attempt__credit__violation__policy_version__policy",
    "attempt__violation",
    "attempt__action__replacement",
)


def _total_after() -> Case:
    """The total of the seller of a drawn question's attempt just after its credit; nothing is summed without one."""
    known = PointsEntry.objects.filter(
        seller=OuterRef("attempt__seller"),
        recorded_at__lte=OuterRef("attempt__credit__recorded_at"),
        effective_at__lte=OuterRef("attempt__credit__effective_at"),
        expires_at__gt=OuterRef("attempt__credit__effective_at"),
    )
    total = Subquery(known.order_by().values("seller").annotate(total=Sum("points")).values("total"))
    return Case(When(attempt__credit=None, then=0), default=Coalesce(total, 0), output_field=IntegerField())


def _asked_of_attempt() -> QuerySet[AttemptQuestion]:
    corrections = Regrade.objects.approved().filter(question=OuterRef("question"))
    return (
        AttemptQuestion.objects.filter(attempt=id_parameter("attempt"), attempt__seller=id_parameter("seller"))
        .select_related(*OF_ATTEMPT)
        .annotate(is_corrected=Exists(corrections), total_after=_total_after())
        .order_by("position")
    )


_asked = PreparedRead(_asked_of_attempt)


@dataclass(frozen=True)
class PassEffect:
    """What a pass did to the total, as it was known then; ``milestone`` is the next one, if there is one."""

    before: int
    after: int
    milestone: int | None

    @property
    def distance(self) -> int | None:
        return None if self.milestone is None else self.milestone - self.after


def effect_of(found: TakenAttempt, milestones: Iterable[Milestone]) -> PassEffect | None:
    """What a pass did to the total, among the milestones of then; ``None`` if it removed nothing. No query."""
    credit = found.attempt.credit
    if credit is None:
        return None
    thresholds = [one.points for one in milestones if one.is_in_force(as_of=credit.effective_at)]
    total = found.total_after
    return PassEffect(total - credit.points, total, next_threshold(total, sorted(thresholds)))


def effect_ahead(*, seller: Seller, points: int, as_of: datetime) -> PassEffect:
    """What a pass of now that takes ``points`` off would do to the total. 1 query, 2 in a market without milestones."""
    own = PointsEntry.objects.filter(seller=seller).counting(as_of=as_of)
    summed = Subquery(own.order_by().values("seller").annotate(total=Sum("points")).values("total"))
    milestones = Milestone.objects.filter(market=seller.market_id).in_force(as_of=as_of)
    rows = list(milestones.annotate(total=Coalesce(summed, 0)).values_list("points", "total"))
    total = rows[0][1] if rows else own.total()
    return PassEffect(total, total - points, next_threshold(total - points, [threshold for threshold, _ in rows]))


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
