"""Reads of the runs: what is due, what is complete, what a run knows besides its sellers' records."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import copy
from datetime import date, datetime, timedelta
from typing import Any, cast

from django.core.cache import cache
from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet, Sum

from inbox.models import EmailDelivery, Message
from kit.dates import Week
from policies.models import Policy
from quizzes.models import Quiz
from sellers.models import Market, Seller
from violations.selectors import market_rules
from workshops.models import City, Workshop

from .. import rules
from ..models import ReportChunk, ReportRun, ReportRunQuerySet, WeeklyReport

EMAILS_KEPT_SECONDS = 30

WORKSHOP_WORDS = ("title", "time_zone", "mode", "venue")
WORKSHOP_MOMENTS = ("starts_at", "ends_at")

FAILED = ~Q(last_error="")
"""Which chunks failed in the step that they are at."""


def open_run(*, market: Market) -> ReportRun | None:
    """The run of a market that is started and not published; there is one at most."""
    return ReportRun.objects.filter(market=market, published_at=None).order_by("week_start").first()


def next_week(*, market: Market) -> Week:
    """The week of a market that is built next once no run is open. The market's books decide, so pass it fresh."""
    last = ReportRun.objects.filter(market=market).order_by("-week_start").first()
    return rules.week_to_build(market.books_closed_until, last=last.week if last else None, zone=market.zone)


def is_due(*, market: Market, now: datetime) -> bool:
    """Whether a market's next week has ended and no run is open."""
    return open_run(market=market) is None and next_week(market=market).ends_at(zone=market.zone) <= now


def complete_runs() -> ReportRunQuerySet:
    """Runs to be published: started, and every chunk done."""
    open_chunks = ReportChunk.objects.filter(run=OuterRef("pk"), done_at=None)
    return ReportRun.objects.filter(~Exists(open_chunks), published_at=None).order_by("pk")


def workshops_ahead(*, market: Market, as_of: datetime) -> list[dict[str, Any]]:
    """What a run keeps of the market's workshops that start in the eight weeks after a moment, published by then."""
    standing = Q(cancelled_at=None) | Q(cancelled_at__gte=as_of)
    until = as_of + timedelta(weeks=rules.WORKSHOP_WEEKS)
    ahead = Workshop.objects.filter(
        standing, market=market, published_at__lt=as_of, starts_at__gt=as_of, starts_at__lt=until
    ).order_by("starts_at", "pk")
    return [
        {"id": one.pk, "city": one.city.name if one.city else ""}
        | {name: getattr(one, name) for name in WORKSHOP_WORDS}
        | {name: getattr(one, name).isoformat() for name in WORKSHOP_MOMENTS}
        for one in ahead.select_related("city")
    ]


def workshops_of(run: ReportRun) -> list[Workshop]:
    """The workshops that a run knew were ahead, as it keeps them."""
    return [workshop_as_kept(Workshop(pk=kept["id"]), kept) for kept in run.workshops]


def workshop_as_kept(workshop: Workshop, kept: Mapping[str, Any]) -> Workshop:
    """The workshop with the title, time and place that a run keeps of it: wherever it moved since."""
    for name in WORKSHOP_WORDS:
        setattr(workshop, name, kept[name])
    workshop.city = City(name=kept["city"]) if kept["city"] else None
    for name in WORKSHOP_MOMENTS:
        setattr(workshop, name, datetime.fromisoformat(kept[name]))
    return workshop


def rules_of(market: Market, *, as_of: datetime) -> dict[str, Any]:
    """What a run keeps of its market's rules and policies: its reports do not change when staff edit those.

    The numbers are those of the moment, even if the run starts after they changed.

    Of each policy, by its code: its name, the title of its article, and what a pass of its quiz takes off. The last
    only if the quiz was published before the moment and the market rewards passes.
    """
    market = market_rules(market, as_of=as_of)
    fields = ("points", "kind", "capabilities", "duration_days", "notice_days")
    published = Quiz.objects.filter(published_at__lt=as_of) if market.rewarded_passes_per_month else Quiz.objects.none()
    quizzes = dict(published.values_list("policy_id", "pass_points"))
    policies = Policy.objects.order_by("code").values_list("pk", "code", "name", "article__title")
    return {
        "market": market.name,
        "code": market.code,
        "language": market.language,
        "time_zone": market.time_zone,
        "approach_points": market.approach_points,
        "milestones": list(market.milestones.in_force(as_of=as_of).values(*fields)),
        "policies": {
            code: {"name": name, "article": article, "quiz_points": quizzes.get(pk)}
            for pk, code, name, article in policies
        },
    }


def as_kept(policy: Policy, run: ReportRun) -> None:
    """Give a policy that is shown in a report the name that its run keeps, whatever its name is now.

    This is the one place that looks names up. Every form of a report reads them from the policies at hand.
    """
    policy.name = run.rules["policies"][policy.code]["name"]


def seller_as_kept(seller: Seller, report: WeeklyReport) -> Seller:
    """The seller as a report keeps it, in the market as its run keeps it. It is shown and never saved."""
    kept, market = copy(seller), copy(seller.market)
    kept.name, kept.city, kept.signed_up_to_sell = report.seller_name, report.seller_city, report.seller_signed_up
    market.name, market.code, market.language = (report.run.rules[name] for name in ("market", "code", "language"))
    market.time_zone, market.zone = report.run.rules["time_zone"], report.run.zone
    kept.market = market
    return kept


RunDate = tuple[date, datetime, datetime | None]


def run_dates(*, market_id: int) -> QuerySet[ReportRun, RunDate]:
    """The week of each run of a market, where it starts, and when it was published; the latest first."""
    runs = ReportRun.objects.filter(market_id=market_id).order_by("-starts_at")
    return runs.values_list("week_start", "starts_at", "published_at")


def week_starts(run: ReportRun, dates: Iterable[RunDate]) -> list[datetime]:
    """Where the eight weeks before a run's and its own start, the oldest first; fewer for a market's first runs."""
    before = [starts_at for _, starts_at, _ in dates if starts_at < run.starts_at]
    return [*reversed(before[: rules.WEEKS_BEFORE]), run.starts_at]


# --- What staff watch


def progress_of(run: ReportRun, *, now: datetime) -> rules.Progress:
    """How far a run is (1 query over its chunks)."""
    numbers = run.chunks.aggregate(
        chunks=Count("pk"),
        done=Count("pk", filter=Q(done_at__isnull=False)),
        failed=Count("pk", filter=FAILED),
        given_up=Count("pk", filter=Q(given_up_at__isnull=False)),
        waiting=Count("pk", filter=Q(due_at__lte=now)),
        running=Count("pk", filter=Q(due_at__gt=now, claimed_at__isnull=False)),
        rows=Sum("rows", default=0),
        last_done_at=Max("done_at"),
        announced=Count("announced_at"),
    )
    return rules.Progress(started_at=run.created_at, published_at=run.published_at, now=now, **numbers)


def failed_chunks(run: ReportRun) -> QuerySet[ReportChunk]:
    """The chunks of a run that failed and are not done, those that wait for staff first."""
    return run.chunks.filter(FAILED).order_by("given_up_at", "-attempts", "first_seller_id")


def emails_of(run: ReportRun) -> dict[str, int]:
    """How many emails announce the reports of a run, by the state of their delivery.

    Counting reads each of them, so what staff see who watch a run is up to ``EMAILS_KEPT_SECONDS`` old.
    """
    counts = cache.get_or_set(f"emails-of-run-{run.pk}", lambda: _emails_of(run), EMAILS_KEPT_SECONDS)
    return cast(dict[str, int], counts)


def _emails_of(run: ReportRun) -> dict[str, int]:
    deliveries = EmailDelivery.objects.filter(
        message__kind=Message.Kind.REPORT,
        message__seller__market=run.market_id,
        message__posted_at__gte=run.ends_at,
        message__about_kind="report_run",
        message__about_id=run.pk,
    )
    found = dict(deliveries.order_by().values_list("state").annotate(count=Count("pk")))
    return {str(label): found.get(state, 0) for state, label in EmailDelivery.State.choices}


def chunks_given_up() -> QuerySet[ReportChunk]:
    """The chunks of any run that failed or lost their worker too often, and that wait for staff."""
    return ReportChunk.objects.given_up()
