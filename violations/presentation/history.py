"""What happened to a violation and to an appeal, as timelines show it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from inbox.models import Message
from kit.documents.markdown_tree import in_one_line
from sellers.models import Market

from ..models import Appeal, AppealRequest, EnforcementAction, PointsEntry, RequestState, Violation
from ..selectors import usual_time
from ..wording import appeals
from ..wording import history as wording

STATE_TONES = {
    Appeal.State.OPEN: "info",
    Appeal.State.GRANTED: "good",
    Appeal.State.PARTLY_GRANTED: "good",
    Appeal.State.DENIED: "bad",
    Appeal.State.WITHDRAWN: "neutral",
}


@dataclass(frozen=True)
class HistoryEvent:
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
    actions: Iterable[EnforcementAction],
    messages: Iterable[Message],
    appeals: Iterable[Appeal] = (),
    as_of: datetime,
) -> list[HistoryEvent]:
    """What happened to a violation until a moment, the latest first; the message comes before what it led to."""
    events = [
        HistoryEvent(violation.issued_at, _("Violation issued"), violation.get_detection_display() + ".", "bad"),
        *(_entry_event(entry) for entry in entries),
        *(
            HistoryEvent(m.posted_at, _("Message in your inbox"), m.subject, "info", m.get_absolute_url())
            for m in messages
        ),
        *(event for action in actions for event in _action_events(action)),
        *(event for appeal in appeals for event in appeal_events(appeal, as_of=as_of, with_links=True)),
        *_appeal_end_events(violation),
        *_end_events(violation, entries),
    ]
    happened = [event for event in events if event.when <= as_of]
    return sorted(happened, key=lambda event: event.when)[::-1]


def _entry_event(entry: PointsEntry) -> HistoryEvent:
    kind = PointsEntry.Kind(entry.kind)
    tone = "bad" if kind is PointsEntry.Kind.ASSESSMENT else "good"
    text = "" if kind is PointsEntry.Kind.ASSESSMENT else f"{entry.reason}."
    return HistoryEvent(entry.effective_at, wording.entry_title(entry), text, tone)


def _action_events(action: EnforcementAction) -> list[HistoryEvent]:
    reached, notice = wording.reached(action), action.notice.get_absolute_url()
    events = [HistoryEvent(action.noticed_at, wording.announced(action), reached, "warn", notice)]
    if action.lifted_at is None or action.lifted_at > action.starts_at:
        events.append(HistoryEvent(action.starts_at, wording.started(action), tone="bad"))
    if action.lifted_at is not None:
        events.append(HistoryEvent(action.lifted_at, wording.lifted(action), in_one_line(action.lift_reason), "good"))
    elif action.ends_at is not None:
        events.append(HistoryEvent(action.ends_at, wording.ended(action), tone="good"))
    return events


def _appeal_end_events(violation: Violation) -> list[HistoryEvent]:
    """None of a violation that was voided in time: there was nothing to appeal any more."""
    in_time = violation.voided_at is None or violation.voided_at > violation.appeal_until
    return [HistoryEvent(violation.appeal_until, _("The time to appeal ended"))] if in_time else []


def _end_events(violation: Violation, entries: Sequence[PointsEntry]) -> list[HistoryEvent]:
    if violation.voided_at is not None:
        return [HistoryEvent(violation.voided_at, _("Violation voided"), in_one_line(violation.void_reason), "good")]
    left = sum(entry.points for entry in entries)
    return [HistoryEvent(entries[0].expires_at, _("Its points stopped counting"), tone="good")] if left else []


def appeal_events(appeal: Appeal, *, as_of: datetime, with_links: bool = False) -> list[HistoryEvent]:
    """What happened to an appeal until a moment, in order; on other pages than its own with links to it."""
    href = appeal.get_absolute_url() if with_links else ""
    events = [HistoryEvent(appeal.filed_at, _("Appeal filed"), tone="info", href=href)]
    events += [event for asked in appeal.requests.all() for event in _request_events(asked, as_of=as_of, href=href)]
    if appeal.decided_at is not None:
        reason, tone = in_one_line(appeal.decision_reason), STATE_TONES[Appeal.State(appeal.state)]
        events.append(HistoryEvent(appeal.decided_at, wording.decided(appeal), reason, tone, href))
    elif appeal.withdrawn_at is not None:
        events.append(HistoryEvent(appeal.withdrawn_at, _("Appeal withdrawn"), href=href))
    elif appeal.violation.voided_at is not None:
        text = wording.nothing_left_to_decide()
        events.append(HistoryEvent(appeal.violation.voided_at, _("Appeal settled"), text, "good", href))
    return events


def _request_events(request: AppealRequest, *, as_of: datetime, href: str) -> list[HistoryEvent]:
    """What was asked, what was answered, and how it ended if no answer ended it."""
    things = "; ".join(request.things)
    answers = request.answers.all()
    events = [
        HistoryEvent(request.asked_at, _("More asked for"), things, "warn", href),
        *(HistoryEvent(answer.sent_at, _("Answer sent"), in_one_line(answer.text), "info", href) for answer in answers),
    ]
    if request.withdrawn_at is not None:
        events.append(HistoryEvent(request.withdrawn_at, _("Nothing more asked for"), href=href))
    elif request.state(as_of=as_of) is RequestState.OVER:
        events.append(HistoryEvent(request.answer_by, _("The time to answer ended"), href=href))
    return events


def appeal_timeline(appeal: Appeal, *, as_of: datetime) -> list[HistoryEvent]:
    """An appeal from the violation that it challenges to its end, the latest first."""
    violation = appeal.violation
    issued = HistoryEvent(
        violation.issued_at, _("Violation issued"), violation.policy_name, "bad", violation.get_absolute_url()
    )
    return [issued, *appeal_events(appeal, as_of=as_of)][::-1]


def usual(market: Market) -> str:
    """How long a decision on an appeal takes in a market (1 query). Empty as long as too few were taken to say."""
    found = usual_time(market=market)
    return appeals.usual_time(found.time, count=found.count) if found else ""
