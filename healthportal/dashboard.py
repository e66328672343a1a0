"""What a seller's dashboard shows: the reads that bring the apps together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.formats import date_format

from accounts.models import User
from inbox.models import Message
from inbox.selectors import messages_of
from kit.dates import Week
from kit.formatting import counted, join_words
from kit.pages.templatetags.dates import deadline, local_datetime
from kit.pages.templatetags.numbers import points
from quizzes.next_steps import NextStep, appeal_steps, next_steps
from reports.models import WeeklyReport
from sellers.models import Seller
from violations import rules
from violations.models import EnforcementAction, PointsEntry, Violation
from violations.selectors import (
    Standing,
    count_by_policy,
    count_by_week,
    get_standing,
    violations_of,
    weeks_back,
)
from violations.services import RECEIPT
from violations.wording.enforcement import consequence_of, forbidden_by
from workshops.models import Signup, Workshop
from workshops.selectors import current_signups, open_workshops_for

WEEKS = 8
RECENT = 4
IMPORTANT = (Message.Kind.VIOLATION, Message.Kind.ENFORCEMENT, Message.Kind.APPEAL)


@dataclass(frozen=True)
class ActionLine:
    """An enforcement action in words."""

    action: EnforcementAction
    restricted: str
    is_in_force: bool


@dataclass(frozen=True)
class LaterLine:
    """Something to do after the first: a quiz, a message to read, an appeal that is still possible."""

    title: str
    href: str
    icon: str
    gain: str = ""
    note: str = ""


@dataclass(frozen=True)
class Dashboard:
    """A seller's account health as of a moment, in the order in which the page tells it."""

    as_of: datetime
    standing: Standing
    sentence: str
    distance: str
    actions: Sequence[ActionLine]
    steps: Sequence[NextStep]
    limit: str
    unread_important: Message | None
    later: Sequence[LaterLine]
    violations: Sequence[Violation]
    by_policy: Sequence[tuple[str, int]]
    policy_links: Mapping[str, str]
    policy_sentence: str
    by_week: Sequence[tuple[str, int]]
    week_sentence: str
    report: WeeklyReport | None
    expiries: Sequence[rules.Expiry]
    signups: Sequence[Signup]
    workshops: Sequence[Workshop]
    messages: Sequence[Message]
    entry_count: int


def get_dashboard(*, seller: Seller, user: User, as_of: datetime) -> Dashboard:
    """Read everything the dashboard shows, in the same number of queries however much there is."""
    standing = get_standing(seller=seller, as_of=as_of)
    periods = _points_periods(seller=seller, as_of=as_of)
    weeks = weeks_back(WEEKS, seller=seller, now=as_of)
    violations = list(
        violations_of(seller=seller, as_of=as_of).filter(issued_at__gte=weeks[0].starts_at(zone=seller.market.zone))
    )
    by_policy, by_week = count_by_policy(violations), count_by_week(violations, seller=seller, weeks=weeks)
    plan = next_steps(seller=seller, as_of=as_of)
    important = messages_of(seller=seller, user=user).unread(user=user).filter(kind__in=IMPORTANT)
    unread = important.exclude(subject__startswith=RECEIPT).first()
    return Dashboard(
        as_of=as_of,
        standing=standing,
        sentence=_sentence(standing, entry_count=len(periods)),
        distance=_distance(standing),
        actions=[_action_line(action, in_force=True) for action in _worst_first(standing.in_force)]
        + [_action_line(action, in_force=False) for action in _worst_first(standing.upcoming)],
        steps=plan.quizzes,
        limit=plan.limit,
        unread_important=unread,
        later=_later(plan.quizzes, unread, appeal_steps(seller=seller, as_of=as_of)),
        violations=violations,
        by_policy=by_policy,
        policy_links=_policy_links(violations, seller=seller),
        policy_sentence=_policy_sentence(by_policy, count=len(violations)),
        by_week=[(_week_label(week), count) for week, count in by_week],
        week_sentence=_week_sentence([count for _, count in by_week]),
        report=WeeklyReport.objects.published().filter(seller=seller).order_by("-week_start").first(),
        expiries=list(islice(rules.upcoming_expiries(periods, now=as_of, zone=seller.market.zone), 3)),
        signups=list(current_signups(seller=seller, as_of=as_of)[:RECENT]),
        workshops=list(open_workshops_for(seller=seller, as_of=as_of)[:2]),
        messages=list(messages_of(seller=seller, user=user)[:RECENT]),
        entry_count=len(periods),
    )


def _later(quizzes: Sequence[NextStep], unread: Message | None, appeals: Sequence[NextStep]) -> list[LaterLine]:
    """Everything to do but the first thing, which stands above in a box of its own."""
    lines = [LaterLine(step.line, step.href, step.icon, step.gain) for step in quizzes[1:]]
    if unread is not None and quizzes:
        lines.append(LaterLine(f"Read “{unread.subject}”", unread.get_absolute_url(), "mail"))
    if appeals:
        first, *others = appeals
        note = f"and {len(others)} more to appeal" if others else ""
        lines.append(LaterLine(first.line, first.href, first.icon, first.gain, note))
    return lines


def _points_periods(*, seller: Seller, as_of: datetime) -> list[rules.PointsPeriod]:
    entries = PointsEntry.objects.filter(seller=seller).counting(as_of=as_of)
    return [rules.PointsPeriod(*row) for row in entries.values_list("points", "effective_at", "expires_at")]


def _distance(standing: Standing) -> str:
    if standing.next_milestone is None or standing.distance is None:
        return ""
    return f"{points(standing.distance)} left before {standing.next_milestone.points}"


def _sentence(standing: Standing, *, entry_count: int) -> str:
    """Why the standing is what it is, in one sentence; dates in the active time zone."""
    milestone = standing.next_milestone
    if actions := standing.in_force or standing.upcoming:
        worst = _worst_first(actions)[0]
        said = _enforcement_sentence(worst) if standing.in_force else _announcement_sentence(worst)
        if not standing.is_approaching or milestone is None:
            return said
        return f"{said} Next: {milestone.points} in {points(standing.distance or 0)}, {consequence_of(milestone)}."
    if standing.is_approaching and milestone is not None:
        away = points(standing.distance or 0)
        return f"You are {away} away from {milestone.points}, where {consequence_of(milestone)} would follow."
    if not standing.total:
        return "No points count against this account."
    if milestone is None:
        return "Every milestone is reached; what it led to has ended."
    count = "counts" if standing.total == 1 else "count"
    if reached := standing.reached_milestone:
        return (
            f"{points(standing.total)} {count}, past the milestone at {reached.points}; "
            f"the next one is {points(standing.distance or 0)} away."
        )
    return f"{points(standing.total)} {count}, and the next milestone is {points(standing.distance or 0)} away."


def _worst_first(actions: Sequence[EnforcementAction]) -> list[EnforcementAction]:
    levels = list(rules.StandingLevel)
    return sorted(actions, key=lambda action: -levels.index(rules.LEVEL_OF_ACTION[action.kind]))


def _reached(action: EnforcementAction) -> str:
    """``your total reached 27 points (milestone 24)``."""
    milestone = "" if action.total == action.milestone_points else f" (milestone {action.milestone_points})"
    return f"your total reached {points(action.total)}{milestone}"


def _enforcement_sentence(action: EnforcementAction) -> str:
    until = f"until {deadline(action.ends_at)}" if action.ends_at else "until it is lifted"
    reached = _reached(action)
    if not action.capabilities:
        return f"A {action.get_kind_display().lower()} stands {until}, because {reached}."
    return f"You cannot {forbidden_by(action.capabilities)} {until}, because {reached}."


def _announcement_sentence(action: EnforcementAction) -> str:
    start, reached = local_datetime(action.starts_at), _reached(action)
    if not action.capabilities:
        return f"A {action.get_kind_display().lower()} stands from {start}, because {reached}."
    return f"From {start} you cannot {forbidden_by(action.capabilities)}, because {reached}."


def _action_line(action: EnforcementAction, *, in_force: bool) -> ActionLine:
    restricted = f"You cannot {forbidden_by(action.capabilities)}." if action.capabilities else "Nothing is taken away."
    return ActionLine(action, restricted, in_force)


def _policy_links(violations: Sequence[Violation], *, seller: Seller) -> dict[str, str]:
    """By the name of a policy, the list of what the chart counts for it."""
    page = reverse("violations:list", kwargs={"seller_id": seller.pk})
    policies = {violation.policy for violation in violations}
    return {policy.name: f"{page}?{urlencode({'policy': policy.code, 'weeks': WEEKS})}" for policy in policies}


def _policy_sentence(rows: Sequence[tuple[str, int]], *, count: int) -> str:
    if not rows:
        return "No violation was issued."
    found = counted(count, "violation")
    leaders = [f"“{name}”" for name, number in rows if number == rows[0][1]]
    if len(rows) == 1:
        return f"{found}, of {leaders[0]}."
    if len(leaders) == 1:
        return f"{leaders[0]} comes first: {rows[0][1]} of {found}."
    if len(leaders) == len(rows):
        return f"{found} of {len(rows)} policies, {rows[0][1]} each."
    return f"{join_words(leaders)} come first: {rows[0][1]} each of {found}."


def _week_sentence(counts: Sequence[int]) -> str:
    """The last four weeks against the four before."""
    half = len(counts) // 2
    before, after = sum(counts[:half]), sum(counts[half:])
    trend = "more than" if after > before else "fewer than" if after < before else "as many as"
    return f"{counted(after, 'violation')} in the last {half} weeks, {trend} in the {half} before ({before})."


def _week_label(week: Week) -> str:
    return date_format(week.monday, "j M")
