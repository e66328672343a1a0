"""Putting a shorter enforcement action in the place of one that stands."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from inbox.events.models import Event
from inbox.events.services import record_event
from inbox.models import Message
from inbox.services import MessageDraft, post_messages
from kit.outcomes import Refused
from sellers.models import Market
from sellers.services import lock_seller_to_record

from .. import rules
from ..models import ActionKind, EnforcementAction
from .events import record_lifted, record_starts_of
from .points import not_before_last_record

COPIED_FIELDS = (
    "seller_id", "milestone_id", "violation_id", "kind", "capabilities", "milestone_points", "total",
)  # fmt: skip


class NotShortened(Refused):
    """The action is over, was lifted or replaced, has no end, or is a deactivation."""


@transaction.atomic
def shorten_action(*, action: EnforcementAction, share: int, reason: str, now: datetime) -> EnforcementAction:
    """Lift an action and impose one with ``share`` percent less of its time to come, with one message. All at once.

    The action that stood stays in the record, lifted. Raises ``NotShortened``.
    """
    seller, moment = lock_seller_to_record(seller_id=action.seller_id, now=now)
    moment = not_before_last_record(moment, seller_ids=[seller.pk])
    action = EnforcementAction.objects.select_for_update(no_key=True).get(pk=action.pk)
    if not can_be_shortened(action, as_of=moment) or action.ends_at is None:
        raise NotShortened(_("This action is over, or cannot be shortened."))
    starts_at = max(action.starts_at, moment)
    ends_at = rules.shortened(starts_at, action.ends_at, share=share)
    draft = _message(action, starts_at=starts_at, ends_at=ends_at, market=seller.market)
    (notice_id,) = post_messages(market=seller.market, drafts=[draft], now=moment)
    record_starts_of(seller_ids=[seller.pk], now=moment)
    action.lifted_at, action.lift_reason = moment, reason
    action.save(update_fields=["lifted_at", "lift_reason"])
    record_lifted([action], market_id=seller.market_id, now=moment)
    same = {name: getattr(action, name) for name in COPIED_FIELDS}
    times = {"starts_at": starts_at, "ends_at": ends_at, "noticed_at": moment}
    shorter = EnforcementAction.objects.create(**same, **times, notice_id=notice_id, replaces=action)
    data = {"action": shorter.pk, "replaces": action.pk}
    record_event(seller=seller, kind=Event.Kind.ACTION_ANNOUNCED, data=data, now=moment)
    return shorter


def can_be_shortened(action: EnforcementAction, *, as_of: datetime) -> bool:
    """Whether a shorter one can take its place: it stands, has an end to come, and took no place itself."""
    if action.kind == ActionKind.DEACTIVATION or action.replaces_id is not None:
        return False
    return action.lifted_at is None and action.ends_at is not None and action.ends_at > as_of


def _message(action: EnforcementAction, *, starts_at: datetime, ends_at: datetime, market: Market) -> MessageDraft:
    assert action.ends_at is not None  # noqa: S101  # asked before
    return MessageDraft(
        seller_id=action.seller_id,
        kind=Message.Kind.ENFORCEMENT,
        template=Message.Template.ACTION_SHORTENED,
        about_kind="enforcement_action",
        about_id=action.pk,
        data={
            "kind": action.kind,
            "starts_at": starts_at.isoformat(),
            "before": action.ends_at.isoformat(),
            "ends_at": ends_at.isoformat(),
            "zone": market.zone.key,
        },
    )
