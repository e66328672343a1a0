"""What the page of a door sends: scans and taps, as JSON."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

from django.utils.translation import gettext as _
from pydantic import BaseModel, Field

from . import roster, rules
from .models import Workshop
from .services import Scan, ScanResult

MAX_SCANS = 200
MAX_BYTES = 200_000


class SentScan(BaseModel):
    """One of them. Its moment is told as how long ago it was, so that a phone's clock may be wrong."""

    nonce: UUID
    ago: Annotated[int, Field(ge=0, le=1000 * roster.LISTS_ARE_TAKEN)]
    signed: Annotated[str, Field(max_length=200)]
    place: Annotated[int | None, Field(ge=1, lt=2**63)] = None
    code: Annotated[str, Field(max_length=300)] = ""
    back: bool = False
    undoes: UUID | None = None


class ScanBatch(BaseModel):
    scans: Annotated[list[SentScan], Field(max_length=MAX_SCANS)]


def read(sent: SentScan, workshop: Workshop, *, now: datetime) -> Scan | None:
    """A scan as services take it; ``None`` if the list that it was made with is not one of this workshop's."""
    since = roster.signed_at(sent.signed, workshop=workshop)
    if since is None:
        return None
    at = rules.arrival(now - timedelta(milliseconds=sent.ago), signed_at=since, now=now)
    code = rules.read_code(sent.code)
    return Scan(sent.nonce, at, signup_id=sent.place, code=code, takes_back=sent.back, undoes=sent.undoes)


def not_of_this_list(sent: SentScan) -> ScanResult:
    return ScanResult(sent.nonce, None, None, _("This list is too old. Open the page again where there is a network."))


def answer(result: ScanResult) -> dict[str, object]:
    """What the page shows: ``no``, or what became of it."""
    return {
        "nonce": str(result.nonce),
        "outcome": result.outcome or "no",
        "place": result.signup.pk if result.signup else None,
        "words": result.words,
    }
