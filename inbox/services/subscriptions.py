"""Which kinds of messages reach a member by email too."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction

from kit.outcomes import Refused
from sellers.models import Member

from .. import wording
from ..models import Message, Unsubscription


@transaction.atomic
def unsubscribe(*, member: Member, kind: Message.Kind) -> None:
    """Send a member no emails of a kind any more; twice changes nothing.

    Raises ``Refused`` for a kind that is always sent.
    """
    if kind not in Unsubscription.KINDS:
        raise Refused(wording.always_sent(kind.label), field="kind")
    Unsubscription.objects.bulk_create([Unsubscription(member=member, kind=kind)], ignore_conflicts=True)


@transaction.atomic
def subscribe(*, member: Member, kind: Message.Kind) -> None:
    """Send a member the emails of a kind again."""
    Unsubscription.objects.filter(member=member, kind=kind).delete()


@transaction.atomic
def choose_emails(*, member: Member, kinds: Collection[str]) -> None:
    """Send a member the emails of exactly these kinds, and those that are always sent."""
    for kind in Unsubscription.KINDS:
        if kind in kinds:
            subscribe(member=member, kind=kind)
        else:
            unsubscribe(member=member, kind=kind)
