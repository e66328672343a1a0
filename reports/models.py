"""Weekly account health reports: the run of a market's week, its chunks, and each seller's frozen report."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kit.dates import Week
from kit.jobs.models import Job
from sellers.models import Market, Seller


class TsTzRange(Func):
    function = "TSTZRANGE"
    output_field = DateTimeRangeField()


class ReportRunQuerySet(models.QuerySet["ReportRun"]):
    def published(self) -> ReportRunQuerySet:
        return self.filter(published_at__isnull=False)

    def before(self, run: ReportRun) -> ReportRunQuerySet:
        """The runs of the same market before a run, the latest first; the run need not be saved."""
        return self.filter(market_id=run.market_id, starts_at__lt=run.starts_at).order_by("-starts_at")


class ReportRun(models.Model):
    """The job that builds one local week of one market; published for all its sellers at once.

    A market's runs follow each other without gap: each covers what was recorded from the end of the one before until
    the end of its week.
    """

    market = models.ForeignKey(Market, on_delete=models.PROTECT, related_name="report_runs")
    week_start = models.DateField(help_text=_("The Monday (local) on which the week starts."))
    starts_at = models.DateTimeField(help_text=_("What was recorded from here …"))
    ends_at = models.DateTimeField(help_text=_("… until before here is in the run."))
    created_at = models.DateTimeField(default=timezone.now)
    published_at = models.DateTimeField(null=True, blank=True)
    rules = models.JSONField(
        default=dict,
        help_text=_("The market's names, time zone, milestones and distance of approach when the run started."),
    )
    workshops = models.JSONField(
        default=list, help_text=_("The market's workshops in the weeks to come, as they were when the run started.")
    )

    objects = ReportRunQuerySet.as_manager()

    scope_path = "market"

    class Meta:
        ordering = ["-week_start", "market"]
        constraints = [
            models.UniqueConstraint(fields=["market", "week_start"], name="report_run_one_per_week"),
            models.UniqueConstraint(fields=["id", "week_start"], name="report_run_week_key"),
            models.CheckConstraint(name="report_run_week_starts_on_monday", condition=Q(week_start__iso_week_day=1)),
            models.CheckConstraint(name="report_run_covers_time", condition=Q(ends_at__gt=F("starts_at"))),
            models.CheckConstraint(
                name="report_run_published_after_week",
                condition=Q(published_at=None) | Q(published_at__gte=F("ends_at")),
            ),
            ExclusionConstraint(
                name="report_run_no_overlap",
                expressions=[
                    ("market", RangeOperators.EQUAL),
                    (TsTzRange("starts_at", "ends_at", RangeBoundary()), RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.market} {self.week}"

    @property
    def week(self) -> Week:
        return Week(self.week_start)

    @property
    def zone(self) -> ZoneInfo:
        """The market's time zone when the run started."""
        return ZoneInfo(self.rules["time_zone"])

    @property
    def market_name(self) -> str:
        """What the market was called when the run started."""
        return str(self.rules["market"])

    @property
    def milestone_points(self) -> list[int]:
        """The points of the market's milestones when the run started, in order."""
        return [milestone["points"] for milestone in self.rules["milestones"]]


class ReportChunkQuerySet(models.QuerySet["ReportChunk"]):
    def to_build(self) -> ReportChunkQuerySet:
        return self.filter(done_at=None)

    def to_announce(self) -> ReportChunkQuerySet:
        """Those whose reports are published and whose sellers have not been told."""
        return self.filter(done_at__isnull=False, announced_at=None, run__published_at__isnull=False)

    def given_up(self) -> ReportChunkQuerySet:
        """Those that failed or lost their worker too often, and wait for staff."""
        return self.filter(given_up_at__isnull=False)


class ReportChunk(Job):
    """A range of seller ids of a run, and the job to build and announce their reports.

    Its reports are built in one transaction that also sets ``done_at``; then nothing is due until the run is published.
    Its sellers are told in one transaction that also sets ``announced_at``. A worker in either holds the row, so nobody
    else claims it however long that takes: the lease is for the moment before.
    """

    lease = timedelta(minutes=1)
    waits = tuple(timedelta(seconds=seconds) for seconds in (30, 60, 120, 240, 480, 960, 1_800))
    retried_with = "reports.change_reportrun"

    run = models.ForeignKey(ReportRun, on_delete=models.CASCADE, related_name="chunks", db_index=False)
    first_seller_id = models.BigIntegerField()
    last_seller_id = models.BigIntegerField()
    done_at = models.DateTimeField(null=True, blank=True)
    rows = models.PositiveIntegerField(default=0)
    announced_at = models.DateTimeField(null=True, blank=True, help_text=_("When its sellers were told."))

    objects = ReportChunkQuerySet.as_manager()

    scope_path = "run__market"

    class Meta(Job.Meta):
        ordering = ["run", "first_seller_id"]
        constraints = [
            *Job.Meta.constraints,
            models.CheckConstraint(
                name="report_chunk_announced_once_done", condition=Q(announced_at=None) | Q(done_at__isnull=False)
            ),
            models.CheckConstraint(
                name="report_chunk_is_built_in_the_end",
                condition=Q(done_at__isnull=False) | Q(due_at__isnull=False) | Q(given_up_at__isnull=False),
            ),
            models.CheckConstraint(
                name="report_chunk_over_once_announced",
                condition=Q(announced_at=None) | Q(due_at=None, given_up_at=None),
            ),
            models.UniqueConstraint(fields=["run", "first_seller_id"], name="report_chunk_range_unique"),
            models.CheckConstraint(
                name="report_chunk_range_ordered", condition=Q(last_seller_id__gte=F("first_seller_id"))
            ),
        ]

    def __str__(self) -> str:
        said = _("%(run)s: sellers %(first)s to %(last)s")
        return str(said % {"run": self.run, "first": self.first_seller_id, "last": self.last_seller_id})


class WeeklyReportQuerySet(models.QuerySet["WeeklyReport"]):
    def published(self) -> WeeklyReportQuerySet:
        return self.filter(run__published_at__isnull=False)


class WeeklyReport(models.Model):
    """One seller's week. Once its run is published, the database refuses changes.

    The ``seller_…`` columns are the seller as it was when the report was built. ``detail`` holds what the page lists:
    ids and frozen figures, as described in ``reports.build_statement``.
    """

    pk = models.CompositePrimaryKey("week_start", "seller_id")
    week_start = models.DateField()
    # Triggers hold what the foreign keys would, once per statement instead of once per row.
    seller = models.ForeignKey(
        Seller, on_delete=models.PROTECT, related_name="reports", db_index=False, db_constraint=False
    )
    run = models.ForeignKey(
        ReportRun, on_delete=models.PROTECT, related_name="reports", db_index=False, db_constraint=False
    )
    seller_name = models.CharField(max_length=120)
    seller_city = models.CharField(max_length=80, blank=True)
    seller_signed_up = models.BooleanField(
        default=True, help_text=_("Whether the seller could take places in workshops.")
    )
    points_at_start = models.IntegerField()
    points_at_end = models.IntegerField()
    points_in = models.IntegerField(help_text=_("Assessed in the week."))
    points_out = models.IntegerField(help_text=_("Credited and reversed in the week (zero or below)."))
    violation_count = models.PositiveIntegerField()
    previous_violation_count = models.PositiveIntegerField()
    message_count = models.PositiveIntegerField()
    next_milestone_points = models.PositiveSmallIntegerField(null=True, blank=True)
    is_approaching = models.BooleanField()
    detail = models.JSONField(default=dict)

    objects = WeeklyReportQuerySet.as_manager()

    scope_path = "run__market"

    class Meta:
        ordering = ["-week_start"]
        constraints = [
            models.CheckConstraint(
                name="weekly_report_totals_not_negative", condition=Q(points_at_start__gte=0, points_at_end__gte=0)
            ),
            models.CheckConstraint(name="weekly_report_names_its_seller", condition=~Q(seller_name="")),
        ]

    def __str__(self) -> str:
        return f"{self.seller} {self.week}"

    def get_absolute_url(self) -> str:
        return reverse("reports:detail", kwargs={"seller_id": self.seller_id, "week": str(self.week)})

    @property
    def week(self) -> Week:
        return Week(self.week_start)
