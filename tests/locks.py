from django.db import connection

WAITING = """
SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database() ORDER BY query_start
"""


def wait_until_somebody_waits_for_a_lock(count: int = 1) -> int:
    """Or as many; the process id of who waits longest.

    Of this database only: other tests have theirs on the same server. Also inside a transaction, for which Postgres
    would show the same activity again and again.
    """
    with connection.cursor() as cursor:
        for _ in range(6000):
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(WAITING)
            waiting = [pid for (pid,) in cursor.fetchall()]
            if len(waiting) >= count:
                return int(waiting[0])
            cursor.execute("SELECT pg_sleep(0.01)")
    raise AssertionError(f"Fewer than {count} wait for a lock.")
