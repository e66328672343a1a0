"""``manage.py drop_old_reports --keep-weeks 104``: drop weekly reports that are old enough, by partition."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db import DatabaseError
from django.utils import timezone

from accounts.commands import PortalCommand, add_by, command_actor
from kit.dates import Week
from kit.outcomes import Refused
from reports import services
from reports.wording import dropping as wording


class Command(PortalCommand):
    help = (
        "Name the partitions of weekly reports all of whose weeks are older than --keep-weeks; with --drop, drop them. "
        "What is dropped is gone: dump it first. Run it with the role that owns the tables (docs/operations.md)."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--keep-weeks", type=int, default=104, help="104 unless said; no fewer than 53")
        parser.add_argument("--drop", action="store_true", help="drop them; without it they are only named")
        add_by(parser)

    def handle(self, *args: Any, keep_weeks: int, drop: bool, **options: Any) -> None:
        now = timezone.now()
        by = command_actor(options["by"], command="drop_old_reports")
        try:
            parts = services.old_partitions(keep_weeks=keep_weeks, today=now.date())
            for part in parts:
                if drop:
                    runs = services.drop_partition(part, by=by, now=now)
                    self.stdout.write(wording.dropped(part.name, runs=runs))
                else:
                    last = Week(part.ends).previous
                    self.stdout.write(wording.would_be_dropped(part.name, last=last, megabytes=part.bytes >> 20))
        except Refused as refused:
            raise CommandError(str(refused)) from None
        except DatabaseError as error:
            raise CommandError(wording.needs_the_owner(str(error).splitlines()[0])) from None
        if not parts:
            self.stdout.write(wording.nothing_is_old(keep_weeks))
        elif not drop:
            self.stdout.write(wording.say_drop())
