"""``manage.py audit_ledger --market US``: prove over the whole database that the ledger's invariants hold."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError
from django.utils.translation import ngettext

from accounts.commands import PortalCommand
from kit.database.checks import Finding, run_check
from kit.database.rules_check import rules_check
from reports import database_checks as reports
from sellers.commands import find_market
from violations import database_checks as violations
from workshops import database_checks as workshops


class Command(PortalCommand):
    help = (
        "Prove over the whole database that the ledger's invariants hold (docs/points.md). Prints a line per check; "
        "ends with status 1 and the rows that break one, if there are any. It writes nothing and locks nobody out."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--market", metavar="CODE", help="only this market, e.g. US")

    def handle(self, *args: Any, **options: Any) -> None:
        market = find_market(options["market"]) if options["market"] else None
        broken = 0
        for check in (rules_check(), *violations.CHECKS, *reports.CHECKS, *workshops.CHECKS):
            finding = run_check(check, market_id=market.pk if market else None)
            self._print(finding)
            broken += finding.broken
        if broken:
            said = ngettext(
                "%(count)s row breaks an invariant; see above.", "%(count)s rows break an invariant; see above.", broken
            )
            raise CommandError(said % {"count": f"{broken:,}"})

    def _print(self, finding: Finding) -> None:
        check = finding.check
        verdict = self.style.ERROR("BROKEN") if finding.broken else self.style.SUCCESS("ok    ")
        counts = f"{finding.looked_at:,} {check.unit}" + (f", {finding.broken:,} broken" if finding.broken else "")
        self.stdout.write(f"{verdict}  {check.invariant}  {check.title}: {counts}")
        for problem in finding.problems:
            self.stdout.write(f"           {problem}")
        if more := finding.broken - len(finding.problems):
            self.stdout.write(f"           … and {more:,} more")
