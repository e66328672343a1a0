"""Appeals: a seller's, and the reviewers' queue."""

from __future__ import annotations

from sellers.models import Seller

from ..models import Appeal, AppealQuerySet


def appeals_of(*, seller: Seller) -> AppealQuerySet:
    """A seller's appeals, the latest first, each with its violation and policy."""
    return Appeal.objects.filter(seller=seller).select_related("violation__policy_version__policy", "credit")


def get_appeal(*, seller: Seller, appeal_id: int) -> Appeal:
    """One appeal of a seller. Raises ``Appeal.DoesNotExist`` for anybody else's."""
    appeals = appeals_of(seller=seller).select_related("violation__market", "filed_by")
    return appeals.get(pk=appeal_id)


def appealed_violations(*, seller: Seller) -> set[int]:
    """The ids of a seller's violations that cannot be appealed again: all but those whose appeal was withdrawn."""
    appeals = Appeal.objects.filter(seller=seller).exclude(state=Appeal.State.WITHDRAWN)
    return set(appeals.values_list("violation_id", flat=True))


def appeal_queue() -> AppealQuerySet:
    """The appeals that wait for a decision, the one that is to be decided first coming first."""
    return Appeal.objects.open().order_by("decide_by", "id")
