"""What to do after a week, and what happened since: frozen by the report, with a state that is looked up."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, cast
from zoneinfo import ZoneInfo

from django.urls import reverse

from kit.formatting import day_words
from quizzes import wording as quiz_wording
from quizzes.models import Attempt
from quizzes.next_steps import NextStep, NextSteps, appeal_steps, next_steps
from quizzes.presentation import ShownStep, show_steps
from quizzes.rules import window as quiz_window
from sellers.models import Seller
from violations.models import Appeal, EnforcementAction, PointsEntry, Violation

from .. import rules
from ..models import ReportRun, WeeklyReport
from .runs import as_kept


class StepState(Enum):
    OPEN = "Open"
    DONE = "Done"
    CLOSED = "Closed"


@dataclass(frozen=True)
class Step:
    """Something to do, as the report says it, and whether it was done since.

    ``gain`` are the points that it takes off at most; ``deadline`` is the first moment after it, ``None`` if there is
    none. ``note`` is looked up.
    """

    kind: str
    title: str
    gain: int
    deadline: datetime | None
    by: str
    href: str
    button: str
    icon: str
    state: StepState
    note: str
    waits: bool = False
    """Whether it is open and cannot be done yet."""

    @property
    def last_moment(self) -> datetime | None:
        """The last moment for it, whose day is the one that people read."""
        return self.deadline - timedelta(microseconds=1) if self.deadline else None

    @property
    def change(self) -> int:
        """What it does to the total."""
        return -self.gain


@dataclass(frozen=True)
class SinceLine:
    """Something that happened to what the report tells of, after its week."""

    at: datetime
    day: str
    title: str
    href: str


@dataclass(frozen=True)
class QuizOffer:
    """A quiz that was open at a week's end: ``gain`` are the points that a pass takes off, and it was open until
    before ``closes_at``, when the first window of a violation with points left closes."""

    code: str
    policy: str
    gain: int
    closes_at: datetime


@dataclass(frozen=True)
class Facts:
    """What is known now about what a report tells of."""

    report: WeeklyReport
    detail: Mapping[str, Any]
    seller: Seller
    now: datetime
    zone: ZoneInfo
    ends_at: datetime
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
    next_appeals: Sequence[NextStep]
    lifted: Sequence[EnforcementAction]

    def day(self, moment: datetime) -> str:
        return day_words(moment, zone=self.zone)

    def last_day(self, deadline: datetime) -> str:
        """The last local day on which something can be done."""
        return self.day(deadline - timedelta(microseconds=1))

    def note_on(self, violation_id: int) -> str:
        """What became of a violation, in short; empty if nothing did."""
        if voided_at := self.voided.get(violation_id):
            return f"Voided {self.day(voided_at)}"
        if appeal := self.appeals.get(violation_id):
            return f"Appeal {appeal.outcome.lower()}"
        return ""


def find_facts(
    *, report: WeeklyReport, detail: Mapping[str, Any], counting: Sequence[PointsEntry], seller: Seller, now: datetime
) -> Facts:
    """Look up what became of what a report tells of, and what can be done now."""
    left: dict[int, int] = defaultdict(int)
    for entry in counting:
        left[entry.violation_id] += entry.points
    listed = {row["id"] for row in detail.get("violations", [])}
    violations = {e.violation_id: e.violation for e in counting if left[e.violation_id] > 0}
    ids = listed | violations.keys()
    quizzes = quizzes_at_end(report.run, violations=violations.values(), left=left)
    codes = {quiz.code for quiz in quizzes}
    names = {code: policy["name"] for code, policy in report.run.rules["policies"].items()}
    return Facts(
        report=report,
        detail=detail,
        seller=seller,
        now=now,
        zone=report.run.zone,
        ends_at=report.run.ends_at,
        left=left,
        violations=violations,
        quizzes=quizzes,
        voided=_voided(ids),
        appeals=_appeals(ids),
        passes=_passes(seller, codes, run=report.run),
        next=next_steps(seller=seller, as_of=now, names=names),
        next_appeals=appeal_steps(seller=seller, as_of=now, names=names),
        lifted=_lifted([action["id"] for action in detail.get("actions", [])], since=report.run.ends_at),
    )


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


# --- What to do


def steps_of(facts: Facts, *, articles: Sequence[tuple[str, str]]) -> list[Step]:
    """What to do now, as every page says it: quizzes, then appeals, then reading; then what was done or is over since.

    ``articles`` are (policy code, title) of the policies breached in the week, the most frequent first; nobody is
    asked to read about what was voided since.
    """
    standing = {row["code"] for row in facts.detail.get("violations", []) if row["id"] not in facts.voided}
    articles = [(code, title) for code, title in articles if code in standing]
    quizzes = sorted(facts.quizzes, key=lambda quiz: (-quiz.gain, quiz.closes_at, quiz.policy))
    appealable = [one for one in facts.violations.values() if one.appeal_until > facts.ends_at]
    appealable.sort(key=lambda one: (-facts.left[one.pk], one.appeal_until, one.pk))
    now_open = show_steps([*facts.next.quizzes, *facts.next_appeals], zone=facts.seller.market.zone)
    return [
        *map(_open_step, now_open),
        *([_article_step(articles)] if articles else []),
        *(step for quiz in quizzes if (step := _quiz_that_is_over(facts, quiz))),
        *(step for one in appealable if (step := _appeal_that_is_over(facts, one))),
    ]


def _open_step(step: ShownStep) -> Step:
    return Step(
        kind=step.kind,
        title=step.title,
        gain=step.points,
        deadline=step.deadline,
        by=step.by,
        href=step.href,
        button=step.button,
        icon=step.icon,
        state=StepState.OPEN,
        note=step.text.rstrip("."),
        waits=step.opens_at is not None,
    )


def _quiz_that_is_over(facts: Facts, quiz: QuizOffer) -> Step | None:
    """What became of a quiz that was open at the week's end; nothing if it can still be taken for points."""
    passes = [attempt for attempt in facts.passes if attempt.quiz.policy.code == quiz.code]
    now_open = facts.next.open_quizzes.get(quiz.code)
    href = reverse("quizzes:detail", kwargs={"seller_id": facts.seller.pk, "policy": quiz.code})
    if now_open is not None and any(step.quiz is now_open for step in facts.next.quizzes):
        return None
    if passes and passes[-1].submitted_at:
        passed = f"Passed on {facts.day(passes[-1].submitted_at)}"
        state, note = StepState.DONE, f"{passed}: {rules.points_off(sum(attempt.gain for attempt in passes))}"
    elif quiz.closes_at <= facts.now:
        state, note = StepState.CLOSED, f"It was open until the end of {facts.last_day(quiz.closes_at)}"
    elif now_open is None:
        state, note = StepState.CLOSED, "No points of it are left"
    else:
        closed = next(step for step in facts.next.closed if step.quiz is now_open)
        state, note = StepState.CLOSED, quiz_wording.step_text(closed).rstrip(".")
    return Step(
        kind="quiz",
        title=f"Take the quiz “{quiz.policy}”",
        gain=quiz.gain,
        deadline=quiz.closes_at,
        by=facts.last_day(quiz.closes_at),
        href=href,
        button="See the quiz",
        icon="graduation-cap",
        state=state,
        note=note,
    )


def _appeal_that_is_over(facts: Facts, violation: Violation) -> Step | None:
    """What became of the chance to appeal that there was at the week's end; nothing while it can be appealed."""
    if appeal := facts.appeals.get(violation.pk):
        state, note = StepState.DONE, f"Filed on {facts.day(appeal.filed_at)}: {_outcome(appeal, facts)}"
    elif voided_at := facts.voided.get(violation.pk):
        state, note = StepState.CLOSED, f"The violation was voided on {facts.day(voided_at)}"
    elif violation.appeal_until <= facts.now:
        state, note = StepState.CLOSED, f"It was possible until {facts.last_day(violation.appeal_until)}"
    elif any(step.violation == violation for step in facts.next_appeals):
        return None
    else:
        state, note = StepState.CLOSED, "No points of it are left"
    return Step(
        kind="appeal",
        title=f"Appeal “{violation.policy.name}”, {violation.about}",
        gain=facts.left[violation.pk],
        deadline=violation.appeal_until,
        by=facts.last_day(violation.appeal_until),
        href=_violation_url(facts, violation.pk),
        button="See the violation",
        icon="scale",
        state=state,
        note=note,
    )


def _outcome(appeal: Appeal, facts: Facts) -> str:
    if appeal.decided_at:
        return f"{appeal.outcome.lower()} on {facts.day(appeal.decided_at)}"
    return "waits for a decision" if appeal.is_open else "settled"


def _article_step(articles: Sequence[tuple[str, str]]) -> Step:
    (code, title), *more = articles
    return Step(
        kind="article",
        title=f"Read the {len(articles)} articles on what was breached" if more else f"Read “{title}”",
        gain=0,
        deadline=None,
        by="",
        href="#articles" if more else reverse("policies:article", kwargs={"code": code}),
        button="See them" if more else "Read the article",
        icon="book-open",
        state=StepState.OPEN,
        note="So that it does not happen again",
    )


# --- What happened since


def since_of(facts: Facts) -> list[SinceLine]:
    """What happened after the week to what the report tells of, the earliest first."""
    names = {row["id"]: row["policy"] for row in facts.detail.get("violations", [])}
    names |= {pk: violation.policy.name for pk, violation in facts.violations.items()}
    lines = [
        _since(facts, at, f"The violation of “{names[pk]}” was voided", _violation_url(facts, pk))
        for pk, at in facts.voided.items()
        if at >= facts.ends_at
    ]
    for appeal in facts.appeals.values():
        name, href = names[appeal.violation_id], appeal.get_absolute_url()
        if appeal.filed_at >= facts.ends_at:
            lines.append(_since(facts, appeal.filed_at, f"An appeal against “{name}” was filed", href))
        if appeal.decided_at and appeal.decided_at >= facts.ends_at:
            words = appeal.get_state_display().lower()
            lines.append(_since(facts, appeal.decided_at, f"The appeal against “{name}” was {words}", href))
    for attempt in facts.passes:
        title = f"The quiz on “{attempt.quiz.policy.name}” was passed: {rules.points_off(attempt.gain)}"
        lines.append(_since(facts, cast(datetime, attempt.submitted_at), title, attempt.get_absolute_url()))
    for action in facts.lifted:
        title = (
            f"The {action.get_kind_display().lower()} at {rules.plural(action.milestone_points, 'point')} was lifted"
        )
        lines.append(_since(facts, cast(datetime, action.lifted_at), title, _violation_url(facts, action.violation_id)))
    return sorted(lines, key=lambda line: line.at)


def _since(facts: Facts, as_of: datetime, title: str, href: str) -> SinceLine:
    return SinceLine(as_of, facts.day(as_of), title, href)


def _violation_url(facts: Facts, violation_id: int) -> str:
    return reverse("violations:detail", kwargs={"seller_id": facts.seller.pk, "violation_id": violation_id})
