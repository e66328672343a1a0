"""The API for violations, and for what a seller may do now (docs/api.md). Parses input; services and selectors work."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from django.http import HttpResponse, JsonResponse
from django.utils import timezone
from ninja import Path, Router, Schema

from sellers.batches import BATCH_RESPONSES, ERRORS, ApiRequest, CallRefused, ErrorAnswer, answer_batch, batch_body
from sellers.models import Seller
from sellers.rows import UNUSABLE

from .intake import COLUMNS, draft_of
from .models import ActionKind, Capability
from .selectors import CapabilityState, get_capabilities
from .services import issue_violations

router = Router(tags=["Violations"])


@router.post(
    "/violations",
    response=BATCH_RESPONSES,
    openapi_extra=batch_body(COLUMNS),
    operation_id="post_violations",
    summary="Issue violations",
)
def violations(request: ApiRequest) -> HttpResponse:
    """The external id makes it safe to send again: one violation under each in the market, whatever happens."""
    source = f"API token {request.auth.name}"
    return answer_batch(
        request,
        read=draft_of,
        write=lambda drafts: issue_violations(
            market=request.auth.market, drafts=drafts, source=source, now=timezone.now()
        ),
    )


class ActionAnswer(Schema):
    id: int
    kind: ActionKind
    milestone: int
    violation: str
    starts_at: datetime
    ends_at: datetime | None


class CapabilityAnswer(Schema):
    capability: Capability
    allowed: bool
    until: datetime | None
    actions: list[ActionAnswer]


class CapabilitiesAnswer(Schema):
    seller: str
    at: datetime
    capabilities: list[CapabilityAnswer]


@router.get(
    "/sellers/{path:external_id}/capabilities",
    response=ERRORS | {200: CapabilitiesAnswer, 404: ErrorAnswer},
    operation_id="get_capabilities",
    summary="What a seller may do now",
)
def capabilities(request: ApiRequest, external_id: Path[str]) -> HttpResponse:
    """Of each capability whether it is allowed; else until when (null: until it is lifted), and by which actions."""
    now = timezone.now()
    try:
        if UNUSABLE.search(external_id):
            raise Seller.DoesNotExist
        states = get_capabilities(market=request.auth.market, external_id=external_id, at=now)
    except Seller.DoesNotExist:
        raise CallRefused(404, "There is no such seller in this market.") from None
    return JsonResponse({"seller": external_id, "at": now, "capabilities": [_capability(state) for state in states]})


def _capability(state: CapabilityState) -> dict[str, object]:
    return {
        "capability": state.capability,
        "allowed": state.allowed,
        "until": state.until,
        "actions": [asdict(action) for action in state.actions],
    }
