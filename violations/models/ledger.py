"""The points ledger."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _lazy

from sellers.models import Seller
from violations.models.violations import Violation


class PointsEntryQuerySet(models.QuerySet["PointsEntry"]):
    def counting(self, *, as_of: datetime) -> PointsEntryQuerySet:
        """The entries that count at a moment."""
        return self.filter(effective_at__lte=as_of, expires_at__gt=as_of)

    def known(self, *, before: datetime) -> PointsEntryQuerySet:
        """The entries recorded before a moment."""
        return self.filter(recorded_at__lt=before)

    def recorded_between(self, start: datetime, end: datetime) -> PointsEntryQuerySet:
        return self.filter(recorded_at__gte=start, recorded_at__lt=end)

    def total(self) -> int:
        """The sum of the points, 0 for none."""
        return int(self.aggregate(total=Coalesce(models.Sum("points"), 0))["total"])


class PointsEntry(models.Model):
    """A line of the points ledger. It counts from ``effective_at`` until before ``expires_at``.

    The database refuses to change or delete a line. A correction (credit or reversal) copies the expiry of the
    assessment it corrects. The entries of a violation never sum below zero. The database holds both.
    """

    class Kind(models.TextChoices):
        ASSESSMENT = "assessment", _lazy("Assessed")
        CREDIT = "credit", _lazy("Credited")
        REVERSAL = "reversal", _lazy("Reversed")

    class Source(models.TextChoices):
        """What led to an entry; the service that writes it says so."""

        VIOLATION = "violation", _lazy("Violation")
        QUIZ = "quiz", _lazy("Quiz")
        APPEAL = "appeal", _lazy("Appeal")
        VOIDING = "voiding", _lazy("Voiding")
        REVERSAL = "reversal", _lazy("Mass reversal")

    seller = models.ForeignKey(Seller, on_delete=models.PROTECT, related_name="entries", db_index=False)
    violation = models.ForeignKey(Violation, on_delete=models.PROTECT, related_name="entries")
    kind = models.CharField(max_length=10, choices=Kind)
    source = models.CharField(max_length=10, choices=Source, help_text=_lazy("What led to it."))
    points = models.SmallIntegerField(
        help_text=_lazy("Above zero for an assessment, below zero for a credit or a reversal.")
    )
    effective_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    corrects = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="corrections", db_index=False
    )
    reason = models.CharField(max_length=200)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )

    objects = PointsEntryQuerySet.as_manager()

    scope_path = "seller__market"

    class Meta:
        ordering = ["-effective_at", "-id"]
        verbose_name = _lazy("points entry")
        verbose_name_plural = _lazy("points ledger")
        indexes = [
            models.Index(
                fields=["seller", "recorded_at"],
                include=["points", "effective_at", "expires_at"],
                name="points_entry_seller_recorded",
            ),
            models.Index(fields=["recorded_at"], name="points_entry_recorded"),
            models.Index(fields=["expires_at"], name="points_entry_expires"),
            models.Index(
                fields=["kind", "-id"], condition=Q(kind__in=["credit", "reversal"]), name="points_entry_correction"
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["violation"], condition=Q(kind="assessment"), name="points_entry_one_assessment_per_violation"
            ),
            models.UniqueConstraint(fields=["id", "violation", "expires_at"], name="points_entry_correction_key"),
            models.CheckConstraint(
                name="points_entry_counts_for_a_time", condition=Q(expires_at__gt=F("effective_at"))
            ),
            models.CheckConstraint(
                name="points_entry_recorded_once_effective", condition=Q(recorded_at__gte=F("effective_at"))
            ),
            models.CheckConstraint(
                name="points_entry_sign_fits_kind",
                condition=Q(kind="assessment", points__gt=0, corrects=None)
                | Q(kind__in=["credit", "reversal"], points__lt=0, corrects__isnull=False),
            ),
            models.CheckConstraint(
                name="points_entry_source_fits_kind",
                condition=Q(kind="assessment", source="violation")
                | Q(kind="credit", source__in=["quiz", "appeal"])
                | Q(kind="reversal", source__in=["appeal", "voiding", "reversal"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.points:+d}"

    @property
    def was_over_when_told(self) -> bool:
        """Whether it had stopped counting before the portal, and so the seller, learned of it."""
        return self.expires_at <= self.recorded_at
