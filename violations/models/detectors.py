"""Alarms about automated systems whose violations are overturned much more often than before, and what is held."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from kit.texts.limits import REASON, no_longer
from kit.texts.validators import is_visible
from sellers.models import Market, Seller
from violations.models.reversals import MassReversal
from violations.models.violations import Violation


class DetectorAlarmQuerySet(models.QuerySet["DetectorAlarm"]):
    def waiting(self) -> DetectorAlarmQuerySet:
        """Those that nobody settled."""
        return self.filter(settled_at=None)

    def holding(self) -> DetectorAlarmQuerySet:
        """Those by which new violations of their detector are held."""
        return self.filter(held_from__isnull=False, released_at=None)


class DetectorAlarm(models.Model):
    """The share of a detector's violations that appeals overturn has jumped. One of a detector waits in a market.

    ``since`` is when the earliest violation of the cases that raised it was issued. ``usual`` is the share before.
    """

    market = models.ForeignKey(Market, on_delete=models.PROTECT, related_name="detector_alarms", db_index=False)
    detector = models.CharField(max_length=60)
    raised_at = models.DateTimeField()
    since = models.DateTimeField()
    cases = models.PositiveIntegerField(help_text=_lazy("Decided appeals that raised it."))
    overturned = models.PositiveIntegerField(help_text=_lazy("Of these, granted wholly or in part."))
    usual = models.FloatField(help_text=_lazy("The share that was overturned before."))
    last_appeal_id = models.BigIntegerField(help_text=_lazy("The appeal whose decision raised it."))
    reversal = models.OneToOneField(
        MassReversal, on_delete=models.SET_NULL, null=True, blank=True, related_name="alarm",
        help_text=_lazy("The mass reversal that it drafted."),
    )  # fmt: skip
    held_from = models.DateTimeField(null=True, blank=True)
    held_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    released_at = models.DateTimeField(null=True, blank=True)
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    note = models.TextField(max_length=REASON, blank=True, help_text=_lazy("What it was, for staff."))

    objects = DetectorAlarmQuerySet.as_manager()

    scope_path = "market"

    class Meta:
        ordering = ["-raised_at", "-id"]
        permissions = [("handle_detectoralarm", "Can hold violations of a detector and settle its alarm")]
        indexes = [models.Index(fields=["market", "detector", "-id"], name="alarm_of_detector")]
        constraints = [
            no_longer("note", REASON, name="alarm_note_fits"),
            models.UniqueConstraint(
                fields=["market", "detector"], condition=Q(settled_at=None), name="alarm_one_waits"
            ),
            models.CheckConstraint(
                name="alarm_counts_its_cases",
                condition=Q(cases__gte=1, overturned__gte=1, overturned__lte=F("cases"), usual__gte=0, usual__lte=1),
            ),
            models.CheckConstraint(
                name="alarm_hold_is_whole",
                condition=Q(held_from=None, held_by=None, released_at=None, released_by=None)
                | Q(held_from__isnull=False, held_by__isnull=False, released_at=None, released_by=None)
                | Q(
                    held_from__isnull=False, held_by__isnull=False, released_by__isnull=False,
                    released_at__gte=F("held_from"),
                ),
            ),
            models.CheckConstraint(
                name="alarm_settled_by_somebody_with_a_note",
                condition=Q(settled_at=None, settled_by=None, note="")
                | Q(settled_at__gte=F("raised_at"), settled_by__isnull=False) & is_visible("note")
                & (Q(held_from=None) | Q(released_at__isnull=False)),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return _("Alarm: %(detector)s in %(market)s") % {"detector": self.detector, "market": self.market}

    @property
    def is_holding(self) -> bool:
        """Whether new violations of the detector are held."""
        return self.held_from is not None and self.released_at is None


class HeldViolationQuerySet(models.QuerySet["HeldViolation"]):
    def waiting(self) -> HeldViolationQuerySet:
        """Those that nobody decided about, the first received first."""
        return self.filter(decided_at=None).order_by("pk")


class HeldViolation(models.Model):
    """A violation that was sent while its detector was held: nobody was told, until staff issue it or drop it."""

    alarm = models.ForeignKey(DetectorAlarm, on_delete=models.PROTECT, related_name="held")
    market = models.ForeignKey(Market, on_delete=models.PROTECT, related_name="held_violations", db_index=False)
    seller = models.ForeignKey(Seller, on_delete=models.PROTECT, related_name="held_violations", db_index=False)
    external_id = models.CharField(max_length=64)
    fingerprint = models.CharField(max_length=64, editable=False)
    draft = models.JSONField(help_text=_lazy("What was sent."))
    source = models.CharField(max_length=120)
    received_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    violation = models.OneToOneField(
        Violation, on_delete=models.PROTECT, null=True, blank=True, related_name="held",
        help_text=_lazy("What was issued; empty if it was dropped."),
    )  # fmt: skip
    reason = models.TextField(max_length=REASON, blank=True, help_text=_lazy("Why it was dropped."))

    objects = HeldViolationQuerySet.as_manager()

    scope_path = "market"

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["id"], condition=Q(decided_at=None), name="held_violation_waits")]
        constraints = [
            no_longer("reason", REASON, name="held_violation_reason_fits"),
            models.UniqueConstraint(fields=["market", "external_id"], name="held_violation_once"),
            models.CheckConstraint(
                name="held_violation_decision_is_whole",
                condition=Q(decided_at=None, decided_by=None, violation=None, reason="")
                | Q(decided_at__isnull=False, decided_by__isnull=False)
                & (Q(violation__isnull=False, reason="") | Q(violation=None) & is_visible("reason")),
            ),
        ]

    def __str__(self) -> str:
        return self.external_id
