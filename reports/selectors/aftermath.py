"""What became of what a week's report tells of, and what can be done about it: looked up when the report is shown."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, TypeVar

from quizzes.models import Attempt
from quizzes.next_steps import NextStep, NextSteps, appeal_steps_by_seller, steps_of
from quizzes.plan.rules import Plan, Prospect
from quizzes.plan.selectors import ends_of_actions, find_prospects
from quizzes.rules import window as quiz_window
from quizzes.selectors import open_quizzes_by_seller
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


@dataclass(frozen=True)
class Told:
    """What a report tells of: its seller, what it lists, and the entries that counted at the week's end."""

    seller: Seller
    detail: Mapping[str, Any]
    counting: Sequence[PointsEntry]

    @cached_property
    def left(self) -> Mapping[int, int]:
        return _points_left(self.counting)

    @cached_property
    def violations(self) -> Mapping[int, Violation]:
        return {e.violation_id: e.violation for e in self.counting if self.left[e.violation_id] > 0}

    @cached_property
    def ids(self) -> set[int]:
        """The violations that it names or that still count."""
        return {row["id"] for row in self.detail.get("violations", [])} | self.violations.keys()

    @property
    def action_ids(self) -> list[int]:
        return [action["id"] for action in self.detail.get("actions", [])]


def find_aftermaths(run: ReportRun, told: Sequence[Told], *, now: datetime) -> list[Aftermath]:
    """What became of what some reports of a run tell of, and what can be done now (10 queries at most)."""
    offers = [quizzes_at_end(run, violations=one.violations.values(), left=one.left) for one in told]
    known = _read(run, told, codes={quiz.code for quizzes in offers for quiz in quizzes}, now=now)
    return [_aftermath(one, quizzes, known) for one, quizzes in zip(told, offers, strict=True)]


@dataclass(frozen=True)
class _Known:
    """What is read once for all reports: by violation, and by seller."""

    voided: Mapping[int, datetime]
    appeals: Mapping[int, Appeal]
    passes: Mapping[int, Sequence[Attempt]]
    lifted: Mapping[int, Sequence[EnforcementAction]]
    prospects: Mapping[int, Prospect]
    steps: Mapping[int, NextSteps]
    ends: Mapping[int, Sequence[datetime | None]]
    next_appeals: Mapping[int, Sequence[NextStep]]


def _read(run: ReportRun, told: Sequence[Told], *, codes: set[str], now: datetime) -> _Known:
    """What became of all of it and what can be done by all sellers; ``codes`` are those of the quizzes at the end."""
    market, pks = told[0].seller.market, [one.seller.pk for one in told]
    names = {code: policy["name"] for code, policy in run.rules["policies"].items()}
    ids = {pk for one in told for pk in one.ids}
    prospects = find_prospects(market=market, seller_ids=pks, as_of=now)
    quizzes = open_quizzes_by_seller(market=market, seller_ids=pks, as_of=now)
    return _Known(
        voided=_voided(ids),
        appeals=_appeals(ids),
        passes=_passes(pks, codes, run=run),
        lifted=_lifted([pk for one in told for pk in one.action_ids], since=run.ends_at),
        prospects=prospects,
        steps={pk: steps_of(quizzes.get(pk, []), prospect=prospects[pk], zone=market.zone, names=names) for pk in pks},
        ends=ends_of_actions(seller_ids=pks, as_of=now),
        next_appeals=appeal_steps_by_seller(seller_ids=pks, as_of=now, names=names),
    )


def _aftermath(told: Told, quizzes: Sequence[QuizOffer], known: _Known) -> Aftermath:
    pk, codes = told.seller.pk, {quiz.code for quiz in quizzes}
    steps = known.steps[pk]
    return Aftermath(
        left=told.left,
        violations=told.violations,
        quizzes=quizzes,
        voided=_some(known.voided, told.ids),
        appeals=_some(known.appeals, told.ids),
        passes=[attempt for attempt in known.passes.get(pk, []) if attempt.quiz.policy.code in codes],
        next=steps,
        plan=Plan(known.prospects[pk], steps.planned, steps.planned, ends=known.ends[pk]),
        next_appeals=known.next_appeals[pk],
        lifted=known.lifted.get(pk, []),
    )


V = TypeVar("V")


def _some(found: Mapping[int, V], ids: Iterable[int]) -> dict[int, V]:
    return {pk: found[pk] for pk in ids if pk in found}


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


def _passes(seller_ids: Sequence[int], codes: set[str], *, run: ReportRun) -> dict[int, list[Attempt]]:
    """By seller, the passes since the run's end of quizzes of these policies."""
    if not codes:
        return {}
    passed = Attempt.objects.filter(
        seller__in=seller_ids,
        passed=True,
        action=None,
        submitted_at__gte=run.ends_at,
        quiz__policy__code__in=codes,
    )
    found: dict[int, list[Attempt]] = defaultdict(list)
    for attempt in passed.select_related("quiz__policy", "credit").order_by("submitted_at"):
        as_kept(attempt.quiz.policy, run)
        found[attempt.seller_id].append(attempt)
    return found


def _lifted(ids: list[int], *, since: datetime) -> dict[int, list[EnforcementAction]]:
    """By seller, those of these actions that were lifted since."""
    found: dict[int, list[EnforcementAction]] = defaultdict(list)
    for action in EnforcementAction.objects.filter(pk__in=ids, lifted_at__gte=since) if ids else ():
        found[action.seller_id].append(action)
    return found
