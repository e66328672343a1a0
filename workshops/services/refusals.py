"""What is refused of workshops and sign-ups."""

from __future__ import annotations

from django.utils.translation import gettext as _

from kit.outcomes import Refused
from kit.texts.characters import has_visible


class ClosedForSignups(Refused):
    """The workshop takes no sign-ups: it is a draft, was cancelled, or has started."""


class MayNotCome(Refused):
    """This seller cannot come: it is not signed up to sell, of another market, or deactivated."""


class NotEnoughPlaces(Refused):
    """Fewer places are free than were asked for together, or a seller may have fewer."""


class TooLate(Refused):
    """The workshop has started or ended, or the seller was checked in."""


class CapacityTooLow(Refused):
    """More places are given than the new capacity has."""


class CheckInRefused(Refused):
    """Nobody can be checked in with this code now."""


def refuse_without_reason(reason: str) -> str:
    if not has_visible(reason):
        raise Refused(_("Say why; the seller reads it."), field="reason")
    return reason.strip()
