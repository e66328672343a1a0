"""The API for enforcement actions: what one is, and confirming that a system holds it (docs/api.md)."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpResponse, JsonResponse
from django.utils import timezone
from ninja import Field, Router, Schema

from kit.api.batches import ERRORS, CallRefused, ErrorAnswer, body_of
from kit.api.items import BadRow
from kit.api.json_texts import load_json, values_of
from kit.api.values import BadValue, Moment
from kit.outcomes import Refused
from sellers.token_auth import ApiRequest

from .models import ActionKind, Capability, EnforcementAction
from .services import acknowledge_action

router = Router(tags=["Enforcement"])

MAX_BYTES = 10_000
LARGEST = 2**63 - 1


class OneActionAnswer(Schema):
    id: int
    seller: str
    violation: str
    kind: ActionKind
    milestone: int
    capabilities: list[Capability]
    announced_at: datetime
    starts_at: datetime
    ends_at: datetime | None
    lifted_at: datetime | None
    replaces: int | None
    in_effect_since: datetime | None = Field(description="Since when the marketplace's system holds it.")
    acknowledged_at: datetime | None


@router.get(
    "/actions/{action_id}",
    response=ERRORS | {200: OneActionAnswer, 404: ErrorAnswer, 422: ErrorAnswer},
    operation_id="get_action",
    summary="One enforcement action",
)
def action(request: ApiRequest, action_id: int) -> HttpResponse:
    """What an event about an action names."""
    return JsonResponse(_answer(_action_of(request, action_id)))


BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "properties": {"in_effect_since": {"type": "string", "format": "date-time"}},
                    "additionalProperties": False,
                }
            }
        },
    }
}


@router.put(
    "/actions/{action_id}/acknowledgement",
    response=ERRORS | {200: OneActionAnswer} | dict.fromkeys((400, 404, 409, 411, 413, 415, 422), ErrorAnswer),
    operation_id="put_acknowledgement",
    summary="Confirm that your system holds an action",
    openapi_extra=BODY,
)
def acknowledgement(request: ApiRequest, action_id: int) -> HttpResponse:
    """Without `in_effect_since` it is in effect from now. The first confirmation stays; a second changes nothing."""
    found = _action_of(request, action_id)
    since = _since(request)
    source = f"API token {request.auth.name}"
    try:
        acknowledge_action(action=found, source=source, in_effect_since=since, now=timezone.now())
    except Refused as refused:
        raise CallRefused(422 if refused.field else 409, str(refused)) from None
    return JsonResponse(_answer(_action_of(request, action_id)))


def _since(request: ApiRequest) -> datetime | None:
    try:
        sent = values_of(load_json(body_of(request, most=MAX_BYTES).decode() or "{}"))
    except (BadRow, ValueError):
        raise CallRefused(400, "Send a JSON object: {} or with in_effect_since.") from None
    if unknown := sent.keys() - {"in_effect_since"}:
        raise CallRefused(422, f"Unknown key: {min(unknown)!r}. The one that is known is in_effect_since.")
    if sent.get("in_effect_since") is None:
        return None
    try:
        return Moment().read(sent["in_effect_since"])
    except BadValue as bad:
        raise CallRefused(422, f"in_effect_since: {bad}") from None


def _action_of(request: ApiRequest, action_id: int) -> EnforcementAction:
    actions = EnforcementAction.objects.select_related("seller", "violation")
    if not 0 < action_id <= LARGEST or not (
        found := actions.filter(pk=action_id, seller__market=request.auth.market).first()
    ):
        raise CallRefused(404, "There is no such action in this market.")
    return found


def _answer(one: EnforcementAction) -> dict[str, object]:
    return {
        "id": one.pk,
        "seller": one.seller.external_id,
        "violation": one.violation.external_id,
        "kind": one.kind,
        "milestone": one.milestone_points,
        "capabilities": one.capabilities,
        "announced_at": one.noticed_at,
        "starts_at": one.starts_at,
        "ends_at": one.ends_at,
        "lifted_at": one.lifted_at,
        "replaces": one.replaces_id,
        "in_effect_since": one.in_effect_since,
        "acknowledged_at": one.acknowledged_at,
    }
