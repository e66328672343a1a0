"""What every page needs: the template's variables ``brand`` and, for a signed-in person, ``member_sellers``."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from .access import member_sellers
from .page_brands import brand_for


def portal(request: HttpRequest) -> dict[str, Any]:
    """How the page looks, and the sellers the person may switch between; of these none for visitors.

    Lazy: a page that shows none of it asks for none.
    """
    looks = {"brand": SimpleLazyObject(lambda: brand_for(request))}
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return looks
    return {**looks, "member_sellers": SimpleLazyObject(lambda: member_sellers(request))}
