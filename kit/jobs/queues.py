"""How much of a kind of job waits, runs and was given up, and how old it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.apps import apps
from django.db.models import Count, Min, Q, QuerySet

from .models import Job


@dataclass(frozen=True)
class QueueState:
    """Of one kind at one moment. ``waiting`` is due or lost its worker, ``later`` waits for a moment to come.

    ``failing`` are those of ``later`` that wait for their next try.
    """

    kind: type[Job]
    waiting: int
    later: int
    failing: int
    running: int
    given_up: int
    oldest_due_at: datetime | None
    """Since when what has waited longest is due."""


def job_kinds() -> list[type[Job]]:
    """Every model that is a job, in the order of names."""
    found = [model for model in apps.get_models() if issubclass(model, Job)]
    return sorted(found, key=lambda kind: str(kind._meta.verbose_name_plural))


def queue_state(kind: type[Job], *, as_of: datetime, jobs: QuerySet[Any] | None = None) -> QueueState:
    """How a kind of job stands, or some jobs of it (2 queries)."""
    jobs = kind._default_manager.all() if jobs is None else jobs
    due, claimed = Q(due_at__lte=as_of), Q(claimed_at__isnull=False)
    counted = jobs.filter(due_at__isnull=False).aggregate(
        waiting=Count("pk", filter=due),
        later=Count("pk", filter=~due & ~claimed),
        failing=Count("pk", filter=~due & ~claimed & Q(attempts__gt=0)),
        running=Count("pk", filter=~due & claimed),
        oldest_due_at=Min("due_at", filter=due),
    )
    given_up = jobs.filter(given_up_at__isnull=False).count()
    return QueueState(kind=kind, given_up=given_up, **counted)
