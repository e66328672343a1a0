"""Asking what other rules would have done, answering it, and going on beside what happens."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from audit.services import record
from audit.snapshots import snapshot
from kit.dates import Week, local_date, local_midnight
from kit.jobs.claims import LostClaim, claim, go_on, lock_claimed
from kit.jobs.claims import finish as finish_job
from kit.jobs.failures import noted_failure
from kit.outcomes import Refused
from kit.texts.characters import has_visible
from policies.models import Policy
from sellers.models import Market
from sellers.services import refuse_invalid

from .. import trail_notes
from ..models import Rehearsal, ShadowWeek
from ..rehearsals.comparing import answer, shadow_week
from .rules_changes import checked_milestones, current_milestones

NUMBERS = ("points_expiry", "points_valid_days", "approach_points")
"""The numbers of a market on which it depends who is restricted, and who is at risk."""

MAX_POINTS = 100

SETTLED = timedelta(hours=6)
"""How long after a week's end it is replayed: by then whoever recorded in it has ended."""


@transaction.atomic
def rehearse(
    *,
    market: Market,
    question: str,
    numbers: Mapping[str, object],
    milestones: Sequence[Mapping[str, Any]] | None,
    points: Mapping[Policy, int],
    shadow_weeks: int,
    asked_by: User,
    now: datetime,
) -> Rehearsal:
    """Ask what the numbers, milestones and points of policies given would have done; a worker answers soon.

    Only what differs from today is kept. Raises ``Refused``, naming the field, without a question, for values that do
    not fit, and if nothing would differ.
    """
    rehearsal = Rehearsal(
        market=market,
        question=question.strip(),
        numbers={name: value for name, value in numbers.items() if name in NUMBERS and getattr(market, name) != value},
        milestones=_changed(market, milestones, now=now),
        points={str(policy.pk): number for policy, number in points.items()},
        shadow_weeks=shadow_weeks,
        as_of=local_midnight(local_date(now, zone=market.zone), zone=market.zone),
        asked_at=now,
        asked_by=asked_by,
        lane=market.pk,
        due_at=now,
    )
    _refuse_unusable(rehearsal)
    rehearsal.save()
    record(by=asked_by, action="add", about=rehearsal, note=rehearsal.question, before={}, now=now)
    return rehearsal


def _changed(
    market: Market, milestones: Sequence[Mapping[str, Any]] | None, *, now: datetime
) -> list[dict[str, Any]] | None:
    if milestones is None:
        return None
    wanted = checked_milestones(market, milestones)
    return None if wanted == current_milestones(market, as_of=now) else wanted


def _refuse_unusable(rehearsal: Rehearsal) -> None:
    if not has_visible(rehearsal.question):
        raise Refused(_("Say what you want to know."), field="question")
    if not rehearsal.numbers and rehearsal.milestones is None and not rehearsal.points:
        raise Refused(_("Nothing differs from the rules of today: change a number, a milestone or a policy's points."))
    if any(not 0 <= points <= MAX_POINTS for points in rehearsal.points.values()):
        raise Refused(_("A policy has between 0 and %(most)s points.") % {"most": MAX_POINTS}, field="points")
    refuse_invalid(rehearsal, ["question", "shadow_weeks"])
    market = Market.objects.get(pk=rehearsal.market_id)
    for name, value in rehearsal.numbers.items():
        setattr(market, name, value)
    refuse_invalid(market, rehearsal.numbers)


@transaction.atomic
def stop_shadow(*, rehearsal: Rehearsal, stopped_by: User, now: datetime) -> Rehearsal:
    """End the shadow of a rehearsal; its weeks stay. Raises ``Refused`` if it is in none."""
    rehearsal = Rehearsal.objects.select_for_update(no_key=True, of=("self",)).get(pk=rehearsal.pk)
    if rehearsal.state is not Rehearsal.State.SHADOW:
        raise Refused(_("It is not in shadow."))
    before = snapshot(rehearsal)
    rehearsal.due_at, rehearsal.claimed_at, rehearsal.stopped_at = None, None, now
    rehearsal.save(update_fields=["due_at", "claimed_at", "stopped_at"])
    record(by=stopped_by, action="stop", about=rehearsal, note=trail_notes.shadow_stopped(), before=before, now=now)
    return rehearsal


def answer_next_rehearsal(*, clock: Callable[[], datetime]) -> bool:
    """Answer the rehearsal that has waited longest, or replay its next week, and say whether there was one."""
    claimed = claim(Rehearsal.objects.select_related("market"), now=clock())
    for rehearsal in claimed:
        with noted_failure(rehearsal, clock=clock), suppress(LostClaim):
            if rehearsal.result is None:
                _answer(rehearsal, clock)
            else:
                _replay_week(rehearsal)
    return bool(claimed)


def _answer(rehearsal: Rehearsal, clock: Callable[[], datetime]) -> None:
    found = answer(rehearsal)
    with transaction.atomic():
        _go_on(lock_claimed(rehearsal), result=found, answered_at=clock())


def _replay_week(rehearsal: Rehearsal) -> None:
    week, zone = next_week(rehearsal), rehearsal.market.zone
    starts_at, ends_at = week.starts_at(zone=zone), week.ends_at(zone=zone)
    found = shadow_week(rehearsal, since=starts_at, until=ends_at)
    with transaction.atomic():
        held = lock_claimed(rehearsal)
        ShadowWeek.objects.create(rehearsal=held, starts_at=starts_at, ends_at=ends_at, **found)
        _go_on(held)


def next_week(rehearsal: Rehearsal) -> Week:
    """The next local week that a shadow replays: the first is the one that begins after it was asked."""
    zone = rehearsal.market.zone
    last = rehearsal.weeks.order_by("-starts_at").first()
    return Week.of(last.starts_at if last else rehearsal.as_of, zone=zone).next


def _go_on(held: Rehearsal, **found: Any) -> None:
    """Note an answer. In shadow it goes on when the next week is over."""
    if held.weeks.count() < held.shadow_weeks:
        go_on(held, now=next_week(held).ends_at(zone=held.market.zone) + SETTLED, **found)
    else:
        finish_job(held, **found)
