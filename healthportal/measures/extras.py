"""Sentry and OpenTelemetry: for who installed them and says where to. Neither is told about people."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from .personal import without_people


def start(*, sentry_dsn: str, telemetry: bool, environment: str) -> None:
    """Begin what the settings name. Raises ``ImproperlyConfigured`` if it is not installed."""
    if sentry_dsn:
        sentry = _needed("sentry_sdk", extra="sentry", setting="SENTRY_DSN")
        sentry.init(
            dsn=sentry_dsn,
            environment=environment,
            send_default_pii=False,
            include_local_variables=False,
            max_request_body_size="never",
            before_send=_without_people,
        )
    if telemetry:
        _needed("opentelemetry.instrumentation.django", extra="telemetry", setting="OTEL_EXPORTER_OTLP_ENDPOINT")
        for package, name in INSTRUMENTED.items():
            module = _needed(package, extra="telemetry", setting="OTEL_EXPORTER_OTLP_ENDPOINT")
            getattr(module, name)().instrument()


INSTRUMENTED = {
    "opentelemetry.instrumentation.django": "DjangoInstrumentor",
    "opentelemetry.instrumentation.celery": "CeleryInstrumentor",
}
"""Statements of the database are left out: their values are people's."""


def _needed(module: str, *, extra: str, setting: str) -> Any:
    try:
        return import_module(module)
    except ImportError as error:
        said = f"{setting} is set, and {module} is not installed: pip install healthportal[{extra}], or unset it."
        raise ImproperlyConfigured(said) from error


def _without_people(event: Any, hint: object = None) -> Any:
    """Leave people out of everything that is sent, however deep."""
    if isinstance(event, str):
        return without_people(event)
    if isinstance(event, dict):
        return {
            key: _without_people(value)
            for key, value in event.items()
            if key not in {"user", "cookies", "query_string"}
        }
    if isinstance(event, list | tuple):
        return [_without_people(value) for value in event]
    return event
