"""``manage.py partition_reports --weeks 8``: cut the table of weekly reports by week, and make the weeks to come."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db import DatabaseError
from django.utils import timezone

from accounts.commands import PortalCommand
from kit.outcomes import Refused
from reports import services
from reports.wording import dropping, partitioning


class Command(PortalCommand):
    help = (
        "Cut the table of weekly reports by week, and make the partitions of the weeks to come. Run it each month, "
        "with the role that owns the tables (docs/operations.md); again it does nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--weeks", type=int, default=8, help="how many weeks ahead, 8 unless said")

    def handle(self, *args: Any, weeks: int, **options: Any) -> None:
        try:
            made = services.cut_by_week(weeks_ahead=weeks, today=timezone.now().date())
        except Refused as refused:
            raise CommandError(str(refused)) from None
        except DatabaseError as error:
            raise CommandError(dropping.needs_the_owner(str(error).splitlines()[0])) from None
        for name in made:
            self.stdout.write(partitioning.made(name))
        if not made:
            self.stdout.write(partitioning.all_are_there())
