"""Who waits for whom: what tests of locks share. Threads have connections of their own, so their tests need real
transactions (``django_db(transaction=True)``)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from django.db import connection

T = TypeVar("T")

WAITING = """
SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database() ORDER BY query_start
"""


def wait_until_somebody_waits_for_a_lock(count: int = 1) -> int:
    """Or as many; the process id of who waits longest.

    Of this database only: other tests have theirs on the same server. Also inside a transaction, for which Postgres
    would show the same activity again and again.
    """
    with connection.cursor() as cursor:
        for _ in range(2000):
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(WAITING)
            waiting = [pid for (pid,) in cursor.fetchall()]
            if len(waiting) >= count:
                return int(waiting[0])
            cursor.execute("SELECT pg_sleep(0.01)")
    raise AssertionError(f"Fewer than {count} wait for a lock.")


@contextmanager
def background() -> Iterator[Callable[[Callable[[], T]], Future[T]]]:
    """Gives a function that does a job in a thread of its own, and waits for all of them at the end.

    A job that waits for a lock for ever gives up, and so does what is asked meanwhile inside a transaction.
    """

    def work(job: Callable[[], T]) -> T:
        try:
            do_not_wait_long()
            return job()
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        yield lambda job: pool.submit(work, job)


def do_not_wait_long(seconds: int = 10) -> None:
    """Let this connection, or this transaction if one is open, fail when it waits longer than this for a lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, %s)", [f"{seconds}s", connection.in_atomic_block])
