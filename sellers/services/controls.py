"""The numbers above which a second person is needed: raised by two people, lowered by one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from accounts.models import User
from audit.services import record, record_alone
from audit.snapshots import snapshot
from kit.outcomes import Refused
from kit.texts.characters import has_visible

from .. import rules, trail_notes
from .. import wording as words
from ..models import ControlsProposal, Market
from .guards import refuse_beyond_scope
from .markets import CONTROLS, change_market, refuse_invalid
from .recording import lock_books


@transaction.atomic
def propose_controls(
    *, market: Market, controls: Mapping[str, int | None], reason: str, proposed_by: User, now: datetime
) -> ControlsProposal:
    """Propose that one person may do more alone; ``controls`` are both numbers as they are to be.

    Raises ``Refused`` without a reason, if they would let nobody do more, and while another proposal waits.
    """
    refuse_beyond_scope(person=proposed_by, market_id=market.pk)
    if not has_visible(reason):
        raise Refused(words.say_why(), field="reason")
    market = lock_books(market_id=market.pk)
    if not any(rules.lets_do_more(getattr(market, name), controls[name]) for name in CONTROLS):
        raise Refused(words.lets_nobody_do_more())
    if market.controls_proposals.filter(decided_at=None).exists():
        raise Refused(words.controls_wait())
    proposal = ControlsProposal(market=market, reason=reason.strip(), proposed_by=proposed_by, proposed_at=now)
    for name in CONTROLS:
        setattr(proposal, name, controls[name])
    refuse_invalid(proposal, CONTROLS)
    proposal.save()
    note = trail_notes.controls_proposed(reason=proposal.reason)
    record(by=proposed_by, action="propose", about=market, note=note, now=now)
    return proposal


@transaction.atomic
def decide_controls(
    *, proposal: ControlsProposal, is_approved: bool, decided_by: User, now: datetime, alone_reason: str = ""
) -> ControlsProposal:
    """Approve or decline a proposal; approved, the numbers hold at once. Deciding again changes nothing.

    Raises ``OwnProposal`` for who proposed it and gives no ``alone_reason``.
    """
    refuse_beyond_scope(person=decided_by, market_id=proposal.market_id)
    market = lock_books(market_id=proposal.market_id)
    proposal = ControlsProposal.objects.select_for_update(no_key=True).get(pk=proposal.pk)
    if proposal.decided_at is not None:
        return proposal
    before = snapshot(market)
    proposal.decide_as(decided_by, is_approved=is_approved, alone_reason=alone_reason)
    proposal.decided_at = now
    proposal.save()
    if is_approved:
        changes = {name: getattr(proposal, name) for name in CONTROLS}
        market = change_market(market=market, changes=changes, is_approved=True, changed_by=None, now=now)
    note = trail_notes.controls_decided(approved=is_approved)
    record(by=decided_by, action="decide", about=market, note=note, before=before, now=now)
    record_alone(by=decided_by, about=proposal, now=now)
    return proposal
