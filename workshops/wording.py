"""What sellers are told about workshops and their places in them."""

from __future__ import annotations

from inbox.models import Message
from inbox.services import MessageDraft
from kit.markdown.parsing import escaped

from .models import Signup, Workshop

SEE_PLACE = {Signup.State.PLACED: "See your place", Signup.State.WAITING: "See your waiting place"}


def place_became_free(signup: Signup, workshop: Workshop) -> MessageDraft:
    return _message(
        signup,
        f"You have a place: {workshop.title}",
        "A place became free, and you were the first on the waiting list. It is yours.\n\n"
        + _place(signup, workshop)
        + "\n\nIf you cannot come, please cancel before it starts: the next in line gets the place at once.",
    )


def place_given(signup: Signup, workshop: Workshop, *, reason: str) -> MessageDraft:
    return _message(
        signup,
        f"You have a place: {workshop.title}",
        f"The host gave you a place.\n\n**Why:** {escaped(reason)}\n\n" + _place(signup, workshop),
    )


def place_cancelled_by_host(signup: Signup, workshop: Workshop, *, had_place: bool) -> MessageDraft:
    had = "place" if had_place else "waiting place"
    return _message(
        signup,
        f"Your {had} was cancelled: {workshop.title}",
        f"The host cancelled your {had} in the workshop in {escaped(workshop.city)} on {workshop.when}.\n\n"
        f"**Why:** {escaped(signup.cancel_reason)}",
        action="See what was cancelled",
    )


def not_signed_up_to_sell(signup: Signup, workshop: Workshop) -> MessageDraft:
    return _message(
        signup,
        f"Your waiting place has ended: {workshop.title}",
        "A place became free and it was your turn, but places are for sellers that are signed up to sell, and this "
        "account no longer is. The place went to the next in line, and your waiting place has ended.\n\n"
        "Once you have signed up to sell in the marketplace again, you can join the waiting list anew.",
        action="See the workshop",
        path=workshop.get_absolute_url(),
    )


def attendance_corrected(signup: Signup, workshop: Workshop, *, reason: str) -> MessageDraft:
    came = "noted that you were there" if signup.checked_in_at else "took your check-in back"
    return _message(
        signup,
        f"Your attendance was corrected: {workshop.title}",
        f"The host {came}: the workshop in {escaped(workshop.city)} on {workshop.when}.\n\n**Why:** {escaped(reason)}",
    )


def workshop_cancelled(signup: Signup, workshop: Workshop) -> MessageDraft:
    had = "Your place" if signup.state == Signup.State.PLACED else "Your waiting place"
    return _message(
        signup,
        f"Cancelled: {workshop.title}",
        f"The workshop in {escaped(workshop.city)} on {workshop.when} does not take place. "
        f"{had} is cancelled; there is nothing you have to do.\n\n**Why:** {escaped(workshop.cancel_reason)}",
        action="See the workshop",
        path=workshop.get_absolute_url(),
    )


def workshop_changed(signup: Signup, workshop: Workshop, before: Workshop, *, can_cancel: bool) -> MessageDraft:
    """Everything about when and where, and beside what changed what it was before."""
    lines = [
        ("When", f"{before.when} ({before.time_zone})", f"{workshop.when} ({workshop.time_zone})"),
        ("Venue", before.venue, workshop.venue),
        ("Address", before.address, workshop.address),
        ("City", before.city, workshop.city),
    ]
    changed = [name.lower() for name, old, new in lines if old != new]
    facts = "\n".join(
        f"- **{name}:** {escaped(new)}" + (f" (before: {escaped(old)})" if old != new else "")
        for name, old, new in lines
    )
    keeps = "You keep your place" if signup.state == Signup.State.PLACED else "You keep your place in line"
    advice = "; please cancel it if you cannot come." if can_cancel else "."
    again = (
        " You were checked in for the time before; that was taken back."
        if _lost_check_in(signup, before, workshop)
        else ""
    )
    return _message(
        signup,
        f"Changed: {workshop.title}",
        f"{_listed(changed)} of this workshop changed. {keeps}{advice}{again}\n\n{facts}",
    )


def _lost_check_in(signup: Signup, before: Workshop, workshop: Workshop) -> bool:
    return signup.checked_in_at is not None and before.starts_at != workshop.starts_at


def _listed(names: list[str]) -> str:
    """``The time``, ``The venue and the city``."""
    words = [f"the {'time' if name == 'when' else name}" for name in names]
    text = words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
    return text[0].upper() + text[1:]


def _place(signup: Signup, workshop: Workshop) -> str:
    where = f"{workshop.venue}, {workshop.address}, {workshop.city}"
    return (
        f"- **When:** {workshop.when} ({escaped(workshop.time_zone)})\n"
        f"- **Where:** {escaped(where)}\n"
        f"- **Check-in code:** {signup.spelled_code}"
    )


def _message(signup: Signup, subject: str, body: str, *, action: str = "", path: str = "") -> MessageDraft:
    return MessageDraft(
        seller_id=signup.seller_id,
        kind=Message.Kind.WORKSHOP,
        subject=subject,
        body=body,
        path=path or signup.get_absolute_url(),
        action=action or SEE_PLACE.get(Signup.State(signup.state), "See the workshop"),
    )
