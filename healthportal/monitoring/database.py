"""Metrics that the database knows: they are asked for whenever somebody looks, and are the same on every host."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Min, Q
from django.utils import timezone
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from inbox.events.models import Event
from inbox.events.selectors import endpoints_switched_off
from kit.jobs.queues import QueueState, job_kinds, queue_state
from reports.models import ReportRun
from violations.models import EnforcementAction

NAMES = [
    "healthportal_jobs",
    "healthportal_job_oldest_seconds",
    "healthportal_report_runs_open",
    "healthportal_report_run_oldest_seconds",
    "healthportal_events_without_place_oldest_seconds",
    "healthportal_webhook_endpoints_off",
    "healthportal_actions_not_confirmed",
]


def seconds_since(moment: datetime | None, now: datetime) -> float:
    return max((now - moment).total_seconds(), 0) if moment else 0


class DatabaseCollector(Collector):
    """Two queries for each kind of job, and one for each of the others."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        now = timezone.now()
        yield from _jobs([queue_state(kind, as_of=now) for kind in job_kinds()], now)
        yield from _runs(now)
        oldest = Event.objects.unplaced().aggregate(oldest=Min("recorded_at"))["oldest"]
        yield _gauge(
            "events_without_place_oldest_seconds", "Since when an event waits for the feed.", seconds_since(oldest, now)
        )
        yield _gauge(
            "webhook_endpoints_off",
            "Endpoints that were switched off because they took nothing.",
            endpoints_switched_off(as_of=now).count(),
        )
        late = EnforcementAction.objects.to_acknowledge(as_of=now).count()
        yield _gauge("actions_not_confirmed", "Actions that the marketplace's system has not confirmed.", late)


def _gauge(name: str, says: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"healthportal_{name}", says, value=value)


def _jobs(standings: list[QueueState], now: datetime) -> Iterator[GaugeMetricFamily]:
    jobs = GaugeMetricFamily("healthportal_jobs", "Jobs that are not done.", labels=["kind", "state"])
    oldest = GaugeMetricFamily(
        "healthportal_job_oldest_seconds", "For how long the job that waits longest is due.", labels=["kind"]
    )
    for one in standings:
        kind = one.kind._meta.label_lower
        for state in ("waiting", "later", "running", "given_up"):
            jobs.add_metric([kind, state], getattr(one, state))
        oldest.add_metric([kind], seconds_since(one.oldest_due_at, now))
    yield from (jobs, oldest)


def _runs(now: datetime) -> Iterator[GaugeMetricFamily]:
    unpublished = ReportRun.objects.filter(Q(published_at=None))
    yield _gauge("report_runs_open", "Weekly runs that are not published.", unpublished.count())
    oldest = unpublished.aggregate(oldest=Min("ends_at"))["oldest"]
    yield _gauge(
        "report_run_oldest_seconds", "How long ago the week of the oldest of them ended.", seconds_since(oldest, now)
    )
