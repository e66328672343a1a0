"""Watching detectors: an alarm is raised with a mass reversal drafted, and staff hold, release and settle."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import User
from audit.services import record
from audit.snapshots import snapshot
from kit.jobs.failures import logged_failure
from kit.outcomes import Refused
from kit.texts.characters import has_visible
from sellers.models import Market
from sellers.services import lock_books, refuse_beyond_scope

from .. import trail_notes
from ..detectors import selectors
from ..detectors.rules import Jump, find_jump
from ..models import Appeal, DetectorAlarm
from ..wording import detectors as wording
from .reversals import ReversalFilter, draft_reversal

OVERTURNED = {Appeal.State.GRANTED, Appeal.State.PARTLY_GRANTED}


def watch_detectors(*, now: datetime) -> int:
    """Raise an alarm for each detector whose share of overturned violations has jumped, and return how many.

    It can run at any time, also twice at once: one alarm of a market and detector waits.
    """
    raised = 0
    for market_id, detector in selectors.detectors_to_watch(as_of=now):
        with logged_failure(f"Watching {detector} in market {market_id}"):
            raised += _watch(Market.objects.get(pk=market_id), detector, now=now)
    return raised


@transaction.atomic
def _watch(market: Market, detector: str, *, now: datetime) -> bool:
    lock_books(market_id=market.pk)
    if DetectorAlarm.objects.waiting().filter(market=market, detector=detector).exists():
        return False
    decided = selectors.decided_appeals(market_id=market.pk, detector=detector)
    cases = list(decided.reverse()[: selectors.WATCHED_CASES])[::-1]
    jump = find_jump([case.state in OVERTURNED for case in cases], watched_from=_watched_from(market, detector, cases))
    if jump is None:
        return False
    _raise(market, detector, jump, cases[jump.first : jump.last + 1], now=now)
    return True


def _watched_from(market: Market, detector: str, cases: list[Appeal]) -> int:
    """The place after the case that raised the last alarm: what raised one raises no other."""
    last = DetectorAlarm.objects.filter(market=market, detector=detector).order_by("-pk").first()
    places = [place for place, case in enumerate(cases, start=1) if last and case.pk == last.last_appeal_id]
    return places[0] if places else 0


def _raise(market: Market, detector: str, jump: Jump, cases: list[Appeal], *, now: datetime) -> None:
    """Note the alarm, and draft what it takes to undo what the detector found since."""
    overturned = [case.violation for case in cases if case.state in OVERTURNED]
    since, versions = min(one.issued_at for one in overturned), {one.detector_version for one in overturned}
    alarm = DetectorAlarm(
        market=market, detector=detector, raised_at=now, since=since, cases=jump.cases, overturned=jump.overturned,
        usual=jump.usual, last_appeal_id=cases[-1].pk,
    )  # fmt: skip
    version = versions.pop() if len(versions) == 1 else ""
    wanted = ReversalFilter(detector=detector, detector_version=version, issued_from=since)
    incident = wording.incident(alarm)
    alarm.reversal = draft_reversal(market=market, wanted=wanted, incident=incident, created_by=None, now=now)
    alarm.save()


@transaction.atomic
def hold_detector(*, alarm: DetectorAlarm, held_by: User, now: datetime) -> DetectorAlarm:
    """Keep what the detector finds from now on from being issued; waits for those who are recording.

    Raises ``Refused`` for an alarm that is settled or holds already.
    """
    refuse_beyond_scope(person=held_by, market_id=alarm.market_id)
    alarm = _locked(alarm)
    if alarm.settled_at is not None or alarm.held_from is not None:
        raise Refused(wording.cannot_hold(alarm))
    before = snapshot(alarm)
    alarm.held_from, alarm.held_by = now, held_by
    alarm.save(update_fields=["held_from", "held_by"])
    record(by=held_by, action="hold", about=alarm, note=trail_notes.alarm_held(), before=before, now=now)
    return alarm


@transaction.atomic
def release_detector(*, alarm: DetectorAlarm, released_by: User, now: datetime) -> DetectorAlarm:
    """Let what the detector finds from now on be issued; what is held waits on. ``Refused`` if nothing is held."""
    refuse_beyond_scope(person=released_by, market_id=alarm.market_id)
    alarm = _locked(alarm)
    if not alarm.is_holding:
        raise Refused(wording.nothing_held(alarm))
    before = snapshot(alarm)
    alarm.released_at, alarm.released_by = now, released_by
    alarm.save(update_fields=["released_at", "released_by"])
    record(by=released_by, action="release", about=alarm, note=trail_notes.alarm_released(), before=before, now=now)
    return alarm


@transaction.atomic
def settle_alarm(*, alarm: DetectorAlarm, note: str, settled_by: User, now: datetime) -> DetectorAlarm:
    """Say what it was; the detector is watched anew. ``Refused`` without a note, and while violations are held."""
    if not has_visible(note):
        raise Refused(wording.say_what_it_was(), field="note")
    refuse_beyond_scope(person=settled_by, market_id=alarm.market_id)
    alarm = _locked(alarm)
    if alarm.settled_at is not None:
        raise Refused(wording.settled_already())
    if alarm.is_holding:
        raise Refused(wording.release_first())
    before = snapshot(alarm)
    alarm.settled_at, alarm.settled_by, alarm.note = now, settled_by, note.strip()
    alarm.save(update_fields=["settled_at", "settled_by", "note"])
    said = trail_notes.alarm_settled(note=alarm.note)
    record(by=settled_by, action="settle", about=alarm, note=said, before=before, now=now)
    return alarm


def _locked(alarm: DetectorAlarm) -> DetectorAlarm:
    """The alarm as it is now; the books first, so that nobody records meanwhile."""
    lock_books(market_id=alarm.market_id)
    locked = DetectorAlarm.objects.select_for_update(no_key=True, of=("self",)).select_related("market")
    return locked.get(pk=alarm.pk)
