"""Claiming jobs, and saying what became of them. Each function is one short transaction, or part of the caller's.

A claim is known by its ``claimed_at``: nobody can claim a job again at the same moment. Whoever lost a claim changes
nothing of the job any more: the lease ran out and another worker has it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Any, TypeVar

from django.db import connection, transaction
from django.db.models import F, QuerySet

from ..texts.characters import usable
from .models import Job

J = TypeVar("J", bound=Job)

WORKERS_LOST = "Each worker that took it was lost."


class LostClaim(Exception):
    """Another worker has the job, or there is nothing left to do."""


# What is due, locked: the highest priority first, and within one the lanes in turn, each with as many as the others.
# The lanes are found one after the other by the index, however many jobs each of them has.
IN_TURN = """
WITH RECURSIVE line AS (
    (SELECT priority, lane FROM {table} WHERE due_at <= %(now)s ORDER BY priority, lane LIMIT 1)
    UNION ALL
    SELECT after.priority, after.lane FROM line CROSS JOIN LATERAL (
        SELECT priority, lane FROM {table}
        WHERE due_at <= %(now)s AND (priority, lane) > (line.priority, line.lane)
        ORDER BY priority, lane LIMIT 1
    ) AS after
),
share AS (
    SELECT priority, lane, ceil(%(limit)s / count(*) OVER (PARTITION BY priority)::numeric)::int AS jobs FROM line
)
SELECT job.id
FROM share CROSS JOIN LATERAL (
    SELECT id, due_at FROM {table}
    WHERE priority = share.priority AND lane = share.lane AND due_at <= %(now)s
    ORDER BY due_at, id LIMIT share.jobs FOR NO KEY UPDATE SKIP LOCKED
) AS job
ORDER BY share.priority, row_number() OVER (PARTITION BY share.priority, share.lane ORDER BY due_at, id), due_at, id
LIMIT %(limit)s
"""


@transaction.atomic
def claim(jobs: QuerySet[J], *, now: datetime, limit: int = 1) -> list[J]:
    """Take up to ``limit`` jobs that are due, for the caller alone until their lease is over.

    One whose last worker was lost may have been the reason: it is taken alone. Lost too often, it is given up.
    ``jobs`` says with what they are loaded; which ones are due is asked of the whole table.
    """
    found = _next_batch(_locked(jobs, _in_turn(jobs, now=now, limit=limit)))
    lost = [job for job in found if job.attempts > len(job.waits)]
    for job in lost:
        _give_up(job, error=WORKERS_LOST, now=now)
    if lost:
        return claim(jobs, now=now, limit=limit)
    return mark_claimed(jobs, found, now=now)


def mark_claimed(jobs: QuerySet[J], found: Sequence[J], *, now: datetime) -> list[J]:
    """Write down that the caller, who has locked these jobs, works on them now."""
    for job in found:
        job.claimed_at, job.due_at, job.attempts = now, now + job.lease, job.attempts + 1
    model = jobs.model
    model._default_manager.filter(pk__in=[job.pk for job in found]).update(
        claimed_at=now, due_at=now + model.lease, attempts=F("attempts") + 1
    )
    return list(found)


@transaction.atomic
def claim_named(jobs: QuerySet[J], *, now: datetime, wait: bool = False) -> J | None:
    """Take the one job that ``jobs`` names, if it is due; ``None`` if it is not, is done or is another worker's.

    With ``wait`` also one that is not due yet, or that another worker has: whatever holds its row is waited for.
    """
    there = jobs.filter(due_at__isnull=False) if wait else jobs.filter(due_at__lte=now)
    job = there.select_for_update(no_key=True, skip_locked=not wait, of=("self",)).first()
    if job is None:
        return None
    if not wait and job.attempts > len(job.waits):
        _give_up(job, error=WORKERS_LOST, now=now)
        return None
    return mark_claimed(jobs, [job], now=now)[0]


def _in_turn(jobs: QuerySet[Any], *, now: datetime, limit: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(IN_TURN.format(table=jobs.model._meta.db_table), {"now": now, "limit": limit})
        return [pk for (pk,) in cursor.fetchall()]


def _locked(jobs: QuerySet[J], ids: Sequence[int]) -> list[J]:
    """The jobs with these ids, in their order."""
    found = jobs.in_bulk(ids) if ids else {}
    return [found[pk] for pk in ids if pk in found]


def _next_batch(jobs: Sequence[J]) -> list[J]:
    """The first ones up to one that lost its worker, which is a batch of its own."""
    untried = list(takewhile(lambda job: job.claimed_at is None, jobs))
    return untried or list(jobs[:1])


def lock_claimed(job: J) -> J:
    """A claimed job as it is now, locked until the transaction ends. Raises ``LostClaim`` if it is not the caller's."""
    found = _own(job).select_for_update(no_key=True, of=("self",)).first()
    if found is None:
        raise LostClaim
    return found


def _own(job: J) -> QuerySet[J]:
    jobs: QuerySet[J] = type(job)._default_manager.filter(pk=job.pk, due_at__isnull=False)
    return jobs.filter(claimed_at=job.claimed_at)


def _own_of(jobs: Sequence[Job]) -> QuerySet[Any]:
    claims = {job.claimed_at for job in jobs}
    own = type(jobs[0])._default_manager.filter(pk__in=[job.pk for job in jobs], claimed_at__in=claims)
    return own.filter(due_at__isnull=False)


@transaction.atomic
def renew(job: Job, *, now: datetime, **got_to: Any) -> None:
    """Begin the lease anew, and note how far the work got. Raises ``LostClaim``."""
    due_at = now + job.lease
    if not _own(job).update(due_at=due_at, **got_to):
        raise LostClaim
    job.due_at = due_at


@transaction.atomic
def go_on(job: Job, *, now: datetime, **got_to: Any) -> bool:
    """Note how far a job got, and put it back into line for what is left; ``False`` if the claim was lost."""
    return bool(_own(job).update(due_at=now, claimed_at=None, attempts=0, last_error="", **got_to))


@transaction.atomic
def finish(job: Job, **outcome: Any) -> bool:
    """Note that a job is done, with what came of it; ``False`` if the claim was lost."""
    return bool(_own(job).update(**(DONE | outcome)))


DONE: dict[str, Any] = {"due_at": None, "claimed_at": None, "last_error": ""}


@transaction.atomic
def finish_all(jobs: Sequence[Job], **outcome: Any) -> None:
    """The same of jobs of one kind, in one statement; those whose claim was lost are left alone."""
    if jobs:
        _own_of(jobs).update(**(DONE | outcome))


@transaction.atomic
def fail(job: Job, *, error: str, now: datetime, for_good: bool = False) -> None:
    """Note why a job failed, and when to try again; after the last wait, or ``for_good``, it is given up.

    What another system answered is part of why: a text that cannot be kept would keep the job from having failed.
    """
    error = usable(error)
    held = _own(job).select_for_update(no_key=True, of=("self",)).first()
    if held is None:
        return
    if for_good or held.attempts > len(held.waits):
        _give_up(held, error=error, now=now)
    else:
        _own(held).update(due_at=now + held.waits[max(held.attempts - 1, 0)], claimed_at=None, last_error=error)


def _give_up(job: Job, *, error: str, now: datetime) -> None:
    one = type(job)._default_manager.filter(pk=job.pk)
    one.update(due_at=None, claimed_at=None, given_up_at=now, last_error=error, **job.when_given_up(now))


@transaction.atomic
def release(jobs: Sequence[Job], *, now: datetime, wait: timedelta = timedelta(0)) -> None:
    """Give back claimed jobs of one kind that were not tried, for no fault of theirs."""
    if jobs:
        _own_of(jobs).update(due_at=now + wait, claimed_at=None, attempts=F("attempts") - 1)


@transaction.atomic
def retry_job(job: Job, *, now: datetime) -> bool:
    """Have a job tried again that was given up; ``False`` if it was not."""
    given_up = type(job)._default_manager.filter(pk=job.pk, given_up_at__isnull=False)
    return bool(given_up.update(due_at=now, given_up_at=None, attempts=0, **job.when_retried()))
