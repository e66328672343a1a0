"""What the data of each kind of event names, besides the market and the seller. docs/webhooks.md and OpenAPI say it."""

from __future__ import annotations

from typing import Any, NamedTuple

from .models import Event

Kind = Event.Kind


class EventField(NamedTuple):
    """An id among the data of an event."""

    type: str
    says: str
    always: bool = True


VIOLATION = EventField("string", "The marketplace's own id of the violation.")
ACTION = EventField("integer", "The action, as GET /api/v1/actions/{id} gives it.")
APPEAL = EventField("integer", "The appeal.")

DATA: dict[Event.Kind, dict[str, EventField]] = {
    Kind.VIOLATION_ISSUED: {"violation": VIOLATION},
    Kind.VIOLATION_VOIDED: {"violation": VIOLATION},
    Kind.ACTION_ANNOUNCED: {
        "action": ACTION,
        "replaces": EventField("integer", "The action whose place it takes, which is lifted.", always=False),
    },
    Kind.ACTION_STARTED: {"action": ACTION},
    Kind.ACTION_LIFTED: {"action": ACTION},
    Kind.APPEAL_FILED: {"appeal": APPEAL, "violation": VIOLATION},
    Kind.APPEAL_DECIDED: {
        "appeal": APPEAL,
        "violation": VIOLATION,
        "reason_code": EventField(
            "string", "The reason that the decision names, where the market has some.", always=False
        ),
    },
    Kind.REPORT_PUBLISHED: {"week": EventField("string", "The week, such as 2026-W47.")},
    Kind.ATTEMPT_PASSED: {
        "attempt": EventField("integer", "The attempt."),
        "quiz": EventField("integer", "The quiz."),
    },
    Kind.PLACE_GIVEN: {
        "signup": EventField("integer", "The sign-up that has the place."),
        "workshop": EventField("integer", "The workshop."),
    },
}

SHARED = {
    "market": EventField("string", "The market's code."),
    "seller": EventField("string", "The marketplace's own id of the seller."),
}


def data_schema(kind: Event.Kind) -> dict[str, Any]:
    """The JSON schema of the data of a kind of event."""
    named = SHARED | DATA[kind]
    return {
        "type": "object",
        "properties": {name: {"type": one.type, "description": one.says} for name, one in named.items()},
        "required": [name for name, one in named.items() if one.always],
        "additionalProperties": False,
    }


def message_schema(kind: Event.Kind) -> dict[str, Any]:
    """The JSON schema of a webhook's body."""
    return {
        "type": "object",
        "properties": {
            "type": {"type": "string", "const": kind.value},
            "timestamp": {"type": "string", "format": "date-time"},
            "data": data_schema(kind),
        },
        "required": ["type", "timestamp", "data"],
    }


def webhooks_for_openapi() -> dict[str, Any]:
    """The part ``webhooks`` of the OpenAPI document."""
    return {kind.value: {"post": _operation(kind)} for kind in Event.Kind}


def _operation(kind: Event.Kind) -> dict[str, Any]:
    content = {"application/json": {"schema": message_schema(kind)}}
    return {
        "operationId": f"webhook_{kind.name.lower()}",
        "summary": str(kind.label),
        "tags": ["Events"],
        "security": [],
        "requestBody": {"required": True, "content": content},
        "responses": {"2XX": {"description": "Taken. Anything else, and no answer in 15 seconds, is tried again."}},
    }
