"""What there is to do after a week with what became of it, and what happened since."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import cast

from django.utils.translation import gettext as _

from kit.formatting import day_words
from quizzes import wording as quiz_wording
from quizzes.plan.wording import plan_sentences
from quizzes.presentation import ShownStep, show_milestone, show_steps
from quizzes.selectors import OpenQuiz
from violations.models import Appeal, Violation

from ..selectors import PolicyWeeks, QuizOffer, SellerWeek
from ..wording import follow_ups as wording
from .links import article_path, articles_path, quiz_path, violation_path
from .nodes import Development, FollowUp, FollowUpState


def plan_of(week: SellerWeek) -> list[str]:
    """When good standing comes, as the dashboard says it now."""
    plan = week.current.plan
    return plan_sentences(plan, zone=week.run.zone) if plan.goals or plan.passes else []


def open_follow_ups_of(week: SellerWeek) -> list[FollowUp]:
    """What to do now, as every page says it: quizzes, then appeals, then reading.

    Nobody is asked to read about what was voided since.
    """
    current = week.current
    standing = {row["code"] for row in week.violations if row["id"] not in current.voided}
    articles = [policy for policy in week.policies if policy.article and policy.count and policy.code in standing]
    now_open = [
        *(show_milestone(one, zone=week.run.zone) for one in current.milestones),
        *show_steps([*current.next.quizzes, *current.next_appeals], zone=week.run.zone),
    ]
    found = [
        *(_open(step, passes=current.next.count_passes(step.quiz)) for step in now_open),
        *([_reading(week, articles)] if articles else []),
    ]
    return [_in_words(one) for one in found]


def settled_follow_ups_of(week: SellerWeek) -> list[FollowUp]:
    """What was done since the week's end, or cannot be done any more: quizzes, then appeals."""
    current = week.current
    quizzes = sorted(current.quizzes, key=lambda quiz: (-quiz.gain, quiz.closes_at, quiz.policy))
    appealable = [one for one in current.violations.values() if one.appeal_until > week.run.ends_at]
    appealable.sort(key=lambda one: (-current.left[one.pk], one.appeal_until, one.pk))
    found = [
        *(settled for quiz in quizzes if (settled := _settled_quiz(week, quiz))),
        *(settled for one in appealable if (settled := _settled_appeal(week, one))),
    ]
    return [_in_words(one) for one in found]


def _in_words(one: FollowUp) -> FollowUp:
    """With its last day and what it brings; an appeal can be granted in part."""
    return replace(
        one,
        headline=wording.due_by(one.title, day=one.by) if one.by else one.title,
        gain_words=wording.gain(one.gain, at_most=one.kind == "appeal") if one.gain else "",
    )


def _open(step: ShownStep, *, passes: int) -> FollowUp:
    note = f"{step.text} {wording.passes_in_plan(passes)}" if passes > 1 else step.text
    return FollowUp(
        kind=step.kind,
        title=step.title,
        gain=step.points,
        deadline=step.deadline,
        by=step.by,
        href=step.href,
        button=step.button,
        icon=step.icon,
        state=FollowUpState.OPEN,
        note=note.rstrip("."),
        waits=step.opens_at is not None,
    )


def _reading(week: SellerWeek, articles: Sequence[PolicyWeeks]) -> FollowUp:
    has_many = len(articles) > 1
    return FollowUp(
        kind="article",
        title=wording.read_articles([policy.article or "" for policy in articles]),
        gain=0,
        deadline=None,
        by="",
        href=articles_path(week.report) if has_many else article_path(articles[0].code),
        button=_("See them") if has_many else _("Read the article"),
        icon="book-open",
        state=FollowUpState.OPEN,
        note=wording.why_read(),
    )


def _settled_quiz(week: SellerWeek, quiz: QuizOffer) -> FollowUp | None:
    """What became of a quiz that was open at the week's end; nothing if it can still be taken for points."""
    now_open = week.current.next.open_quizzes.get(quiz.code)
    if now_open is not None and any(step.quiz is now_open for step in week.current.next.quizzes):
        return None
    state, note = _end_of_quiz(week, quiz, now_open)
    return FollowUp(
        kind="quiz",
        title=wording.take_quiz(quiz.policy),
        gain=quiz.gain,
        deadline=quiz.closes_at,
        by=_last_day(week, quiz.closes_at),
        href=quiz_path(week.seller, quiz.code),
        button=_("See the quiz"),
        icon="graduation-cap",
        state=state,
        note=note,
    )


def _end_of_quiz(week: SellerWeek, quiz: QuizOffer, now_open: OpenQuiz | None) -> tuple[FollowUpState, str]:
    passes = [attempt for attempt in week.current.passes if attempt.quiz.policy.code == quiz.code]
    if passes and passes[-1].submitted_at:
        points = sum(attempt.gain for attempt in passes)
        return FollowUpState.DONE, wording.passed_on(_day(week, passes[-1].submitted_at), points=points)
    if quiz.closes_at <= week.now:
        return FollowUpState.CLOSED, wording.quiz_was_open_until(_last_day(week, quiz.closes_at))
    if now_open is None:
        return FollowUpState.CLOSED, wording.no_points_left()
    closed = next(step for step in week.current.next.closed if step.quiz is now_open)
    return FollowUpState.CLOSED, quiz_wording.step_text(closed).rstrip(".")


def _settled_appeal(week: SellerWeek, violation: Violation) -> FollowUp | None:
    """What became of the chance to appeal that there was at the week's end; nothing while it can be appealed."""
    end = _end_of_appeal(week, violation)
    if end is None:
        return None
    state, note = end
    return FollowUp(
        kind="appeal",
        title=wording.file_appeal(violation.policy.name, about=violation.about),
        gain=week.current.left[violation.pk],
        deadline=violation.appeal_until,
        by=_last_day(week, violation.appeal_until),
        href=violation_path(week.seller, violation.pk),
        button=_("See the violation"),
        icon="scale",
        state=state,
        note=note,
    )


def _end_of_appeal(week: SellerWeek, violation: Violation) -> tuple[FollowUpState, str] | None:
    current = week.current
    if appeal := current.appeals.get(violation.pk):
        return FollowUpState.DONE, wording.filed_on(_day(week, appeal.filed_at), outcome=_outcome(week, appeal))
    if voided_at := current.voided.get(violation.pk):
        return FollowUpState.CLOSED, wording.voided_on(_day(week, voided_at))
    if violation.appeal_until <= week.now:
        return FollowUpState.CLOSED, wording.appeal_was_possible_until(_last_day(week, violation.appeal_until))
    if any(step.violation == violation for step in current.next_appeals):
        return None
    return FollowUpState.CLOSED, wording.no_points_left()


def _outcome(week: SellerWeek, appeal: Appeal) -> str:
    if appeal.decided_at:
        return wording.decided_on(_day(week, appeal.decided_at), outcome=appeal.outcome)
    return wording.not_decided(is_open=appeal.is_open)


def note_on(week: SellerWeek, violation_id: int) -> str:
    """What became of a violation, in short; empty if nothing did."""
    if voided_at := week.current.voided.get(violation_id):
        return wording.voided_short(_day(week, voided_at))
    if appeal := week.current.appeals.get(violation_id):
        return wording.appeal_short(appeal.outcome)
    return ""


# --- What happened since


def developments_of(week: SellerWeek) -> list[Development]:
    """What happened after the week to what the report tells of, the earliest first."""
    names = {row["id"]: row["policy"] for row in week.violations}
    names |= {pk: violation.policy.name for pk, violation in week.current.violations.items()}
    found = [
        *_voidings(week, names),
        *(one for appeal in week.current.appeals.values() for one in _appeal(week, appeal, names)),
        *_passes(week),
        *_liftings(week),
    ]
    return sorted(found, key=lambda one: one.at)


def _voidings(week: SellerWeek, names: dict[int, str]) -> Iterator[Development]:
    for pk, at in week.current.voided.items():
        if at >= week.run.ends_at:
            yield _development(week, at, wording.violation_voided(names[pk]), violation_path(week.seller, pk))


def _appeal(week: SellerWeek, appeal: Appeal, names: dict[int, str]) -> Iterator[Development]:
    name, href = names[appeal.violation_id], appeal.get_absolute_url()
    if appeal.filed_at >= week.run.ends_at:
        yield _development(week, appeal.filed_at, wording.appeal_filed(name), href)
    if appeal.decided_at and appeal.decided_at >= week.run.ends_at:
        title = wording.appeal_decided(name, decision=appeal.get_state_display())
        yield _development(week, appeal.decided_at, title, href)


def _passes(week: SellerWeek) -> Iterator[Development]:
    for attempt in week.current.passes:
        title = wording.quiz_passed(attempt.quiz.policy.name, points=attempt.gain)
        yield _development(week, cast(datetime, attempt.submitted_at), title, attempt.get_absolute_url())


def _liftings(week: SellerWeek) -> Iterator[Development]:
    for action in week.current.lifted:
        title = wording.action_lifted(action.get_kind_display(), milestone=action.milestone_points)
        href = violation_path(week.seller, action.violation_id)
        yield _development(week, cast(datetime, action.lifted_at), title, href)


def _development(week: SellerWeek, at: datetime, title: str, href: str) -> Development:
    return Development(at, _day(week, at), title, href)


def _day(week: SellerWeek, moment: datetime) -> str:
    return day_words(moment, zone=week.run.zone)


def _last_day(week: SellerWeek, deadline: datetime) -> str:
    """The last local day on which something can be done."""
    return _day(week, deadline - timedelta(microseconds=1))
