"""What Sentry is told of an error: what failed where, and nothing about who was there.

An event is made anew from what is known to be harmless. So nothing that a newer library adds is told unseen.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .personal import without_personal_data

NOTHING = {"mode": "off"}
COLLECTED = {
    "user_info": False,
    "cookies": NOTHING,
    "http_headers": {"request": NOTHING},
    "http_bodies": [],
    "url_query_params": NOTHING,
    "graphql": {"document": False, "variables": False},
    "gen_ai": {"inputs": False, "outputs": False},
    "database_query_data": False,
    "queues": False,
    "stack_frame_variables": False,
}
"""What the library gathers by itself, in its own words."""

EVENT = [
    "environment",
    "event_id",
    "fingerprint",
    "level",
    "logger",
    "modules",
    "platform",
    "release",
    "sdk",
    "server_name",
    "timestamp",
    "transaction_info",
]
CRUMB = ["category", "level", "message", "timestamp", "type"]
TRACE = ["op", "parent_span_id", "span_id", "status", "trace_id"]
EXCEPTION = ["module", "type", "value"]
FRAME = [
    "abs_path",
    "context_line",
    "filename",
    "function",
    "in_app",
    "lineno",
    "module",
    "post_context",
    "pre_context",
]
"""What is kept of each; lines are of the code."""


def init_options(*, dsn: str, environment: str) -> dict[str, Any]:
    """How Sentry is begun: errors alone, neither sessions nor what took how long."""
    return {
        "dsn": dsn,
        "environment": environment,
        "data_collection": COLLECTED,
        "include_local_variables": False,
        "max_request_body_size": "never",
        "auto_session_tracking": False,
        "spotlight": False,
        "before_send": harmless_event,
        "before_send_transaction": nothing,
    }


def nothing(event: Any, hint: object = None) -> None:
    """What took how long is for traces to tell."""


def harmless_event(event: Any, hint: object = None) -> dict[str, Any]:
    """The event without people, secrets of addresses, and whatever is not known to have neither."""
    told = _only(EVENT, event)
    if event.get("transaction") and event.get("transaction_info", {}).get("source") != "url":
        told["transaction"] = event["transaction"]  # the route; of an address that is none, nothing
    if method := event.get("request", {}).get("method"):
        told["request"] = {"method": method}
    if message := (event.get("logentry") or event).get("message"):
        told["logentry"] = {"message": message}  # before anything was put in
    told["exception"] = {"values": _each(event.get("exception"), _exception)}
    told["breadcrumbs"] = {"values": _each(event.get("breadcrumbs"), _crumb)}
    contexts = event.get("contexts", {})
    told["contexts"] = {"runtime": contexts.get("runtime"), "trace": _only(TRACE, contexts.get("trace") or {})}
    cleaned: dict[str, Any] = _cleaned(told)
    return cleaned


def _exception(value: dict[str, Any]) -> dict[str, Any]:
    frames = (value.get("stacktrace") or {}).get("frames", [])
    mechanism = _only(["handled", "type"], value.get("mechanism") or {})
    stack = {"frames": [_only(FRAME, frame) for frame in frames]}
    return {**_only(EXCEPTION, value), "mechanism": mechanism, "stacktrace": stack}


def _crumb(crumb: dict[str, Any]) -> dict[str, Any] | None:
    """A line of the log before the error. Statements, and calls of others, have people's values in them."""
    return _only(CRUMB, crumb) if crumb.get("type") == "log" else None


def _each(found: Any, keep: Callable[[dict[str, Any]], dict[str, Any] | None]) -> list[dict[str, Any]]:
    values = found.get("values", []) if isinstance(found, dict) else found or []
    return [kept for value in values if (kept := keep(value))]


def _only(keys: list[str], found: dict[str, Any]) -> dict[str, Any]:
    return {key: found[key] for key in keys if key in found}


def _cleaned(found: Any) -> Any:
    if isinstance(found, str):
        return without_personal_data(found)
    if isinstance(found, dict):
        return {key: _cleaned(value) for key, value in found.items()}
    if isinstance(found, list | tuple):
        return [_cleaned(value) for value in found]
    return found
