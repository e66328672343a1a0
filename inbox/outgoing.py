"""The columns by which a row is work that becomes an email."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from kit.jobs.models import Job, minutes


class Outgoing(Job):
    """A job of which each becomes an email. The Message-ID is derived from the row, so a second sending is recognised.

    Dropped are those that nobody wants any more: of people who unsubscribed, or act for the seller no longer, or whose
    address takes no emails.
    """

    class State(models.TextChoices):
        PENDING = "pending", _("Waiting to be sent")
        SENT = "sent", _("Sent")
        DROPPED = "dropped", _("Not wanted any more")
        DEAD = "dead", _("Given up")

    lease = timedelta(minutes=10)
    waits = minutes(1, 5, 15, 60, 240, 720)

    state = models.CharField(max_length=8, choices=State, default=State.PENDING)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta(Job.Meta):
        abstract = True
        constraints = [
            *Job.Meta.constraints,
            models.CheckConstraint(
                name="%(class)s_state_known", condition=models.Q(state__in=["pending", "sent", "dropped", "dead"])
            ),
            models.CheckConstraint(
                name="%(class)s_sent_has_time",
                condition=models.Q(state="sent", sent_at__isnull=False)
                | (~models.Q(state="sent") & models.Q(sent_at=None)),
            ),
            models.CheckConstraint(
                name="%(class)s_due_while_pending",
                condition=models.Q(state="pending", due_at__isnull=False)
                | (~models.Q(state="pending") & models.Q(due_at=None)),
            ),
            models.CheckConstraint(
                name="%(class)s_given_up_is_dead",
                condition=models.Q(state="dead", given_up_at__isnull=False)
                | (~models.Q(state="dead") & models.Q(given_up_at=None)),
            ),
        ]

    @property
    def kind(self) -> str:
        """What its pace is called."""
        raise NotImplementedError

    @property
    def paces(self) -> tuple[str, str]:
        """What it counts towards: its kind, and the domain that receives it."""
        return self.kind, self.address.rpartition("@")[2]

    @property
    def address(self) -> str:
        """Where it goes."""
        email: str = self.user.email  # type: ignore[attr-defined]  # each has one
        return email

    def when_given_up(self, now: datetime) -> dict[str, Any]:
        return {"state": self.State.DEAD}

    def when_retried(self) -> dict[str, Any]:
        return {"state": self.State.PENDING}
