"""A seller's timeline as a chart and its table show it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from urllib.parse import urlencode

from django.urls import reverse

from kit.pages.step_charts import ChartMoment, ChartRow, Period, TotalFrom, TotalOverTime
from sellers.models import Seller

from ..rules import PointsPeriod, TotalChange, total_after
from ..selectors import Timeline
from ..wording import timeline as wording


def show_timeline(timeline: Timeline, ledger: str = "") -> TotalOverTime:
    """Everything that the chart draws and the table below it says.

    Rows of the table lead to the ledger at their moment: the seller's, or the one whose address is given.
    """
    return TotalOverTime(
        title=wording.title(),
        sentence=wording.how_the_total_changes(timeline),
        since=timeline.since,
        until=timeline.until,
        now=timeline.now,
        at=timeline.at,
        changes=_changes(timeline.changes),
        planned=None if timeline.planned is None else _changes(timeline.planned),
        references=[(wording.milestone_label(one.points), one.points) for one in timeline.milestones],
        spans=[Period(action.starts_at, action.end, wording.action_words(action)) for action in timeline.actions],
        moments=[ChartMoment(deadline.at, wording.deadline_passes(deadline)) for deadline in timeline.deadlines],
        rows=_linked(_rows(timeline), timeline.seller, ledger),
        spans_name=wording.actions_name(),
        moments_name=wording.deadlines_name(),
    )


def _changes(changes: Sequence[TotalChange]) -> list[TotalFrom]:
    return [TotalFrom(change.at, change.total) for change in changes]


def _rows(timeline: Timeline) -> list[ChartRow]:
    """A row for each moment at which something happens, and one for where the chart begins."""
    labels: dict[datetime, list[str]] = {timeline.since: [wording.chart_starts()]}
    for moment, label in sorted(_events(timeline)):
        if timeline.since <= moment <= timeline.until and label not in labels.setdefault(moment, []):
            labels[moment].append(label)
    changes = {change.at: change.points for change in timeline.changes}
    return [_row(timeline, moment, said, changes.get(moment, 0)) for moment, said in labels.items() if said]


def _linked(rows: Sequence[ChartRow], seller: Seller, ledger: str) -> list[ChartRow]:
    """The rows with the ledger at their moments; its address is the same for all but for the moment."""
    ledger, zone = ledger or reverse("violations:ledger", kwargs={"seller_id": seller.pk}), seller.market.zone
    return [replace(row, href=f"{ledger}?{urlencode({'as_of': row.at.astimezone(zone).isoformat()})}") for row in rows]


def _row(timeline: Timeline, moment: datetime, labels: Sequence[str], change: int) -> ChartRow:
    is_to_come, planned = moment >= timeline.now, None
    if timeline.planned is not None and is_to_come:
        now = total_after(timeline.changes, timeline.now)
        planned = total_after(timeline.planned, moment, before=now)
    total = total_after(timeline.changes, moment)
    return ChartRow(moment, labels, change, total, planned, is_to_come=is_to_come)


def _events(timeline: Timeline) -> Iterator[tuple[datetime, str]]:
    """What happens, in words; points whose corrections took all of them off have no expiry to tell."""
    expiries = {change.at for change in timeline.changes} | {change.at for change in timeline.planned or []}
    for period in timeline.periods:
        if period.end >= timeline.since:
            yield from _events_of(period, wording.points_come(period), expiries)
    for period in timeline.plan:
        yield from _events_of(period, wording.points_planned(), expiries)
    for action in timeline.actions:
        yield action.starts_at, wording.action_starts(action)
        if action.end is not None:
            yield action.end, wording.action_is_over(action)
    for deadline in timeline.deadlines:
        yield deadline.at, wording.deadline_passes(deadline)


def _events_of(period: PointsPeriod, label: str, expiries: set[datetime]) -> Iterator[tuple[datetime, str]]:
    """When points begin to count and when they no longer do; none of those that never counted."""
    if period.start < period.end:
        yield period.start, label
        if period.end in expiries:
            yield period.end, wording.points_expire()
