"""Proofs in SQL: what must never be is looked for in every row, whoever wrote it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection

MAX_ROWS = 20


@dataclass(frozen=True)
class Check:
    """An invariant and the query that proves it.

    ``query`` has a row for each thing looked at, with one column ``problem``: NULL, or what is wrong with it in words.
    It takes ``%(market)s``, the id of the only market to look at, or NULL for all.
    """

    invariant: int
    title: str
    unit: str
    query: str


@dataclass(frozen=True)
class Finding:
    """What a check found: how many things it looked at, how many break the invariant, and the first of those."""

    check: Check
    looked_at: int
    broken: int
    problems: Sequence[str]


# Counts what was looked at and what is broken, and keeps the first problems, in one pass.
SUMMARY = """
SELECT count(*), count(problem), (array_agg(problem) FILTER (WHERE problem IS NOT NULL))[:%(most)s]
FROM ({query}) AS looked_at
"""


def run_check(check: Check, *, market_id: int | None = None, most: int = MAX_ROWS) -> Finding:
    """Run a check over one market or all of them; always one statement."""
    with connection.cursor() as cursor:
        cursor.execute(SUMMARY.format(query=check.query), {"market": market_id, "most": most})
        looked_at, broken, problems = cursor.fetchone()
    return Finding(check, looked_at, broken, problems or [])
