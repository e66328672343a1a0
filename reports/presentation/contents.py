"""What was found and told in a week: violations and messages by content."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from sellers.models import Content

from ..selectors import SellerWeek
from ..wording import report as wording
from .follow_ups import note_on
from .links import message_path, violation_path
from .nodes import ContentGroup, MessageItem, ViolationItem
from .tree import Contents

KINDS: tuple[tuple[str | None, str, str], ...] = (
    (Content.Kind.LIVE, gettext_noop("LIVEs"), "radio"),
    (Content.Kind.VIDEO, gettext_noop("Videos"), "clapperboard"),
    (Content.Kind.LISTING, gettext_noop("Listings"), "tag"),
    (None, gettext_noop("Your account"), "store"),
)


def contents_of(week: SellerWeek) -> Contents:
    """What was found and told in a week."""
    messages = [_message(row, week) for row in week.messages]
    kinds = _kinds(week, messages)
    return Contents(kinds, messages, _quiet_kinds(kinds))


def _kinds(week: SellerWeek, messages: Sequence[MessageItem]) -> list[ContentGroup]:
    """By the kind of content that it concerns."""
    violations = [_violation(row, week) for row in week.violations]
    return [
        ContentGroup(
            key=kind or "account",
            label=_(label),
            icon=icon,
            violations=[violation for violation in violations if violation.content_kind == kind],
            messages=[message for message in messages if message.content_kind == kind],
        )
        for kind, label, icon in KINDS
    ]


def _violation(row: Mapping[str, Any], week: SellerWeek) -> ViolationItem:
    return ViolationItem(
        id=row["id"],
        policy=row["policy"],
        policy_code=row["code"],
        points=row["points"],
        issued_at=row["issued_at"],
        content_kind=row.get("content_kind"),
        content_title=row.get("content_title"),
        href=violation_path(week.seller, row["id"]),
        note=note_on(week, row["id"]),
    )


def _message(row: Mapping[str, Any], week: SellerWeek) -> MessageItem:
    return MessageItem(
        id=row["id"],
        subject=row["subject"],
        language=row["language"],
        posted_at=row["posted_at"],
        content_kind=row.get("content_kind"),
        content_title=row.get("content_title"),
        href=message_path(week.seller, row["id"]),
    )


def _quiet_kinds(contents: Sequence[ContentGroup]) -> str:
    quiet = [group for group in contents if group.is_quiet]
    return wording.quiet_words([one.label if one.key == "live" else one.label.lower() for one in quiet])
