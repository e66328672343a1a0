"""Files of violations that staff upload, and what became of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Case, F, OuterRef, Q, Subquery, Sum, When
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from kit.jobs.models import Job
from kit.second_person import WINDOW, Share, TwoPeople, two_people
from sellers.models import Market

TO_CREATE = Cast(KeyTextTransform("created", "preview"), models.IntegerField())
"""How many violations the check found that an upload would create."""
CONFIRMED = Case(When(state="failed", then=F("created")), default=TO_CREATE)
"""How many violations were confirmed; of an upload that failed, how many it created."""


class UploadQuerySet(models.QuerySet["Upload"]):
    def waiting(self) -> UploadQuerySet:
        """Those that a worker has to do something about."""
        return self.filter(due_at__isnull=False)

    def for_second_person(self, *, as_of: datetime) -> UploadQuerySet:
        """Checked ones that would create more violations than one person may import in their market."""
        own = Upload.objects.alone(as_of=as_of).filter(market=OuterRef("market"), uploaded_by=OuterRef("uploaded_by"))
        alone = own.order_by().values("market").annotate(sum=Sum(CONFIRMED)).values("sum")
        checked = self.filter(state=Upload.State.CHECKED).annotate(total=Coalesce(Subquery(alone), 0) + TO_CREATE)
        return checked.filter(total__gt=F("market__upload_second_person_above"))

    def alone(self, *, as_of: datetime) -> UploadQuerySet:
        """Those that one person uploaded and confirmed within the last 24 hours, and no other had to look at."""
        own = self.filter(uploaded_by=F("confirmed_by"), needs_second_person=False)
        return own.filter(confirmed_at__gt=as_of - WINDOW)


class Upload(Job, TwoPeople):
    """A file of violations of one market: checked first, and imported only after somebody has seen what would happen.

    ``last_line`` and the counts say how far the worker is. The transaction that issues a batch of rows also moves them
    on. So after a killed worker another one goes on where it stopped. ``preview`` is what the check found. The file
    lies outside the web root until the upload is finished.
    """

    class State(models.TextChoices):
        CHECKING = "checking", _lazy("Being checked")
        CHECKED = "checked", _lazy("Checked, waits for a decision")
        IMPORTING = "importing", _lazy("Being imported")
        DONE = "done", _lazy("Imported")
        FAILED = "failed", _lazy("Cannot be read")
        DISCARDED = "discarded", _lazy("Discarded")

    proposer, approver = "uploaded_by", "confirmed_by"
    retried_with = approved_with = "violations.add_upload"

    market = models.ForeignKey(Market, on_delete=models.PROTECT, related_name="uploads")
    name = models.CharField(max_length=100, help_text=_lazy("What the file is called."))
    kind = models.CharField(max_length=6, choices=[("csv", "CSV"), ("ndjson", "NDJSON")])
    size = models.PositiveBigIntegerField(help_text=_lazy("In bytes."))
    sha256 = models.CharField("SHA-256", max_length=64, help_text=_lazy("A hash of the file, to tell it again."))
    stored_name = models.CharField(max_length=100, editable=False)
    state = models.CharField(max_length=10, choices=State, default=State.CHECKING)
    uploaded_at = models.DateTimeField()
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    confirmed_at = models.DateTimeField(null=True, blank=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    needs_second_person = models.BooleanField(
        default=False,
        db_default=False,
        editable=False,
        help_text=_lazy("As its market asked for when it was confirmed."),
    )
    finished_at = models.DateTimeField(null=True, blank=True)
    rows = models.PositiveIntegerField(default=0)
    bytes_read = models.PositiveBigIntegerField(default=0)
    last_line = models.PositiveIntegerField(default=0)
    created = models.PositiveIntegerField(default=0)
    present = models.PositiveIntegerField("already there", default=0)
    held = models.PositiveIntegerField(
        default=0, help_text=_lazy("Kept for staff: an alarm holds what their detector finds.")
    )
    refused = models.PositiveIntegerField(default=0)
    over = models.PositiveIntegerField(
        "points over when told",
        default=0,
        help_text=_lazy("Created ones whose points stopped counting before they were told."),
    )
    preview = models.JSONField(default=dict)
    fault = models.CharField(max_length=300, blank=True)

    objects = UploadQuerySet.as_manager()

    scope_path = "market"

    class Meta(Job.Meta):
        ordering = ["-uploaded_at", "-id"]
        constraints = [
            *Job.Meta.constraints,
            models.CheckConstraint(
                name="upload_due_while_waiting",
                condition=Q(state__in=["checking", "importing"], due_at__isnull=False)
                | (~Q(state__in=["checking", "importing"]) & Q(due_at=None)),
            ),
            models.CheckConstraint(
                name="upload_imports_what_was_confirmed",
                condition=~Q(state__in=["importing", "done"])
                | Q(confirmed_at__isnull=False, confirmed_by__isnull=False),
            ),
            *two_people(
                "upload",
                proposer="uploaded_by",
                decision=["confirmed_by", "confirmed_at"],
                unless=Q(needs_second_person=False),
            ),
            models.CheckConstraint(
                name="upload_counts_add_up",
                condition=Q(rows=models.F("created") + models.F("present") + models.F("held") + models.F("refused")),
            ),
        ]

    def __str__(self) -> str:
        return _("Upload %(pk)s: %(name)s") % {"pk": self.pk, "name": self.name}

    def when_given_up(self, now: datetime) -> dict[str, Any]:
        """The file stays for a while, so that it can be tried again."""
        said = _("The worker failed %(attempts)s times after line %(line)s. The log of the worker says why.")
        fault = said % {"attempts": self.attempts, "line": f"{self.last_line:,}"}
        return {"state": self.State.FAILED, "finished_at": now, "fault": fault}

    def when_retried(self) -> dict[str, Any]:
        state = self.State.IMPORTING if self.confirmed_at else self.State.CHECKING
        return {"state": state, "finished_at": None, "fault": ""}

    @property
    def source(self) -> str:
        """What the violations it issues say about how they came in; no other upload says the same."""
        return f"upload {self.pk}: {self.name}"[:120]

    def share(self, *, as_of: datetime) -> Share:
        """What it would create, beside what its uploader imported alone in its market within the last 24 hours."""
        own = Upload.objects.alone(as_of=as_of).filter(market=self.market_id, uploaded_by=self.uploaded_by_id)
        alone = own.aggregate(sum=Sum(CONFIRMED))["sum"] or 0
        return Share(self.preview.get("created", 0), alone=alone, above=self.market.upload_second_person_above)

    @property
    def is_at_work(self) -> bool:
        return self.state in {self.State.CHECKING, self.State.IMPORTING}

    @property
    def percent(self) -> int:
        """How much of the file the worker has read."""
        return min(100 * self.bytes_read // max(self.size, 1), 100)


class UploadProblem(models.Model):
    """A thing that is wrong with a row of an upload: found by the check, or by the import once that has begun."""

    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="problems", db_index=False)
    line = models.PositiveIntegerField()
    external_id = models.CharField(max_length=64, blank=True)
    field = models.CharField(max_length=64, blank=True)
    reason = models.TextField()

    class Meta:
        ordering = ["line", "id"]
        indexes = [models.Index(fields=["upload", "line", "id"], name="upload_problem_line")]

    def __str__(self) -> str:
        return _("Line %(line)s: %(reason)s") % {"line": self.line, "reason": self.reason}
