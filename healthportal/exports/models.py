"""Downloads that sellers asked for, and what became of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from kit.jobs.models import Job
from sellers.models import Seller


class ExportQuerySet(models.QuerySet["Export"]):
    def in_hand(self) -> ExportQuerySet:
        """Those that a worker makes, or will make."""
        return self.filter(state=Export.State.MAKING)

    def ready(self, *, at: datetime) -> ExportQuerySet:
        """Those whose file can be downloaded at a moment."""
        return self.filter(state=Export.State.READY, expires_at__gt=at)


class Export(Job):
    """Everything that the portal holds about a seller, as one file: made for a member, open to all of them.

    ``rows_done`` is how far the worker is. Each step renews its claim: a worker that was killed does not, and another
    one makes the file from the start. It lies in private storage until ``expires_at``.
    """

    class State(models.TextChoices):
        MAKING = "making", _lazy("Being made")
        READY = "ready", _lazy("Ready")
        FAILED = "failed", _lazy("Failed")
        EXPIRED = "expired", _lazy("Deleted")

    seller = models.ForeignKey(Seller, on_delete=models.PROTECT, related_name="exports", db_index=False)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State, default=State.MAKING)
    rows = models.PositiveIntegerField(default=0, help_text=_lazy("Records and files to write, as counted first."))
    rows_done = models.PositiveIntegerField(default=0)
    finished_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True, help_text=_lazy("From then on the file is gone."))
    stored_name = models.CharField(max_length=64, blank=True, help_text=_lazy("Random; below ATTACHMENTS_ROOT."))
    size = models.PositiveBigIntegerField(default=0, help_text=_lazy("Bytes."))

    objects = ExportQuerySet.as_manager()

    scope_path = "seller__market"

    class Meta(Job.Meta):
        ordering = ["-asked_at", "-id"]
        indexes = [
            *Job.Meta.indexes,
            models.Index(fields=["seller", "-id"], name="export_of_seller"),
            models.Index(fields=["expires_at"], condition=Q(state="ready"), name="export_expires"),
        ]
        constraints = [
            *Job.Meta.constraints,
            models.CheckConstraint(
                name="export_due_while_making",
                condition=Q(state="making", due_at__isnull=False) | (~Q(state="making") & Q(due_at=None)),
            ),
            models.UniqueConstraint(fields=["seller"], condition=Q(state="making"), name="export_one_at_a_time"),
            models.CheckConstraint(
                name="export_state_known", condition=Q(state__in=["making", "ready", "failed", "expired"])
            ),
            models.CheckConstraint(
                name="export_finished_has_time",
                condition=Q(state="making", finished_at=None) | (~Q(state="making") & Q(finished_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="export_ready_has_file",
                condition=Q(state="ready", expires_at__isnull=False) & ~Q(stored_name="")
                | (~Q(state="ready") & Q(stored_name="")),
            ),
            models.CheckConstraint(
                name="export_kept_for_a_time", condition=Q(expires_at=None) | Q(expires_at__gt=F("finished_at"))
            ),
        ]

    def __str__(self) -> str:
        return _("Download %(pk)s of %(seller)s") % {"pk": self.pk, "seller": self.seller}

    def when_given_up(self, now: datetime) -> dict[str, Any]:
        return {"state": self.State.FAILED, "finished_at": now}

    def when_retried(self) -> dict[str, Any]:
        return {"state": self.State.MAKING, "finished_at": None}

    @property
    def is_in_hand(self) -> bool:
        return self.state == self.State.MAKING

    @property
    def percent(self) -> int:
        """How much of it is written; what came meanwhile is not counted."""
        return min(100 * self.rows_done // max(self.rows, 1), 100)
