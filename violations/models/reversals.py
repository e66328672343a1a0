"""Mass reversals: a set of violations that is voided for an incident."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q, Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from kit.jobs.models import Job, minutes
from kit.second_person import WINDOW, Share, TwoPeople, two_people
from kit.texts.limits import REASON, no_longer
from kit.texts.validators import is_visible
from policies.models import Policy, PolicyVersion
from sellers.models import Market
from violations.models.violations import Violation


class MassReversalQuerySet(models.QuerySet["MassReversal"]):
    def running(self) -> MassReversalQuerySet:
        """Those that have been started and neither are done nor stand still."""
        return self.filter(due_at__isnull=False)

    def proposed(self) -> MassReversalQuerySet:
        """Those that wait for a second person."""
        return self.filter(started_at=None, proposed_by__isnull=False)

    def alone(self, *, as_of: datetime) -> MassReversalQuerySet:
        """Those that one person started within the last 24 hours, and no other had to look at."""
        return self.filter(needs_second_person=False, started_at__gt=as_of - WINDOW)


class MassReversal(Job, TwoPeople):
    """Staff void a set of a market's violations, because what found them or the policy was wrong.

    The set is fixed when it is drafted: violations that match the filter with an id up to ``last_violation_id``. Once
    started only its progress is written: the sellers in the order of their ids, up to ``last_seller_id``.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _lazy("Draft")
        RUNNING = "running", _lazy("Running")
        STOPPED = "stopped", _lazy("Stopped")
        DONE = "done", _lazy("Done")

    lease = timedelta(minutes=1)
    waits = minutes(1, 1, 1, 1)
    retried_with = approved_with = "violations.void_violations_in_bulk"
    approver = "started_by"

    market = models.ForeignKey(Market, on_delete=models.PROTECT, related_name="mass_reversals", db_index=False)
    policy = models.ForeignKey(
        Policy, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    policy_version = models.ForeignKey(
        PolicyVersion, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    source = models.CharField(max_length=120, blank=True, help_text=_lazy("One import, one API token."))
    detection = models.CharField(
        max_length=10, choices=Violation.Detection, blank=True, verbose_name=_lazy("how it was found")
    )
    detector = models.CharField(max_length=60, blank=True, db_default="", help_text=_lazy("One automated system."))
    detector_version = models.CharField(
        max_length=40, blank=True, db_default="", help_text=_lazy("One of its versions.")
    )
    automated = models.BooleanField(  # the decision, not how it was found
        null=True, blank=True, verbose_name=_lazy("decided without a person")
    )
    issued_from = models.DateTimeField(null=True, blank=True)
    issued_until = models.DateTimeField(null=True, blank=True, help_text=_lazy("Exclusive."))
    recorded_from = models.DateTimeField(null=True, blank=True)
    recorded_until = models.DateTimeField(null=True, blank=True, help_text=_lazy("Exclusive."))
    last_violation_id = models.BigIntegerField(help_text=_lazy("Violations that came later are no part of it."))

    incident = models.TextField(max_length=REASON, help_text=_lazy("What happened, for staff. Sellers do not read it."))
    reason = models.TextField(max_length=REASON, blank=True, help_text=_lazy("The sellers read it."))
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_lazy("drafted by"),
        help_text=_lazy("Nobody, if the alarm of a detector did."),
    )
    proposed_at = models.DateTimeField(null=True, blank=True)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    needs_second_person = models.BooleanField(
        default=False, db_default=False, editable=False, help_text=_lazy("As its market asked for when it was started.")
    )
    started_at = models.DateTimeField(null=True, blank=True)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    expected_violations = models.PositiveIntegerField(
        default=0, help_text=_lazy("What the preview said when it started.")
    )
    expected_sellers = models.PositiveIntegerField(default=0)
    expected_points = models.PositiveIntegerField(default=0)
    expected_actions = models.PositiveIntegerField(default=0)
    expected_appeals = models.PositiveIntegerField(default=0)

    last_seller_id = models.BigIntegerField(default=0, help_text=_lazy("Sellers up to this one are done."))
    violations_voided = models.PositiveIntegerField(default=0)
    sellers_told = models.PositiveIntegerField(default=0)
    points_reversed = models.PositiveIntegerField(default=0)
    actions_lifted = models.PositiveIntegerField(default=0)
    appeals_settled = models.PositiveIntegerField(default=0)
    stopped_at = models.DateTimeField(null=True, blank=True)
    stopped_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    done_at = models.DateTimeField(null=True, blank=True)

    objects = MassReversalQuerySet.as_manager()

    scope_path = "market"

    class Meta(Job.Meta):
        ordering = ["-created_at", "-id"]
        permissions = [("void_violations_in_bulk", "Can void violations in bulk")]
        constraints = [
            *Job.Meta.constraints,
            models.CheckConstraint(
                name="mass_reversal_due_while_running",
                condition=Q(due_at=None) & (Q(started_at=None) | Q(stopped_at__isnull=False) | Q(done_at__isnull=False))
                | Q(due_at__isnull=False, started_at__isnull=False, stopped_at=None, done_at=None),
            ),
            models.UniqueConstraint(fields=["id", "market"], name="mass_reversal_id_market_key"),
            models.CheckConstraint(
                name="mass_reversal_names_more_than_a_market",
                condition=Q(policy__isnull=False)
                | Q(policy_version__isnull=False)
                | ~Q(source="")
                | ~Q(detection="")
                | ~Q(detector="")
                | Q(automated__isnull=False)
                | Q(issued_from__isnull=False)
                | Q(issued_until__isnull=False)
                | Q(recorded_from__isnull=False)
                | Q(recorded_until__isnull=False),
            ),
            models.CheckConstraint(
                name="mass_reversal_periods_have_a_length",
                condition=(Q(issued_from=None) | Q(issued_until=None) | Q(issued_until__gt=F("issued_from")))
                & (Q(recorded_from=None) | Q(recorded_until=None) | Q(recorded_until__gt=F("recorded_from"))),
            ),
            no_longer("incident", REASON, name="mass_reversal_incident_fits"),
            no_longer("reason", REASON, name="mass_reversal_reason_fits"),
            models.CheckConstraint(name="mass_reversal_says_what_happened", condition=is_visible("incident")),
            models.CheckConstraint(
                name="mass_reversal_started_by_somebody_with_reason",
                condition=Q(started_at=None, started_by=None, stopped_at=None, done_at=None, last_seller_id=0)
                | (
                    Q(started_at__gte=F("created_at"), started_at__isnull=False, started_by__isnull=False)
                    & is_visible("reason")
                ),
            ),
            models.CheckConstraint(
                name="mass_reversal_proposed_by_somebody",
                condition=Q(proposed_at=None, proposed_by=None)
                | Q(proposed_at__isnull=False, proposed_by__isnull=False),
            ),
            *two_people("mass_reversal", decision=["started_by"], unless=Q(needs_second_person=False)),
            models.CheckConstraint(
                name="mass_reversal_done_or_stopped", condition=Q(stopped_at=None, stopped_by=None) | Q(done_at=None)
            ),
        ]

    def __str__(self) -> str:
        return _("Mass reversal %(pk)s") % {"pk": self.pk}

    def when_given_up(self, now: datetime) -> dict[str, Any]:
        return {"stopped_at": now}

    def when_retried(self) -> dict[str, Any]:
        return {"stopped_at": None}

    @property
    def state(self) -> MassReversal.State:
        """Where it stands, from its moments."""
        if self.started_at is None:
            return self.State.DRAFT
        if self.done_at is not None:
            return self.State.DONE
        return self.State.RUNNING if self.stopped_at is None else self.State.STOPPED

    def share(self, violations: int, *, person_id: int, as_of: datetime) -> Share:
        """So many violations, beside what this person voided alone in its market within the last 24 hours."""
        own = MassReversal.objects.alone(as_of=as_of).filter(market=self.market_id, started_by=person_id)
        alone = own.aggregate(sum=Sum("expected_violations"))["sum"] or 0
        return Share(violations, alone=alone, above=self.market.reversal_second_person_above)

    def matches(self, prefix: str = "") -> Q:
        """Which violations are in the set, also those that are voided already; ``prefix`` leads to the violation."""
        wanted = {
            "market_id": self.market_id,
            "id__lte": self.last_violation_id,
            "policy_version__policy_id": self.policy_id,
            "policy_version_id": self.policy_version_id,
            "source": self.source or None,
            "detection": self.detection or None,
            "detector": self.detector or None,
            "detector_version": self.detector_version or None,
            "automated": self.automated,
            "issued_at__gte": self.issued_from,
            "issued_at__lt": self.issued_until,
            "recorded_at__gte": self.recorded_from,
            "recorded_at__lt": self.recorded_until,
        }
        return Q(**{f"{prefix}{name}": value for name, value in wanted.items() if value is not None})
