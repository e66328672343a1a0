"""A seller's dashboard as its page shows it: sentences, and where each line leads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.urls import reverse

from quizzes import wording as quiz_wording
from quizzes.next_steps import NextStep
from quizzes.plan.presentation import ShownPlan, show_plan
from quizzes.presentation import ShownStep, appeal_url, show_milestone, show_steps
from sellers.access import acts_for
from sellers.models import Seller
from violations.models import ActionKind, EnforcementAction, Violation
from workshops.rules import why_not_seller
from workshops.signup_wording import why_no_places

from . import wording
from .dashboard import Dashboard
from .dates.presentation import ShownDate, show_dates


@dataclass(frozen=True)
class ActionLine:
    """An enforcement action in words."""

    action: EnforcementAction
    restricted: str
    is_in_force: bool


@dataclass(frozen=True)
class LaterLine:
    """Something beside the plan: a message to read, a draft to finish, an appeal that is possible."""

    title: str
    href: str
    icon: str
    gain: str = ""
    note: str = ""


@dataclass(frozen=True)
class OriginChart:
    """Where points come from: bars, where each leads, and what they show."""

    rows: Sequence[tuple[str, int]]
    links: Mapping[str, str]
    sentence: str


@dataclass(frozen=True)
class ShownDashboard:
    """What the dashboard says of its facts, in the order of its page; ``to_appeal`` leads to what can be appealed.

    ``no_workshops`` says why none is offered; it is empty where some are.
    """

    sentence: str
    distance: str
    actions: Sequence[ActionLine]
    milestones: Sequence[ShownStep]
    plan: ShownPlan
    limit: str
    later: Sequence[LaterLine]
    to_appeal: str
    by_policy: OriginChart
    by_content: OriginChart
    since: str
    dates: Sequence[ShownDate]
    no_workshops: str


def show_dashboard(board: Dashboard) -> ShownDashboard:
    zone, acts = board.seller.market.zone, acts_for(board.seller)
    return ShownDashboard(
        sentence=wording.standing_sentence(board, zone=zone),
        distance=wording.distance(board.standing),
        actions=[
            *(_action_line(action, in_force=True) for action in board.in_force),
            *(_action_line(action, in_force=False) for action in board.upcoming),
        ],
        milestones=[show_milestone(one, zone=zone, acts=acts) for one in board.milestones],
        plan=show_plan(board.plan, board.next.passes, zone=zone, acts=acts),
        limit=quiz_wording.reward_limit(board.next.limit),
        later=_later(board, show_steps(_appeals_beside(board), zone=zone, acts=acts)),
        to_appeal=reverse("violations:list", kwargs={"seller_id": board.seller.pk}, query={"state": "appeal"}),
        by_policy=_by_policy(board),
        by_content=_by_content(board),
        since=_since(board),
        dates=show_dates(board.dates, seller=board.seller),
        no_workshops=_no_workshops(board),
    )


def _no_workshops(board: Dashboard) -> str:
    """Why the seller can come to none, so that none is offered; empty if it can."""
    is_deactivated = any(action.kind == ActionKind.DEACTIVATION for action in board.in_force)
    problem = why_not_seller(
        signed_up_to_sell=board.seller.signed_up_to_sell, of_market=True, deactivated=is_deactivated
    )
    return why_no_places(problem, seller=board.seller) if problem else ""


def _since(board: Dashboard) -> str:
    """How the total moved since the last visit and how much the member was told; empty at their first."""
    if board.since.movement is None:
        return ""
    new = wording.new_messages_sentence(board.since.news.new)
    return f"{wording.movement_sentences(board.since.movement)} {new}"


def _action_line(action: EnforcementAction, *, in_force: bool) -> ActionLine:
    return ActionLine(action, wording.restriction(action), in_force)


def _later(board: Dashboard, appeals: Sequence[ShownStep]) -> list[LaterLine]:
    """What stands beside the plan; without steps the unread message leads, and is not said again."""
    lines, unread = [], board.since.news.important
    if unread is not None and board.plan.passes:
        lines.append(LaterLine(wording.read_message(unread), unread.get_absolute_url(), "mail"))
    if board.draft is not None:
        lines.append(_draft_line(board.draft.violation, board.seller))
    if appeals:
        first, *others = appeals
        note = wording.more_to_appeal(len(others))
        lines.append(LaterLine(first.line, first.href, first.icon, first.gain, note))
    return lines


def _draft_line(violation: Violation, seller: Seller) -> LaterLine:
    return LaterLine(wording.finish_draft(violation, zone=seller.market.zone), appeal_url(violation), "scale")


def _appeals_beside(board: Dashboard) -> list[NextStep]:
    """What can be appealed, but for the violation of the draft, which has a line of its own."""
    drafted = board.draft.violation_id if board.draft else None
    return [step for step in board.appeals if step.violation and step.violation.pk != drafted]


def _by_policy(board: Dashboard) -> OriginChart:
    rows = [(one.name, one.points) for one in board.origins.by_policy]
    links = {one.name: _entries_url(board.seller, policy=one.key) for one in board.origins.by_policy}
    return OriginChart(rows, links, wording.origin_sentence(rows))


def _by_content(board: Dashboard) -> OriginChart:
    found = [(wording.content_label(one.key), one) for one in board.origins.by_content]
    rows = [(label, one.points) for label, one in found]
    links = {label: _entries_url(board.seller, content=one.key) for label, one in found}
    return OriginChart(rows, links, wording.origin_sentence(rows))


def _entries_url(seller: Seller, **narrowed: str) -> str:
    """The ledger with the entries that a bar is the sum of."""
    url = reverse("violations:ledger", kwargs={"seller_id": seller.pk}, query=narrowed)
    return f"{url}#entries"
