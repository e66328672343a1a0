"""``manage.py build_reports --market US --week 2026-W46``: build weekly reports by hand, in this process."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfoNotFoundError

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _
from tqdm import tqdm

from accounts.commands import PortalCommand, add_by, command_actor
from audit.services import record
from kit.dates import Week
from kit.jobs.failures import logged_failure
from reports import selectors, services, trail_notes
from reports.models import ReportRun
from reports.wording import build_command as wording
from sellers.commands import find_market
from sellers.models import Market


class Command(PortalCommand):
    help = (
        "Build and publish weekly reports in this process: every week that is due, or those up to and with --week. "
        "Can be interrupted and run again; workers may build at the same time."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--market", metavar="CODE", help="only this market, e.g. US")
        parser.add_argument("--week", metavar="WEEK", help="up to and including this local week, e.g. 2026-W46")
        add_by(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        self.who = command_actor(options["by"], command="build_reports")
        week = _week(options["week"])
        markets = _markets(options["market"])
        for market in markets:
            if week:
                with suppress(ZoneInfoNotFoundError):  # that market fails below, alone
                    _refuse_unfinished(market, week, now)
        try:
            failed = [market.code for market in markets if not self._built(market, week, now)]
        except KeyboardInterrupt:
            raise CommandError(
                _("Interrupted. What is built is kept; run the command again to go on."), returncode=130
            ) from None
        if failed:
            raise CommandError(wording.failed(failed))

    def _built(self, market: Market, week: Week | None, now: datetime) -> bool:
        """Build a market's weeks; ``False`` if that failed, which keeps no other market from its reports."""
        with logged_failure(f"Building the reports of {market.code}"):
            self._build(market, week, now)
            return True
        return False

    def _build(self, market: Market, week: Week | None, now: datetime) -> None:
        """Build a market's weeks in order, until the given one or as many as are due."""
        if week and (reason := _nothing_to_build(market, week)):
            self.stdout.write(reason)
            return
        built = 0
        while (run := selectors.open_run(market=market)) or selectors.is_due(market=market, now=now):
            run = run or services.start_run(market=market, now=now)
            self._build_run(run)
            built += 1
            if run.week == week:
                return
            market = Market.objects.get(pk=market.pk)
        if not built:
            self.stdout.write(wording.nothing_is_due(market, week=selectors.next_week(market=market)))

    def _build_run(self, run: ReportRun) -> None:
        title = f"{run.market.code} {run.week}"
        chunks = run.chunks.count()
        with tqdm(total=chunks, desc=title, unit="chunk", file=self.stderr, initial=_done(run)) as bar:
            rows = _rows(run)

            def show(count: int) -> None:
                nonlocal rows
                rows += count
                bar.set_postfix(reports=rows)
                bar.update()

            services.build_run(run=run, now=timezone.now(), on_progress=show)
        note = trail_notes.built_with_the_command(rows=_rows(run))
        record(by=self.who, action="build", about=run, note=note, now=timezone.now())
        self.stdout.write(self.style.SUCCESS(wording.published(_rows(run), of=title)))


def _done(run: ReportRun) -> int:
    return run.chunks.filter(done_at__isnull=False).count()


def _rows(run: ReportRun) -> int:
    return sum(run.chunks.values_list("rows", flat=True))


def _week(text: str | None) -> Week | None:
    try:
        return Week.parse(text) if text is not None else None
    except ValueError as error:
        raise CommandError(str(error)) from None


def _markets(code: str | None) -> list[Market]:
    if code is None:
        return list(Market.objects.order_by("code"))
    return [find_market(code)]


def _refuse_unfinished(market: Market, week: Week, now: datetime) -> None:
    ends_at = week.ends_at(zone=market.zone)
    if ends_at > now:
        raise CommandError(wording.not_ended(market, week=week))


def _nothing_to_build(market: Market, week: Week) -> str | None:
    """Why a week of a market is not built: it is published, or it lies before the market's first week."""
    run = ReportRun.objects.filter(market=market, week_start=week.monday).first()
    if run and run.published_at:
        return wording.published_already(market, week=week, since=run.published_at)
    if run is None and week < selectors.next_week(market=market):
        return wording.before_the_books(market, week=week)
    return None
