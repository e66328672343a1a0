"""What people read of quizzes: the sentences about what rules, selectors and next steps found."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kit.dates import MINUS
from kit.formatting import day_words, deadline_words

from .next_steps import NextStep, Reason, RewardLimit, StepKind
from .selectors import MilestoneQuiz, OpenQuiz

# --- Next steps


def step_line(step: NextStep, *, zone: ZoneInfo) -> str:
    """What to do and by when."""
    by = step_deadline(step, zone=zone)
    if step.kind is StepKind.APPEAL and step.violation is not None:
        said = _("If the facts are wrong, appeal “%(policy)s”, %(about)s by %(deadline)s")
        return said % {"policy": step.policy_name, "about": step.violation.about, "deadline": by}
    if step.kind is not StepKind.QUIZ:
        return step_title(step, zone=zone)
    start = day_words(step.opens_at, zone=zone) if step.opens_at else ""
    return _quiz_line(step) % {"policy": step.policy_name, "start": start, "day": by}


def _quiz_line(step: NextStep) -> str:
    if step.is_again:
        return _("Take the quiz “%(policy)s” again by %(day)s")
    if step.opens_at is None:
        return _("Take the quiz by %(day)s") if step.violation else _("Take the quiz “%(policy)s” by %(day)s")
    if step.violation:
        return _("Take the quiz between %(start)s and %(day)s")
    return _("Take the quiz “%(policy)s” between %(start)s and %(day)s")


def step_title(step: NextStep, *, zone: ZoneInfo) -> str:
    """What to do, without its deadline."""
    if step.kind is StepKind.APPEAL and step.violation is not None:
        said = _("If the facts are wrong, appeal “%(policy)s”, %(about)s")
        return said % {"policy": step.policy_name, "about": step.violation.about}
    if step.kind is StepKind.QUIZ:
        return _quiz_title(step, zone=zone)
    if step.kind is StepKind.CLOSED:
        said = _("Wait") if step.violation else _("The quiz “%(policy)s” takes no points off now")
        return said % {"policy": step.policy_name}
    return _nothing_title(step, zone=zone)


def _quiz_title(step: NextStep, *, zone: ZoneInfo) -> str:
    if step.violation is not None:
        return _("Take the quiz")
    start = day_words(step.opens_at, zone=zone) if step.opens_at else ""
    said = _("Take the quiz “%(policy)s” from %(start)s") if start else _("Take the quiz “%(policy)s”")
    return said % {"policy": step.policy_name, "start": start}


def _nothing_title(step: NextStep, *, zone: ZoneInfo) -> str:
    if step.reason is Reason.VOIDED:
        return _("Nothing to do: it was voided")
    if step.reason is Reason.NO_POINTS:
        return _("Nothing to do: it has no points")
    until: datetime = step.violation.points_until  # type: ignore[union-attr]  # annotated
    return _("Wait: its points expire on %(day)s") % {"day": day_words(until, zone=zone)}


def step_deadline(step: NextStep, *, zone: ZoneInfo) -> str:
    """By when, to follow "by": of a quiz a day, of an appeal the end of a day; empty if there is none."""
    if step.last_day is not None:
        return day_words(step.last_day)
    return deadline_words(step.deadline, zone=zone) if step.deadline is not None else ""


def step_text(step: NextStep) -> str:
    """What is left of the month's limits and of the quiz's time. Or why there is nothing to do, or not yet."""
    if step.kind is StepKind.APPEAL or step.reason is Reason.VOIDED:
        return ""
    if step.quiz is None:
        return _nothing_text(step)
    if step.kind is StepKind.CLOSED:
        return _closed_text(step.reason, step.quiz)
    limits = _later_text(step.reason) if step.reason else _limits_left(step.quiz)
    return f"{limits} {open_longer(step)}".rstrip()


def open_longer(step: NextStep) -> str:
    """Why a step is to be done sooner than its quiz closes, and when that is; empty if both are one day."""
    target, planned = step.target, step.planned
    if target is None or planned is None or step.last_day is None or step.last_day >= target.last_day:
        return ""
    said = (
        _("After that its points have expired; the quiz itself is open until the end of %(end)s.")
        if planned.until == planned.option.expires_at
        else _("By then it counts for this month; the quiz itself is open until the end of %(end)s.")
    )
    return said % {"end": day_words(target.last_day)}


def _nothing_text(step: NextStep) -> str:
    if step.reason is Reason.NO_POINTS:
        return _("No points of this violation count now. It stays as a record.")
    return _("No quiz is open for it. Its points stop counting on that day.")


def _limits_left(quiz: OpenQuiz) -> str:
    said = _(
        "%(attempts_left)s of %(attempts)s attempts and %(passes_left)s of %(passes)s rewarded passes left this month."
    )
    return said % {
        "attempts_left": quiz.attempts_left,
        "attempts": quiz.attempts_limit,
        "passes_left": quiz.rewards_left,
        "passes": quiz.rewards_limit,
    }


def _later_text(reason: Reason) -> str:
    if reason is Reason.ATTEMPTS_USED:
        return _("This month’s attempts are used.")
    if reason is Reason.REWARDS_USED:
        return _("This month’s rewarded passes are used.")
    return _("This month’s rewarded passes go to other quizzes of your plan.")


def _closed_text(reason: Reason | None, quiz: OpenQuiz) -> str:
    if reason is Reason.NO_REWARDS:
        return _("Quizzes remove no points in your market.")
    if reason is Reason.CLOSES_FIRST:
        return _("This month’s attempts are used, and it closes before the next ones.")
    said = ngettext(
        "Your market rewards one pass a month; other violations come first.",
        "Your market rewards %(count)s passes a month; other violations come first.",
        quiz.rewards_limit,
    )
    return said % {"count": quiz.rewards_limit}


def step_gain(step: NextStep) -> str:
    """``−1 point``; of an appeal ``up to −2 points``; empty if nothing comes off."""
    if not step.points:
        return ""
    if step.kind is StepKind.APPEAL:
        said = ngettext("up to %(points)s point", "up to %(points)s points", step.points)
    else:
        said = ngettext("%(points)s point", "%(points)s points", step.points)
    return said % {"points": f"{MINUS}{step.points:,}"}


def step_button(step: NextStep) -> str:
    """What the button of a step says; empty if there is only waiting."""
    if step.kind is StepKind.APPEAL:
        return _("File an appeal")
    if step.quiz is None or (step.kind is StepKind.CLOSED and step.violation is not None):
        return ""
    if step.kind is StepKind.CLOSED or step.opens_at is not None:
        return _("See the quiz")
    return _("Continue the quiz") if step.quiz.open_attempt else _("Take the quiz")


def step_to_see(step: NextStep) -> str:
    """As the button of a step, for somebody who looks and does not act."""
    if step.kind is StepKind.APPEAL:
        return _("See the violation")
    return _("See the quiz") if step_button(step) else ""


def reward_limit(limit: RewardLimit | None) -> str:
    """How many of the violations with an open quiz a market's limit leaves out; empty if none."""
    if limit is None:
        return ""
    if limit.promised:
        said = ngettext(
            "%(promised)s of the %(count)s violation with an open quiz can lose points by it: "
            "your market rewards %(passes)s a month, for all quizzes together.",
            "%(promised)s of the %(count)s violations with an open quiz can lose points by it: "
            "your market rewards %(passes)s a month, for all quizzes together.",
            limit.eligible,
        )
    else:
        said = ngettext(
            "None of the %(count)s violation with an open quiz can lose points by it: "
            "your market rewards %(passes)s a month, for all quizzes together.",
            "None of the %(count)s violations with an open quiz can lose points by it: "
            "your market rewards %(passes)s a month, for all quizzes together.",
            limit.eligible,
        )
    passes = ngettext("one pass", "%(count)s passes", limit.passes) % {"count": limit.passes}
    return said % {"promised": limit.promised, "count": f"{limit.eligible:,}", "passes": passes}


# --- Milestone quizzes


def take_milestone_quiz() -> str:
    return _("Take the milestone quiz")


def milestone_line(day: str) -> str:
    return _("Take the milestone quiz by %(day)s") % {"day": day}


def milestone_deadline(offer: MilestoneQuiz, *, zone: ZoneInfo) -> str:
    """Its last moment is that of the action, to follow "by"."""
    return deadline_words(offer.action.ends_at, zone=zone) if offer.action.ends_at else ""


def what_it_shortens(offer: MilestoneQuiz) -> str:
    said = _("A pass takes %(share)s %% off the time that the %(action)s still lasts. It is offered once.")
    return said % {"share": offer.share, "action": offer.action.get_kind_display().lower()}


def milestone_button(offer: MilestoneQuiz, *, acts: bool) -> str:
    if not acts:
        return _("See the quiz")
    return _("Continue the quiz") if offer.attempt else _("Take the quiz")
