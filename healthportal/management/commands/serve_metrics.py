"""Show the metrics of this host's processes, and of the database, on a port of their own."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from prometheus_client import CollectorRegistry, start_http_server

from healthportal.monitoring.database import DatabaseCollector
from healthportal.monitoring.exposing import processes
from healthportal.monitoring.processes import FOLDER


class Command(BaseCommand):
    help = "Show metrics at /metrics on a port of their own. Run one on each host, with its PROMETHEUS_MULTIPROC_DIR."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=9100)
        parser.add_argument("--address", default="127.0.0.1", help="Of the network of who scrapes.")
        parser.add_argument("--no-database", action="store_true", help="Only what the processes of this host counted.")

    def handle(self, *args: Any, port: int, address: str, no_database: bool, **options: Any) -> None:
        registry: CollectorRegistry = processes()
        if not no_database:
            registry.register(DatabaseCollector())
        _server, thread = start_http_server(port, address, registry)
        self.stdout.write(f"http://{address}:{port}/metrics, from {FOLDER}")
        thread.join()
