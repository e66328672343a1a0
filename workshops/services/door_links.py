"""Links for helpers at the door: making one, and taking it back."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from audit.services import record
from audit.snapshots import snapshot
from kit.outcomes import Refused, WrongState
from kit.texts.characters import composed, has_visible

from .. import door_wording, trail_notes
from ..models import DoorLink, Workshop
from .locking import lock_workshop

OPENED_NOTED_EVERY = timedelta(minutes=1)
"""So that a page that stays open does not write its link's row at every look."""

MAX_LINKS = 20
"""How many links of a workshop can be used at a time."""


@transaction.atomic
def make_door_link(*, workshop: Workshop, name: str, now: datetime, made_by: User) -> tuple[DoorLink, str]:
    """Make a link for a helper and give it with its secret, which nothing keeps: it cannot be shown again.

    Raises ``WrongState`` if the workshop is a draft, cancelled or over. Raises ``Refused`` without a name, for the name
    of a link in use, and for too many links.
    """
    workshop = lock_workshop(workshop_id=workshop.pk)
    in_use = DoorLink.objects.usable(at=now).filter(workshop=workshop)
    name = composed(name.strip())
    if not workshop.is_on or workshop.ends_at <= now:
        raise WrongState(_("Only a workshop that is still to come, or runs, has a door."))
    if not has_visible(name):
        raise Refused(_("Say whose phone it is for, or which door."), field="name")
    if in_use.filter(name=name).exists():
        raise Refused(door_wording.link_name_in_use(name), field="name")
    if in_use.count() >= MAX_LINKS:
        raise Refused(_("That is enough links for one workshop: revoke one first."), field="name")
    secret = secrets.token_urlsafe(24)
    link = DoorLink(workshop=workshop, name=name, secret_hash=DoorLink.hash_of(secret), made_by=made_by, made_at=now)
    link.save(force_insert=True)
    record(by=made_by, action="add", about=link, note=trail_notes.door_link_made(), before={}, now=now)
    return link, secret


@transaction.atomic
def revoke_door_link(*, link: DoorLink, now: datetime, revoked_by: User) -> DoorLink:
    """Make a link good for nothing; doing it twice keeps the first time."""
    link = DoorLink.objects.select_for_update(no_key=True).select_related("workshop").get(pk=link.pk)
    if link.revoked_at is None:
        before = snapshot(link)
        link.revoked_at = now
        link.save(update_fields=["revoked_at"])
        record(by=revoked_by, action="revoke", about=link, note=trail_notes.door_link_revoked(), before=before, now=now)
    return link


def note_opened(link: DoorLink, *, now: datetime) -> None:
    """Note that a link is in use, once a minute."""
    if link.opened_at is None or now - link.opened_at >= OPENED_NOTED_EVERY:
        DoorLink.objects.filter(pk=link.pk).update(opened_at=now)
