"""A member's drafts of appeals."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet

from accounts.models import User
from sellers.models import Seller

from ..models import Appeal, AppealDraft, AppealRequest, Violation
from .violations import appealable


def get_draft(*, violation: Violation, member: User, request: AppealRequest | None = None) -> AppealDraft | None:
    """What a member typed and attached against a violation and did not file, ``None`` if nothing (2 queries).

    With a ``request``: for the answer to it.
    """
    drafts = AppealDraft.objects.filter(violation=violation, user=member, request=request)
    return drafts.select_related("violation__policy_version__policy").prefetch_related("attachments").first()


def appeal_that_stands(*, violation: Violation) -> Appeal | None:
    """The appeal against a violation that was filed and not withdrawn: no other can be filed beside it (1 query)."""
    return violation.appeals.exclude(state=Appeal.State.WITHDRAWN).first()


def drafts_of(*, seller: Seller, member: User, as_of: datetime) -> QuerySet[AppealDraft]:
    """A member's drafts that can still be filed for a seller, what is due first on top."""
    can_be_filed = appealable(Violation.objects.filter(seller=seller), as_of=as_of)
    drafts = AppealDraft.objects.of_seller(seller).to_file().filter(user=member, violation__in=can_be_filed)
    return drafts.select_related("violation__policy_version__policy").order_by("violation__appeal_until", "pk")
