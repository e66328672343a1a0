"""Sending a message to an endpoint once more, because somebody asks for it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from audit.services import Actor, record
from audit.snapshots import snapshot
from kit.outcomes import Refused

from .. import trail_notes
from ..models import WebhookDelivery


@transaction.atomic
def resend(*, delivery: WebhookDelivery, now: datetime, resent_by: Actor = None) -> None:
    """Have a message sent now: one that was taken, that was given up, or that waits for its next try.

    It has the same ``webhook-id``, so that a receiver which keeps ids does nothing twice. Its tries begin anew.

    Raises ``Refused`` while its endpoint is switched off, and while a worker has it.
    """
    found = WebhookDelivery.objects.select_related("endpoint__market", "event").get(pk=delivery.pk)
    if found.endpoint.disabled_at is not None:
        raise Refused(_("%(endpoint)s is switched off. Switch it on first.") % {"endpoint": found.endpoint})
    before = snapshot(found)
    again = {"due_at": now, "attempts": 0, "delivered_at": None, "given_up_at": None, "held": False}
    if not WebhookDelivery.objects.filter(pk=found.pk, claimed_at=None).update(**again):
        raise Refused(_("%(delivery)s is on its way at this moment.") % {"delivery": found})
    record(by=resent_by, action="resend", about=found, note=trail_notes.message_sent_again(), before=before, now=now)
