"""What issuing a violation would do, told by doing it and rolling it back."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from accounts.models import User
from policies.models import PolicyVersion
from sellers.models import Market

from ..models import EnforcementAction, PointsEntry, Violation
from .drafts import ViolationDraft
from .issuing import issue_violation


@dataclass(frozen=True)
class Effect:
    """What issuing a violation does: its version, the points, the totals, what is imposed and who is told.

    ``is_known`` if a violation with its id and content is there already, and nothing would be issued. ``like_it`` are
    the seller's standing violations of the same policy in the same content.
    """

    violation: Violation
    version: PolicyVersion
    points: int
    before: int
    after: int
    actions: list[EnforcementAction]
    members: list[User]
    is_known: bool
    like_it: int

    @property
    def digest(self) -> str:
        """The same for the same effect: what somebody confirmed is what happens."""
        actions = [(action.kind, action.milestone_points) for action in self.actions]
        totals = (self.points, self.before, self.after)
        facts = (self.violation.seller_id, self.version.pk, totals, actions)
        return hashlib.sha256(repr(facts).encode()).hexdigest()[:16]


def preview_violation(
    *, market: Market, draft: ViolationDraft, source: str, now: datetime, issued_by: User | None = None
) -> Effect:
    """What ``issue_violation`` would do with the same arguments now. Raises ``Refused`` as it does."""
    with transaction.atomic():
        known = Violation.objects.filter(market=market, external_id=draft.external_id).exists()
        violation = issue_violation(market=market, draft=draft, source=source, now=now, issued_by=issued_by)
        effect = _effect(violation, is_known=known)
        transaction.set_rollback(True)
    return effect


def _effect(violation: Violation, *, is_known: bool) -> Effect:
    entries = PointsEntry.objects.filter(seller=violation.seller_id).counting(as_of=violation.recorded_at)
    after, points = entries.total(), entries.filter(violation=violation).total()
    same = Violation.objects.standing().filter(
        seller=violation.seller_id,
        policy_version__policy=violation.policy_version.policy_id,
        content=violation.content_id,
        content__isnull=False,
    )
    return Effect(
        violation=violation,
        version=violation.policy_version,
        points=points,
        before=after - points,
        after=after,
        actions=list(violation.actions.order_by("milestone_points")),
        members=list(User.objects.filter(memberships__seller=violation.seller_id, is_active=True).order_by("email")),
        is_known=is_known,
        like_it=same.exclude(pk=violation.pk).count(),
    )
