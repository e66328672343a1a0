"""How the next steps of a seller are shown: title, icon, button and address, for every form of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.urls import reverse

from violations.models import Violation

from . import wording
from .models import Attempt
from .next_steps import NextStep, StepKind
from .selectors import MilestoneQuiz, OpenQuiz

ICONS = {
    StepKind.QUIZ: "graduation-cap",
    StepKind.CLOSED: "graduation-cap",
    StepKind.MILESTONE: "graduation-cap",
    StepKind.APPEAL: "scale",
    StepKind.NONE: "arrow-right",
}


@dataclass(frozen=True)
class ShownStep:
    """A step in words. ``line`` is the ``title`` with its deadline, ``by`` the deadline alone.

    Without ``href`` and ``button`` there is only waiting.
    """

    kind: StepKind
    points: int
    deadline: datetime | None
    opens_at: datetime | None
    quiz: OpenQuiz | None
    title: str
    line: str
    by: str
    text: str
    gain: str
    href: str
    button: str
    icon: str


def show_steps(steps: Iterable[NextStep], *, zone: ZoneInfo, acts: bool = True) -> list[ShownStep]:
    return [show_step(step, zone=zone, acts=acts) for step in steps]


def show_step(step: NextStep, *, zone: ZoneInfo, acts: bool = True) -> ShownStep:
    """A step as every form shows it; its days are those of ``zone``. Who does not act sees what it is about instead."""
    return ShownStep(
        kind=step.kind,
        points=step.points,
        deadline=step.deadline,
        opens_at=step.opens_at,
        quiz=step.quiz,
        title=wording.step_title(step, zone=zone),
        line=wording.step_line(step, zone=zone),
        by=wording.step_deadline(step, zone=zone),
        text=wording.step_text(step),
        gain=wording.step_gain(step),
        href=_href(step, acts=acts),
        button=wording.step_button(step) if acts else wording.step_to_see(step),
        icon=ICONS[step.kind],
    )


def show_milestone(offer: MilestoneQuiz, *, zone: ZoneInfo, acts: bool = True) -> ShownStep:
    """The milestone quiz of an action as a step; what it brings is time, and no points."""
    where = {"seller_id": offer.action.seller_id, "action_id": offer.action.pk}
    title, by = wording.take_milestone_quiz(), wording.milestone_deadline(offer, zone=zone)
    return ShownStep(
        kind=StepKind.MILESTONE,
        points=0,
        deadline=offer.action.ends_at,
        opens_at=None,
        quiz=None,
        title=title,
        line=wording.milestone_line(by),
        by=by,
        text=wording.what_it_shortens(offer),
        gain="",
        href=reverse("quizzes:milestone", kwargs=where),
        button=wording.milestone_button(offer, acts=acts),
        icon=ICONS[StepKind.MILESTONE],
    )


def _href(step: NextStep, *, acts: bool) -> str:
    if step.kind is StepKind.APPEAL and step.violation is not None:
        return appeal_url(step.violation) if acts else step.violation.get_absolute_url()
    if step.quiz is None or (step.kind is StepKind.CLOSED and step.violation is not None):
        return ""
    return quiz_url(step.quiz, pick=step.target.violation if step.target else None)


def quiz_url(quiz: OpenQuiz, *, pick: Violation | None = None) -> str:
    """The page of a quiz, with a violation picked where the page alone would pick another."""
    kwargs = {"seller_id": quiz.picked.violation.seller_id, "policy": quiz.quiz.policy.code}
    query = {"violation": pick.pk} if pick and pick != quiz.goal.violation else None
    return reverse("quizzes:detail", kwargs=kwargs, query=query)


def next_page(attempt: Attempt, *, now: datetime, after: int = 0) -> str:
    """The first question without an answer, looking behind ``after`` first; without one the check or the result."""
    if not attempt.is_open(as_of=now):
        return attempt.get_absolute_url()
    missing = list(attempt.questions.unanswered().order_by("position").values_list("position", flat=True))
    if not missing:
        return reverse("quizzes:review", kwargs={"seller_id": attempt.seller_id, "attempt_id": attempt.pk})
    return question_url(attempt, next((position for position in missing if position > after), missing[0]))


def question_url(attempt: Attempt, position: int) -> str:
    kwargs = {"seller_id": attempt.seller_id, "attempt_id": attempt.pk, "position": position}
    return reverse("quizzes:question", kwargs=kwargs)


def appeal_url(violation: Violation) -> str:
    kwargs = {"seller_id": violation.seller_id, "violation_id": violation.pk}
    return reverse("violations:appeal_file", kwargs=kwargs)
