"""Creates a token for a system of the marketplace's and prints it, once (docs/api.md)."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.commands import PortalCommand, add_by, command_actor
from kit.outcomes import Refused

from ...commands import find_market
from ...models import ApiToken
from ...services import create_api_token


class Command(PortalCommand):
    help = "Create an API token for one market and print it. It cannot be shown again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--market", required=True, help="The code of the market, e.g. US.")
        parser.add_argument("--name", required=True, help="Who uses it, e.g. feed.")
        parser.add_argument("--last-day", metavar="YYYY-MM-DD", help="It works until the end of this day (UTC).")
        parser.add_argument("--scope", choices=ApiToken.Scope.values, default="feed", help="What it is for.")
        add_by(parser)

    def handle(
        self,
        *,
        market: str,
        name: str,
        last_day: str | None = None,
        by: str | None = None,
        scope: str = "feed",
        **options: Any,
    ) -> None:
        who = command_actor(by, command="create_api_token")
        found = find_market(market)
        if len(name) > 60:
            raise CommandError(_("The name is longer than 60 characters."))
        try:
            until = date.fromisoformat(last_day) if last_day else None
        except ValueError:
            raise CommandError(_("%(last_day)s is no day such as 2027-11-30.") % {"last_day": repr(last_day)}) from None
        try:
            secret = create_api_token(
                market=found, name=name, created_by=who, now=timezone.now(), last_day=until, scope=scope
            )[1]
        except Refused as refused:
            raise CommandError(str(refused)) from None
        self.stdout.write(secret)
        self.stderr.write("Keep it: only a hash of it is stored, so it cannot be shown again.")
