"""Issuing a batch when the database refuses something in it that no check foresaw."""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from datetime import datetime

from django.db import DatabaseError, DataError, IntegrityError, InternalError

from accounts.models import User
from kit.outcomes import Outcome, Result
from sellers.models import Market

from ..wording.faults import refused_by_the_database
from .drafts import ViolationDraft
from .issuing import issue_violations

logger = logging.getLogger(__name__)

CAUSED_BY_ROWS = (DataError, IntegrityError, InternalError)
"""What the database raises because of the rows it was given; other errors are about the server or the connection."""


def issue_isolating_failures(
    *,
    market: Market,
    drafts: Sequence[ViolationDraft],
    source: str,
    now: datetime,
    issued_by: User | None = None,
    involved: Collection[User] = (),
) -> list[Outcome]:
    """Issue a batch as ``issue_violations`` does; a draft that fails its transaction keeps no other from being issued.

    A batch that fails is issued by halves, each in a transaction of its own. In the end the draft that fails stands
    alone: it is refused, with what the database said. Raises what has nothing to do with the drafts, as a lost
    connection. Then the halves before are issued, and sending the batch again completes it.
    """
    try:
        return issue_violations(
            market=market, drafts=drafts, source=source, now=now, issued_by=issued_by, involved=involved
        )
    except CAUSED_BY_ROWS as error:
        if len(drafts) == 1:
            return [_refused(drafts[0], error)]
    middle = len(drafts) // 2
    return [
        outcome
        for half in (drafts[:middle], drafts[middle:])
        for outcome in issue_isolating_failures(
            market=market, drafts=half, source=source, now=now, issued_by=issued_by, involved=involved
        )
    ]


def _refused(draft: ViolationDraft, error: DatabaseError) -> Outcome:
    said = (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")
    logger.error("The database refused violation %r: %s", draft.external_id, error)
    return Outcome(draft.external_id, Result.REFUSED, reason=refused_by_the_database(said))
