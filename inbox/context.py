"""How many messages wait for the seller whose page is shown: the template's variable ``unread_count``."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from .models import Message


def unread(request: HttpRequest) -> dict[str, Any]:
    """The number of unread messages, counted when the template shows it; nothing outside a seller's pages."""
    seller = getattr(request, "seller", None)
    if seller is None:
        return {}
    return {"unread_count": SimpleLazyObject(lambda: Message.objects.filter(seller=seller).unread().count())}
