"""A seller's violations: lists, counts, and what happened to one since it was issued."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, Max, OuterRef, Prefetch

from inbox.models import Message
from kit.dates import Week
from kit.documents.markdown_tree import words
from kit.formatting import counted
from sellers.models import Seller

from ..models import Appeal, EnforcementAction, PointsEntry, Violation, ViolationQuerySet
from .appeals import appeal_events
from .events import Event


def violations_of(*, seller: Seller, as_of: datetime) -> ViolationQuerySet:
    """A seller's violations, the latest first, with ``points_left`` at a moment and ``points_until``."""
    violations = Violation.objects.filter(seller=seller).select_related("policy_version__policy")
    violations = violations.with_points(as_of=as_of).annotate(points_until=Max("entries__expires_at"))
    return violations.order_by("-issued_at", "-id")  # A query that groups forgets the order of the class.


def get_violation(*, seller: Seller, violation_id: int, as_of: datetime) -> Violation:
    """One violation of a seller. Raises ``Violation.DoesNotExist`` for anybody else's."""
    violations = violations_of(seller=seller, as_of=as_of).select_related("policy_version__policy__article", "content")
    return violations.get(pk=violation_id)


def with_appeals(violations: ViolationQuerySet) -> ViolationQuerySet:
    """Adds ``filed_appeals``: the appeal of each violation that was not withdrawn; there is one at most (1 query)."""
    filed = Appeal.objects.exclude(state=Appeal.State.WITHDRAWN)
    return violations.prefetch_related(Prefetch("appeals", queryset=filed, to_attr="filed_appeals"))


def appealable(violations: ViolationQuerySet, *, as_of: datetime) -> ViolationQuerySet:
    """Those that can be appealed at a moment: standing, in time, and without an appeal that was not withdrawn."""
    filed = Appeal.objects.exclude(state=Appeal.State.WITHDRAWN).filter(violation=OuterRef("pk"))
    return violations.standing().filter(~Exists(filed), appeal_until__gt=as_of)


@dataclass(frozen=True)
class ListState:
    """A state by which a seller's list is filtered; ``ids`` finds its violations for a seller at a moment."""

    label: str
    ids: Callable[[Seller, datetime], Collection[int]]


LIST_STATES: dict[str, ListState] = {}
"""States that this app knows nothing of, such as an open quiz: whoever does adds them when the portal starts."""


def weeks_back(count: int, *, seller: Seller, now: datetime) -> list[Week]:
    """The last ``count`` local weeks with the current one, oldest first."""
    weeks = [Week.of(now, zone=seller.market.zone)]
    while len(weeks) < count:
        weeks.append(weeks[-1].previous)
    return weeks[::-1]


def count_by_policy(violations: Iterable[Violation]) -> list[tuple[str, int]]:
    """How many violations of each policy, most first."""
    counts = Counter(violation.policy.name for violation in violations)
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def count_by_week(violations: Iterable[Violation], *, seller: Seller, weeks: Sequence[Week]) -> list[tuple[Week, int]]:
    """How many violations were issued in each local week, also the weeks without any."""
    counts = Counter(Week.of(violation.issued_at, zone=seller.market.zone) for violation in violations)
    return [(week, counts[week]) for week in weeks]


def related_messages(violation: Violation) -> list[Message]:
    """The messages that lead to a violation's page, the latest first."""
    return list(Message.objects.filter(seller_id=violation.seller_id, path=violation.get_absolute_url()))


def history_of(
    violation: Violation,
    *,
    entries: Sequence[PointsEntry],
    actions: Sequence[EnforcementAction],
    messages: Sequence[Message],
    appeals: Sequence[Appeal] = (),
    as_of: datetime,
) -> list[Event]:
    """What happened to a violation until a moment, the latest first; the message comes before what it led to."""
    events = [
        Event(violation.issued_at, "Violation issued", violation.get_detection_display() + ".", "bad"),
        *(_entry_event(entry) for entry in entries),
        *(Event(m.posted_at, "Message in your inbox", m.subject, "info", m.get_absolute_url()) for m in messages),
        *(event for action in actions for event in _action_events(action)),
        *(event for appeal in appeals for event in appeal_events(appeal, with_links=True)),
        *_appeal_end_events(violation),
        *_end_events(violation, entries),
    ]
    happened = [event for event in events if event.when <= as_of]
    return sorted(happened, key=lambda event: event.when)[::-1]


ENTRY_VERBS = {
    PointsEntry.Kind.ASSESSMENT: "assessed",
    PointsEntry.Kind.CREDIT: "credited",
    PointsEntry.Kind.REVERSAL: "reversed",
}


def _entry_event(entry: PointsEntry) -> Event:
    kind = PointsEntry.Kind(entry.kind)
    tone = "bad" if kind is PointsEntry.Kind.ASSESSMENT else "good"
    text = "" if kind is PointsEntry.Kind.ASSESSMENT else f"{entry.reason}."
    return Event(entry.effective_at, f"{counted(abs(entry.points), 'point')} {ENTRY_VERBS[kind]}", text, tone)


def _action_events(action: EnforcementAction) -> list[Event]:
    name = action.get_kind_display()
    reached = f"Your total reached {counted(action.milestone_points, 'point')}."
    events = [Event(action.noticed_at, f"{name} announced", reached, "warn", action.notice.get_absolute_url())]
    if action.lifted_at is None or action.lifted_at > action.starts_at:
        events.append(Event(action.starts_at, f"{name} started", tone="bad"))
    if action.lifted_at is not None:
        events.append(Event(action.lifted_at, f"{name} lifted", words(action.lift_reason), "good"))
    elif action.ends_at is not None:
        events.append(Event(action.ends_at, f"{name} ended", tone="good"))
    return events


def _appeal_end_events(violation: Violation) -> list[Event]:
    """None of a violation that was voided in time: there was nothing to appeal any more."""
    in_time = violation.voided_at is None or violation.voided_at > violation.appeal_until
    return [Event(violation.appeal_until, "The time to appeal ended")] if in_time else []


def _end_events(violation: Violation, entries: Sequence[PointsEntry]) -> list[Event]:
    if violation.voided_at is not None:
        return [Event(violation.voided_at, "Violation voided", words(violation.void_reason), "good")]
    left = sum(entry.points for entry in entries)
    return [Event(entries[0].expires_at, "Its points stopped counting", tone="good")] if left else []
