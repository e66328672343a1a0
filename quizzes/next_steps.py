"""What a seller can do next and what it brings: one answer for dashboard, lists, reports, emails and documents.

Nothing is promised that the rules would not give: each step counts from what is left now, and a market's limit of
rewarded passes is shared out among the open quizzes before any of them is called a gain.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.urls import reverse

from kit.formatting import MINUS, counted, day_words, deadline_words
from policies.models import Policy
from sellers.models import Seller
from violations.models import Violation
from violations.selectors import appealable, violations_of

from . import rules
from .selectors import EligibleViolation, OpenQuiz, open_quizzes


@dataclass(frozen=True)
class NextStep:
    """Something to do. ``points`` is what it takes off at most; without ``button`` there is only waiting.

    ``when`` follows the title: ``by 31 Dec 2026``. ``deadline`` is the first moment after it, and ``opens_at`` is set
    while it cannot be done yet.
    """

    kind: str
    title: str
    when: str = ""
    points: int = 0
    text: str = ""
    href: str = ""
    button: str = ""
    icon: str = "arrow-right"
    deadline: datetime | None = None
    opens_at: datetime | None = None

    @property
    def line(self) -> str:
        """What to do and by when."""
        return f"{self.title} {self.when}".strip()

    @property
    def gain(self) -> str:
        """``−1 point``; of an appeal ``up to −2 points``; empty if nothing comes off."""
        if not self.points:
            return ""
        change = f"{MINUS}{counted(self.points, 'point')}"
        return f"up to {change}" if self.kind == "appeal" else change


@dataclass(frozen=True)
class NextSteps:
    """The steps of a seller at a moment, those that can be done now first, the most points before the fewer.

    ``closed`` are open quizzes of which no pass is rewarded in time, each with the reason. ``limit`` says how many of
    the violations with an open quiz the market's limit leaves out; empty if it leaves out none.
    """

    quizzes: Sequence[NextStep]
    closed: Sequence[NextStep]
    limit: str
    open_quizzes: Mapping[str, OpenQuiz]
    """By the code of their policy."""
    by_violation: Mapping[int, NextStep]
    """The step of each violation that has a quiz, by its id."""

    @property
    def rows(self) -> list[tuple[OpenQuiz, NextStep]]:
        """Each open quiz with what to do about it, in the order of the steps; those that bring nothing come last."""
        by_href = {_quiz_url(quiz): quiz for quiz in self.open_quizzes.values()}
        return [(by_href[step.href], step) for step in [*self.quizzes, *self.closed]]

    def about(self, violation: Violation, *, zone: ZoneInfo) -> NextStep:
        """The step about one violation that carries ``points_left`` and ``points_until`` (annotated)."""
        if violation.voided_at is not None:
            return NextStep("none", "Nothing: it was voided")
        if not violation.points_left:  # type: ignore[attr-defined]  # annotated
            text = "No points of this violation count now. It stays as a record."
            return NextStep("none", "Nothing: it counts no points", text=text)
        if step := self.by_violation.get(violation.pk):
            return step
        until = day_words(violation.points_until, zone=zone)  # type: ignore[attr-defined]  # annotated
        text = "No quiz is open for it. Its points stop counting on that day."
        return NextStep("none", f"Wait: expires {until}", text=text)


def next_steps(*, seller: Seller, as_of: datetime, names: Mapping[str, str] | None = None) -> NextSteps:
    """What a seller can do at a moment (3 queries, 1 if no quiz is open); ``appeal_steps`` come after them.

    ``names`` are what policies are to be called, by code, where that is not what they are called now.
    """
    quizzes = open_quizzes(seller=seller, as_of=as_of)
    zone = seller.market.zone
    promised = _promised(quizzes)
    steps: list[NextStep] = []
    closed: list[NextStep] = []
    by_violation: dict[int, NextStep] = {}
    for quiz in quizzes:
        found = {item.violation.pk: _step(quiz, item, promised, zone=zone) for item in quiz.eligible}
        by_violation |= found
        rewarded = [found[item.violation.pk] for item in _goal_first(quiz) if item.violation.pk in promised]
        best = min(rewarded, key=lambda step: step.opens_at is not None, default=None)
        if best is None:
            closed.append(_no_reward(quiz))
        else:
            steps.append(replace(best, title=f"Take the quiz “{_called(quiz.quiz.policy, names)}”"))
    steps.sort(key=lambda step: (step.opens_at is not None, -step.points, step.deadline, step.title))
    return NextSteps(
        quizzes=steps,
        closed=closed,
        limit=_limit(quizzes, promised),
        open_quizzes={quiz.quiz.policy.code: quiz for quiz in quizzes},
        by_violation=by_violation,
    )


def with_a_quiz(seller: Seller, as_of: datetime) -> list[int]:
    """The violations of a seller of which a quiz, now or once the month's limits start anew, still removes a point."""
    steps = next_steps(seller=seller, as_of=as_of).by_violation
    return [violation_id for violation_id, step in steps.items() if step.kind == "quiz"]


def _promised(quizzes: Sequence[OpenQuiz]) -> dict[int, rules.Month]:
    """In which month a pass takes points off each violation, as far as the limits reach."""
    if not quizzes or not quizzes[0].rewards_limit:
        return {}
    first = quizzes[0]
    candidates = [
        rules.Candidate(
            violation_id=item.violation.pk,
            quiz_id=quiz.quiz.pk,
            gain=min(quiz.quiz.pass_points, item.points_left),
            closes_at=item.closes_at,
            is_begun=quiz.open_attempt is not None and item is quiz.goal,
        )
        for quiz in quizzes
        for item in quiz.eligible
    ]
    return rules.promised_passes(
        candidates,
        rewards={rules.Month.THIS: first.rewards_left, rules.Month.NEXT: first.rewards_limit},
        attempts={
            (quiz.quiz.pk, month): left
            for quiz in quizzes
            for month, left in (
                (rules.Month.THIS, quiz.attempts_left + (quiz.open_attempt is not None)),
                (rules.Month.NEXT, quiz.quiz.attempts_per_month),
            )
        },
        next_month_at=first.next_month_at,
    )


def _goal_first(quiz: OpenQuiz) -> list[EligibleViolation]:
    return sorted(quiz.eligible, key=lambda item: item is not quiz.goal)


def _step(quiz: OpenQuiz, item: EligibleViolation, promised: Mapping[int, rules.Month], *, zone: ZoneInfo) -> NextStep:
    """Taking a quiz for one violation, or waiting if no pass for it would be rewarded."""
    month = promised.get(item.violation.pk)
    if month is None:
        return replace(_no_reward(quiz), title="Wait", href="", button="")
    step = NextStep(
        kind="quiz",
        title="Take the quiz",
        when=f"by {day_words(item.last_day)}",
        points=min(quiz.quiz.pass_points, item.points_left),
        text=f"{quiz.attempts_left} of {quiz.quiz.attempts_per_month} attempts and {quiz.rewards_left} of "
        f"{quiz.rewards_limit} rewarded passes left this month.",
        href=_quiz_url(quiz),
        button="Continue the quiz" if quiz.open_attempt else "Take the quiz",
        icon="graduation-cap",
        deadline=item.closes_at,
    )
    if month is rules.Month.THIS:
        return step
    return replace(
        step,
        when=f"from {day_words(quiz.next_month_at, zone=zone)}, {step.when}",
        text=_why_not_this_month(quiz),
        button="See the quiz",
        opens_at=quiz.next_month_at,
    )


def _why_not_this_month(quiz: OpenQuiz) -> str:
    if not quiz.can_take:
        return "This month’s attempts are used."
    if not quiz.rewards_left:
        return "This month’s rewarded passes are used."
    return "This month’s rewarded passes go to what closes first."


def _no_reward(quiz: OpenQuiz) -> NextStep:
    """An open quiz of which no pass is rewarded before it closes: nothing to do, with the reason."""
    if not quiz.rewards_limit:
        why = "Quizzes remove no points in your market."
    elif not quiz.can_take and quiz.again_at is None:
        why = "This month’s attempts are used, and it closes before the next ones."
    else:
        why = f"Your market rewards {_passes(quiz.rewards_limit)} a month; other violations come first."
    return NextStep(
        kind="closed",
        title=f"The quiz “{quiz.quiz.policy.name}” takes no points off now",
        text=why,
        href=_quiz_url(quiz),
        button="See the quiz",
        icon="graduation-cap",
        deadline=quiz.closes_at,
    )


def _limit(quizzes: Sequence[OpenQuiz], promised: Mapping[int, rules.Month]) -> str:
    total = sum(len(quiz.eligible) for quiz in quizzes)
    if not quizzes or not quizzes[0].rewards_limit or len(promised) == total:
        return ""
    return (
        f"{len(promised) or 'None'} of the {counted(total, 'violation')} with an open quiz can lose points by it: "
        f"your market rewards {_passes(quizzes[0].rewards_limit)} a month, for all quizzes together."
    )


def _passes(count: int) -> str:
    return "one pass" if count == 1 else f"{count} passes"


def appeal_steps(*, seller: Seller, as_of: datetime, names: Mapping[str, str] | None = None) -> list[NextStep]:
    """What can still be appealed and would take points away, the most first, then what closes first (1 query).

    These never lead: they are for the case that the facts are wrong.
    """
    zone = seller.market.zone
    found: Iterable[Any] = appealable(violations_of(seller=seller, as_of=as_of), as_of=as_of).some_left()
    return [
        NextStep(
            kind="appeal",
            title=f"If the facts are wrong, appeal “{_called(violation.policy, names)}”, {violation.about}",
            when=f"by {deadline_words(violation.appeal_until, zone=zone)}",
            points=violation.points_left,
            href=reverse("violations:appeal_file", kwargs={"seller_id": seller.pk, "violation_id": violation.pk}),
            button="Appeal",
            icon="scale",
            deadline=violation.appeal_until,
        )
        for violation in sorted(found, key=lambda one: (-one.points_left, one.appeal_until, one.pk))
    ]


def _called(policy: Policy, names: Mapping[str, str] | None) -> str:
    return (names or {}).get(policy.code, policy.name)


def _quiz_url(quiz: OpenQuiz) -> str:
    kwargs = {"seller_id": quiz.picked.violation.seller_id, "policy": quiz.quiz.policy.code}
    return reverse("quizzes:detail", kwargs=kwargs)
