"""When and where a workshop takes place, who can sign up and check in, how codes look, and local time."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from difflib import SequenceMatcher
from enum import Enum
from zoneinfo import ZoneInfo

from kit.dates import MAX_AHEAD, moments_of

CHECK_IN_OPENS = timedelta(hours=2)
"""How long before its start a workshop's check-in opens; it closes when the workshop ends."""

DOOR_LINK_STAYS = timedelta(hours=2)
"""How long after a workshop's end a helper's link still takes what a phone without a network kept."""

ROSTER_SHOWN = timedelta(days=1)
"""How long before the start a helper's link shows who comes: early enough to open it where there is a network."""

MAX_DURATION = timedelta(days=7)
"""How long a workshop lasts at most."""

MIN_LIKENESS = 0.85
"""From which share of common letters on two names may be one."""

CODE_ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
"""Letters and digits that nobody mistakes for each other: no I, L, O, 0 and 1."""

CODE_LENGTH = 8


MAX_HOURS = 28 * 24
"""The longest cut-off and time to confirm, in hours."""

SENSITIVE_DAYS = 30
"""How many days after the end the answers to sensitive questions are deleted."""


class SignupProblem(Enum):
    """Why a seller cannot sign up for a workshop."""

    DRAFT = "it is not published"
    CANCELLED = "it was cancelled"
    ENDED = "it has taken place"
    STARTED = "it has started"
    NOT_SIGNED_UP_TO_SELL = "places are for sellers that are signed up to sell"
    OTHER_MARKET = "it is for sellers of its own market"
    DEACTIVATED = "the seller is deactivated"


def why_not_open(
    *, published: bool, cancelled: bool, starts_at: datetime, ends_at: datetime, now: datetime
) -> SignupProblem | None:
    """Why nobody can sign up for a workshop, ``None`` if it is open."""
    if not published:
        return SignupProblem.DRAFT
    if cancelled:
        return SignupProblem.CANCELLED
    if ends_at <= now:
        return SignupProblem.ENDED
    return SignupProblem.STARTED if starts_at <= now else None


def why_not_seller(*, signed_up_to_sell: bool, of_market: bool, deactivated: bool) -> SignupProblem | None:
    """Why a seller cannot come to a workshop that is open, ``None`` if it can."""
    if not signed_up_to_sell:
        return SignupProblem.NOT_SIGNED_UP_TO_SELL
    if not of_market:
        return SignupProblem.OTHER_MARKET
    return SignupProblem.DEACTIVATED if deactivated else None


def cut_off(starts_at: datetime, *, hours: int) -> datetime:
    """From when on a place that is cancelled stays empty while somebody waits: ``hours`` before the start."""
    return starts_at - timedelta(hours=hours)


def passes_on(starts_at: datetime, *, hours: int, now: datetime) -> bool:
    """Whether a place that is cancelled now goes to the first who waits: until the cut-off."""
    return now < cut_off(starts_at, hours=hours)


def confirm_by(now: datetime, starts_at: datetime, *, hours: int) -> datetime | None:
    """Until when a place is confirmed that is given now to who waited: in ``hours``, and before the start.

    ``None`` if there is no need, or no time for it.
    """
    until = min(now + timedelta(hours=hours), starts_at)
    return until if hours and until > now else None


@dataclass(frozen=True)
class Outlook:
    """What became of the places of past workshops: how many were given, and how many of them given back in time."""

    workshops: int
    places: int
    given_back: int

    def expected(self, capacity: int) -> int:
        """How many of a workshop's places become free at that rate."""
        return round(capacity * self.given_back / self.places) if self.places else 0


def check_in_opens_at(starts_at: datetime) -> datetime:
    """The first moment (UTC) at which somebody can be checked in."""
    return starts_at - CHECK_IN_OPENS


def door_link_ends_at(ends_at: datetime) -> datetime:
    """Until when (UTC) a helper's link can be used."""
    return ends_at + DOOR_LINK_STAYS


def shows_roster(starts_at: datetime, *, now: datetime) -> bool:
    """Whether a helper sees who comes: from a day before the start on."""
    return now >= starts_at - ROSTER_SHOWN


def arrival(scanned_at: datetime, *, signed_at: datetime, now: datetime) -> datetime:
    """When somebody came, by what a phone says: not before its list was signed, and not later than now."""
    return min(max(scanned_at, signed_at), now)


class TimeProblem(Enum):
    """What is wrong with when a workshop takes place."""

    ENDS_BEFORE_START = "it ends no later than it starts"
    TOO_LONG = "it lasts longer than MAX_DURATION"
    TOO_FAR = "it starts later than MAX_AHEAD from now"

    @property
    def field(self) -> str:
        """The field to change."""
        return "starts_at" if self is TimeProblem.TOO_FAR else "ends_at"


def time_problem(starts_at: datetime, ends_at: datetime, *, now: datetime) -> TimeProblem | None:
    """What is wrong with when a workshop takes place, ``None`` if nothing is."""
    if ends_at <= starts_at:
        return TimeProblem.ENDS_BEFORE_START
    if ends_at - starts_at > MAX_DURATION:
        return TimeProblem.TOO_LONG
    return TimeProblem.TOO_FAR if starts_at > now + MAX_AHEAD else None


class OddTime(Enum):
    """What is allowed, and yet may be a slip of whoever typed it."""

    AT_NIGHT = "it begins or ends between midnight and six"
    LONG_DAY = "it lasts longer than LONG_DAY"
    NEW_YEAR = "it takes place on the first or the last day of a year"


LONG_DAY = timedelta(hours=12)


def odd_times(starts_at: datetime, ends_at: datetime, *, zone: ZoneInfo) -> list[OddTime]:
    """What looks odd about when a workshop takes place, on the clocks of its time zone."""
    local = [moment.astimezone(zone) for moment in (starts_at, ends_at)]
    odd = {
        OddTime.AT_NIGHT: any(0 <= each.hour < 6 for each in local),
        OddTime.LONG_DAY: ends_at - starts_at > LONG_DAY,
        OddTime.NEW_YEAR: any((each.month, each.day) in {(1, 1), (12, 31)} for each in local),
    }
    return [each for each, is_so in odd.items() if is_so]


class PlaceProblem(Enum):
    """What is wrong with where a workshop takes place."""

    NO_CITY = "it takes place in a room, in no city"
    NO_VENUE = "it takes place in a room that is not named"
    ROOM_ONLINE = "it takes place online, and in a room"
    LINK_IN_PERSON = "it takes place in a room, and has a link to join"

    @property
    def field(self) -> str:
        """The field to change."""
        fields = {PlaceProblem.NO_CITY: "city", PlaceProblem.NO_VENUE: "venue", PlaceProblem.LINK_IN_PERSON: "join_url"}
        return fields.get(self, "mode")


def place_problem(
    *, in_person: bool, online: bool, has_city: bool, venue: str, address: str, join_url: str
) -> PlaceProblem | None:
    """What is wrong with where a workshop takes place, ``None`` if nothing is."""
    if not in_person:
        return PlaceProblem.ROOM_ONLINE if has_city or venue or address else None
    if not has_city:
        return PlaceProblem.NO_CITY
    if not venue:
        return PlaceProblem.NO_VENUE
    return PlaceProblem.LINK_IN_PERSON if join_url and not online else None


def plain_name(name: str) -> str:
    """A name without case, accents, spaces and signs: ``São Paulo`` and ``SAO-PAULO`` are one."""
    decomposed = unicodedata.normalize("NFKD", name.casefold())
    return "".join(letter for letter in decomposed if letter.isalnum())


def are_alike(name: str, other: str) -> bool:
    """Whether two names may be one that is spelled twice."""
    return SequenceMatcher(None, plain_name(name), plain_name(other)).ratio() >= MIN_LIKENESS


def read_code(text: str) -> str:
    """The check-in code in what was typed or scanned: case, spaces and hyphens do not matter.

    A QR code holds the address of the check-in page, so a scanner that types may give ``https://…?code=K7MP4XQZ``.
    """
    return "".join(letter for letter in text.rpartition("code=")[2].upper() if letter.isalnum())


def spell_code(code: str) -> str:
    """A code in groups of four, easier to read out: ``K7MP 4XQZ``."""
    return " ".join(code[start : start + 4] for start in range(0, len(code), 4))


class SkippedTime(Exception):
    """A time that no clock on the wall shows: clocks go forward over it."""


def local_moment(wall_clock: datetime, *, zone: ZoneInfo) -> datetime:
    """The instant (UTC) at which a clock on the wall in ``zone`` shows ``wall_clock``, a datetime without a zone.

    A time that comes twice when clocks go back means the first. Raises ``SkippedTime`` for one that clocks skip.
    """
    moments = moments_of(wall_clock, zone=zone)
    if not moments:
        raise SkippedTime
    return moments[0]
