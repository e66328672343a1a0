"""Emails about workshops: what the message says, with the invitation that puts a place into the reader's calendar."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from inbox.emails import CalendarPart, EmailParts, Writer, message_parts
from inbox.models import EmailDelivery, Message

from . import selectors
from .calendar_selectors import entry_of
from .calendars import invitation
from .models import Workshop

Template = Message.Template

GIVES_A_PLACE = {
    Template.WORKSHOP_PLACES_TAKEN,
    Template.WORKSHOP_PLACE_FREED,
    Template.WORKSHOP_PLACE_GIVEN,
    Template.WORKSHOP_SIGNED_UP,
    Template.WORKSHOP_CHANGED,
}
TAKES_A_PLACE = {
    Template.WORKSHOP_PLACES_GIVEN_BACK,
    Template.WORKSHOP_PLACE_CANCELLED,
    Template.WORKSHOP_PLACE_LAPSED,
    Template.WORKSHOP_CANCELLED,
}


def workshop_writer(deliveries: Sequence[EmailDelivery], *, now: datetime) -> Writer:
    """What writes emails about workshops, which are few: each looks up its own place."""
    return lambda delivery: workshop_parts(delivery, now=now)


def workshop_parts(delivery: EmailDelivery, *, now: datetime) -> EmailParts:
    """The email of a message about a workshop, all that it says: who is on the way there has nothing else.

    Its calendar part says how things stand when it leaves.
    """
    parts = message_parts(delivery, said=delivery.message.body)
    if delivery.message.template not in GIVES_A_PLACE | TAKES_A_PLACE:
        return parts
    workshop = selectors.workshop_of_message(delivery.message)
    return replace(parts, calendar=_calendar_part(delivery, workshop, now=now)) if workshop else parts


def _calendar_part(delivery: EmailDelivery, workshop: Workshop, *, now: datetime) -> CalendarPart | None:
    """Who has a place is invited, who lost one is told off; who waits is not in the calendar at all."""
    message, person = delivery.message, delivery.user
    entry = entry_of(workshop, person=person, seller_id=message.seller_id)
    if not entry.has_place and not (message.template in TAKES_A_PLACE and message.data["had_place"]):
        return None
    return CalendarPart(*invitation(workshop, entry, person=person, now=now))
