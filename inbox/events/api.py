"""The API for events: the feed (docs/webhooks.md)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from django.http import HttpResponse, JsonResponse
from ninja import Field, Query, Router, Schema

from kit.api.batches import ERRORS, CallRefused, ErrorAnswer
from sellers.token_auth import ApiRequest

from .models import Event
from .payloads import event_payload
from .selectors import CursorAhead, CursorTooOld, events_after

router = Router(tags=["Events"])

MAX_EVENTS = 1_000
LARGEST_CURSOR = 2**63 - 1


class EventAnswer(Schema):
    id: str = Field(description="The same as the webhook-id of the webhook that tells of it.")
    cursor: int = Field(description="Its place in the feed.")
    type: Event.Kind
    timestamp: datetime
    data: dict[str, Any] = Field(description="Ids, as the webhook of this type has them.")


class EventsAnswer(Schema):
    events: list[EventAnswer] = Field(description="In the order of the feed, which is that of each seller.")
    next: int = Field(description="What to send as `after` next, also if there is nothing yet.")
    more: bool = Field(description="Whether there is more now.")


@router.get(
    "/events",
    response=ERRORS | {200: EventsAnswer, 410: ErrorAnswer, 422: ErrorAnswer},
    operation_id="get_events",
    summary="What happened to the sellers of the market, in order",
)
def events(
    request: ApiRequest,
    after: Annotated[int | None, Query(ge=0, le=LARGEST_CURSOR, description="`next` of the answer before.")] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_EVENTS)] = 100,
) -> HttpResponse:
    """Who reads on from `next` is given each event once, and none is left out. Events are kept for 30 days."""
    try:
        page = events_after(market=request.auth.market, position=after, limit=limit)
    except CursorTooOld as error:
        raise CallRefused(410, _gone(error.first)) from None
    except CursorAhead as error:
        raise CallRefused(422, _ahead(error.last)) from None
    listed = [{"id": one.public_id, "cursor": one.position} | event_payload(one) for one in page.events]
    return JsonResponse({"events": listed, "next": page.position, "more": page.more})


def _gone(first: int) -> str:
    return f"Events that follow this cursor are deleted: they are kept for 30 days. Read on with after={first}."


def _ahead(last: int) -> str:
    return f"after: no event of this market has this place yet; the last is {last}. Who read further read another feed."
