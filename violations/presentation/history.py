"""What happened to a violation and to an appeal, as timelines show it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from inbox.models import Message
from kit.documents.markdown_tree import in_one_line
from kit.formatting import counted

from ..models import Appeal, EnforcementAction, PointsEntry, Violation

STATE_TONES = {
    Appeal.State.OPEN: "info",
    Appeal.State.GRANTED: "good",
    Appeal.State.PARTLY_GRANTED: "good",
    Appeal.State.DENIED: "bad",
    Appeal.State.WITHDRAWN: "neutral",
}

ENTRY_VERBS = {
    PointsEntry.Kind.ASSESSMENT: "assessed",
    PointsEntry.Kind.CREDIT: "credited",
    PointsEntry.Kind.REVERSAL: "reversed",
}


@dataclass(frozen=True)
class Event:
    """Something that happened to a violation or an appeal; ``href`` leads to its record."""

    when: datetime
    title: str
    text: str = ""
    tone: str = "neutral"
    href: str = ""


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
        events.append(Event(action.lifted_at, f"{name} lifted", in_one_line(action.lift_reason), "good"))
    elif action.ends_at is not None:
        events.append(Event(action.ends_at, f"{name} ended", tone="good"))
    return events


def _appeal_end_events(violation: Violation) -> list[Event]:
    """None of a violation that was voided in time: there was nothing to appeal any more."""
    in_time = violation.voided_at is None or violation.voided_at > violation.appeal_until
    return [Event(violation.appeal_until, "The time to appeal ended")] if in_time else []


def _end_events(violation: Violation, entries: Sequence[PointsEntry]) -> list[Event]:
    if violation.voided_at is not None:
        return [Event(violation.voided_at, "Violation voided", in_one_line(violation.void_reason), "good")]
    left = sum(entry.points for entry in entries)
    return [Event(entries[0].expires_at, "Its points stopped counting", tone="good")] if left else []


def appeal_events(appeal: Appeal, *, with_links: bool = False) -> list[Event]:
    """What happened to an appeal, in order; on other pages than its own with links to it."""
    href = appeal.get_absolute_url() if with_links else ""
    events = [Event(appeal.filed_at, "Appeal filed", tone="info", href=href)]
    if appeal.decided_at is not None:
        title = f"Appeal {appeal.get_state_display().lower()}"
        events.append(
            Event(
                appeal.decided_at,
                title,
                in_one_line(appeal.decision_reason),
                STATE_TONES[Appeal.State(appeal.state)],
                href,
            )
        )
    elif appeal.withdrawn_at is not None:
        events.append(Event(appeal.withdrawn_at, "Appeal withdrawn", href=href))
    elif appeal.violation.voided_at is not None:
        text = "The violation was voided, so there is nothing left to decide."
        events.append(Event(appeal.violation.voided_at, "Appeal settled", text, "good", href))
    return events


def appeal_timeline(appeal: Appeal) -> list[Event]:
    """An appeal from the violation that it challenges to its end, the latest first."""
    violation = appeal.violation
    issued = Event(violation.issued_at, "Violation issued", violation.policy_name, "bad", violation.get_absolute_url())
    return [issued, *appeal_events(appeal)][::-1]
