"""Filing, withdrawing and deciding appeals.

Each write locks the seller, after the books where it records something, so appeals, voiding and credits of one seller
take turns: of two decisions at once the second finds the appeal decided.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.core.files import File
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from audit.services import record
from audit.snapshots import Values, snapshot
from inbox.models import Message
from inbox.services import MessageDraft, post_messages
from kit.outcomes import Refused
from kit.texts.characters import has_visible
from sellers.models import Seller
from sellers.services import lock_seller, lock_seller_to_record, own_sellers

from ..attachments import check_files, discard, refused_without_room, store
from ..models import MAX_APPEAL_TEXT, Appeal, AppealAttachment, PointsEntry, Violation
from ..wording import appeals as wording
from .concerns import concern_of
from .points import credit, not_before_last_record, points_left
from .voiding import apply_voiding


def file_appeal(
    *, violation: Violation, text: str, filed_by: User, now: datetime, attachments: Sequence[File[Any]] = ()
) -> Appeal:
    """File an appeal against a violation before ``violation.appeal_until`` (exclusive), and tell the seller.

    It does not matter whether the points still count. Raises ``Refused`` for an empty or too long text (field
    ``text``), files that are not taken or find no room (field ``attachments``), a violation that is voided, after the
    window, and while there is an appeal that was not withdrawn. What is refused leaves no file behind.
    """
    text = text.strip()
    if not has_visible(text):
        raise Refused(_("Say what is wrong about the violation, and why."), field="text")
    if len(text) > MAX_APPEAL_TEXT:
        raise Refused(wording.text_too_long(), field="text")
    stored: list[AppealAttachment] = []
    try:
        with refused_without_room(field="attachments"):
            types = check_files(attachments)
            for position, (file, content_type) in enumerate(zip(attachments, types, strict=True), start=1):
                stored.append(store(file, content_type=content_type, position=position))
        return _file(violation=violation, text=text, filed_by=filed_by, attachments=stored, now=now)
    except BaseException:
        discard(stored)
        raise


@transaction.atomic
def _file(
    *, violation: Violation, text: str, filed_by: User, attachments: list[AppealAttachment], now: datetime
) -> Appeal:
    seller, moment = lock_seller_to_record(seller_id=violation.seller_id, now=now)
    violation.refresh_from_db(fields=["voided_at"])
    if refusal := why_not_appeal(violation, as_of=now):
        raise Refused(refusal)
    filed_at = max(now, violation.issued_at)
    decide_by = seller.market.appeal_decide_by(filed_at)
    appeal = Appeal.objects.create(
        seller=seller, violation=violation, text=text, filed_at=filed_at, filed_by=filed_by, decide_by=decide_by
    )
    for attachment in attachments:
        attachment.appeal = appeal
    AppealAttachment.objects.bulk_create(attachments)
    facts = {"decide_by": decide_by.isoformat(), "zone": seller.market.zone.key}
    _tell(seller, appeal, template=Message.Template.APPEAL_FILED, facts=facts, now=moment)
    return appeal


def why_not_appeal(violation: Violation, *, as_of: datetime) -> str:
    """Why a violation cannot be appealed at a moment, for the seller; empty if it can (1 query)."""
    if not violation.is_standing:
        return _("This violation is voided: there is nothing to appeal.")
    earlier = violation.appeals.exclude(state=Appeal.State.WITHDRAWN).first()
    if earlier is not None and earlier.state == Appeal.State.OPEN:
        return _("An appeal against this violation is open already.")
    if earlier is not None:
        return wording.decided_before(earlier)
    if as_of >= violation.appeal_until:
        return _("The time to appeal this violation has ended.")
    return ""


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


@transaction.atomic
def withdraw_appeal(*, appeal: Appeal, withdrawn_by: User, now: datetime) -> Appeal:
    """Take an open appeal back; another can be filed within the window. Raises ``Refused`` if it is not open."""
    lock_seller(seller_id=appeal.seller_id)
    appeal.refresh_from_db()
    if not appeal.is_open:
        raise Refused(_("This appeal is not open any more."))
    appeal.state, appeal.withdrawn_by = Appeal.State.WITHDRAWN, withdrawn_by
    appeal.withdrawn_at = max(now, appeal.filed_at)
    appeal.save(update_fields=["state", "withdrawn_at", "withdrawn_by"])
    return appeal


@transaction.atomic
def grant_appeal(*, appeal: Appeal, decided_by: User, now: datetime, reason: str = "") -> Appeal:
    """Grant an appeal: void the violation with all that follows from it, and tell the seller in one message.

    Raises ``Refused`` if the appeal is not open, or for who issued the violation, filed the
    appeal or is a member of the seller.
    """
    seller, moment = _lock_open(appeal, decided_by=decided_by, now=now)
    before = _snapshots(appeal)
    reason = reason.strip() if has_visible(reason) else "Your appeal was granted."
    _decide(appeal, state=Appeal.State.GRANTED, reason=reason, decided_by=decided_by, now=moment)
    voiding = apply_voiding(seller=seller, violation=appeal.violation, reason=reason, voided_by=decided_by, now=moment)
    facts = {"reason": reason, **voiding.facts}
    _tell(seller, appeal, template=Message.Template.APPEAL_GRANTED, facts=facts, now=moment)
    _note(appeal, "grant", before=before, now=now)
    return appeal


@transaction.atomic
def grant_partly(*, appeal: Appeal, points: int, reason: str, decided_by: User, now: datetime) -> Appeal:
    """Grant an appeal in part: the violation stands, and ``points`` of those it has left are credited.

    Enforcement actions stay: credits reach and undo no milestone; staff can lift an action. Raises ``Refused`` without
    a reason, for points below one or above what is left, if the appeal is not open, or for who issued the violation,
    filed the appeal or is a member of the seller.
    """
    _require_reason(reason)
    seller, moment = _lock_open(appeal, decided_by=decided_by, now=now)
    before = _snapshots(appeal)
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
    _tell(seller, appeal, template=Message.Template.APPEAL_PARTLY_GRANTED, facts=facts, now=moment)
    _note(appeal, "grant_partly", before=before, now=now)
    return appeal


@transaction.atomic
def deny_appeal(*, appeal: Appeal, reason: str, decided_by: User, now: datetime) -> Appeal:
    """Deny an appeal with a reason of its own, and tell the seller, also where to turn next.

    Raises ``Refused`` without a reason, if the appeal is not open, or for who issued the violation, filed the
    appeal or is a member of the seller.
    """
    _require_reason(reason)
    seller, moment = _lock_open(appeal, decided_by=decided_by, now=now)
    before = _snapshots(appeal)
    _decide(appeal, state=Appeal.State.DENIED, reason=reason, decided_by=decided_by, now=moment)
    facts = {"reason": appeal.decision_reason, **_redress_facts(appeal.violation)}
    _tell(seller, appeal, template=Message.Template.APPEAL_DENIED, facts=facts, now=moment)
    _note(appeal, "deny", before=before, now=now)
    return appeal


def _require_reason(reason: str) -> None:
    if not has_visible(reason):
        raise Refused(_("Give a reason; the seller reads it."), field="reason")


def _lock_open(appeal: Appeal, *, decided_by: User, now: datetime) -> tuple[Seller, datetime]:
    """The locked seller and the recording time, once it is clear that this person can decide this appeal now."""
    seller, moment = lock_seller_to_record(seller_id=appeal.seller_id, now=now)
    moment = max(not_before_last_record(moment, seller_ids=[seller.pk]), appeal.filed_at)
    appeal.refresh_from_db()
    if not appeal.is_open:
        raise Refused(wording.not_open_any_more(appeal))
    if refusal := why_not_decide(appeal, person=decided_by):
        raise Refused(refusal)
    return seller, moment


def why_not_decide(appeal: Appeal, *, person: User) -> str:
    """Why a person does not decide on an appeal, whatever their rights, empty if they can (1 query)."""
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
    appeal.save(update_fields=["state", "decision_reason", "credit", "decided_at", "decided_by"])


def _snapshots(appeal: Appeal) -> tuple[Values, Values]:
    return snapshot(appeal), snapshot(appeal.violation)


def _note(appeal: Appeal, action: str, *, before: tuple[Values, Values], now: datetime) -> None:
    """Leave an entry about the appeal and one about its violation, so that the history of either tells it."""
    of_appeal, of_violation = before
    by, note = appeal.decided_by, f"{appeal.get_state_display()}: {appeal.decision_reason}"
    record(by=by, action=action, about=appeal, note=note, before=of_appeal, now=now)
    note = f"Appeal {note[0].lower()}{note[1:]}"
    record(by=by, action=action, about=appeal.violation, note=note, before=of_violation, now=now)


def _tell(
    seller: Seller, appeal: Appeal, *, template: Message.Template, facts: Mapping[str, object], now: datetime
) -> None:
    draft = MessageDraft(
        seller_id=seller.pk,
        kind=Message.Kind.APPEAL,
        template=template,
        about_kind="appeal",
        about_id=appeal.pk,
        data={"policy": str(appeal.violation.policy), **facts},
        concerns=concern_of(appeal.violation),
    )
    post_messages(market=seller.market, drafts=[draft], now=now)
