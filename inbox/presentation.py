"""How messages stand in the inbox: a row each, and one for all that are about weekly reports."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.text import Truncator

from kit.documents.markdown_tree import in_one_line

from .models import Message
from .selectors import ReportMessages

ICONS = {
    Message.Kind.VIOLATION: "triangle-alert",
    Message.Kind.ENFORCEMENT: "ban",
    Message.Kind.POINTS: "scroll-text",
    Message.Kind.APPEAL: "scale",
    Message.Kind.POLICY: "book-open",
    Message.Kind.QUIZ: "graduation-cap",
    Message.Kind.WORKSHOP: "calendar-days",
    Message.Kind.REPORT: "file-text",
    Message.Kind.NOTICE: "megaphone",
}

LONGEST_LINE = 160
"""Characters of what a message says that its row has room for on a wide screen."""


@dataclass(frozen=True)
class MessageRow:
    """One message in the list. ``line`` is how it begins."""

    message: Message
    icon: str
    line: str


@dataclass(frozen=True)
class ReportsRow:
    """The row that opens into the messages about weekly reports. ``rest`` counts those that it does not show."""

    rows: list[MessageRow]
    icon: str
    count: int
    unread: int

    @property
    def latest(self) -> MessageRow:
        return self.rows[0]

    @property
    def rest(self) -> int:
        return self.count - len(self.rows)


def message_rows(messages: Iterable[Message], *, reports: ReportMessages | None) -> list[MessageRow | ReportsRow]:
    """Messages in their order, and the row of ``reports`` where the latest of them would stand."""
    rows: list[MessageRow | ReportsRow] = [_row(message) for message in messages]
    if reports is None:
        return rows
    newer = sum(message.posted_at > reports.latest[0].posted_at for message in messages)
    reports_row = ReportsRow(
        [_row(message) for message in reports.latest], ICONS[Message.Kind.REPORT], reports.count, reports.unread
    )
    return [*rows[:newer], reports_row, *rows[newer:]]


def _row(message: Message) -> MessageRow:
    line = Truncator(in_one_line(message.lead)).chars(LONGEST_LINE)
    return MessageRow(message, ICONS[Message.Kind(message.kind)], line)
