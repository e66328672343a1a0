"""What is wrong with a violation that was sent, in words: readers of files and calls and the service say the same."""

from __future__ import annotations

from datetime import UTC, datetime

from django.utils.translation import gettext as _

from kit.api.faults import shown


def content_incomplete() -> str:
    return _("Content needs its kind, id and title.")


def id_used_before() -> str:
    return _("This external id was used before for a violation with other content.")


def in_the_future() -> str:
    return _("It lies in the future.")


def without_position() -> str:
    return _("Only a LIVE or a video has a position.")


def not_explained() -> str:
    return _("Say why it breaks the policy: the policy itself does not.")


def own_seller() -> str:
    return _("Who issues or sends this is a member of the seller: somebody else does.")


def no_such_seller(external_id: str, *, market: str) -> str:
    return _("No seller %(seller)s in market %(market)s.") % {"seller": repr(external_id), "market": market}


def no_such_policy(code: str) -> str:
    return _("No published policy %(policy)s.") % {"policy": repr(code)}


def no_version_then(code: str) -> str:
    return _("No version of %(policy)s was in force then.") % {"policy": repr(code)}


def other_date_known(published_at: datetime) -> str:
    return _("The portal knows that this content was published at %(moment)s.") % {"moment": _utc(published_at)}


def published_after_issue(published_at: datetime, *, is_said: bool) -> str:
    """``is_said``: the draft names the date itself, and it need not be told."""
    if is_said:
        return _("It lies after issued_at.")
    return _("%(moment)s lies after issued_at.") % {"moment": _utc(published_at)}


def not_a_position(value: object) -> str:
    said = _("%(value)s is no position; write whole seconds, or hours like 01:02:05.")
    return said % {"value": shown(value)}


def refused_by_the_database(said: str) -> str:
    return _("The database refused it: %(said)s.") % {"said": said}


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def names_no_detector() -> str:
    return _("Name the system that found it, as in “claims-model”.")


def found_by_people() -> str:
    return _("People found it: leave this empty, or say that it was automated.")


def is_held(detector: str) -> str:
    return _("What %(detector)s finds is held until its alarm is settled.") % {"detector": repr(detector)}
