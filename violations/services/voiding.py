"""Voiding violations, with the points and the actions that they led to. Voiding one is voiding a set of one.

Voiding a set takes the same number of statements however large it is:

- lock the sellers in id order
- void what stands
- reverse what is left of the points
- lift what would not have been imposed
- post messages
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.db.models import Count, Max, Q, Sum
from django.db.models.functions import Greatest
from django.utils.translation import gettext as _

from accounts.models import User
from audit.services import record
from audit.snapshots import snapshot
from inbox.models import Message
from inbox.services import MessageDraft, post_messages
from kit.outcomes import Refused
from sellers.models import Market, Seller
from sellers.services import lock_sellers_by_id, own_sellers, recording_time, refuse_beyond_scope, refuse_to_decide

from .. import trail_notes
from ..models import Appeal, EnforcementAction, MassReversal, PointsEntry, Violation
from ..selectors import unfounded_actions
from .concerns import concern_of
from .events import record_lifted, record_starts_of, record_voided
from .points import not_before_last_record
from .refusals import refuse_without_reason

MAX_LISTED = 100
"""How many violations one message lists; it says how many more there are."""


@dataclass
class Voiding:
    """What voiding violations of one seller did.

    ``points`` were reversed, the actions ``lifted`` and as many open appeals ``settled``.
    """

    seller_id: int
    violations: list[Violation] = field(default_factory=list)
    points: int = 0
    lifted: list[EnforcementAction] = field(default_factory=list)
    settled: int = 0

    @property
    def facts(self) -> dict[str, object]:
        """What it did, for the seller."""
        return {"points": self.points, "lifted": [action.kind for action in self.lifted], "settled": self.settled}


@transaction.atomic
def void_violation(*, violation: Violation, reason: str, voided_by: User | None, now: datetime) -> Violation:
    """Void a violation: reverse what is left of its points, lift what it alone caused, tell the seller. All at once.

    Points that a quiz removed stay removed; points that expired need no reversal. An appeal that is open is settled by
    it. Raises ``Refused`` without a reason, if it is voided already, or for a member of the seller.
    """
    refuse_without_reason(reason)
    before = snapshot(violation)
    voidings = void_violations(
        market=violation.market,
        seller_ids=[violation.seller_id],
        which=Q(pk=violation.pk),
        reason=reason,
        voided_by=voided_by,
        now=now,
    )
    violation.refresh_from_db()
    if not voidings:
        raise Refused(_("This violation is voided already."))
    record(
        by=voided_by,
        action="void",
        about=violation,
        note=trail_notes.voided(reason=reason),
        before=before,
        now=now,
    )
    return violation


@transaction.atomic
def void_violations(
    *,
    market: Market,
    seller_ids: Collection[int],
    which: Q,
    reason: str,
    voided_by: User | None,
    now: datetime,
    reversal: MassReversal | None = None,
) -> list[Voiding]:
    """Void those violations of these sellers of a market that match ``which`` and stand, all or none of them.

    Each seller gets one message with everything in it. What was voided by the time the sellers are locked is left
    alone; a seller with nothing to void is not in the answer and gets no message.

    Raises ``Refused`` if ``voided_by`` may act for one of the sellers. A mass reversal passes over those that its
    starter came to act for since.
    """
    if reversal is None:
        refuse_beyond_scope(person=voided_by, market_id=market.pk)
    moment = recording_time(market_id=market.pk, now=now)
    locked = lock_sellers_by_id(seller_ids=seller_ids)
    ids = _of_others(locked.values(), person=voided_by, passes_over=reversal is not None)
    moment = not_before_last_record(moment, seller_ids=ids)
    standing = Violation.objects.standing().filter(which, seller_id__in=ids).order_by("issued_at", "id")
    violations = list(standing.select_related("policy_version__policy"))
    source = PointsEntry.Source.REVERSAL if reversal else PointsEntry.Source.VOIDING
    voidings = _apply(
        violations=violations, source=source, reason=reason, voided_by=voided_by, now=moment, reversal=reversal
    )
    drafts = [_message(market, voiding, reason) for voiding in voidings]
    post_messages(market=market, drafts=drafts, now=moment)
    return voidings


def _of_others(sellers: Collection[Seller], *, person: User | None, passes_over: bool) -> list[int]:
    """The ids of locked sellers that a person decides about."""
    own = own_sellers(people=[person], seller_ids=[seller.pk for seller in sellers])
    if not passes_over:
        for seller in sellers:
            if seller.pk in own:
                refuse_to_decide(person=person, seller=seller)
    return [seller.pk for seller in sellers if seller.pk not in own]


def apply_voiding(
    *, seller: Seller, violation: Violation, reason: str, voided_by: User | None, now: datetime
) -> Voiding:
    """Void the violation of a granted appeal without telling: the caller holds the seller's lock and tells the seller.

    ``now`` is the recording time, no earlier than the seller's last record; the violation was read under the lock and
    stands.
    """
    (voiding,) = _apply(
        violations=[violation], source=PointsEntry.Source.APPEAL, reason=reason, voided_by=voided_by, now=now
    )
    return voiding


def _apply(
    *,
    violations: Sequence[Violation],
    source: PointsEntry.Source,
    reason: str,
    voided_by: User | None,
    now: datetime,
    reversal: MassReversal | None = None,
) -> list[Voiding]:
    """Void standing violations whose sellers are locked; what it did, seller by seller."""
    if not violations:
        return []
    voidings: dict[int, Voiding] = {}
    for violation in violations:
        voidings.setdefault(violation.seller_id, Voiding(violation.seller_id)).violations.append(violation)
    ids = [violation.pk for violation in violations]
    for entry in _reverse_points(ids, source=source, now=now, created_by=voided_by):
        voidings[entry.seller_id].points -= entry.points
    _store(violations, voided_at=now, voided_by=voided_by, void_reason=reason, mass_reversal=reversal)
    record_voided(violations, now=now)
    record_starts_of(seller_ids=voidings, now=now)
    lifted = _lift_unfounded_actions(voidings, lifted_by=voided_by, now=now)
    record_lifted(lifted, market_id=violations[0].market_id, now=now)
    for action in lifted:
        voidings[action.seller_id].lifted.append(action)
    appeals = Appeal.objects.filter(violation__in=ids, state=Appeal.State.OPEN)
    for seller_id, count in appeals.values_list("seller_id").annotate(Count("pk")):
        voidings[seller_id].settled = count
    return list(voidings.values())


def _store(violations: Sequence[Violation], **fields: object) -> None:
    """Set fields of violations, in one statement and of the objects at hand."""
    for violation in violations:
        for name, value in fields.items():
            setattr(violation, name, value)
    Violation.objects.filter(pk__in=[violation.pk for violation in violations]).update(**fields)


def _reverse_points(
    violation_ids: Sequence[int], *, source: PointsEntry.Source, now: datetime, created_by: User | None
) -> list[PointsEntry]:
    """Reverse what is left of the points of violations.

    Left are the points that have not expired, less every correction of them. Every entry of a violation has the expiry
    of its assessment. So what has not expired has its assessment with it.
    """
    entries = PointsEntry.objects.filter(violation__in=violation_ids, expires_at__gt=now)
    left = entries.values_list("seller_id", "violation_id").annotate(
        left=Sum("points"),
        assessment_id=Max("id", filter=Q(kind=PointsEntry.Kind.ASSESSMENT)),
        expires_at=Max("expires_at"),
    )
    return PointsEntry.objects.bulk_create(
        PointsEntry(
            seller_id=seller_id,
            violation_id=violation_id,
            kind=PointsEntry.Kind.REVERSAL,
            source=source,
            points=-points,
            effective_at=now,
            expires_at=expires_at,
            recorded_at=now,
            corrects_id=assessment_id,
            reason="Violation voided",
            created_by=created_by,
        )
        for seller_id, violation_id, points, assessment_id, expires_at in left.filter(left__gt=0)
    )


def _lift_unfounded_actions(
    seller_ids: Collection[int], *, lifted_by: User | None, now: datetime
) -> list[EnforcementAction]:
    """Lift the actions whose milestone would not have been reached by the violations that still stand."""
    actions = list(unfounded_actions(as_of=now).filter(seller_id__in=seller_ids).order_by("id"))
    EnforcementAction.objects.filter(pk__in=[action.pk for action in actions]).update(
        lifted_at=Greatest(now, "noticed_at"),
        lifted_by=lifted_by,
        lift_reason="The violations that led to it no longer stand.",
    )
    return actions


def _message(market: Market, voiding: Voiding, reason: str) -> MessageDraft:
    """The one message about everything that was voided of a seller."""
    data = {"reason": reason, **voiding.facts}
    if len(voiding.violations) > 1:
        return MessageDraft(
            seller_id=voiding.seller_id,
            kind=Message.Kind.VIOLATION,
            template=Message.Template.VIOLATIONS_VOIDED,
            about_kind="voided_violations",
            about_id=voiding.seller_id,
            data=data | _listed(voiding.violations) | {"zone": market.zone.key},
        )
    (violation,) = voiding.violations
    return MessageDraft(
        seller_id=voiding.seller_id,
        kind=Message.Kind.VIOLATION,
        template=Message.Template.VIOLATION_VOIDED,
        about_kind="violation",
        about_id=violation.pk,
        data=data | {"policy": str(violation.policy)},
        concerns=concern_of(violation),
    )


def _listed(violations: Sequence[Violation]) -> dict[str, object]:
    lines = [
        {
            "policy": str(violation.policy),
            "issued_at": violation.issued_at.isoformat(),
            "reference": violation.external_id,
        }
        for violation in violations[:MAX_LISTED]
    ]
    return {"count": len(violations), "violations": lines, "more": len(violations) - len(lines)}
