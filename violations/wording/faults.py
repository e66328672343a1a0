"""What is wrong with a violation that was sent, in words: readers of files and calls and the service say the same."""

from __future__ import annotations

from datetime import UTC, datetime

from kit.api.faults import shown

CONTENT_INCOMPLETE = "Content needs its kind, id and title."
ID_USED_BEFORE = "This external id was used before for a violation with other content."
IN_THE_FUTURE = "It lies in the future."
NO_POSITION = "Only a LIVE or a video has a position."
NOT_EXPLAINED = "Say why it breaks the policy: the policy itself does not."
OWN_SELLER = "Who issues or sends this is a member of the seller: somebody else does."


def no_such_seller(external_id: str, *, market: str) -> str:
    return f"No seller {external_id!r} in market {market}."


def no_such_policy(code: str) -> str:
    return f"No published policy {code!r}."


def no_version_then(code: str) -> str:
    return f"No version of {code!r} was in force then."


def other_date_known(published_at: datetime) -> str:
    return f"The portal knows that this content was published at {_utc(published_at)}."


def published_after_issue(published_at: datetime, *, is_said: bool) -> str:
    """``is_said``: the draft names the date itself, and it need not be told."""
    return f"{'It' if is_said else _utc(published_at)} lies after issued_at."


def not_a_position(value: object) -> str:
    return f"{shown(value)} is no position; write whole seconds, or hours like 01:02:05."


def refused_by_the_database(said: str) -> str:
    return f"The database refused it: {said}."


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
