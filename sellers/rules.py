"""What a member may do for a seller, by role; how long invitations and API tokens last."""

from __future__ import annotations

from collections.abc import Mapping, Set
from datetime import timedelta
from enum import StrEnum


class Role(StrEnum):
    """What a member is to a seller."""

    OWNER = "owner"
    MANAGER = "manager"
    VIEWER = "viewer"


class Right(StrEnum):
    """What a member does for a seller beside looking, which every member may."""

    APPEAL = "appeal"
    QUIZ = "quiz"
    WORKSHOP = "workshop"
    DOWNLOAD = "download"
    """Take everything that the portal holds about the seller away in a file."""
    MEMBERS = "members"


ACTING_RIGHTS = frozenset({Right.APPEAL, Right.QUIZ, Right.WORKSHOP, Right.DOWNLOAD})

RIGHTS: Mapping[Role, Set[Right]] = {
    Role.OWNER: ACTING_RIGHTS | {Right.MEMBERS},
    Role.MANAGER: ACTING_RIGHTS,
    Role.VIEWER: frozenset(),
}
"""Who may do what: the table that every guard asks."""


def may(role: str | None, right: Right) -> bool:
    """Whether a member of this role has the right; who has no role is no member, and has none."""
    return role is not None and right in RIGHTS[Role(role)]


def is_last_owner(role: str, *, owners: int) -> bool:
    """Whether the seller would have no owner without this member; ``owners`` counts those it has."""
    return role == Role.OWNER and owners <= 1


MAX_OPEN_INVITATIONS = 20
"""How many invitations of a seller may be open at once."""

MAX_INVITATIONS_PER_DAY = 50
"""How many a seller may send in 24 hours, those that were withdrawn included: each is an email to somebody."""

INVITATION_LASTS = timedelta(days=7)

RESEND_AFTER = timedelta(minutes=10)
"""How long to wait before an invitation is sent once more."""

TOKEN_REMINDER = timedelta(days=14)
"""How long before an API token expires staff are reminded, and how long after."""

TOKEN_LASTS_AT_MOST = timedelta(days=3653)


def lets_do_more(before: int | None, after: int | None) -> bool:
    """Whether another number above which a second person is needed lets one do more; ``None`` is no such number."""
    return before is not None and (after is None or after > before)
