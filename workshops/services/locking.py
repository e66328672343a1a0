"""Locks of a workshop and its places, and what is read and stored under them."""

from __future__ import annotations

from datetime import datetime

from django.db import connection

from sellers.models import Market
from sellers.services import keep_books_open

from ..models import Signup, Workshop


def share_places(*, workshop_id: int) -> None:
    """Keep a workshop's places from being given back, passed on or changed in number until the transaction ends.

    Others who sign up go on meanwhile.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT share_places(%s)", [workshop_id])


def lock_workshop(*, workshop_id: int) -> Workshop:
    """Lock a workshop and its places until the transaction ends: waits for who signs up, and keeps others waiting."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT lock_places(%s)", [workshop_id])
    return Workshop.objects.select_for_update(no_key=True).get(pk=workshop_id)


def lock_workshop_to_tell(*, workshop_id: int) -> Workshop:
    """Lock a workshop whose people are told something: first the books, of every market, for sellers of any may come.

    Who they are is certain only once the workshop is locked, and books come before it.
    """
    keep_books_open(market_ids=Market.objects.order_by().values_list("pk", flat=True))
    return lock_workshop(workshop_id=workshop_id)


def reload_signup(signup: Signup) -> Signup:
    """A sign-up as it is now that its workshop is locked."""
    return Signup.objects.select_related("seller__market", "workshop", "checked_in_by", "checked_in_with").get(
        pk=signup.pk
    )


def save_revision(workshop: Workshop, fields: list[str], *, now: datetime) -> None:
    """Store what changed of a workshop that the caller has locked, as its next revision."""
    workshop.revision += 1
    workshop.changed_at = now
    workshop.save(update_fields=[*fields, "revision", "changed_at"])
