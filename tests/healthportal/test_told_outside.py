"""What Sentry and OpenTelemetry get from the real libraries, over the network: no person, no secret."""

from __future__ import annotations

import gzip
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import connection
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from .secret_addresses import SECRET, addresses

PERSONAL = re.compile(rf"zelda|quartermaine|person\.example|{SECRET}", re.IGNORECASE)


class Collector(ThreadingHTTPServer):
    """Takes what both are sent."""

    def __init__(self) -> None:
        self.came: list[tuple[str, bytes]] = []
        super().__init__(("127.0.0.1", 0), Taking)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_port}"

    def spans(self) -> list[Span]:
        requests = [ExportTraceServiceRequest.FromString(body) for path, body in self.came if path == "/v1/traces"]
        return [
            span
            for request in requests
            for of_resource in request.resource_spans
            for of_scope in of_resource.scope_spans
            for span in of_scope.spans
        ]

    def events(self) -> list[dict[str, Any]]:
        lines = [line for path, body in self.came if path == "/api/1/envelope/" for line in body.split(b"\n") if line]
        return [found for line in lines if "event_id" in (found := json.loads(line)) and "platform" in found]


class Taking(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers["Content-Encoding"] == "gzip":
            body = gzip.decompress(body)
        self.server.came.append((self.path, body))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        """Nothing."""


@contextmanager
def collecting() -> Iterator[Collector]:
    with Collector() as collector:
        thread = Thread(target=collector.serve_forever)
        thread.start()
        yield collector
        collector.shutdown()
        thread.join()


@pytest.fixture
def told(db: None) -> Collector:
    """What came of a whole process."""
    database = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}")
    with collecting() as collector:
        env = os.environ | {
            "DATABASE_URL": database.geturl(),
            "DATABASE_IDLE_SECONDS": "0",
            "DJANGO_SETTINGS_MODULE": "healthportal.settings",
            "SENTRY_DSN": f"http://key@{collector.address}/1",
            "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{collector.address}",
        }
        code = [sys.executable, "-W", "error", "-m", "tests.healthportal.told_outside"]
        subprocess.run(code, env=env, cwd=settings.BASE_DIR, check=True)
        return collector


def test_neither_is_told_of_people(told: Collector) -> None:
    spans, events = told.spans(), told.events()
    found = [match.group() for _, body in told.came for match in PERSONAL.finditer(body.decode(errors="replace"))]
    assert found == []
    assert len(spans) > 3 * len(addresses())
    assert {"GET invitations/<str:token>/", "POST mail/events/<str:secret>/", "run/tests.failing_task"} <= {
        span.name for span in spans
    }
    assert {"/invitations/{token}/", "tests.failing_task"} <= {event.get("transaction") for event in events}
    assert {"IntegrityError", "UniqueViolation"} <= {
        value["type"] for event in events for value in event["exception"]["values"]
    }
