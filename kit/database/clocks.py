"""The clock of this process beside the database's, which is the one that all processes share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import DatabaseError, connection

AHEAD = "HP001"
"""What the database says when it is told a moment that it has not reached, give or take a minute."""


class ClockAhead(Exception):
    """This process believes that it is later than it is. The message says by how much; nothing was written."""


@contextmanager
def clock_errors() -> Iterator[None]:
    """Raise ``ClockAhead`` where the database refuses a moment that has not come."""
    try:
        yield
    except DatabaseError as error:
        if getattr(error.__cause__, "pgcode", None) != AHEAD:
            raise
        raise ClockAhead(str(error).splitlines()[0]) from error


def check_clock(*, now: datetime) -> None:
    """Raise ``ClockAhead`` if ``now`` is more than a minute ahead of the database's clock.

    What records something is checked by ``recording_time``; this is for what acts by the clock alone: it removes what
    is old, or begins what is due.
    """
    with clock_errors(), connection.cursor() as cursor:
        cursor.execute("SELECT refuse_clock_ahead(%s)", [now])
