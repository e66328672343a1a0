"""Pages of sellers read from a replica of the database, if one is not far behind (docs/operations.md)."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from threading import Lock
from typing import Any

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.db import Error, InterfaceError, OperationalError, connection, connections
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from kit.database.replica import REPLICA, noting_writes, reading_replica, wrote_something

CHECK_SECONDS = 1
"""How long what was found of the replica is taken for granted."""
AWAY_SECONDS = 5
"""For how long a replica that did not answer is not asked again."""
SAFE = {"GET", "HEAD"}

WRITTEN = "SELECT pg_current_wal_lsn() - '0/0'"
REPLAYED = "SELECT pg_last_wal_replay_lsn() - '0/0' WHERE pg_is_in_recovery()"


class Lag:
    """How far a replica is behind, from what the primary had written at moments that are remembered."""

    def __init__(self) -> None:
        self._written: deque[tuple[float, int]] = deque(maxlen=120)

    def seconds(self, *, now: float, written: int, replayed: int) -> float | None:
        """Seconds since the replica was where the primary was; ``None`` if that is longer ago than is remembered."""
        self._written.append((now, written))
        return next((now - moment for moment, position in reversed(self._written) if position <= replayed), None)


class Watch:
    """What a process knows of the replica. One thread asks, the others go by what is known."""

    def __init__(self) -> None:
        self._lag, self._lock = Lag(), Lock()
        self._seconds: float | None = None
        self._ask_at = 0.0

    def seconds(self) -> float | None:
        """How far it is behind; ``None`` if it does not answer, or for longer than is known."""
        if time.monotonic() >= self._ask_at and self._lock.acquire(blocking=False):
            try:
                self._ask()
            finally:
                self._lock.release()
        return self._seconds

    def is_near(self) -> bool:
        seconds = self.seconds()
        return seconds is not None and seconds <= settings.REPLICA_LAG_SECONDS

    def is_away(self) -> None:
        self._seconds, self._ask_at = None, time.monotonic() + AWAY_SECONDS

    def _ask(self) -> None:
        now, written = time.monotonic(), _number(connection, WRITTEN)
        try:
            replayed = _number(connections[REPLICA], REPLAYED)
        except Error:
            self.is_away()
            return
        self._seconds = self._lag.seconds(now=now, written=written or 0, replayed=replayed or -1)
        self._ask_at = now + CHECK_SECONDS


def _number(database: Any, sql: str) -> int | None:
    """``None`` without a row: of a replica that has become a primary."""
    with database.cursor() as cursor:
        cursor.execute(sql)
        row = cursor.fetchone()
    return int(row[0]) if row and row[0] is not None else None


watch = Watch()


class PagesReadTheReplica:
    """Lets pages of a seller read there, but for who wrote a moment ago: they see what they did.

    A page during which the replica fails is made again from the primary.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        if REPLICA not in settings.DATABASES:
            raise MiddlewareNotUsed
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with noting_writes():
            response = self.get_response(request)
            if request.method not in SAFE or wrote_something():
                response.set_cookie(
                    settings.WROTE_COOKIE_NAME,
                    "1",
                    max_age=settings.REPLICA_LAG_SECONDS + 2 * CHECK_SECONDS,
                    secure=settings.SESSION_COOKIE_SECURE,
                    httponly=True,
                    samesite="Lax",
                )
            return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponseBase], args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        if not _may_read_replica(request, kwargs) or not watch.is_near():
            return None
        with reading_replica():
            try:
                return view(request, *args, **kwargs)
            except (OperationalError, InterfaceError):
                watch.is_away()
                return None


def _may_read_replica(request: HttpRequest, kwargs: dict[str, Any]) -> bool:
    """Who somebody is was read before, from the primary: an ended session is over everywhere at once."""
    return (
        request.method in SAFE
        and "seller_id" in kwargs
        and settings.WROTE_COOKIE_NAME not in request.COOKIES
        and request.user.is_authenticated
    )


def replica_standing() -> dict[str, str]:
    """For ``/readyz``; nothing without a replica."""
    if REPLICA not in settings.DATABASES:
        return {}
    seconds = watch.seconds()
    if seconds is None:
        return {"replica": "no answer, or far behind; pages are read from the primary"}
    if seconds > settings.REPLICA_LAG_SECONDS:
        return {"replica": f"{seconds:.0f} seconds behind; pages are read from the primary"}
    return {"replica": f"ok, {seconds:.1f} seconds behind"}
