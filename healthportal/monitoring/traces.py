"""What OpenTelemetry is told of requests and tasks: which, how long, how they ended, and nothing about who was there.

Loaded only where it is installed and wanted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.celery import CeleryInstrumentor
from opentelemetry.instrumentation.django import DjangoInstrumentor
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import Event, ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import Link, Status, set_tracer_provider

from .personal import without_personal_data

HARMLESS = {
    "celery.action",
    "celery.retries",
    "celery.state",
    "celery.task_name",
    "error.type",
    "exception.escaped",
    "exception.message",
    "exception.stacktrace",
    "exception.type",
    "http.flavor",
    "http.method",
    "http.request.method",
    "http.response.status_code",
    "http.route",
    "http.scheme",
    "http.status_code",
    "messaging.destination",
    "messaging.message.id",
    "network.protocol.version",
    "url.scheme",
}
"""What is told of a span, or of an exception in one. Of an address it is the route: paths and queries are people's."""


class WithoutPersonalData(SpanExporter):
    """Hands spans to another exporter as they may be told."""

    def __init__(self, exporter: SpanExporter) -> None:
        self.exporter = exporter

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        return self.exporter.export([harmless_span(span) for span in spans])

    def shutdown(self) -> None:
        self.exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        return self.exporter.force_flush(timeout_millis)


def harmless_span(span: ReadableSpan) -> ReadableSpan:
    said = span.status.description
    return ReadableSpan(
        name=without_personal_data(span.name),
        context=span.context,
        parent=span.parent,
        resource=span.resource,
        attributes=_harmless(span.attributes),
        events=[Event(event.name, _harmless(event.attributes), event.timestamp) for event in span.events],
        links=[Link(link.context) for link in span.links],
        kind=span.kind,
        status=Status(span.status.status_code, without_personal_data(said) if said else None),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


def _harmless(attributes: Mapping[str, object] | None) -> dict[str, str | bool | int | float]:
    kept = {key: value for key, value in (attributes or {}).items() if key in HARMLESS}
    return {
        key: value if isinstance(value, bool | int | float) else without_personal_data(str(value))
        for key, value in kept.items()
    }


def start() -> None:
    """Trace requests and tasks from now on, and send what is harmless to where OpenTelemetry's variables say."""
    provider = TracerProvider(
        resource=Resource.create({"service.name": "healthportal"}).merge(OTELResourceDetector().detect())
    )
    provider.add_span_processor(BatchSpanProcessor(WithoutPersonalData(OTLPSpanExporter())))
    set_tracer_provider(provider)
    DjangoInstrumentor().instrument(tracer_provider=provider)
    CeleryInstrumentor().instrument(tracer_provider=provider)  # type: ignore[no-untyped-call]  # it has no types there
