"""What is said at the door: short, because it is read on a phone while somebody waits."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kit.formatting import moment_words
from sellers.models import Seller

from .models import DoorLink, DoorScan, Signup, Workshop


def clock(moment: datetime, *, zone: ZoneInfo) -> str:
    """The time on the wall at the venue."""
    return f"{moment.astimezone(zone):%H:%M}"


def who(signup: Signup) -> str:
    """Whom to look out for: the person, with the seller."""
    if not signup.attendee or signup.attendee == signup.seller.name:
        return signup.seller.name
    return _("%(person)s (%(seller)s)") % {"person": signup.attendee, "seller": signup.seller}


def actor_of_link(link: DoorLink) -> str:
    """How the audit trail calls a helper, who has no account."""
    return _("Door link “%(link)s”") % {"link": link.name}


def code_of_another_workshop(signup: Signup) -> str:
    said = _("%(seller)s has this code for another workshop: %(workshop)s.")
    return said % {"seller": signup.seller, "workshop": signup.workshop}


def no_place(signup: Signup, workshop: Workshop) -> str:
    if signup.state == Signup.State.WAITING:
        said = _("%(seller)s is on the waiting list and has no place yet.")
    elif signup.state == Signup.State.GIVEN_ON:
        said = _("The place of %(seller)s was given to another after the start. A host can let them in.")
    else:
        said = _("The place of %(seller)s was cancelled.")
    return said % {"seller": signup.seller}


def is_on_the_list(seller: Seller) -> str:
    return _("%(seller)s is signed up: check them in, or let them in, on the list.") % {"seller": seller}


def all_of_the_seller_are_here(seller: Seller, count: int) -> str:
    said = ngettext(
        "%(seller)s has %(count)s place here, and a seller may have no more.",
        "%(seller)s has %(count)s places here, and a seller may have no more.",
        count,
    )
    return said % {"seller": seller, "count": count}


def check_in_opens(opens_at: datetime, *, zone: ZoneInfo) -> str:
    said = _("Check-in opens on %(moment)s, two hours before the start.")
    return said % {"moment": moment_words(opens_at, zone=zone)}


def full_until_start(workshop: Workshop) -> str:
    said = _("All places are taken. From the start at %(time)s, places of those who have not come can be given.")
    return said % {"time": clock(workshop.starts_at, zone=workshop.zone)}


def not_checked_in(signup: Signup, workshop: Workshop) -> str:
    said = _("%(seller)s is not checked in to %(workshop)s.")
    return said % {"seller": signup.seller, "workshop": workshop.title}


def is_checked_in(signup: Signup) -> str:
    return _("%(who)s is checked in.") % {"who": who(signup)}


def is_let_in(signup: Signup) -> str:
    return _("%(who)s has a place and is checked in.") % {"who": who(signup)}


def is_noted_late(signup: Signup) -> str:
    return _("%(who)s is noted as there, and the seller was told.") % {"who": who(signup)}


def is_taken_back(signup: Signup) -> str:
    return _("The check-in of %(who)s is taken back; the code can be used again.") % {"who": who(signup)}


def already_here(signup: Signup, *, zone: ZoneInfo) -> str:
    if signup.checked_in_at is None:
        return _("%(who)s was checked in before, and that was taken back.") % {"who": who(signup)}
    by = signup.checked_in_by or (actor_of_link(signup.checked_in_with) if signup.checked_in_with else None)
    facts = {"who": who(signup), "time": clock(signup.checked_in_at, zone=zone), "by": by}
    if by is None:
        return _("%(who)s is already here since %(time)s. This code was used before.") % facts
    return _("%(who)s is already here since %(time)s, checked in by %(by)s. This code was used before.") % facts


def outcome_words(outcome: DoorScan.Outcome, signup: Signup, *, zone: ZoneInfo) -> str:
    if outcome == DoorScan.Outcome.TAKEN_BACK:
        return is_taken_back(signup)
    return is_checked_in(signup) if outcome == DoorScan.Outcome.HERE else already_here(signup, zone=zone)


def link_name_in_use(name: str) -> str:
    return _("There is a link “%(name)s” already. Choose another name, or revoke that one.") % {"name": name}
