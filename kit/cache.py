"""The cache, without which everything still works.

It keeps counts of how often somebody did something, and what is dear to compute. When the server is away nothing is
limited and everything is computed: that people get in matters more. What must hold in any case is in the database.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

T = TypeVar("T")

REST_SECONDS = 5
"""How long a process asks for nothing after the server did not answer: a page that waited once is enough."""


class ForgivingClient(RedisCacheClient):
    """Answers as an empty cache would while the server is away: what is added is new, what is asked for is missing."""

    away_until: ClassVar[dict[tuple[str, ...], float]] = {}

    def answers(self) -> bool:
        """Whether the server answers now; asks in any case."""
        self.away_until.pop(self._server, None)
        return bool(self._ask(lambda: self.get_client(write=True).ping(), False))

    def get_client(self, key: Any = None, *, write: bool = False) -> Any:
        """One for each pool of connections; Django makes a new one for each command."""
        pool = self._get_connection_pool(write)  # type: ignore[attr-defined]  # missing in the stubs
        clients = vars(self).setdefault("clients", {})
        if pool not in clients:
            clients[pool] = self._client(connection_pool=pool)  # type: ignore[attr-defined]  # missing in the stubs
        return clients[pool]

    @property
    def _server(self) -> tuple[str, ...]:
        return tuple(self._servers)  # type: ignore[attr-defined]  # missing in the stubs

    def _ask(self, command: Callable[[], T], otherwise: T) -> T:
        if time.monotonic() < self.away_until.get(self._server, 0):
            return otherwise
        try:
            return command()
        except (RedisError, OSError) as error:
            logger.warning("The cache does not answer: %s", error)
            self.away_until[self._server] = time.monotonic() + REST_SECONDS
            return otherwise

    def add(self, *args: Any) -> Any:
        return self._ask(lambda: super(ForgivingClient, self).add(*args), True)

    def get(self, key: Any, default: Any) -> Any:
        return self._ask(lambda: super(ForgivingClient, self).get(key, default), default)

    def set(self, *args: Any) -> None:
        self._ask(lambda: super(ForgivingClient, self).set(*args), None)

    def touch(self, *args: Any) -> Any:
        return self._ask(lambda: super(ForgivingClient, self).touch(*args), False)

    def delete(self, *args: Any) -> Any:
        return self._ask(lambda: super(ForgivingClient, self).delete(*args), False)

    def get_many(self, *args: Any) -> Any:
        return self._ask(lambda: super(ForgivingClient, self).get_many(*args), dict[Any, Any]())

    def has_key(self, *args: Any) -> Any:
        return self._ask(lambda: super(ForgivingClient, self).has_key(*args), False)

    def incr(self, key: Any, delta: Any) -> Any:
        found = self._ask(lambda: super(ForgivingClient, self).incr(key, delta), None)
        if found is None:
            raise ValueError(f"Key {key!r} not found.")  # what a cache says of a key that it does not have
        return found

    def set_many(self, *args: Any) -> None:
        self._ask(lambda: super(ForgivingClient, self).set_many(*args), None)

    def delete_many(self, *args: Any) -> None:
        self._ask(lambda: super(ForgivingClient, self).delete_many(*args), None)

    def clear(self) -> Any:
        return self._ask(lambda: super(ForgivingClient, self).clear(), False)


class ForgivingCache(RedisCache):
    """Django's cache in Redis or Valkey, with that client."""

    def __init__(self, server: Any, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = ForgivingClient

    def answers(self) -> bool:
        """Whether the server answers now."""
        return bool(self._cache.answers())  # type: ignore[attr-defined]  # it is a ForgivingClient
