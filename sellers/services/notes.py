"""What staff note about sellers for each other."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from audit.services import record
from kit.outcomes import SENT_TWICE, Refused
from kit.texts.characters import has_visible

from .. import trail_notes
from ..models import Seller, SellerNote
from .recording import lock_seller


@transaction.atomic
def note_on_seller(*, seller: Seller, text: str, written_by: User, now: datetime) -> SellerNote:
    """Leave a note that staff read and the seller never does. Raises ``Refused`` (field ``text``) if it says nothing.

    Sent twice, it is one note. The trail says that there is one and not what it says: notes go after a time, the trail
    stays.
    """
    if not has_visible(text):
        raise Refused(_("Write a note."), field="text")
    lock_seller(seller_id=seller.pk)
    said = {"seller": seller, "text": text.strip(), "written_by": written_by}
    if same := SellerNote.objects.filter(**said, written_at__gt=now - SENT_TWICE).first():
        return same
    note = SellerNote.objects.create(**said, written_at=now)
    record(by=written_by, action="note", about=seller, note=trail_notes.noted(note=note.pk), now=now)
    return note
