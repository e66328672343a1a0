"""Having jobs tried again that were given up."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from django.db import IntegrityError, transaction

from accounts.models import User
from audit import trail_notes
from audit.services import Actor, record
from audit.snapshots import snapshot
from kit.jobs.claims import retry_job
from kit.jobs.models import Job
from kit.outcomes import Refused
from sellers.staff_scope import for_staff

MAX_TRIED_AGAIN = 1_000
"""How many are tried again at once."""


def retry_given_up(*, kind: type[Job], now: datetime, retried_by: Actor = None) -> int:
    """Have jobs of a kind tried again that were given up, the oldest first, and return how many.

    Somebody of the staff has those tried of the markets that they work for.

    One that cannot be tried again stays as it is, and keeps no other from being tried. Such are a link whose text is
    gone, and a download of which a later one is being made.
    """
    given_up = kind._default_manager.filter(given_up_at__isnull=False).order_by("given_up_at", "pk")
    if isinstance(retried_by, User):
        given_up = for_staff(given_up, retried_by)
    return sum(_retried(job, now=now, by=retried_by) for job in given_up[:MAX_TRIED_AGAIN])


def _retried(job: Job, *, now: datetime, by: Actor) -> bool:
    with suppress(Refused, IntegrityError), transaction.atomic():
        before = snapshot(job)
        if retry_job(job, now=now):
            record(by=by, action="retry", about=job, note=trail_notes.retried(), before=before, now=now)
            return True
    return False
