"""Mass reversals: drafting one, starting, stopping and resuming it, and voiding batch by batch.

Due work is found by looking at the database. A batch is one transaction. What it voids, what it tells the sellers and
how far it got are recorded together. So a worker that dies loses nothing and doubles nothing.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from accounts.models import User
from audit.notes import Note
from audit.services import Actor, record, record_alone
from audit.snapshots import Values, snapshot
from kit.jobs.claims import LostClaim, claim_named, fail, finish, go_on, lock_claimed
from kit.jobs.failures import in_words
from kit.outcomes import Refused
from kit.texts.characters import has_visible
from policies.models import Policy, PolicyVersion
from sellers.models import Market, Seller
from sellers.services import keep_books_open, lock_books, refuse_beyond_scope

from .. import trail_notes
from ..models import MassReversal, Violation
from ..selectors import ReversalPreview, preview_reversal, sellers_left
from ..wording import reversals as wording
from .voiding import Voiding, void_violations


@dataclass(frozen=True)
class ReversalFilter:
    """Which violations of a market; what is ``None`` or empty does not matter. Periods are half-open, in UTC."""

    policy: Policy | None = None
    policy_version: PolicyVersion | None = None
    source: str = ""
    detection: str = ""
    detector: str = ""
    detector_version: str = ""
    automated: bool | None = None
    issued_from: datetime | None = None
    issued_until: datetime | None = None
    recorded_from: datetime | None = None
    recorded_until: datetime | None = None


@transaction.atomic
def draft_reversal(
    *, market: Market, wanted: ReversalFilter, incident: str, created_by: User | None, now: datetime
) -> MassReversal:
    """Draft a mass reversal, which voids nothing yet, and fix its set: only what is recorded by now is part of it.

    It waits for those who are recording in the market, as closing its books does.

    Raises ``Refused``, naming the field:

    - ``incident``: there is no note on the incident
    - ``policy``: the filter names nothing but the market
    - ``policy_version``: it is a version of another policy
    - a period that ends before it starts
    """
    refuse_beyond_scope(person=created_by, market_id=market.pk)
    _check(wanted, incident)
    lock_books(market_id=market.pk)
    reversal = MassReversal(market=market, created_at=now, created_by=created_by)
    _save_draft(reversal, market=market, wanted=wanted, incident=incident)
    note = trail_notes.reversal_drafted(named=wording.filter_facts(reversal), incident=reversal.incident)
    _note(reversal, "add", note, by=created_by, before={}, now=now)
    return reversal


@transaction.atomic
def redraft_reversal(
    *,
    reversal: MassReversal,
    market: Market,
    wanted: ReversalFilter,
    incident: str,
    now: datetime,
    redrafted_by: Actor = None,
) -> MassReversal:
    """Change a draft and fix its set anew; who had proposed it has to do so again.

    Raises ``Refused`` as ``draft_reversal`` does, and once it was started.
    """
    for market_id in (reversal.market_id, market.pk):
        refuse_beyond_scope(person=redrafted_by, market_id=market_id)
    _check(wanted, incident)
    lock_books(market_id=market.pk)
    reversal = _locked(reversal)
    if reversal.state != MassReversal.State.DRAFT:
        raise Refused(_("This mass reversal was started: draft another one."))
    before = snapshot(reversal)
    reversal.proposed_by = reversal.proposed_at = None
    _save_draft(reversal, market=market, wanted=wanted, incident=incident)
    note = trail_notes.reversal_changed(named=wording.filter_facts(reversal), incident=reversal.incident)
    _note(reversal, "redraft", note, by=redrafted_by, before=before, now=now)
    return reversal


def _started(reversal: MassReversal, preview: ReversalPreview) -> Note:
    return trail_notes.reversal_started(
        named=wording.filter_facts(reversal),
        violations=preview.violations,
        sellers=preview.sellers,
        reason=reversal.reason,
        incident=reversal.incident,
    )


def _note(reversal: MassReversal, action: str, note: Note, *, by: Actor, before: Values, now: datetime) -> None:
    """Leave an entry that the incident's number or words find: each note names it."""
    record(by=by, action=action, about=reversal, note=note, before=before, now=now)


def _save_draft(reversal: MassReversal, *, market: Market, wanted: ReversalFilter, incident: str) -> None:
    reversal.market, reversal.incident = market, incident.strip()
    for name in asdict(wanted):
        setattr(reversal, name, getattr(wanted, name))
    reversal.source = wanted.source.strip()
    reversal.last_violation_id = _last_violation_id()
    reversal.save()


def _check(wanted: ReversalFilter, incident: str) -> None:
    if not has_visible(incident):
        raise Refused(_("Say what happened; staff read it."), field="incident")
    if wanted == ReversalFilter(source=wanted.source) and not has_visible(wanted.source):
        raise Refused(_("Name more than the market: a policy, a source, a period or how it was found."), field="policy")
    version = wanted.policy_version
    if version and wanted.policy and version.policy_id != wanted.policy.pk:
        raise Refused(_("This is a version of another policy."), field="policy_version")
    for start, end, name in [
        (wanted.issued_from, wanted.issued_until, "issued_until"),
        (wanted.recorded_from, wanted.recorded_until, "recorded_until"),
    ]:
        if start and end and end <= start:
            raise Refused(_("The period ends before it starts."), field=name)


def _last_violation_id() -> int:
    """The last id of the violations recorded in a market by now; those that come later have higher ones.

    Whoever records violations first keeps the market's books open and then takes ids. The caller has locked the books,
    which waited for those who were recording; who comes after it gets higher ids.
    """
    return Violation.objects.aggregate(last=Max("pk"))["last"] or 0


def _locked(reversal: MassReversal, *, by: Actor = None) -> MassReversal:
    refuse_beyond_scope(person=by, market_id=reversal.market_id)
    locked = MassReversal.objects.select_for_update(no_key=True, of=("self",))
    return locked.select_related("market", "started_by").get(pk=reversal.pk)


@transaction.atomic
def propose_reversal(
    *, reversal: MassReversal, reason: str, confirmed: int, proposed_by: User, now: datetime
) -> MassReversal:
    """Ask somebody else to start a mass reversal with this reason: it would void more than one person may.

    Raises ``Refused`` as ``start_reversal`` does, and if it waits for a second person already.
    """
    reversal, preview = _checked(reversal, reason, confirmed, proposed_by, now=now)
    reversal.refuse_another_proposal()
    before = snapshot(reversal)
    reversal.reason, reversal.proposed_by, reversal.proposed_at = reason.strip(), proposed_by, now
    reversal.save()
    note = trail_notes.reversal_proposed(
        violations=preview.violations, reason=reversal.reason, incident=reversal.incident
    )
    _note(reversal, "propose", note, by=proposed_by, before=before, now=now)
    return reversal


@transaction.atomic
def start_reversal(
    *, reversal: MassReversal, reason: str, confirmed: int, started_by: User, now: datetime, alone_reason: str = ""
) -> MassReversal:
    """Start a mass reversal that somebody looked at: ``confirmed`` is the number of violations that it would void.

    Two people are needed if it was proposed. Also if it would void more than its market lets one person void in 24
    hours. Then another person starts it than who proposed it, with the reason that was proposed. Who proposed it may
    start it alone with an ``alone_reason``; without one ``OwnProposal`` is raised.

    Raises ``Refused``:

    - without a reason (field ``reason``), and if the number is another one (field ``confirmed``)
    - if there is nothing to void, or it was started before
    - if ``started_by`` may act for one of the sellers
    """
    User.objects.select_for_update(no_key=True).get(pk=started_by.pk)  # Several of one person take turns.
    reversal, preview = _checked(reversal, reason, confirmed, started_by, now=now)
    before = snapshot(reversal)
    reversal.reason, reversal.started_by = reason.strip(), started_by
    share = reversal.share(preview.violations, person_id=started_by.pk, as_of=now)
    reversal.needs_second_person = reversal.proposed_by_id is not None or share.needs_second_person
    if reversal.needs_second_person:
        _approve(reversal, started_by, alone_reason, now=now)
    reversal.started_at = max(now, reversal.created_at)
    reversal.lane, reversal.due_at = reversal.market_id, now
    _expect(reversal, preview)
    reversal.save()
    _note(reversal, "start", _started(reversal, preview), by=started_by, before=before, now=now)
    record_alone(by=started_by, about=reversal, now=now)
    return reversal


def _checked(
    reversal: MassReversal, reason: str, confirmed: int, person: User, *, now: datetime
) -> tuple[MassReversal, ReversalPreview]:
    """The draft, locked, and what it would do. Raises ``Refused`` if that is not what the person has confirmed."""
    if not has_visible(reason):
        raise Refused(_("Give a reason; the sellers read it."), field="reason")
    reversal = _locked(reversal, by=person)
    if reversal.state != MassReversal.State.DRAFT:
        raise Refused(_("This mass reversal was started already."))
    preview = preview_reversal(reversal=reversal, as_of=now)
    if not preview.violations:
        raise Refused(_("No violation that stands matches: there is nothing to void."))
    _refuse_own_sellers(reversal, person)
    if confirmed != preview.violations:
        raise Refused(wording.number_to_confirm(preview.violations), field="confirmed")
    return reversal, preview


def _approve(reversal: MassReversal, person: User, alone_reason: str, *, now: datetime) -> None:
    """Note who approves it. What nobody proposed yet, who starts it proposes in the same moment."""
    if reversal.proposed_by_id is None:
        reversal.proposed_by, reversal.proposed_at = person, now
    elif not reversal.is_own(person.pk):
        reversal.reason = MassReversal.objects.values_list("reason", flat=True).get(pk=reversal.pk)
    reversal.approve_as(person, alone_reason=alone_reason)


def _expect(reversal: MassReversal, preview: ReversalPreview) -> None:
    """Keep what whoever starts it was shown, to be compared with what it did."""
    reversal.expected_violations, reversal.expected_sellers = preview.violations, preview.sellers
    reversal.expected_points, reversal.expected_actions = preview.points, preview.actions
    reversal.expected_appeals = preview.appeals


def _refuse_own_sellers(reversal: MassReversal, person: User) -> None:
    own = Seller.objects.for_member(person).filter(
        reversal.matches("violations__"), violations__voided_at=None, market=reversal.market
    )
    if seller := own.order_by("id").first():
        raise Refused(wording.own_seller(seller))


@transaction.atomic
def stop_reversal(*, reversal: MassReversal, stopped_by: User, now: datetime) -> MassReversal:
    """Stop a mass reversal once its current batch is done; what is voided stays. ``Refused`` if it does not run."""
    reversal = _locked(reversal, by=stopped_by)
    if reversal.state != MassReversal.State.RUNNING:
        raise Refused(wording.not_running(reversal))
    before = snapshot(reversal)
    reversal.stopped_at, reversal.stopped_by = now, stopped_by
    reversal.due_at, reversal.claimed_at, reversal.attempts = None, None, 0
    reversal.save(update_fields=["stopped_at", "stopped_by", "due_at", "claimed_at", "attempts"])
    note = trail_notes.reversal_stopped(violations=reversal.violations_voided, incident=reversal.incident)
    _note(reversal, "stop", note, by=stopped_by, before=before, now=now)
    return reversal


@transaction.atomic
def resume_reversal(*, reversal: MassReversal, now: datetime, resumed_by: Actor = None) -> MassReversal:
    """Let a mass reversal go on where it stopped. Raises ``Refused`` if it is not stopped."""
    reversal = _locked(reversal, by=resumed_by)
    if reversal.state != MassReversal.State.STOPPED:
        raise Refused(wording.not_stopped(reversal))
    before = snapshot(reversal)
    reversal.stopped_at, reversal.stopped_by = None, None
    reversal.due_at, reversal.given_up_at, reversal.attempts = now, None, 0
    reversal.save(update_fields=["stopped_at", "stopped_by", "due_at", "given_up_at", "attempts"])
    note = trail_notes.reversal_resumed(violations=reversal.violations_voided, incident=reversal.incident)
    _note(reversal, "resume", note, by=resumed_by, before=before, now=now)
    return reversal


def void_next_batch(*, reversal_id: int, now: datetime, wait: bool = False) -> bool:
    """Void what the next sellers of a running mass reversal have in it; ``False`` if there is nothing more to do.

    ``False`` too while another worker is at it, unless it shall ``wait`` for that one. What goes wrong is noted and
    raised; after too many failures in a row the mass reversal stops by itself until staff resume it.
    """
    named = MassReversal.objects.filter(pk=reversal_id)
    while (reversal := claim_named(named, now=now, wait=wait)) is not None:
        try:
            return _void_next_batch(reversal, now=now)
        except LostClaim:  # Somebody who waits took it over.
            continue
        except Exception as error:
            fail(reversal, error=in_words(error), now=now)
            raise
    return False


@transaction.atomic
def _void_next_batch(claimed: MassReversal, *, now: datetime) -> bool:
    keep_books_open(market_ids=[claimed.market_id])
    reversal = lock_claimed(claimed)
    batch = _next_sellers(reversal)
    if batch:
        _void(reversal, batch, now=now)
        go_on(reversal, now=now, **{name: getattr(reversal, name) for name in PROGRESS})
    else:
        finish(reversal, done_at=now, attempts=0)
    return bool(batch)


PROGRESS = (
    "last_seller_id",
    "violations_voided",
    "sellers_told",
    "points_reversed",
    "actions_lifted",
    "appeals_settled",
)


def _void(reversal: MassReversal, seller_ids: list[int], *, now: datetime) -> None:
    voidings = void_violations(
        market=reversal.market,
        seller_ids=seller_ids,
        which=reversal.matches(),
        reason=reversal.reason,
        voided_by=reversal.started_by,
        now=now,
        reversal=reversal,
    )
    _count(reversal, voidings)
    reversal.last_seller_id = seller_ids[-1]


def _next_sellers(reversal: MassReversal) -> list[int]:
    """As many sellers as fit into a batch by their number and that of their violations. At least one if any is left."""
    sellers: list[int] = []
    violations = 0
    for seller_id, count in sellers_left(reversal=reversal, limit=settings.REVERSAL_BATCH_SELLERS):
        violations += count
        if sellers and violations > settings.REVERSAL_BATCH_VIOLATIONS:
            break
        sellers.append(seller_id)
    return sellers


def _count(reversal: MassReversal, voidings: list[Voiding]) -> None:
    reversal.sellers_told += len(voidings)
    for voiding in voidings:
        reversal.violations_voided += len(voiding.violations)
        reversal.points_reversed += voiding.points
        reversal.actions_lifted += len(voiding.lifted)
        reversal.appeals_settled += voiding.settled
