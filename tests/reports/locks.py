from django.db import connection

WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"


def wait_until_somebody_waits_for_a_lock(count: int = 1) -> None:
    """Or as many. Also inside a transaction, for which Postgres would show the same activity again and again."""
    with connection.cursor() as cursor:
        for _ in range(6000):
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(WAITING)
            if cursor.fetchone()[0] >= count:
                return
            cursor.execute("SELECT pg_sleep(0.01)")
    raise AssertionError(f"Fewer than {count} wait for a lock.")
