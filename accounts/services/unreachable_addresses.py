"""Addresses that emails come back from: what was reported is counted, and ends what is sent there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.core import signing
from django.db import transaction
from django.urls import reverse

from audit.services import Actor, record
from kit.addresses import portal_url
from kit.emails.returned import Kind, Returned
from kit.outcomes import Refused
from kit.texts.characters import usable

from .. import trail_notes, wording
from ..models import UnreachableAddress, User
from .emails import queue_account_email

SIGNER = signing.TimestampSigner(salt="accounts.reach")
LINK_LIFE = timedelta(days=1)
ASKED_EVERY = timedelta(minutes=5)

REASONS = {Kind.HARD: UnreachableAddress.Reason.BOUNCED, Kind.COMPLAINT: UnreachableAddress.Reason.COMPLAINED}
"""What ends the emails to an address; anything else is counted."""


@transaction.atomic
def note_returned(*, returned: Sequence[Returned], now: datetime) -> int:
    """Note what came back from addresses of people, and return of how many reports that was.

    Reports about anybody else's address are left alone. Told twice, an end stays what it was.
    """
    possible = {one.email for one in returned if usable(one.email) == one.email}
    known = set(User.objects.filter(email__in=possible).values_list("email", flat=True))
    about_people = sorted((one for one in returned if one.email in known), key=lambda one: one.email)
    for one in about_people:
        _note(one, now)
    return len(about_people)


def _note(one: Returned, now: datetime) -> None:
    UnreachableAddress.objects.bulk_create([UnreachableAddress(email=one.email, noted_at=now)], ignore_conflicts=True)
    found = UnreachableAddress.objects.select_for_update(no_key=True).get(email=one.email)
    found.noted_at, found.said = now, usable(one.said)[:500]
    if one.kind is Kind.SOFT:
        found.soft_bounces += 1
    elif found.since is None:
        found.since, found.reason = now, REASONS[one.kind]
    found.save()


@transaction.atomic
def ask_to_confirm(*, user: User, now: datetime) -> None:
    """Send a person a link by which they show that emails reach them. Raises ``Refused`` if nothing is to be shown."""
    found = UnreachableAddress.objects.select_for_update(no_key=True).filter(email=user.email).first()
    if found is None or found.since is None:
        raise Refused(wording.address_is_reached())
    if found.asked_at and now < found.asked_at + ASKED_EVERY:
        raise Refused(wording.link_was_sent())
    found.asked_at = now
    found.save(update_fields=["asked_at"])
    link = portal_url(reverse("confirm_reach", kwargs={"token": SIGNER.sign_object([user.email])}))
    queue_account_email(
        to=user.email,
        subject=wording.confirm_subject(),
        body=wording.confirm_body(link),
        now=now,
        expires_at=now + LINK_LIFE,
    )


def address_of(token: str) -> str | None:
    """The address that a link is about; ``None`` if it is not ours or too old."""
    try:
        (email,) = SIGNER.unsign_object(token, max_age=LINK_LIFE)
    except signing.BadSignature:
        return None
    return str(email)


@transaction.atomic
def confirm_address(*, email: str) -> None:
    """Send to an address again whose person showed that emails reach them, and forget what came back from it."""
    UnreachableAddress.objects.filter(email=email).delete()


@transaction.atomic
def restore_address(*, email: str, now: datetime, restored_by: Actor) -> bool:
    """The same, as staff decided; ``False`` if nothing had come back."""
    found = UnreachableAddress.objects.select_for_update(no_key=True).filter(email=email).first()
    if found is None:
        return False
    record(by=restored_by, action="restore", about=found, note=trail_notes.address_restored(), now=now)
    found.delete()
    return True
