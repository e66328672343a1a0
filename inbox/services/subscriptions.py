"""Which kinds of messages reach a member by email too."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction

from accounts.models import User
from kit.outcomes import Refused
from sellers.models import Member

from .. import wording
from ..models import Channel, Message, Unsubscription


@transaction.atomic
def unsubscribe(*, member: Member, kind: Message.Kind, in_digest: bool = False) -> None:
    """Send a member no emails of a kind when its messages come; ``in_digest`` names them once a week instead.

    Twice changes nothing. Raises ``Refused`` for a kind that is always sent.
    """
    if kind not in Unsubscription.KINDS:
        raise Refused(wording.always_sent(kind.label), field="kind")
    Unsubscription.objects.bulk_create(
        [Unsubscription(member=member, kind=kind, in_digest=in_digest)],
        update_conflicts=True, unique_fields=["member", "kind"], update_fields=["in_digest"],
    )  # fmt: skip


@transaction.atomic
def subscribe(*, member: Member, kind: Message.Kind) -> None:
    """Send a member the emails of a kind again, each at once."""
    Unsubscription.objects.filter(member=member, kind=kind).delete()


@transaction.atomic
def choose_emails(*, member: Member, channels: Mapping[Message.Kind, Channel]) -> None:
    """Let messages of these kinds reach a member as they chose; what is always sent is sent."""
    for kind, channel in channels.items():
        if channel == Channel.AT_ONCE:
            subscribe(member=member, kind=kind)
        else:
            unsubscribe(member=member, kind=kind, in_digest=channel == Channel.DIGEST)


@transaction.atomic
def leave_digest(*, user: User) -> None:
    """Send a person no weekly digest any more; what it would name is in the inboxes."""
    Unsubscription.objects.filter(member__user=user, in_digest=True).update(in_digest=False)
