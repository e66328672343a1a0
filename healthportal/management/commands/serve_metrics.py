"""Show the metrics of this host's processes, and of the database, on a port of their own."""

from __future__ import annotations

import os
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _
from prometheus_client import CollectorRegistry, start_http_server

from accounts.commands import PortalCommand
from healthportal.monitoring.database import DatabaseCollector
from healthportal.monitoring.exposing import processes
from healthportal.monitoring.processes import FOLDER


class Command(PortalCommand):
    help = "Show metrics at /metrics on a port of their own. Run one on each host, with its PROMETHEUS_MULTIPROC_DIR."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=9100)
        parser.add_argument("--address", default="127.0.0.1", help="Of the network of who scrapes.")
        parser.add_argument("--no-database", action="store_true", help="Only what the processes of this host counted.")

    def handle(self, *args: Any, port: int, address: str, no_database: bool, **options: Any) -> None:
        registry: CollectorRegistry = processes()
        if not no_database:
            registry.register(DatabaseCollector())
        try:
            _server, thread = start_http_server(port, address, registry)
        except (OSError, OverflowError, UnicodeError) as error:
            said = _("Nothing can be shown at %(address)s, port %(port)s: %(why)s")
            raise CommandError(said % {"address": address, "port": port, "why": error}) from None
        self.stdout.write(f"http://{address}:{port}/metrics, from {FOLDER}")
        if FOLDER not in os.environ:
            self.stderr.write(_("%(folder)s is not set: what other processes count is not shown.") % {"folder": FOLDER})
        thread.join()
