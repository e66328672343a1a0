"""Voiding violations and lifting enforcement actions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from inbox.models import Message
from inbox.services import MessageDraft, post_messages
from sellers.models import Seller, User
from sellers.services import Refused, lock_seller, recording_time

from ..models import EnforcementAction, PointsEntry, Violation
from .points import correct, no_earlier_than_the_last, points_left


@dataclass(frozen=True)
class Voiding:
    """What voiding a violation did: the points that it reversed, and the actions that it lifted."""

    points: int
    lifted: list[EnforcementAction]

    @property
    def sentences(self) -> list[str]:
        """What it did, for the seller."""
        points = [f"Its remaining points ({self.points}) no longer count."] if self.points else []
        return points + [f"The {action.get_kind_display().lower()} it led to is lifted." for action in self.lifted]


@transaction.atomic
def void_violation(*, violation: Violation, reason: str, voided_by: User | None, now: datetime) -> Violation:
    """Void a violation: reverse what is left of its points, lift what it alone caused, tell the seller. All at once.

    Points that a quiz removed stay removed; points that expired need no reversal. An appeal that is open is settled by
    it. Raises ``Refused`` without a reason or if it is voided already.
    """
    if not reason.strip():
        raise Refused("Give a reason; the seller reads it.", field="reason")
    seller = lock_seller(seller_id=violation.seller_id)
    violation.refresh_from_db()
    moment = recording_time(market_id=seller.market_id, now=now)
    moment = no_earlier_than_the_last(moment, seller_ids=[seller.pk])
    voiding = apply_voiding(seller=seller, violation=violation, reason=reason, voided_by=voided_by, now=moment)
    _tell_voided(seller=seller, violation=violation, voiding=voiding, now=moment)
    return violation


def apply_voiding(
    *, seller: Seller, violation: Violation, reason: str, voided_by: User | None, now: datetime
) -> Voiding:
    """Void a violation without telling: for a caller that holds the seller's lock and tells the seller itself.

    ``now`` is the recording time, no earlier than the seller's last record; the violation was read under the lock.
    Raises ``Refused`` if it is voided already.
    """
    if not violation.is_standing:
        raise Refused("This violation is voided already.")
    left = points_left(violation, at=now)
    if left > 0:
        correct(
            violation=violation,
            kind=PointsEntry.Kind.REVERSAL,
            points=left,
            reason="Violation voided",
            now=now,
            created_by=voided_by,
        )
    violation.voided_at, violation.voided_by, violation.void_reason = now, voided_by, reason
    violation.save(update_fields=["voided_at", "voided_by", "void_reason"])
    return Voiding(points=left, lifted=_lift_unfounded_actions(seller=seller, voided_by=voided_by, now=now))


def _lift_unfounded_actions(*, seller: Seller, voided_by: User | None, now: datetime) -> list[EnforcementAction]:
    """Lift the actions whose milestone would not have been reached by the violations that still stand."""
    lifted = []
    actions = EnforcementAction.objects.filter(seller=seller, lifted_at=None)
    for action in actions:
        if action.ends_at is not None and action.ends_at <= now:
            continue
        entries = PointsEntry.objects.filter(seller=seller, violation__voided_at=None)
        known = entries.filter(recorded_at__lte=action.noticed_at).counting(at=action.noticed_at)
        if known.total() < action.milestone_points:
            action.lifted_at, action.lifted_by = max(now, action.noticed_at), voided_by
            action.lift_reason = "The violations that led to it no longer stand."
            action.save(update_fields=["lifted_at", "lifted_by", "lift_reason"])
            lifted.append(action)
    return lifted


def _tell_voided(*, seller: Seller, violation: Violation, voiding: Voiding, now: datetime) -> None:
    body = [f"Your violation of **{violation.policy}** was voided.", f"Reason: {violation.void_reason}"]
    body += voiding.sentences
    draft = MessageDraft(
        seller_id=seller.pk,
        kind=Message.Kind.VIOLATION,
        subject=f"Violation voided: {violation.policy}",
        body="\n\n".join(body),
        path=violation.get_absolute_url(),
        action="See the violation",
        content_id=violation.content_id,
    )
    post_messages(market=seller.market, drafts=[draft], now=now)


@transaction.atomic
def lift_action(*, action: EnforcementAction, reason: str, lifted_by: User | None, now: datetime) -> EnforcementAction:
    """End an enforcement action before its time and tell the seller.

    Raises ``Refused`` without a reason, or if the action has ended or is lifted.
    """
    if not reason.strip():
        raise Refused("Give a reason; the seller reads it.", field="reason")
    seller = lock_seller(seller_id=action.seller_id)
    action.refresh_from_db()
    moment = recording_time(market_id=seller.market_id, now=now)
    moment = no_earlier_than_the_last(moment, seller_ids=[seller.pk])
    if action.lifted_at is not None or (action.ends_at is not None and action.ends_at <= moment):
        raise Refused("This action has ended already.")
    action.lifted_at, action.lifted_by, action.lift_reason = moment, lifted_by, reason
    action.save(update_fields=["lifted_at", "lifted_by", "lift_reason"])
    draft = MessageDraft(
        seller_id=seller.pk,
        kind=Message.Kind.ENFORCEMENT,
        subject=f"Lifted: {action.get_kind_display().lower()}",
        body=f"The {action.get_kind_display().lower()} on your account was lifted.\n\nReason: {reason}",
        path=seller.get_absolute_url(),
        action="See your account health",
    )
    post_messages(market=seller.market, drafts=[draft], now=moment)
    return action
