"""Sentry and OpenTelemetry: for who installed them and says where to. Neither is told about people."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from .sentry import init_options


def start(*, sentry_dsn: str, telemetry: bool, environment: str) -> None:
    """Begin what the settings name, once they are read. Raises ``ImproperlyConfigured`` if it is not installed."""
    if sentry_dsn:
        sentry = _needed("sentry_sdk", of="sentry_sdk", extra="sentry", setting="SENTRY_DSN")
        sentry.init(**init_options(dsn=sentry_dsn, environment=environment))
    if telemetry:
        setting = "OTEL_EXPORTER_OTLP_ENDPOINT"
        _needed("healthportal.monitoring.traces", of="opentelemetry", extra="telemetry", setting=setting).start()


def _needed(module: str, *, of: str, extra: str, setting: str) -> Any:
    try:
        return import_module(module)
    except ImportError as error:
        said = (
            f"{setting} is set, and {of} is not installed. Install what pyproject.toml lists as the extra {extra} "
            "(docs/monitoring.md), or unset it."
        )
        raise ImproperlyConfigured(said) from error
