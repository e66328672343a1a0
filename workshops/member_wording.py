"""What who joined or left a seller reads in an email about its places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sellers.models import Seller

from .models import Signup, Workshop


def you_have_places(seller: Seller, places: Sequence[Signup], *, link: str) -> tuple[str, str]:
    """The subject and the text for who joined a seller that has these places in a workshop."""
    workshop = places[0].workshop
    facts = _facts(seller, workshop) | {"count": len(places), "link": link}
    subject = ngettext(
        "%(seller)s has a place: %(workshop)s", "%(seller)s has %(count)s places: %(workshop)s", len(places)
    )
    told = ngettext(
        "You are a member of %(seller)s now, which has a place in the workshop “%(workshop)s”. This email puts it into "
        "your calendar.",
        "You are a member of %(seller)s now, which has %(count)s places in the workshop “%(workshop)s”. This email "
        "puts it into your calendar.",
        len(places),
    )
    parts = [
        told % facts,
        _when_and_where(facts),
        _codes(places, workshop),
        _("Everything about it:\n%(link)s") % facts,
    ]
    return subject % facts, "\n\n".join(part for part in parts if part)


def you_left(seller: Seller, workshop: Workshop) -> tuple[str, str]:
    """The subject and the text for who left a seller that has, or had, a place in a workshop."""
    facts = _facts(seller, workshop)
    told = _(
        "You are no longer a member of %(seller)s, so this email takes the workshop “%(workshop)s” off your calendar."
    )
    asked = _("If you were to go there for %(seller)s, ask its owners.")
    subject = _("Off your calendar: %(workshop)s")
    return subject % facts, "\n\n".join([told % facts, _when_and_where(facts), asked % facts])


def _when_and_where(facts: Mapping[str, object]) -> str:
    return _("When: %(when)s (%(zone)s)\nWhere: %(where)s") % facts


def _codes(places: Sequence[Signup], workshop: Workshop) -> str:
    """A line for each place: its code if there is a door, and whose it is."""
    lines = [_code(place, workshop) for place in places]
    return "\n".join(line for line in lines if line)


def _code(place: Signup, workshop: Workshop) -> str:
    facts = {"name": place.attendee, "code": place.spelled_code}
    if not workshop.is_in_person:
        return _("Who comes: %(name)s") % facts if place.attendee else ""
    said = _("Check-in code of %(name)s: %(code)s") if place.attendee else _("Check-in code: %(code)s")
    return said % facts


def _facts(seller: Seller, workshop: Workshop) -> dict[str, object]:
    return {
        "seller": seller,
        "workshop": workshop.title,
        "when": workshop.when,
        "zone": workshop.time_zone,
        "where": workshop.where,
    }
