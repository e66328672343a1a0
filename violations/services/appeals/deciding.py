"""Deciding on appeals.

Each decision locks the books and the seller, so appeals, voiding and credits of one seller take turns: of two decisions
at once the second finds the appeal decided.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from audit.services import record
from audit.snapshots import Values, snapshot
from inbox.events.models import Event
from inbox.models import Message
from kit.outcomes import Refused
from kit.texts.characters import has_visible
from sellers.models import Seller
from sellers.services import lock_seller_to_record, own_sellers
from sellers.staff_scope import works_for
from sellers.wording import beyond_scope

from ... import trail_notes
from ...models import MIN_DENIAL, Appeal, AppealClaim, PointsEntry, Violation
from ...wording import appeal_requests as asked
from ...wording import appeals as wording
from ..events import record_appeal
from ..points import credit, not_before_last_record, points_left
from ..refusals import refuse_without_reason
from ..voiding import apply_voiding
from .drawing import draw_for_second_review
from .reasons import note_reason
from .telling import tell


@transaction.atomic
def grant_appeal(*, appeal: Appeal, decided_by: User, now: datetime, reason: str = "", reason_code: str = "") -> Appeal:
    """Grant an appeal: void the violation with all that follows from it, and tell the seller in one message.

    Raises ``Refused`` if the appeal is not open, and for a person who may not decide on it (``why_not_decide``). Where
    the market has reasons to choose from (``AppealReason``), every decision needs a ``reason_code``.
    """
    seller, moment = lock_open(appeal, decided_by=decided_by, now=now)
    before = _snapshots(appeal)
    reason = reason.strip() if has_visible(reason) else "Your appeal was granted."
    note_reason(appeal, state=Appeal.State.GRANTED, code=reason_code)
    _decide(appeal, state=Appeal.State.GRANTED, reason=reason, decided_by=decided_by, now=moment)
    voiding = apply_voiding(seller=seller, violation=appeal.violation, reason=reason, voided_by=decided_by, now=moment)
    facts = {"reason": reason, **voiding.facts}
    tell(seller, appeal, template=Message.Template.APPEAL_GRANTED, facts=facts, now=moment)
    _note(appeal, "grant", before=before, now=now)
    return appeal


@transaction.atomic
def grant_partly(
    *, appeal: Appeal, points: int, reason: str, decided_by: User, now: datetime, reason_code: str = ""
) -> Appeal:
    """Grant an appeal in part: the violation stands, and ``points`` of those it has left are credited.

    Enforcement actions stay: credits reach and undo no milestone. Staff can lift an action.

    Raises ``Refused`` without a reason, and for points below one or above what is left. Else as ``grant_appeal``.
    """
    refuse_without_reason(reason)
    seller, moment = lock_open(appeal, decided_by=decided_by, now=now)
    before = _snapshots(appeal)
    note_reason(appeal, state=Appeal.State.PARTLY_GRANTED, code=reason_code)
    left = points_left(appeal.violation, as_of=moment)
    if left <= 0:
        raise Refused(_("This violation has no points left to credit: grant the appeal or deny it."), field="points")
    if not 1 <= points <= left:
        raise Refused(wording.more_than_is_left(left), field="points")
    entry = credit(
        violation=appeal.violation,
        source=PointsEntry.Source.APPEAL,
        points=points,
        reason="Appeal partly granted",
        now=moment,
        created_by=decided_by,
    )
    _decide(appeal, state=Appeal.State.PARTLY_GRANTED, reason=reason, decided_by=decided_by, now=moment, credit=entry)
    facts = {"points": points, "left": left - points, "reason": appeal.decision_reason}
    facts |= _redress_facts(appeal.violation)
    tell(seller, appeal, template=Message.Template.APPEAL_PARTLY_GRANTED, facts=facts, now=moment)
    _note(appeal, "grant_partly", before=before, now=now)
    return appeal


@transaction.atomic
def deny_appeal(*, appeal: Appeal, reason: str, decided_by: User, now: datetime, reason_code: str = "") -> Appeal:
    """Deny an appeal with a reason of its own, and tell the seller, also where to turn next.

    Raises ``Refused`` for a reason that is too short to answer the seller (``MIN_DENIAL`` characters). Else as
    ``grant_appeal``.
    """
    refuse_without_reason(reason)
    if len(reason.strip()) < MIN_DENIAL:
        raise Refused(wording.denial_too_short(MIN_DENIAL), field="reason")
    seller, moment = lock_open(appeal, decided_by=decided_by, now=now)
    before = _snapshots(appeal)
    note_reason(appeal, state=Appeal.State.DENIED, code=reason_code)
    _decide(appeal, state=Appeal.State.DENIED, reason=reason, decided_by=decided_by, now=moment)
    facts = {"reason": appeal.decision_reason, **_redress_facts(appeal.violation)}
    tell(seller, appeal, template=Message.Template.APPEAL_DENIED, facts=facts, now=moment)
    _note(appeal, "deny", before=before, now=now)
    return appeal


def lock_open(appeal: Appeal, *, decided_by: User, now: datetime, may_wait: bool = False) -> tuple[Seller, datetime]:
    """The locked seller and the recording time, once it is clear that this person can decide this appeal now.

    While the seller is asked for something they cannot, unless it ``may_wait`` for that.
    """
    seller, moment = lock_seller_to_record(seller_id=appeal.seller_id, now=now)
    moment = max(not_before_last_record(moment, seller_ids=[seller.pk]), appeal.filed_at)
    appeal.refresh_from_db()
    if not appeal.is_open:
        raise Refused(wording.not_open_any_more(appeal))
    if refusal := why_not_decide(appeal, person=decided_by):
        raise Refused(refusal)
    if not may_wait and (waiting := appeal.requests.waiting(at=moment).first()):
        raise Refused(asked.still_asked(waiting.answer_by))
    return seller, moment


def why_not_decide(appeal: Appeal, *, person: User) -> str:
    """Why a person does not decide on an appeal, whatever their rights, empty if they can (1 query)."""
    if not works_for(person, appeal.violation.market_id):
        return beyond_scope()
    if appeal.violation.issued_by_id == person.pk:
        return _("You issued this violation: somebody else decides on its appeal.")
    if appeal.filed_by_id == person.pk:
        return _("You filed this appeal: somebody else decides on it.")
    if own_sellers(people=[person], seller_ids=[appeal.seller_id]):
        return wording.own_seller(appeal.seller)
    return ""


def _decide(
    appeal: Appeal,
    *,
    state: Appeal.State,
    reason: str,
    decided_by: User,
    now: datetime,
    credit: PointsEntry | None = None,
) -> None:
    appeal.state, appeal.decision_reason, appeal.credit = state, reason.strip(), credit
    appeal.decided_at, appeal.decided_by = now, decided_by
    named = ["reason_code", "reason_label"]
    appeal.save(update_fields=["state", "decision_reason", *named, "credit", "decided_at", "decided_by"])
    record_appeal(Event.Kind.APPEAL_DECIDED, appeal, now=now)
    AppealClaim.objects.filter(appeal=appeal).delete()
    draw_for_second_review(appeal, decided_by=decided_by, now=now)


def _snapshots(appeal: Appeal) -> tuple[Values, Values]:
    return snapshot(appeal), snapshot(appeal.violation)


def _note(appeal: Appeal, action: str, *, before: tuple[Values, Values], now: datetime) -> None:
    """Leave an entry about the appeal and one about its violation, so that the history of either tells it."""
    of_appeal, of_violation = before
    by, about = appeal.decided_by, appeal.violation
    facts = {"state": str(appeal.state), "reason": appeal.decision_reason}
    record(by=by, action=action, about=appeal, note=trail_notes.appeal_decided(**facts), before=of_appeal, now=now)
    record(by=by, action=action, about=about, note=trail_notes.decided_on_appeal(**facts), before=of_violation, now=now)


def _redress_facts(violation: Violation) -> dict[str, object]:
    """What there is to say of where a seller turns who disagrees."""
    market = violation.market
    route, url = market.redress.strip(), market.redress_url
    return {
        "redress": route.rstrip(".") if url else route,
        "redress_url": url,
        "market": market.name,
        "reference": violation.external_id,
    }
