"""What providers report of emails to the addresses of django-anymail, an extra: it tells by a signal."""

from __future__ import annotations

from typing import Any

from anymail.signals import tracking  # type: ignore[import-untyped]  # it ships no types
from django.dispatch import receiver
from django.utils import timezone

from kit.emails.returned import Kind, Returned

from .services import note_returned

KINDS = {"bounced": Kind.HARD, "rejected": Kind.HARD, "complained": Kind.COMPLAINT, "deferred": Kind.SOFT}
FOR_GOOD = {"bounced", "invalid"}
"""The reasons that say of an address that it leads to nobody."""


@receiver(tracking)
def note_tracked(*, event: Any, **_: Any) -> None:
    """Note an event. What came back for a reason that is not the address is counted only."""
    kind = KINDS.get(event.event_type)
    if kind is Kind.HARD and event.reject_reason not in FOR_GOOD:
        kind = Kind.SOFT
    if kind and event.recipient:
        said = str(event.mta_response or event.description or "")
        note_returned(returned=[Returned(event.recipient.lower(), kind, said)], now=timezone.now())
