"""How long requests take, and under which id the log tells of each."""

from __future__ import annotations

import re
import time
import uuid

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from prometheus_client import Histogram
from structlog.contextvars import bind_contextvars, clear_contextvars

from kit.pages.middleware import GetResponse

SECONDS = Histogram(
    "healthportal_request_seconds",
    "How long requests took, by the name of their address.",
    ["method", "page", "status"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
METHODS = {"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"}
GIVEN = re.compile(r"[A-Za-z0-9-]{8,64}")


def requests_are_measured(get_response: GetResponse) -> GetResponse:
    """The id comes from the proxy in front (``X-Request-ID``) if it looks like one, and goes back to whoever asked."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        given = request.headers.get("X-Request-ID", "")
        request_id = given if GIVEN.fullmatch(given) else uuid.uuid4().hex
        began = time.perf_counter()
        clear_contextvars()  # not at the end: Django tells of a refusal after this has returned
        bind_contextvars(request_id=request_id)
        response = get_response(request)
        method = request.method if request.method in METHODS else "other"
        SECONDS.labels(method, page_of(request), str(response.status_code)).observe(time.perf_counter() - began)
        response["X-Request-ID"] = request_id
        return response

    return middleware


def page_of(request: HttpRequest) -> str:
    """The name of the page, never its address: that has ids in it, and there would be no end of them."""
    return request.resolver_match.view_name or "unnamed" if request.resolver_match else "none"
