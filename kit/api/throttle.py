"""How often one caller of the API may call."""

from __future__ import annotations

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from django.utils import timezone
from ninja.throttling import BaseThrottle


class TokenRate(BaseThrottle):
    """Lets each token call ``API_REQUESTS_PER_MINUTE`` times in a minute of the clock.

    Without a cache nothing is counted: that a feed comes in matters more than that it is slowed down.
    """

    def allow_request(self, request: HttpRequest) -> bool:
        key = f"api-calls:{request.auth.pk}:{timezone.now():%H%M}"  # type: ignore[attr-defined]  # an ApiRequest
        try:
            cache.add(key, 0, timeout=120)
            return bool(cache.incr(key) <= settings.API_REQUESTS_PER_MINUTE)
        except ValueError:  # the cache is away, or was emptied between the two
            return True

    def wait(self) -> float:
        return 60 - timezone.now().second
