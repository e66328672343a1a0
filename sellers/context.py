"""What every page of a signed-in person needs. The template's variables are ``member_sellers``."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from .access import member_sellers


def portal(request: HttpRequest) -> dict[str, Any]:
    """The sellers the person may switch between; nothing for visitors. Lazy: a page that shows none asks for none."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {}
    return {"member_sellers": SimpleLazyObject(lambda: member_sellers(request))}
