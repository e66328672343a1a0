"""Who comes to a workshop, as its door sees it: whom to look out for, who is here, and how many."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.core import signing

from . import door_selectors, door_wording, rules
from .models import Signup, Workshop

SIGNER = signing.TimestampSigner(salt="workshops.door")
"""Signs the list that a door's page holds: what it sends later shows which list it was made with, and since when."""

LISTS_ARE_TAKEN = 3 * 24 * 3600
"""Seconds: what was made with an older list is refused."""


@dataclass(frozen=True)
class RosterLine:
    """Somebody on the list. ``code`` is a hash of the check-in code: enough to recognise it, not to know it."""

    signup: Signup
    who: str
    code: str
    here_since: str

    @property
    def is_late(self) -> bool:
        """Whether they came once the workshop had started."""
        arrived = self.signup.checked_in_at
        return arrived is not None and self.signup.workshop.starts_at <= arrived < self.signup.workshop.ends_at

    @property
    def is_here(self) -> bool:
        return self.signup.checked_in_at is not None


@dataclass(frozen=True)
class Roster:
    """The list of one moment, signed. The ``salt`` is what the hashes of codes are made with."""

    placed: Sequence[RosterLine]
    given_on: Sequence[RosterLine]
    waiting: Sequence[RosterLine]
    salt: str
    signed: str
    version: str

    @property
    def here(self) -> int:
        return sum(line.is_here for line in self.placed)

    @property
    def to_come(self) -> int:
        return len(self.placed) - self.here

    @property
    def absent(self) -> Sequence[RosterLine]:
        return [line for line in self.placed if not line.is_here]


def roster_of(workshop: Workshop, *, now: datetime) -> Roster:
    """Everybody who may stand at the door, by name; who waits, in the order of the waiting list."""
    salt = hashlib.sha256(f"{workshop.pk} {workshop.starts_at}".encode()).hexdigest()[:16]
    lines: dict[str, list[RosterLine]] = {state: [] for state in Signup.State.values}
    for signup in door_selectors.at_the_door(workshop=workshop):
        lines[signup.state].append(_line(signup, workshop, salt=salt))
    for named in (Signup.State.PLACED, Signup.State.GIVEN_ON):
        lines[named].sort(key=lambda line: (line.who.casefold(), line.signup.pk))
    known = [(one.signup.pk, one.signup.state, one.who, one.here_since) for group in lines.values() for one in group]
    moments = (rules.check_in_opens_at(workshop.starts_at), workshop.starts_at, workshop.ends_at)
    state = (workshop.revision, [moment <= now for moment in moments], known)
    return Roster(
        placed=lines[Signup.State.PLACED],
        given_on=lines[Signup.State.GIVEN_ON],
        waiting=lines[Signup.State.WAITING],
        salt=salt,
        signed=sign(workshop, now=now),
        version=hashlib.sha256(repr(state).encode()).hexdigest()[:16],
    )


def _line(signup: Signup, workshop: Workshop, *, salt: str) -> RosterLine:
    signup.workshop = workshop
    since = door_wording.clock(signup.checked_in_at, zone=workshop.zone) if signup.checked_in_at else ""
    return RosterLine(signup, door_wording.who(signup), hash_of(signup.check_in_code, salt=salt), since)


def hash_of(code: str, *, salt: str) -> str:
    """What a phone compares a code with; ``door.js`` makes the same."""
    return hashlib.sha256(f"{salt}{code}".encode()).hexdigest()[:32]


def sign(workshop: Workshop, *, now: datetime) -> str:
    return SIGNER.sign(f"{workshop.pk}.{int(now.timestamp())}")


def signed_at(signed: str, *, workshop: Workshop) -> datetime | None:
    """When a list was signed; ``None`` if it is of another workshop, too old, or not the portal's."""
    try:
        pk, _, moment = SIGNER.unsign(signed, max_age=LISTS_ARE_TAKEN).partition(".")
        return datetime.fromtimestamp(int(moment), tz=workshop.starts_at.tzinfo) if pk == str(workshop.pk) else None
    except (signing.BadSignature, ValueError):
        return None
