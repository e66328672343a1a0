"""How the portal connects to Postgres, and Celery to Redis or Valkey."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from environ import Env
from psycopg2.extensions import ISOLATION_LEVEL_READ_COMMITTED


def databases(env: Env, url: str) -> dict[str, dict[str, Any]]:
    """The one that is written and, where there is one, the replica that pages read (docs/operations.md)."""
    found = {"default": database(env, url)}
    if replica := env.str("DATABASE_REPLICA_URL", default=""):
        found["replica"] = database(env, replica) | {"TEST": {"MIRROR": "default"}}
        found["replica"]["OPTIONS"].setdefault("connect_timeout", 2)  # it can be done without
    return found


def database(env: Env, url: str) -> dict[str, Any]:
    """The connection to Postgres that an address names, with the limits of the environment."""
    found: dict[str, Any] = env.db_url_config(url, engine="django.db.backends.postgresql")
    found["CONN_MAX_AGE"] = env.int("DATABASE_CONN_MAX_AGE", default=60)
    found["CONN_HEALTH_CHECKS"] = True
    options = found.setdefault("OPTIONS", {})
    if limits := " ".join(f"-c {name}={seconds * 1000}" for name, seconds in _timeouts(env).items() if seconds):
        options.setdefault("options", limits)
    # Services lock, then read again what somebody else may have changed meanwhile: they have to see it.
    options["isolation_level"] = ISOLATION_LEVEL_READ_COMMITTED
    # A connection pooler in transaction mode keeps no cursor from one transaction to the next.
    found["DISABLE_SERVER_SIDE_CURSORS"] = env.bool("DATABASE_POOLED", default=False)
    return found


def _timeouts(env: Env) -> dict[str, int]:
    """In seconds, 0 for none.

    The server keeps them. So whatever becomes of a process, nothing it holds keeps a week's books open for ever.
    """
    return {
        "idle_in_transaction_session_timeout": env.int("DATABASE_IDLE_SECONDS", default=60),
        "lock_timeout": env.int("DATABASE_LOCK_SECONDS", default=0),
        "statement_timeout": env.int("DATABASE_STATEMENT_SECONDS", default=0),
    }


def broker_url(redis_url: str) -> str:
    """What Celery calls a Redis or Valkey, which names the number of the database otherwise on a socket."""
    redis = urlsplit(redis_url)
    if redis.scheme != "unix":
        return redis_url
    query = dict(parse_qsl(redis.query))
    virtual_host = urlencode({"virtual_host": query.pop("db", "0"), **query})
    return f"redis+socket://{redis.netloc}{redis.path}?{virtual_host}"
