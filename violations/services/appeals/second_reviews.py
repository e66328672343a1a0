"""What a second reviewer would have decided on an appeal that was drawn."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from audit.services import record
from audit.snapshots import snapshot
from kit.outcomes import Refused
from kit.texts.characters import has_visible

from ... import trail_notes
from ...models import DECISIONS, SecondReview
from .deciding import why_not_decide


@transaction.atomic
def review_again(*, review: SecondReview, decision: str, reason: str, reviewed_by: User, now: datetime) -> SecondReview:
    """Say what a second reviewer would have decided. Nothing changes for the seller, who is not told.

    Raises ``Refused`` without a decision or a reason (named by field). Also if somebody has reviewed it already, and
    for whoever could not have decided it.
    """
    if decision not in DECISIONS:
        raise Refused(_("Choose what you would have decided."), field="decision")
    if not has_visible(reason):
        raise Refused(_("Give a reason; other reviewers read it."), field="reason")
    review = SecondReview.objects.select_for_update(no_key=True).get(pk=review.pk)
    if refusal := why_not_review(review, person=reviewed_by):
        raise Refused(refusal)
    before = snapshot(review)
    review.decision, review.reason = decision, reason.strip()
    review.reviewed_at, review.reviewed_by = now, reviewed_by
    review.save(update_fields=["decision", "reason", "reviewed_at", "reviewed_by"])
    note = trail_notes.reviewed(decision=decision)
    record(by=reviewed_by, action="review", about=review, note=note, before=before, now=now)
    return review


def why_not_review(review: SecondReview, *, person: User) -> str:
    """Why a person cannot review a decision, whatever their rights, empty if they can (up to 2 queries)."""
    if review.reviewed_at is not None:
        return _("Somebody has reviewed it already.")
    if review.first_reviewer_id == person.pk:
        return _("You decided on this appeal: somebody else reviews it.")
    return why_not_decide(review.appeal, person=person)
