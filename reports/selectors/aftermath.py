"""What became of what a week's report tells of, and what can be done about it: looked up when the report is shown."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from quizzes.models import Attempt
from quizzes.next_steps import NextStep, NextSteps, appeal_steps, next_steps
from quizzes.plan.rules import Plan
from quizzes.plan.selectors import find_plan, find_prospect
from quizzes.rules import window as quiz_window
from sellers.models import Seller
from violations.models import Appeal, EnforcementAction, PointsEntry, Violation

from ..models import ReportRun
from .runs import as_kept


@dataclass(frozen=True)
class QuizOffer:
    """A quiz that was open at a week's end: ``gain`` are the points that a pass takes off, and it was open until
    before ``closes_at``, when the first window of a violation with points left closes."""

    code: str
    policy: str
    gain: int
    closes_at: datetime


@dataclass(frozen=True)
class Aftermath:
    """What is known now about what a report tells of."""

    left: Mapping[int, int]
    """Points left at the week's end, by violation."""
    violations: Mapping[int, Violation]
    """Those with points left."""
    quizzes: Sequence[QuizOffer]
    """Those open at the week's end."""
    voided: Mapping[int, datetime]
    appeals: Mapping[int, Appeal]
    passes: Sequence[Attempt]
    """Passed after the week's end, the latest last."""
    next: NextSteps
    """The quizzes that can be taken now, as every other page says it."""
    plan: Plan
    next_appeals: Sequence[NextStep]
    lifted: Sequence[EnforcementAction]


def find_aftermath(
    run: ReportRun,
    *,
    detail: Mapping[str, Any],
    counting: Sequence[PointsEntry],
    seller: Seller,
    now: datetime,
) -> Aftermath:
    """Look up what became of what a report tells of, and what can be done now."""
    left = _points_left(counting)
    violations = {e.violation_id: e.violation for e in counting if left[e.violation_id] > 0}
    ids = {row["id"] for row in detail.get("violations", [])} | violations.keys()
    quizzes = quizzes_at_end(run, violations=violations.values(), left=left)
    names = {code: policy["name"] for code, policy in run.rules["policies"].items()}
    prospect = find_prospect(seller=seller, as_of=now)
    steps = next_steps(seller=seller, as_of=now, names=names, prospect=prospect)
    return Aftermath(
        left=left,
        violations=violations,
        quizzes=quizzes,
        voided=_voided(ids),
        appeals=_appeals(ids),
        passes=_passes(seller, {quiz.code for quiz in quizzes}, run=run),
        next=steps,
        plan=find_plan(prospect, steps.planned, seller=seller),
        next_appeals=appeal_steps(seller=seller, as_of=now, names=names),
        lifted=_lifted([action["id"] for action in detail.get("actions", [])], since=run.ends_at),
    )


def _points_left(counting: Sequence[PointsEntry]) -> dict[int, int]:
    left: dict[int, int] = defaultdict(int)
    for entry in counting:
        left[entry.violation_id] += entry.points
    return left


def quizzes_at_end(run: ReportRun, *, violations: Iterable[Violation], left: Mapping[int, int]) -> list[QuizOffer]:
    """The quizzes that were open when a run's week ended: what its violations with points left say.

    The moments of violations and their entries never change, and the run keeps the quizzes, so nor does this.
    """
    open_until: dict[str, list[tuple[datetime, int]]] = defaultdict(list)
    for violation in violations:
        window = quiz_window(violation.told_at, zone=run.zone)
        if window.is_open(as_of=run.ends_at):
            open_until[violation.policy.code].append((window.closes_at, left[violation.pk]))
    return [
        QuizOffer(
            code=code,
            policy=policy["name"],
            gain=min(policy["quiz_points"], max(points for _, points in found)),
            closes_at=min(closes_at for closes_at, _ in found),
        )
        for code, policy in run.rules["policies"].items()
        if policy["quiz_points"] and (found := open_until.get(code))
    ]


def _voided(ids: set[int]) -> dict[int, datetime]:
    found = Violation.objects.filter(pk__in=ids, voided_at__isnull=False)
    return {pk: moment for pk, moment in found.values_list("pk", "voided_at") if moment} if ids else {}


def _appeals(ids: set[int]) -> dict[int, Appeal]:
    """The appeal of each violation that was not withdrawn; there is one at most."""
    if not ids:
        return {}
    appeals = Appeal.objects.filter(violation__in=ids).exclude(state=Appeal.State.WITHDRAWN)
    return {appeal.violation_id: appeal for appeal in appeals.select_related("violation__policy_version__policy")}


def _passes(seller: Seller, codes: set[str], *, run: ReportRun) -> list[Attempt]:
    if not codes:
        return []
    passed = Attempt.objects.filter(
        seller=seller, passed=True, submitted_at__gte=run.ends_at, quiz__policy__code__in=codes
    )
    found = list(passed.select_related("quiz__policy", "credit").order_by("submitted_at"))
    for attempt in found:
        as_kept(attempt.quiz.policy, run)
    return found


def _lifted(ids: list[int], *, since: datetime) -> list[EnforcementAction]:
    return list(EnforcementAction.objects.filter(pk__in=ids, lifted_at__gte=since)) if ids else []
