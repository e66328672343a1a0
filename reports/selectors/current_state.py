"""What became of what a week's report tells of, and what can be done about it: looked up when the report is shown."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, TypeVar

from django.db.models import QuerySet

from kit.database.reading import read_together
from quizzes.models import Attempt
from quizzes.next_steps import NextStep, NextSteps, appeal_reads, appeal_steps_among, steps_of
from quizzes.plan.rules import Plan, Prospect
from quizzes.plan.selectors import ends_of_actions, prospect_reads, prospects_from, shortened_ends
from quizzes.rules import window as quiz_window
from quizzes.selectors import MilestoneQuiz, milestone_quizzes_by_seller, open_quizzes_among, quiz_reads
from sellers.models import Seller
from violations.models import Appeal, AppealQuerySet, EnforcementAction, PointsEntry, Violation

from ..models import ReportRun
from .runs import as_kept


@dataclass(frozen=True)
class QuizOffer:
    """A quiz that was open at a week's end.

    ``gain`` are the points that a pass takes off. It was open until before ``closes_at``, when the first window of a
    violation with points left closes.
    """

    code: str
    policy: str
    gain: int
    closes_at: datetime


@dataclass(frozen=True)
class CurrentState:
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
    milestones: Sequence[MilestoneQuiz]
    """The milestone quizzes that can be taken now."""
    next_appeals: Sequence[NextStep]
    lifted: Sequence[EnforcementAction]


@dataclass(frozen=True)
class ReportedWeek:
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


class ReadsAhead:
    """What is read of what some sellers of a market can do now; all at once."""

    def __init__(self, sellers: Collection[Seller], *, now: datetime) -> None:
        self.now, self.seller_ids = now, [seller.pk for seller in sellers]
        self.market = next(iter(sellers)).market
        self.quizzes = quiz_reads(market=self.market, seller_ids=self.seller_ids, as_of=now)
        self.points = prospect_reads(market=self.market, seller_ids=self.seller_ids, as_of=now)
        self.ends = ends_of_actions(seller_ids=self.seller_ids, as_of=now)
        self.to_appeal = appeal_reads(seller_ids=self.seller_ids, as_of=now)

    def __iter__(self) -> Iterator[QuerySet[Any, Any]]:
        return iter((*self.quizzes, *self.points, self.ends, self.to_appeal))


def find_current_states(run: ReportRun, told: Sequence[ReportedWeek], ahead: ReadsAhead) -> list[CurrentState]:
    """What became of what some reports of a run tell of (1 query). What can be done now is read, too.

    Where a market has milestone quizzes, 1 more and 3 for each action that one shortens.
    """
    offers = [quizzes_at_end(run, violations=one.violations.values(), left=one.left) for one in told]
    known = _read(run, told, ahead, codes={quiz.code for quizzes in offers for quiz in quizzes})
    return [_current_state(one, quizzes, known) for one, quizzes in zip(told, offers, strict=True)]


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
    milestones: Mapping[int, Sequence[MilestoneQuiz]]
    next_appeals: Mapping[int, Sequence[NextStep]]


def _read(run: ReportRun, told: Sequence[ReportedWeek], ahead: ReadsAhead, *, codes: set[str]) -> _Known:
    """What became of all of it and what can be done by all sellers; ``codes`` are those of the quizzes at the end."""
    ids = {pk for one in told for pk in one.ids}
    voided = Violation.objects.filter(pk__in=ids, voided_at__isnull=False)
    appeals = _appeals(ids)
    passes = _passes(ahead.seller_ids, codes, since=run.ends_at)
    lifted = _lifted([pk for one in told for pk in one.action_ids], since=run.ends_at)
    read_together(voided, appeals, passes, lifted)
    return _Known(
        voided={one.pk: one.voided_at for one in voided if one.voided_at},
        appeals={appeal.violation_id: appeal for appeal in appeals},
        passes=_by_seller(_as_kept(passes, run)),
        lifted=_by_seller(lifted),
        **_what_comes(ahead, names={code: policy["name"] for code, policy in run.rules["policies"].items()}),
    )


def _what_comes(ahead: ReadsAhead, *, names: Mapping[str, str]) -> dict[str, Any]:
    """How the totals of sellers go on and what they can do now, by seller; ``names`` are those of policies then."""
    market, now, pks = ahead.market, ahead.now, ahead.seller_ids
    prospects = prospects_from(ahead.points, market=market, seller_ids=pks, as_of=now)
    quizzes = open_quizzes_among(ahead.quizzes, market=market, as_of=now)
    ends: dict[int, list[datetime | None]] = defaultdict(list)
    for pk, end in ahead.ends:
        ends[pk].append(end)
    to_appeal = _by_seller(ahead.to_appeal)
    next_appeals = {pk: appeal_steps_among(to_appeal.get(pk, []), names=names) for pk in pks}
    steps = {pk: steps_of(quizzes.get(pk, []), prospect=prospects[pk], zone=market.zone, names=names) for pk in pks}
    milestones = milestone_quizzes_by_seller(market=market, seller_ids=pks, as_of=now)
    return {
        "prospects": prospects, "steps": steps, "ends": ends, "milestones": milestones, "next_appeals": next_appeals,
    }  # fmt: skip


def _current_state(told: ReportedWeek, quizzes: Sequence[QuizOffer], known: _Known) -> CurrentState:
    pk, codes = told.seller.pk, {quiz.code for quiz in quizzes}
    steps, ends, milestones = known.steps[pk], known.ends[pk], known.milestones.get(pk, [])
    shortened = shortened_ends(ends, milestones)
    return CurrentState(
        left=told.left,
        violations=told.violations,
        quizzes=quizzes,
        voided=_some(known.voided, told.ids),
        appeals=_some(known.appeals, told.ids),
        passes=[attempt for attempt in known.passes.get(pk, []) if attempt.quiz.policy.code in codes],
        next=steps,
        plan=Plan(known.prospects[pk], steps.planned, steps.planned, ends=ends, shortened=shortened),
        milestones=milestones,
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


def _appeals(ids: set[int]) -> AppealQuerySet:
    """The appeal of each violation that was not withdrawn; there is one at most."""
    appeals = Appeal.objects.filter(violation__in=ids).exclude(state=Appeal.State.WITHDRAWN)
    return appeals.select_related("violation__policy_version__policy")


def _passes(seller_ids: Sequence[int], codes: set[str], *, since: datetime) -> QuerySet[Attempt]:
    """The passes since a run's end of quizzes of these policies, the latest last."""
    passed = Attempt.objects.filter(
        seller__in=seller_ids, passed=True, action=None, submitted_at__gte=since, quiz__policy__code__in=codes
    )
    return passed.select_related("quiz__policy", "credit").order_by("submitted_at")


def _as_kept(passes: Iterable[Attempt], run: ReportRun) -> Iterator[Attempt]:
    for attempt in passes:
        as_kept(attempt.quiz.policy, run)
        yield attempt


def _lifted(ids: list[int], *, since: datetime) -> QuerySet[EnforcementAction]:
    """Those of these actions that were lifted since."""
    return EnforcementAction.objects.filter(pk__in=ids, lifted_at__gte=since)


OfSeller = TypeVar("OfSeller", Attempt, EnforcementAction, Violation)


def _by_seller(records: Iterable[OfSeller]) -> dict[int, list[OfSeller]]:
    found: dict[int, list[OfSeller]] = defaultdict(list)
    for record in records:
        found[record.seller_id].append(record)
    return found
