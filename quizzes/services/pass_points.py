"""What a pass removes: raised by two people, lowered by one."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import User
from audit.services import record, record_alone
from audit.snapshots import snapshot
from kit.outcomes import WrongState
from sellers.services import refuse_for_all_markets

from .. import bank_wording, selectors, trail_notes
from ..models import PassPointsProposal, Quiz
from .banks import lock_quiz
from .refusals import PassPointsOutOfBounds


@transaction.atomic
def propose_pass_points(
    *, quiz: Quiz, points: int, reason: str, proposed_by: User, now: datetime
) -> PassPointsProposal:
    """Propose that a pass removes more. Raises ``PassPointsOutOfBounds``, or ``WrongState`` while one waits."""
    quiz = lock_quiz(quiz.pk)
    most = selectors.most_points(policy_id=quiz.policy_id)
    if not quiz.pass_points < points <= most:
        raise PassPointsOutOfBounds(bank_wording.not_above(quiz.pass_points, most=most), field="points")
    if quiz.pass_points_proposals.filter(decided_at=None).exists():
        raise WrongState(bank_wording.proposal_waits(), field="points")
    proposal = PassPointsProposal.objects.create(
        quiz=quiz, points=points, reason=reason, proposed_by=proposed_by, proposed_at=now
    )
    note = trail_notes.pass_points_proposed(points=points, reason=reason)
    record(by=proposed_by, action="propose", about=quiz, note=note, now=now)
    return proposal


@transaction.atomic
def decide_pass_points(
    *, proposal: PassPointsProposal, is_approved: bool, decided_by: User, now: datetime, alone_reason: str = ""
) -> PassPointsProposal:
    """Approve or decline a proposal; approved, it holds at once. Deciding again changes nothing.

    Raises ``OwnProposal`` for who proposed it and gives no ``alone_reason``, ``PassPointsOutOfBounds`` if the policy
    gives less meanwhile.
    """
    refuse_for_all_markets(person=decided_by)
    quiz = lock_quiz(proposal.quiz_id)
    proposal = PassPointsProposal.objects.select_for_update(no_key=True).get(pk=proposal.pk)
    if proposal.decided_at is not None:
        return proposal
    proposal.decide_as(decided_by, is_approved=is_approved, alone_reason=alone_reason)
    proposal.decided_at = now
    proposal.save(update_fields=["decided_by", "decided_at", "approved", "alone_reason"])
    _apply(proposal, quiz, decided_by=decided_by, now=now)
    record_alone(by=decided_by, about=proposal, now=now)
    return proposal


def _apply(proposal: PassPointsProposal, quiz: Quiz, *, decided_by: User, now: datetime) -> None:
    before = snapshot(quiz)
    if proposal.approved:
        most = selectors.most_points(policy_id=quiz.policy_id)
        if proposal.points > most:
            raise PassPointsOutOfBounds(bank_wording.too_many_pass_points(most=most))
        quiz.pass_points = proposal.points
        quiz.save(update_fields=["pass_points"])
    note = trail_notes.pass_points_decided(points=proposal.points, approved=bool(proposal.approved))
    record(by=decided_by, action="decide", about=quiz, note=note, before=before, now=now)
