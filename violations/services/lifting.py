"""Lifting an enforcement action before its time."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from audit.services import record
from audit.snapshots import snapshot
from inbox.models import Message
from inbox.services import MessageDraft, post_messages
from kit.outcomes import Refused
from sellers.services import lock_seller_to_record, refuse_to_decide

from .. import trail_notes
from ..models import EnforcementAction
from .events import record_lifted, record_starts_of
from .points import not_before_last_record
from .refusals import refuse_without_reason


@transaction.atomic
def lift_action(*, action: EnforcementAction, reason: str, lifted_by: User | None, now: datetime) -> EnforcementAction:
    """End an enforcement action before its time and tell the seller.

    Raises ``Refused`` without a reason, if the action has ended or is lifted, or for a member of the seller.
    """
    refuse_without_reason(reason)
    seller, moment = lock_seller_to_record(seller_id=action.seller_id, now=now)
    refuse_to_decide(person=lifted_by, seller=seller)
    action.refresh_from_db()
    moment = not_before_last_record(moment, seller_ids=[seller.pk])
    if action.lifted_at is not None or (action.ends_at is not None and action.ends_at <= moment):
        raise Refused(_("This action has ended already."))
    before = snapshot(action)
    record_starts_of(seller_ids=[seller.pk], now=moment)
    action.lifted_at, action.lifted_by, action.lift_reason = moment, lifted_by, reason
    action.save(update_fields=["lifted_at", "lifted_by", "lift_reason"])
    record(
        by=lifted_by,
        action="lift",
        about=action,
        note=trail_notes.lifted(reason=reason),
        before=before,
        now=now,
    )
    record_lifted([action], market_id=seller.market_id, now=moment)
    post_messages(market=seller.market, drafts=[_lifted(action)], now=moment)
    return action


def _lifted(action: EnforcementAction) -> MessageDraft:
    return MessageDraft(
        seller_id=action.seller_id,
        kind=Message.Kind.ENFORCEMENT,
        template=Message.Template.ACTION_LIFTED,
        about_kind="enforcement_action",
        about_id=action.pk,
        data={"kind": action.kind, "reason": action.lift_reason},
    )
