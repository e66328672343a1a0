from django.db import connection


def wait_until_somebody_waits_for_a_lock() -> None:
    """Also inside a transaction, for which Postgres would show the same activity again and again."""
    with connection.cursor() as cursor:
        for _ in range(6000):
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
            )
            if cursor.fetchone()[0]:
                return
            cursor.execute("SELECT pg_sleep(0.01)")
    raise AssertionError("Nobody waits for a lock.")
