"""The columns by which a row is work that must not be lost (docs/jobs.md)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _lazy


def minutes(*numbers: int) -> tuple[timedelta, ...]:
    """Waits of so many minutes each."""
    return tuple(timedelta(minutes=number) for number in numbers)


class Priority(models.IntegerChoices):
    """What leaves first, whatever has waited longer."""

    URGENT = 0, _lazy("urgent")
    NORMAL = 1, _lazy("normal")
    BULK = 2, _lazy("bulk")


class Job(models.Model):
    """Work that must not be lost, as a row: one worker at a time has it, and whoever dies, it is done in the end.

    What is to be done has a ``due_at``; it is empty before, afterwards and once the job is given up. A worker that
    claims a job moves ``due_at`` to the end of its lease. It leaves ``claimed_at`` until it says what came of it. So a
    job that is due and has ``claimed_at`` lost its worker.
    """

    lease: ClassVar[timedelta] = timedelta(minutes=5)
    """How long a worker may take until it finishes or renews its claim."""

    waits: ClassVar[Sequence[timedelta]] = minutes(1, 5, 15, 60)
    """How long to wait after the first failure, the second, …; after one more the job is given up."""

    retried_with: ClassVar[str] = ""
    """The permission to have it tried again after it was given up; by default that to change it."""

    why_not_retried: ClassVar[str | Promise] = ""
    """Why nobody can have it tried again; empty: somebody can."""

    not_in_trail: ClassVar[Sequence[str]] = ("priority", "lane", "due_at", "claimed_at", "attempts", "last_error")
    """What workers write; the trail tells what people did."""

    priority = models.PositiveSmallIntegerField(
        choices=Priority, default=Priority.NORMAL, db_default=Priority.NORMAL, editable=False
    )
    lane = models.BigIntegerField(
        default=0, db_default=0, editable=False, help_text=_lazy("The market, of which each has its turn.")
    )
    due_at = models.DateTimeField(
        null=True, blank=True, help_text=_lazy("Not to be claimed before; empty when nothing is to be done.")
    )
    claimed_at = models.DateTimeField(
        null=True, blank=True, help_text=_lazy("When a worker took it that has not said yet what became of it.")
    )
    attempts = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text=_lazy("How often a worker took it since it last got further.")
    )
    last_error = models.TextField(blank=True, default="", db_default="")
    given_up_at = models.DateTimeField(
        null=True, blank=True, help_text=_lazy("Since when it waits for staff, after it failed too often.")
    )

    class Meta:
        abstract = True
        indexes = [
            models.Index(
                fields=["priority", "lane", "due_at", "id"], condition=Q(due_at__isnull=False), name="%(class)s_due"
            ),
            models.Index(fields=["given_up_at"], condition=Q(given_up_at__isnull=False), name="%(class)s_given_up"),
        ]
        constraints = [
            models.CheckConstraint(
                name="%(class)s_claimed_while_due", condition=Q(claimed_at=None) | Q(due_at__isnull=False)
            ),
            models.CheckConstraint(
                name="%(class)s_given_up_is_not_due", condition=Q(given_up_at=None) | Q(due_at=None)
            ),
        ]

    def when_given_up(self, now: datetime) -> dict[str, Any]:
        """What else is written when the job is given up, by field."""
        return {}

    def when_retried(self) -> dict[str, Any]:
        """What else is written when staff have a job tried again that was given up, by field."""
        return {}
