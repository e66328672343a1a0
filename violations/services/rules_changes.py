"""Changing the rules of a live market: a draft with a date, a second person, then the change.

``rules_announcements`` tells the sellers in between.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from audit.services import record, record_alone
from audit.snapshots import snapshot
from kit.database.clocks import check_clock
from kit.far_ahead import refuse_far_ahead
from kit.jobs.failures import logged_failure
from kit.outcomes import Refused
from kit.texts.characters import has_visible
from sellers.models import Market
from sellers.services import RULES, change_market, lock_books, refuse_beyond_scope
from sellers.services import refuse_invalid as refuse_invalid

from .. import trail_notes
from ..models import Milestone, RulesChange
from ..wording import rules_changes as wording

MILESTONE_FIELDS = ("points", "kind", "capabilities", "duration_days", "notice_days")


@transaction.atomic
def draft_rules(
    *,
    market: Market,
    numbers: Mapping[str, object],
    milestones: Sequence[Mapping[str, Any]] | None,
    reason: str,
    effective_from: datetime,
    drafted_by: User,
    now: datetime,
) -> RulesChange:
    """Draft a change of a market's rules: only the numbers that differ, and the whole set of milestones or ``None``.

    Raises ``Refused``, naming the field:

    - without a reason, and for values that do not fit
    - for a date before the market's notice has passed
    - if nothing would change, and while another change of the market is open
    """
    refuse_beyond_scope(person=drafted_by, market_id=market.pk)
    market = lock_books(market_id=market.pk)
    numbers = {name: value for name, value in numbers.items() if getattr(market, name) != value}
    milestones = _changed_milestones(market, milestones, as_of=now)
    _refuse_unusable(market, numbers, milestones, reason)
    _refuse_odd_date(market, effective_from, now=now)
    _refuse_while_another_is_open(market)
    change = RulesChange.objects.create(
        market=market,
        numbers=numbers,
        milestones=milestones,
        reason=reason.strip(),
        effective_from=effective_from,
        drafted_at=now,
        drafted_by=drafted_by,
    )
    note = trail_notes.rules_drafted(reason=change.reason)
    record(by=drafted_by, action="add", about=change, note=note, before={}, now=now)
    return change


def _changed_milestones(
    market: Market, milestones: Sequence[Mapping[str, Any]] | None, *, as_of: datetime
) -> list[dict[str, Any]] | None:
    """The whole set as it is to be, ``None`` if that is how it is."""
    if milestones is None:
        return None
    wanted = checked_milestones(market, milestones)
    return None if wanted == current_milestones(market, as_of=as_of) else wanted


def _refuse_while_another_is_open(market: Market) -> None:
    if RulesChange.objects.filter(market=market, applied_at=None, withdrawn_at=None).exists():
        raise Refused(_("Another change of this market's rules is open; withdraw it first."))


def current_milestones(market: Market, *, as_of: datetime) -> list[dict[str, Any]]:
    """The milestones of a market at a moment as a change holds them."""
    found: list[dict[str, Any]] = list(
        Milestone.objects.filter(market=market).in_force(as_of=as_of).values(*MILESTONE_FIELDS)
    )
    return found


def checked_milestones(market: Market, milestones: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The milestones by points. Raises ``Refused`` for one that does not fit, and for two at the same points."""
    rows = sorted(({name: row[name] for name in MILESTONE_FIELDS} for row in milestones), key=lambda row: row["points"])
    for row in rows:
        refuse_invalid(Milestone(market=market, **row), MILESTONE_FIELDS)
    if len({row["points"] for row in rows}) < len(rows):
        raise Refused(_("Two milestones have the same points."), field="milestones")
    return rows


def _refuse_unusable(market: Market, numbers: Mapping[str, object], milestones: object, reason: str) -> None:
    if not numbers and milestones is None:
        raise Refused(_("Nothing would change."))
    if not has_visible(reason):
        raise Refused(_("Say why; the sellers read it."), field="reason")
    if other := sorted(numbers.keys() - set(RULES)):
        raise Refused(_("It is no number of the rules."), field=other[0])
    for name, value in numbers.items():
        setattr(market, name, value)
    refuse_invalid(market, numbers.keys())
    market.refresh_from_db()


def _refuse_odd_date(market: Market, effective_from: datetime, *, now: datetime) -> None:
    earliest = now + timedelta(days=market.policy_notice_days)
    if effective_from < earliest:
        raise Refused(wording.too_early(earliest, zone=market.zone), field="effective_from")
    refuse_far_ahead(effective_from, now=now, field="effective_from")


@transaction.atomic
def approve_rules(*, change: RulesChange, approved_by: User, now: datetime, alone_reason: str = "") -> RulesChange:
    """Approve a draft as somebody else than who drafted it. From then on it is read-only and its sellers are told.

    Raises ``OwnProposal`` for the person who drafted it and gives no ``alone_reason``. Raises ``Refused`` if it is no
    draft, and if the notice does not fit any more.
    """
    refuse_beyond_scope(person=approved_by, market_id=change.market_id)
    change = _locked(change)
    if change.state != "draft":
        raise Refused(wording.no_draft(change))
    _refuse_odd_date(change.market, change.effective_from, now=now)
    before = snapshot(change)
    change.approve_as(approved_by, alone_reason=alone_reason)
    change.approved_at = now
    change.lane, change.due_at = change.market_id, now
    change.save(update_fields=["approved_by", "approved_at", "alone_reason", "lane", "due_at"])
    record(by=approved_by, action="approve", about=change, note=trail_notes.rules_approved(), before=before, now=now)
    record_alone(by=approved_by, about=change, now=now)
    return change


@transaction.atomic
def withdraw_rules(*, change: RulesChange, withdrawn_by: User, now: datetime, reason: str = "") -> RulesChange:
    """Take back a draft, or what is approved until its date arrives; sellers who were told of it are told.

    Raises ``Refused`` without a reason if it is approved, once its date has arrived, and if it was withdrawn before.
    """
    refuse_beyond_scope(person=withdrawn_by, market_id=change.market_id)
    change = _locked(change)
    if why := why_not_withdraw(change, as_of=now):
        raise Refused(why)
    if change.approved_at is not None and not has_visible(reason):
        raise Refused(_("Say why; the sellers who were told of it read it."), field="reason")
    before = snapshot(change)
    change.withdrawn_at, change.withdraw_reason = now, reason.strip()
    change.due_at = now if change.approved_at else None
    change.claimed_at = change.given_up_at = None
    change.save(update_fields=["withdrawn_at", "withdraw_reason", "due_at", "claimed_at", "given_up_at"])
    record(
        by=withdrawn_by,
        action="withdraw",
        about=change,
        note=trail_notes.rules_withdrawn(reason=change.withdraw_reason),
        before=before,
        now=now,
    )
    return change


def why_not_withdraw(change: RulesChange, *, as_of: datetime) -> str:
    """Why a change cannot be withdrawn at a moment; empty if it can."""
    if change.withdrawn_at is not None:
        return _("It was withdrawn before.")
    if change.applied_at is not None or (change.approved_at is not None and change.effective_from <= as_of):
        return _("Its date has come: draft another change instead.")
    return ""


def _locked(change: RulesChange) -> RulesChange:
    """The change, under the lock of its market's books, as they were found then."""
    lock_books(market_id=change.market_id)
    return RulesChange.objects.select_related("market").get(pk=change.pk)


def apply_due_rules(*, now: datetime) -> list[RulesChange]:
    """Let every approved change whose time has come take effect, each in a transaction of its own.

    One that fails is logged and tried again by the next call; it keeps no other market from its rules. Raises
    ``ClockAhead`` where that time has not come.
    """
    check_clock(now=now)
    due = RulesChange.objects.filter(
        effective_from__lte=now, approved_at__isnull=False, applied_at=None, withdrawn_at=None
    )
    applied = []
    for change in due.order_by("effective_from", "pk"):
        with logged_failure(f"Change {change.pk} of rules"):
            if _apply(change, now=now):
                applied.append(change)
    return applied


@transaction.atomic
def _apply(change: RulesChange, *, now: datetime) -> bool:
    change = _locked(change)
    if change.applied_at is not None or change.withdrawn_at is not None:  # Somebody else was quicker.
        return False
    change.numbers_before = {name: getattr(change.market, name) for name in change.numbers}
    if change.numbers:
        change_market(market=change.market, changes=change.numbers, with_notice=True, changed_by=None, now=now)
    if change.milestones is not None:
        _put_milestones(change.market, change.milestones, as_of=change.effective_from)
    change.applied_at = now
    change.save(update_fields=["applied_at", "numbers_before"])
    return True


def _put_milestones(market: Market, wanted: Sequence[Mapping[str, Any]], *, as_of: datetime) -> None:
    """Retire the milestones that are not wanted as they are, and begin those that are new."""
    left = list(wanted)
    for milestone in Milestone.objects.filter(market=market, in_force_until=None):
        row = {name: getattr(milestone, name) for name in MILESTONE_FIELDS}
        if row in left:
            left.remove(row)
        else:
            milestone.in_force_until = as_of
            milestone.save(update_fields=["in_force_until"])
    Milestone.objects.bulk_create(Milestone(market=market, in_force_from=as_of, **row) for row in left)
