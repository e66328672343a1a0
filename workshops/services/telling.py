"""What a host tells everybody who comes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from audit.services import Actor, record
from inbox.models import Message
from kit.outcomes import SENT_TWICE, Refused, WrongState
from kit.texts.characters import has_visible

from .. import messages, trail_notes
from ..models import Signup, Workshop
from .locking import lock_workshop_to_tell
from .seller_messages import by_seller, tell


@transaction.atomic
def tell_attendees(
    *, workshop: Workshop, text: str, also_waiting: bool, now: datetime, told_by: Actor = None
) -> Workshop:
    """Send a message to every seller with a place, and if asked to those who wait. Each seller gets it once.

    Raises ``WrongState`` if the workshop is a draft or cancelled. Raises ``Refused`` without a text, and if nobody is
    there to read it. Also if the same text was sent a moment ago: then the form was sent twice.
    """
    workshop = lock_workshop_to_tell(workshop_id=workshop.pk)
    refuse_telling(workshop)
    if not has_visible(text):
        raise Refused(_("Write what everybody is to know."), field="text")
    signups = workshop.signups.active() if also_waiting else workshop.signups.placed()
    readers = [own[0] for own in by_seller(signups.select_related("seller__market", "workshop"))]
    if not readers:
        raise Refused(_("Nobody has signed up, so nobody would read it."), field="text")
    text = text.strip()
    _refuse_twice(readers, text, now=now)
    tell(readers, [messages.news_of_host(signup, workshop, text=text) for signup in readers], now=now)
    note = trail_notes.told(sellers=len(readers), text=text)
    record(by=told_by, action="tell", about=workshop, note=note, now=now)
    return workshop


def _refuse_twice(readers: Sequence[Signup], text: str, *, now: datetime) -> None:
    since = now - SENT_TWICE
    lately = Message.objects.filter(seller__in=[one.seller_id for one in readers], posted_at__gt=since)
    about = {"about_kind": "signup", "about_id__in": [one.pk for one in readers]}
    if lately.filter(template=Message.Template.WORKSHOP_NEWS, data__text=text, **about).exists():
        said = _("They were sent this text a moment ago, so it was not sent again. Change it to send it once more.")
        raise Refused(said, field="text")


def refuse_telling(workshop: Workshop) -> None:
    if not workshop.is_on:
        raise WrongState(_("Nobody is signed up for a draft or a cancelled workshop."))
