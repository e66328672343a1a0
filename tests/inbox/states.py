"""Emails as they are in each state."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone

from inbox.models import EmailDelivery


def as_in(state: str, *, now: datetime | None = None) -> dict[str, Any]:
    """The fields of a row of the outbox that is in this state."""
    moment = now or timezone.now()
    fields = {
        "pending": {"due_at": moment},
        "sent": {"due_at": None, "sent_at": moment},
        "dropped": {"due_at": None},
        "dead": {"due_at": None, "given_up_at": moment},
    }
    return {"state": state, **fields[state]}


def put_into(state: str, *, now: datetime | None = None) -> None:
    """Put all emails that wait into this state."""
    EmailDelivery.objects.filter(state="pending").update(**as_in(state, now=now))
