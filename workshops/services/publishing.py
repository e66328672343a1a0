"""Publishing, describing, moving and cancelling workshops."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from audit.services import Actor, record
from audit.snapshots import snapshot
from audit.trail_notes import published, unpublished
from kit.outcomes import Refused, WrongState
from kit.texts.characters import has_visible

from .. import messages, rules, trail_notes, wording
from ..models import City, Signup, Workshop
from .attendance import take_check_ins_back
from .locking import lock_workshop, lock_workshop_to_tell, save_revision
from .refusals import TooLate
from .seats import leave_seats
from .seller_messages import by_seller, tell

WHEN_AND_WHERE = ("starts_at", "ends_at", "time_zone", "mode", "city", "venue", "address", "join_url")


@transaction.atomic
def publish_workshop(*, workshop: Workshop, now: datetime, published_by: Actor = None) -> Workshop:
    """List a workshop publicly and open it for sign-ups.

    Raises ``WrongState`` if it is published already, and ``TooLate`` if it starts in the past.
    """
    workshop = lock_workshop(workshop_id=workshop.pk)
    refuse_publishing(workshop, now=now)
    before = snapshot(workshop)
    workshop.published_at = now
    save_revision(workshop, ["published_at"], now=now)
    record(by=published_by, action="publish", about=workshop, note=published(), before=before, now=now)
    return workshop


def refuse_publishing(workshop: Workshop, *, now: datetime) -> None:
    if workshop.published_at is not None:
        raise WrongState(_("“%(workshop)s” is published already.") % {"workshop": workshop.title})
    if workshop.starts_at <= now:
        raise TooLate(_("It starts in the past; choose another start before publishing it."), field="starts_at")
    _refuse_odd_times(workshop.starts_at, workshop.ends_at, now=now)


@transaction.atomic
def unpublish_workshop(*, workshop: Workshop, now: datetime, unpublished_by: Actor = None) -> Workshop:
    """Take a workshop off the listing and make it a draft again, as long as nobody is signed up.

    Raises ``WrongState`` if it is a draft, cancelled, or has sign-ups, ``TooLate`` once it started.
    """
    workshop = lock_workshop(workshop_id=workshop.pk)
    refuse_unpublishing(workshop, now=now)
    before = snapshot(workshop)
    workshop.published_at = None
    save_revision(workshop, ["published_at"], now=now)
    record(by=unpublished_by, action="unpublish", about=workshop, note=unpublished(), before=before, now=now)
    return workshop


def refuse_unpublishing(workshop: Workshop, *, now: datetime) -> None:
    if not workshop.is_on:
        raise WrongState(_("This workshop is not listed for sign-ups."))
    if workshop.starts_at <= now:
        raise TooLate(_("This workshop has started and stays in the list."))
    if workshop.signups.active().exists():
        raise WrongState(_("Somebody is signed up. Cancel the workshop instead: everybody is told why."))


@transaction.atomic
def describe_workshop(
    *, workshop: Workshop, texts: Mapping[str, Any], now: datetime, described_by: Actor = None
) -> Workshop:
    """Change what a workshop says of itself, by field: all but title, time, place and capacity. Nobody is told.

    Raises ``WrongState`` if it is cancelled, ``Refused`` for another market once it is published.
    """
    workshop = lock_workshop(workshop_id=workshop.pk)
    changed = [name for name, value in texts.items() if getattr(workshop, name) != value]
    if not changed:
        return workshop
    if workshop.cancelled_at is not None:
        raise WrongState(_("This workshop is cancelled and stays as it is."))
    if "market" in changed and workshop.published_at is not None:
        raise Refused(_("This workshop is published and stays in its market."), field="market")
    before = snapshot(workshop)
    for name in changed:
        setattr(workshop, name, texts[name])
    save_revision(workshop, changed, now=now)
    record(by=described_by, action="change", about=workshop, before=before, now=now)
    return workshop


@transaction.atomic
def move_workshop(
    *,
    workshop: Workshop,
    starts_at: datetime,
    ends_at: datetime,
    time_zone: str,
    mode: str,
    city: City | None,
    venue: str,
    address: str,
    join_url: str,
    now: datetime,
    title: str = "",
    moved_by: Actor = None,
) -> Workshop:
    """Change when or where a workshop takes place, and tell everybody who has a place or waits for one.

    So it is with another ``title``: it is what their calendars call the workshop, and what they look for at the venue.
    Nothing different tells nobody. Another start takes check-ins back, so that whoever cannot come then can cancel.
    While it runs, its end can be put off and its place be corrected. Raises ``WrongState`` if it is cancelled. Raises
    ``TooLate`` if a published one has ended or would start in the past. Also if it runs and would start at another
    time.
    """
    workshop = lock_workshop_to_tell(workshop_id=workshop.pk)
    new = {
        "starts_at": starts_at,
        "ends_at": ends_at,
        "time_zone": time_zone,
        "mode": mode,
        "city": city,
        "venue": venue,
        "address": address,
        "join_url": join_url,
        "title": title or workshop.title,
    }
    if all(getattr(workshop, name) == value for name, value in new.items()):
        return workshop
    return _move(workshop, new, moved_by=moved_by, now=now)


def _move(workshop: Workshop, new: Mapping[str, Any], *, moved_by: Actor, now: datetime) -> Workshop:
    if workshop.cancelled_at is not None:
        raise WrongState(_("This workshop is cancelled and cannot be moved."))
    before, stored = copy(workshop), snapshot(workshop)
    workshop = replaced(workshop, new)
    _refuse_moving(before, workshop, now=now)
    save_revision(workshop, list(new), now=now)
    action = "move" if _is_elsewhere(before, workshop) else "change"
    record(by=moved_by, action=action, about=workshop, before=stored, now=now)
    if workshop.ends_at > now:
        _tell_of_move(before, workshop, moved_by=moved_by, now=now)
    return workshop


def _is_elsewhere(before: Workshop, after: Workshop) -> bool:
    """Whether when or where it is changed, and not its title alone."""
    return any(getattr(before, name) != getattr(after, name) for name in WHEN_AND_WHERE)


def _tell_of_move(before: Workshop, workshop: Workshop, *, moved_by: Actor, now: datetime) -> None:
    """Each seller is told once what was, too; of another start also who was checked in for the time before."""
    active = [one for one in _active_signups(workshop) if one.state != Signup.State.GIVEN_ON]
    can_cancel = workshop.starts_at > now
    sellers = by_seller(active)
    drafts = [messages.workshop_changed(own, workshop, before, can_cancel=can_cancel) for own in sellers]
    if workshop.starts_at != before.starts_at:
        why = trail_notes.taken_back_by_a_move(
            starts_at=workshop.starts_at.isoformat(), ends_at=workshop.ends_at.isoformat(), zone=workshop.time_zone
        )
        take_check_ins_back(active, why=why, by=moved_by, now=now)
    tell([own[0] for own in sellers], drafts, now=now)


def _active_signups(workshop: Workshop) -> list[Signup]:
    return list(workshop.signups.active().select_related("seller__market", "workshop"))


def replaced(workshop: Workshop, fields: Mapping[str, Any]) -> Workshop:
    """A workshop with other values, not stored."""
    workshop = copy(workshop)
    for name, value in fields.items():
        setattr(workshop, name, value)
    workshop.__dict__.pop("zone", None)  # It was worked out from the time zone before.
    return workshop


def _refuse_odd_times(starts_at: datetime, ends_at: datetime, *, now: datetime) -> None:
    if problem := rules.time_problem(starts_at, ends_at, now=now):
        raise Refused(wording.time_problem(problem), field=problem.field)


def _refuse_odd_place(workshop: Workshop) -> None:
    if problem := place_problem(workshop):
        raise Refused(wording.place_problem(problem), field=problem.field)


def place_problem(workshop: Workshop) -> rules.PlaceProblem | None:
    """What is wrong with where a workshop takes place, ``None`` if nothing is."""
    return rules.place_problem(
        in_person=workshop.is_in_person,
        online=workshop.is_online,
        has_city=workshop.city is not None,
        venue=workshop.venue,
        address=workshop.address,
        join_url=workshop.join_url,
    )


def _refuse_moving(before: Workshop, after: Workshop, *, now: datetime) -> None:
    _refuse_odd_place(after)
    if (before.starts_at, before.ends_at) != (after.starts_at, after.ends_at):
        _refuse_odd_times(after.starts_at, after.ends_at, now=now)
    if before.published_at is None:
        return
    if before.ends_at <= now and _is_elsewhere(before, after):
        raise TooLate(_("This workshop has ended; when and where it was stays as it is."), field="starts_at")
    if before.starts_at <= now and (before.starts_at, before.time_zone) != (after.starts_at, after.time_zone):
        raise TooLate(_("This workshop has started; only its end and its place can be changed."), field="starts_at")
    if before.starts_at > now >= after.starts_at:
        raise TooLate(_("A published workshop cannot be moved into the past."), field="starts_at")
    if before.ends_at > now >= after.ends_at:
        raise TooLate(_("This workshop runs; choose an end that is still to come, or cancel it."), field="ends_at")


@transaction.atomic
def cancel_workshop(*, workshop: Workshop, reason: str, now: datetime, cancelled_by: Actor = None) -> Workshop:
    """Cancel a published workshop and tell everybody who had a place or waited for one. It cannot be undone.

    Raises ``WrongState`` if it is a draft or cancelled, ``TooLate`` if it has ended, ``Refused`` without a reason.
    """
    workshop = lock_workshop_to_tell(workshop_id=workshop.pk)
    refuse_cancelling(workshop, now=now)
    reason = reason.strip()
    if not has_visible(reason):
        raise Refused(_("Say why; everybody who signed up is told."), field="reason")
    before = snapshot(workshop)
    workshop.cancelled_at = now
    workshop.cancel_reason = reason
    save_revision(workshop, ["cancelled_at", "cancel_reason"], now=now)
    note = trail_notes.cancelled(reason=reason)
    record(by=cancelled_by, action="cancel", about=workshop, note=note, before=before, now=now)
    active = _active_signups(workshop)
    take_check_ins_back(active, why=trail_notes.taken_back_by_cancelling(), by=cancelled_by, now=now)
    sellers = by_seller(active)
    drafts = [messages.workshop_cancelled(own, workshop) for own in sellers]
    leave_seats(active)
    workshop.signups.active().update(state=Signup.State.CANCELLED, seat=None, cancelled_at=now)
    tell([own[0] for own in sellers], drafts, now=now)
    return workshop


def refuse_cancelling(workshop: Workshop, *, now: datetime) -> None:
    if workshop.published_at is None:
        raise WrongState(_("This workshop is a draft; nobody has seen it. Delete it instead."))
    if workshop.cancelled_at is not None:
        raise WrongState(_("This workshop is cancelled already."))
    if workshop.ends_at <= now:
        raise TooLate(_("This workshop has ended."))
