"""The API for violations, for what a seller may do now, and where it stands and why (docs/api.md)."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from enum import Enum
from typing import Annotated, Literal

from django.http import HttpResponse, JsonResponse
from django.utils import timezone
from ninja import Field, Path, Query, Router, Schema

from kit.api.batches import (
    BATCH_RESPONSES,
    ERRORS,
    CallRefused,
    ErrorAnswer,
    answer_batch,
    batch_body,
)
from kit.api.exact import ExactEncoder
from kit.api.items import is_empty
from kit.api.values import BadValue, Moment
from kit.texts.characters import composed
from kit.texts.faults import fault_in_id
from sellers.models import Seller
from sellers.token_auth import ApiRequest, seller_asked_for

from .imports.columns import draft_of
from .items import ViolationItem
from .models import ActionKind, Capability, EnforcementAction, PointsEntry
from .selectors import CapabilityState, Explanation, Standing, explain, get_capabilities, whole_entries
from .services import issue_isolating_failures

router = Router(tags=["Violations"])


@router.post(
    "/violations",
    response=BATCH_RESPONSES,
    openapi_extra=batch_body(ViolationItem),
    operation_id="post_violations",
    summary="Issue violations",
)
def violations(request: ApiRequest) -> HttpResponse:
    """The external id makes it safe to send again: one violation under each in the market, whatever happens."""
    source = f"API token {request.auth.name}"
    return answer_batch(
        request,
        read=draft_of,
        write=lambda drafts: issue_isolating_failures(
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
        external_id = composed(external_id)
        if fault_in_id(external_id):
            raise Seller.DoesNotExist
        states = get_capabilities(market=request.auth.market, external_id=external_id, as_of=now)
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


# --- Where a seller stands, and why


class Source(Enum):
    """Where an entry comes from."""

    VIOLATION = "violation"
    CREDIT = "credit"
    APPEAL = "appeal"
    VOIDING = "voiding"


SOURCES = {
    PointsEntry.Source.VIOLATION: Source.VIOLATION,
    PointsEntry.Source.QUIZ: Source.CREDIT,
    PointsEntry.Source.APPEAL: Source.APPEAL,
    PointsEntry.Source.VOIDING: Source.VOIDING,
    PointsEntry.Source.REVERSAL: Source.VOIDING,
}
"""What the API calls the sources of entries."""


class EntryAnswer(Schema):
    id: int
    points: int
    kind: PointsEntry.Kind
    source: Source
    reason: str
    violation: str
    policy: str
    counts_from: datetime
    counts_until: datetime
    recorded_at: datetime


class StandingActionAnswer(ActionAnswer):
    capabilities: list[Capability]
    noticed_at: datetime
    lifted_at: datetime | None


class MilestoneAnswer(Schema):
    reached: int | None = Field(description="The highest milestone at or below the total.")
    next: int | None = Field(description="The lowest above it.")
    distance: int | None = Field(description="Points left to the next.")
    approaching: bool


class SinceAnswer(Schema):
    total: int = Field(description="What the total would have been, had all that is known now been known then.")
    late: list[EntryAnswer] = Field(description="Would have counted; recorded after the moment.")
    corrections: list[EntryAnswer] = Field(description="Took points off these entries, later.")


class StandingAnswer(Schema):
    seller: str
    as_of: datetime
    at: datetime = Field(description="When this was answered.")
    band: Literal["good", "at_risk", "restricted", "suspended", "deactivated"]
    total: int = Field(description="The sum of the points of `entries`.")
    entries: list[EntryAnswer]
    milestone: MilestoneAnswer
    in_force: list[StandingActionAnswer]
    announced: list[StandingActionAnswer]
    recorded_since: SinceAnswer
    previous_change: datetime | None
    next_change: datetime | None


AS_OF_TEXT = "A moment in ISO 8601 with its offset from UTC, in the years 1970 to 2199; now if left out."


@router.get(
    "/sellers/{path:external_id}/standing",
    response=ERRORS | {200: StandingAnswer, 404: ErrorAnswer, 422: ErrorAnswer},
    operation_id="get_standing",
    summary="Where a seller stands at a moment, and why",
)
def standing(
    request: ApiRequest,
    external_id: Path[str],
    as_of: Annotated[str | None, Query(description=AS_OF_TEXT)] = None,
) -> HttpResponse:
    """The total with the entries it is the sum of, the band, the milestone, and the enforcement in force.

    A past moment is told as it was known then; a future one is what will be if nothing else happens.
    """
    now = timezone.now()
    at = now if as_of is None else _asked_moment(as_of)
    seller = seller_asked_for(request, external_id)
    return JsonResponse(_standing(explain(seller=seller, as_of=at, now=now)), encoder=ExactEncoder)


def _asked_moment(as_of: str) -> datetime:
    """The moment asked for. Raises ``CallRefused``."""
    if is_empty(as_of):
        raise CallRefused(422, "as_of: It is empty; leave it out to ask about now.")
    try:
        return Moment().read(as_of)
    except BadValue as bad:
        hint = " In an address, + is written %2B." if " " in as_of else ""
        raise CallRefused(422, f"as_of: {bad}{hint}") from None


def _standing(explanation: Explanation) -> dict[str, object]:
    found, since = explanation.standing, explanation.recorded_since
    listed = whole_entries([*explanation.counting, *since.late, *since.corrections])
    entries = {pk: _entry(entry) for pk, (entry, _) in listed.items()}
    return {
        "seller": explanation.seller.external_id,
        "as_of": explanation.as_of,
        "at": explanation.now,
        "band": found.level.name.lower(),
        "total": found.total,
        "entries": [entries[line.id] for line in explanation.counting],
        "milestone": _milestone(found),
        "in_force": [_action(action) for action in found.in_force],
        "announced": [_action(action) for action in found.upcoming],
        "recorded_since": {
            "total": since.total,
            "late": [entries[line.id] for line in since.late],
            "corrections": [entries[line.id] for line in since.corrections],
        },
        "previous_change": explanation.previous_change,
        "next_change": explanation.next_change,
    }


def _milestone(found: Standing) -> dict[str, object]:
    reached, following = found.reached_milestone, found.next_milestone
    return {
        "reached": reached and reached.points,
        "next": following and following.points,
        "distance": found.distance,
        "approaching": found.is_approaching,
    }


def _entry(entry: PointsEntry) -> dict[str, object]:
    return {
        "id": entry.pk,
        "points": entry.points,
        "kind": entry.kind,
        "source": SOURCES[PointsEntry.Source(entry.source)].value,
        "reason": entry.reason,
        "violation": entry.violation.external_id,
        "policy": entry.violation.policy.code,
        "counts_from": entry.effective_at,
        "counts_until": entry.expires_at,
        "recorded_at": entry.recorded_at,
    }


def _action(action: EnforcementAction) -> dict[str, object]:
    return {
        "id": action.pk,
        "kind": action.kind,
        "milestone": action.milestone_points,
        "violation": action.violation.external_id,
        "capabilities": action.capabilities,
        "noticed_at": action.noticed_at,
        "starts_at": action.starts_at,
        "ends_at": action.ends_at,
        "lifted_at": action.lifted_at,
    }
