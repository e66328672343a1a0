"""Showing metrics: of all processes of a host, which share a folder, and of the database."""

from __future__ import annotations

import os
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from .database import DatabaseCollector
from .processes import FOLDER


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """For whoever has the token; without ``METRICS_TOKEN`` there is no such page."""
    token = settings.METRICS_TOKEN
    sent = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not token or not constant_time_compare(sent, token):
        raise Http404
    return HttpResponse(exposition(), content_type=CONTENT_TYPE_LATEST)


def exposition() -> bytes:
    return generate_latest(processes()) + generate_latest(_only(DatabaseCollector()))


def processes() -> CollectorRegistry:
    """What the processes of this host counted; of this process alone where they share no folder."""
    if FOLDER not in os.environ:
        return REGISTRY
    return _only(MultiProcessCollector(None))  # type: ignore[no-untyped-call]  # the library has no types there


def _only(collector: Any) -> CollectorRegistry:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(collector)
    return registry
