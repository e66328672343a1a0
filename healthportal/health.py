"""``/healthz``: for load balancers, uptime checks and the supervisor of ``make demo``."""

import uuid

from django.core.cache import cache
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from redis.exceptions import RedisError


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """200 when database and cache answer, else 503; a line for each in plain text."""
    parts = {"database": database_answers(), "cache": cache_answers()}
    text = "".join(f"{part}: {'ok' if answers else 'no answer'}\n" for part, answers in parts.items())
    return HttpResponse(text, status=200 if all(parts.values()) else 503, content_type="text/plain; charset=utf-8")


def database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def cache_answers() -> bool:
    token = uuid.uuid4().hex
    try:
        cache.set(f"healthz-{token}", token, timeout=10)
        return bool(cache.get(f"healthz-{token}") == token)
    except (RedisError, OSError):
        return False
