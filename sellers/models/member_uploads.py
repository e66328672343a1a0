"""Files of people to invite, line by line."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from accounts.models import User
from kit.jobs.models import Job

from .markets import Market


class MemberUpload(Job):
    """A file of people to invite to sellers of one market: checked when it is uploaded, sent once somebody confirmed.

    Its lines are kept and the file is not. A worker that was killed is followed by another, which goes on with the
    lines that are left.
    """

    class State(models.TextChoices):
        CHECKED = "checked", _lazy("Checked, waits for a decision")
        SENDING = "sending", _lazy("Invitations are being sent")
        DONE = "done", _lazy("Sent")
        FAILED = "failed", _lazy("Given up")
        DISCARDED = "discarded", _lazy("Discarded")

    market = models.ForeignKey(Market, on_delete=models.PROTECT, related_name="member_uploads")
    name = models.CharField(max_length=100, help_text=_lazy("What the file is called."))
    state = models.CharField(max_length=10, choices=State, default=State.CHECKED)
    uploaded_at = models.DateTimeField()
    uploaded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    confirmed_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    finished_at = models.DateTimeField(null=True, blank=True)

    scope_path = "market"

    class Meta(Job.Meta):
        ordering = ["-uploaded_at", "-id"]
        verbose_name = _lazy("upload of members")
        verbose_name_plural = _lazy("uploads of members")
        indexes = [*Job.Meta.indexes, models.Index(fields=["uploaded_at"], name="memberupload_uploaded")]
        constraints = [
            *Job.Meta.constraints,
            models.CheckConstraint(
                name="memberupload_due_while_sending",
                condition=Q(state="sending", due_at__isnull=False) | (~Q(state="sending") & Q(due_at=None)),
            ),
            models.CheckConstraint(
                name="memberupload_sends_what_was_confirmed",
                condition=~Q(state__in=["sending", "done", "failed"])
                | Q(confirmed_at__isnull=False, confirmed_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return _("Upload of members %(pk)s: %(name)s") % {"pk": self.pk, "name": self.name}

    def when_given_up(self, now: datetime) -> dict[str, Any]:
        return {"state": self.State.FAILED, "finished_at": now}

    def when_retried(self) -> dict[str, Any]:
        return {"state": self.State.SENDING, "finished_at": None}


class MemberUploadLineQuerySet(models.QuerySet["MemberUploadLine"]):
    def to_send(self) -> MemberUploadLineQuerySet:
        """Those that invite somebody and were not sent, in the order of the file."""
        sends = [MemberUploadLine.Outcome.INVITE, MemberUploadLine.Outcome.AGAIN]
        return self.filter(outcome__in=sends, sent_at=None).order_by("line")


class MemberUploadLine(models.Model):
    """A line of the file, and what is to happen with it, or happened once ``sent_at`` is set."""

    class Outcome(models.TextChoices):
        INVITE = "invite", _lazy("Invited")
        AGAIN = "again", _lazy("Invited again: the invitation was over, or for another role")
        PRESENT = "present", _lazy("There already")
        REFUSED = "refused", _lazy("Refused")

    upload = models.ForeignKey(MemberUpload, on_delete=models.CASCADE, related_name="lines", db_index=False)
    line = models.PositiveIntegerField()
    seller = models.CharField(max_length=64, blank=True, help_text=_lazy("The marketplace's own id of it."))
    email = models.CharField(max_length=254, blank=True)
    role = models.CharField(max_length=8, blank=True)
    outcome = models.CharField(max_length=8, choices=Outcome)
    field = models.CharField(max_length=64, blank=True)
    reason = models.TextField(blank=True)
    sent_at = models.DateTimeField(null=True, blank=True, help_text=_lazy("When a worker was at it."))

    objects = MemberUploadLineQuerySet.as_manager()

    scope_path = "upload__market"

    class Meta:
        ordering = ["upload", "line"]
        verbose_name = _lazy("line of an upload of members")
        verbose_name_plural = _lazy("lines of uploads of members")
        indexes = [models.Index(fields=["email"], name="memberuploadline_email")]
        constraints = [
            models.UniqueConstraint(fields=["upload", "line"], name="memberuploadline_once"),
            models.CheckConstraint(
                name="memberuploadline_refused_has_reason",
                condition=(Q(outcome="refused") & ~Q(reason="")) | (~Q(outcome="refused") & Q(reason="")),
            ),
        ]

    def __str__(self) -> str:
        return _("Line %(line)s: %(email)s") % {"line": self.line, "email": self.email}
