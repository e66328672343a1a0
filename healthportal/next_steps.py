"""The one thing to do next about a violation: what the pages show beside its points."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse

from healthportal.templatetags.portal import local_date, signed_points
from quizzes.selectors import EligibleViolation, OpenQuiz, open_quizzes
from sellers.models import Seller


@dataclass(frozen=True)
class NextStep:
    """What to do, what it brings and where; without ``button`` there is nothing to do but wait.

    ``deadline`` is the last moment for it (exclusive), ``None`` if there is none.
    """

    title: str
    text: str = ""
    gain: str = ""
    href: str = ""
    button: str = ""
    icon: str = "arrow-right"
    deadline: datetime | None = None


def quizzes_by_policy(*, seller: Seller, at: datetime) -> dict[int, OpenQuiz]:
    """The quizzes open to a seller, by the id of their policy."""
    return {quiz.quiz.policy_id: quiz for quiz in open_quizzes(seller=seller, at=at)}


def step_for(violation: Any, *, quizzes: Mapping[int, OpenQuiz]) -> NextStep:
    """The next step about one violation that carries ``points_left`` and ``points_until`` (annotated).

    Dates are written in the active time zone, which a seller's page sets to the market's.
    """
    if violation.voided_at is not None:
        return NextStep("Nothing: it was voided")
    if not violation.points_left:
        return NextStep("Nothing: it counts no points", "No points of this violation count now. It stays as a record.")
    quiz = quizzes.get(violation.policy_version.policy_id)
    eligible = next((item for item in quiz.eligible if item.violation.pk == violation.pk), None) if quiz else None
    if quiz and eligible:
        return quiz_step(quiz, about=eligible)
    until = local_date(violation.points_until)
    return NextStep(f"Wait: expires {until}", "No quiz is open for it. Its points stop counting on that day.")


def quiz_step(quiz: OpenQuiz, *, about: EligibleViolation | None = None, names_policy: bool = False) -> NextStep:
    """Taking a quiz by the deadline of one violation (the next one if none is named), or when it can be taken again."""
    about = about or quiz.picked
    href = reverse("quizzes:detail", kwargs={"seller_id": about.violation.seller_id, "policy": quiz.quiz.policy.code})
    name = f"the quiz “{quiz.quiz.policy.name}”" if names_policy else "the quiz"
    gain = signed_points(-min(quiz.quiz.pass_points, about.points_left))
    by = local_date(about.last_day)
    if quiz.is_next_action:
        button = "Continue the quiz" if quiz.open_attempt else "Take the quiz"
        text = f"{quiz.attempts_left} of {quiz.quiz.attempts_per_month} attempts left this month."
        return NextStep(f"Take {name} by {by}", text, gain, href, button, "graduation-cap", about.closes_at)
    if not quiz.rewards_limit:
        why = "Quizzes remove no points in your market."
        return NextStep(f"Read about “{quiz.quiz.policy.name}”", why, "", href, "About the quiz", "book-open")
    used = "attempts" if not quiz.can_take else "rewarded passes"
    why = f"This month's {used} are used."
    if quiz.next_month_at < about.closes_at:
        title = f"Take {name} from {local_date(quiz.next_month_at)}, by {by}"
        return NextStep(title, why, gain, href, "About the quiz", "graduation-cap", about.closes_at)
    return NextStep(f"Read about “{quiz.quiz.policy.name}”", why, "", href, "About the quiz", "book-open")
