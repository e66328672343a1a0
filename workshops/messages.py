"""What sellers are told about workshops and their places in them, as facts; ``templates/messages/`` has the words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from inbox.models import Message
from inbox.services import MessageDraft

from .models import Signup, Workshop
from .occasions import MIN_ANSWERS_SHOWN, feedback_until
from .rules import SignupProblem

Template = Message.Template


def places_taken(places: Sequence[Signup], workshop: Workshop, *, now: datetime) -> MessageDraft:
    """To a seller, of all the places that it just took itself."""
    return _about_places(places, workshop, Template.WORKSHOP_PLACES_TAKEN, now=now)


def places_given_back(places: Sequence[Signup], workshop: Workshop) -> MessageDraft:
    """To a seller, of all the places that it just gave back itself."""
    names = [one.attendee for one in places if one.attendee]
    facts = {"count": len(places), "names": names, "had_place": True}
    return _about_signup(places[0], workshop, Template.WORKSHOP_PLACES_GIVEN_BACK, **facts)


def place_became_free(signup: Signup, workshop: Workshop, *, now: datetime) -> MessageDraft:
    confirm_by = signup.confirm_by.isoformat() if signup.confirm_by else ""
    facts = {"check_in_code": signup.check_in_code, "confirm_by": confirm_by} | _cut_off(workshop, now)
    return _about_signup(signup, workshop, Template.WORKSHOP_PLACE_FREED, **facts)


def place_lapsed(signup: Signup, workshop: Workshop) -> MessageDraft:
    return _about_signup(signup, workshop, Template.WORKSHOP_PLACE_LAPSED, had_place=True)


def signed_up_by_host(signup: Signup, workshop: Workshop, *, reason: str, asked: int, now: datetime) -> MessageDraft:
    """``asked``: how many questions of the host still need an answer."""
    facts = {"reason": reason, "check_in_code": signup.check_in_code, "asked": asked} | _cut_off(workshop, now)
    return _about_signup(signup, workshop, Template.WORKSHOP_SIGNED_UP, **facts)


def place_given(signup: Signup, workshop: Workshop, *, reason: str) -> MessageDraft:
    code = signup.check_in_code
    return _about_signup(signup, workshop, Template.WORKSHOP_PLACE_GIVEN, reason=reason, check_in_code=code)


def place_cancelled_by_host(signup: Signup, workshop: Workshop, *, had_place: bool) -> MessageDraft:
    facts = {"reason": signup.cancel_reason, "had_place": had_place}
    return _about_signup(signup, workshop, Template.WORKSHOP_PLACE_CANCELLED, **facts)


def passed_over(signup: Signup, workshop: Workshop, *, why: SignupProblem) -> MessageDraft:
    """To a seller whose turn it was, and who could not sign up any more."""
    return _about_workshop(signup, workshop, Template.WORKSHOP_WAITING_ENDED, why=why.name.lower())


def attendance_corrected(signup: Signup, workshop: Workshop, *, reason: str) -> MessageDraft:
    was_there = signup.checked_in_at is not None
    return _about_signup(signup, workshop, Template.WORKSHOP_ATTENDANCE_CORRECTED, reason=reason, was_there=was_there)


def workshop_cancelled(own: Sequence[Signup], workshop: Workshop) -> MessageDraft:
    """To a seller with all that it had in it, as it was before."""
    counts = _counts(own)
    facts = {"reason": workshop.cancel_reason, "had_place": counts["placed"] > 0}
    return _about_workshop(own[0], workshop, Template.WORKSHOP_CANCELLED, **facts, **counts)


def _counts(own: Sequence[Signup]) -> dict[str, int]:
    """How many places a seller has, and how many it waits for."""
    placed = sum(signup.state == Signup.State.PLACED for signup in own)
    return {"placed": placed, "waiting": sum(signup.state == Signup.State.WAITING for signup in own)}


def news_of_host(signup: Signup, workshop: Workshop, *, text: str) -> MessageDraft:
    return _about_signup(signup, workshop, Template.WORKSHOP_NEWS, text=text)


def reminder(places: Sequence[Signup], workshop: Workshop, *, now: datetime) -> MessageDraft:
    """Of all the places that a seller has."""
    return _about_places(places, workshop, Template.WORKSHOP_REMINDER, now=now)


def _about_places(
    places: Sequence[Signup], workshop: Workshop, template: Message.Template, *, now: datetime
) -> MessageDraft:
    facts = {"places": [_place(one) for one in places], "join_url": workshop.join_url, **_cut_off(workshop, now)}
    return _about_signup(places[0], workshop, template, **facts)


def _cut_off(workshop: Workshop, now: datetime) -> dict[str, object]:
    """Until when a place is passed on to who waits, where that ends before the start."""
    cut_off = workshop.cut_off.isoformat() if workshop.pass_on_hours else ""
    return {"cut_off": cut_off, "is_too_late": workshop.cut_off <= now}


def _place(signup: Signup) -> dict[str, str]:
    confirm_by = signup.confirm_by.isoformat() if signup.awaits_confirmation and signup.confirm_by else ""
    return {"code": signup.check_in_code, "attendee": signup.attendee, "confirm_by": confirm_by}


def feedback_asked(signup: Signup, workshop: Workshop) -> MessageDraft:
    until = feedback_until(workshop.ends_at, days=workshop.feedback_days)
    facts = {"until": until.isoformat(), "shown_from": MIN_ANSWERS_SHOWN}
    return _draft(
        signup, workshop, Template.WORKSHOP_FEEDBACK, about_kind="feedback", about_id=workshop.pk, facts=facts
    )


def excused(signup: Signup, workshop: Workshop, *, reason: str) -> MessageDraft:
    return _about_signup(signup, workshop, Template.WORKSHOP_EXCUSED, reason=reason)


def workshop_changed(own: Sequence[Signup], workshop: Workshop, before: Workshop, *, can_cancel: bool) -> MessageDraft:
    """To a seller with all that it has in it."""
    return _about_signup(
        own[0],
        workshop,
        Template.WORKSHOP_CHANGED,
        before=_known(before),
        link_changed=workshop.join_url != before.join_url,
        can_cancel=can_cancel,
        lost_check_in=any(_lost_check_in(signup, before, workshop) for signup in own),
        **_counts(own),
    )


def _lost_check_in(signup: Signup, before: Workshop, workshop: Workshop) -> bool:
    return signup.checked_in_at is not None and before.starts_at != workshop.starts_at


def _about_signup(signup: Signup, workshop: Workshop, template: Message.Template, **facts: Any) -> MessageDraft:
    facts |= {"state": signup.state, "attendee": signup.attendee}
    return _draft(signup, workshop, template, about_kind="signup", about_id=signup.pk, facts=facts)


def _about_workshop(signup: Signup, workshop: Workshop, template: Message.Template, **facts: Any) -> MessageDraft:
    return _draft(signup, workshop, template, about_kind="workshop", about_id=workshop.pk, facts=facts)


def _draft(
    signup: Signup,
    workshop: Workshop,
    template: Message.Template,
    *,
    about_kind: str,
    about_id: int,
    facts: dict[str, Any],
) -> MessageDraft:
    return MessageDraft(
        seller_id=signup.seller_id,
        kind=Message.Kind.WORKSHOP,
        template=template,
        about_kind=about_kind,
        about_id=about_id,
        data={"workshop": _known(workshop), **facts},
    )


def _known(workshop: Workshop) -> dict[str, str]:
    """When and where a workshop is."""
    return {
        "title": workshop.title,
        "starts_at": workshop.starts_at.isoformat(),
        "ends_at": workshop.ends_at.isoformat(),
        "time_zone": workshop.time_zone,
        "mode": workshop.mode,
        "venue": workshop.venue,
        "address": workshop.address,
        "city": workshop.city.name if workshop.city else "",
    }
