"""The reasons by which decisions on appeals are counted: which one a decision names, and retiring one."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from audit.services import record
from audit.snapshots import snapshot
from kit.outcomes import Refused
from sellers.services import refuse_beyond_scope, refuse_for_all_markets

from ... import trail_notes
from ...models import Appeal, AppealReason
from ...selectors.appeal_reasons import reasons_for

OUTCOMES = {
    Appeal.State.GRANTED: AppealReason.Outcome.GRANTED,
    Appeal.State.PARTLY_GRANTED: AppealReason.Outcome.GRANTED,
    Appeal.State.DENIED: AppealReason.Outcome.DENIED,
}


def note_reason(appeal: Appeal, *, state: Appeal.State, code: str) -> None:
    """Keep the code and its label with a decision. Raises ``Refused`` if one is needed, or there is none so called."""
    reasons = {one.code: one for one in reasons_for(appeal, outcome=OUTCOMES[state])}
    if reasons and not code:
        raise Refused(_("Choose a reason: decisions are counted by it."), field="reason_code")
    if code and code not in reasons:
        raise Refused(_("There is no such reason any more. Choose another one."), field="reason_code")
    appeal.reason_code = code
    appeal.reason_label = reasons[code].label if code else ""


@transaction.atomic
def retire_appeal_reason(*, reason: AppealReason, retired_by: User, now: datetime) -> AppealReason:
    """Let no decision name a reason any more; those that did keep it. Retired before, nothing changes."""
    if reason.market_id is None:
        refuse_for_all_markets(person=retired_by)
    else:
        refuse_beyond_scope(person=retired_by, market_id=reason.market_id)
    reason = AppealReason.objects.select_for_update(no_key=True, of=("self",)).get(pk=reason.pk)
    if reason.retired_at is not None:
        return reason
    before = snapshot(reason)
    reason.retired_at = now
    reason.save(update_fields=["retired_at"])
    record(by=retired_by, action="retire", about=reason, note=trail_notes.retired(), before=before, now=now)
    return reason
