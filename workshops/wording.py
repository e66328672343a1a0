"""What people read of workshops: messages to sellers, what is refused, and what staff are told."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from inbox.models import Message
from inbox.services import MessageDraft
from kit.formatting import moment_words
from kit.markdown.parsing import escaped
from sellers.models import Seller

from . import rules
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


# --- What is refused


def not_signed_up_to_sell_yet(seller: Seller) -> str:
    said = _(
        "Places are for sellers that are signed up to sell, and %(seller)s is not yet. Finish signing up in the "
        "marketplace, then come back."
    )
    return said % {"seller": seller}


def no_longer_signed_up_to_sell(signup: Signup) -> str:
    return _("%(seller)s is not signed up to sell any more.") % {"seller": signup.seller}


def cancelled_look_at_others(workshop: Workshop) -> str:
    said = _("This workshop was cancelled: %(reason)s Have a look at the others.")
    return said % {"reason": workshop.cancel_reason}


def capacity_too_low(given: int) -> str:
    said = ngettext(
        "%(count)s place is given already. Choose %(least)s or more, or cancel places first.",
        "%(count)s places are given already. Choose %(least)s or more, or cancel places first.",
        given,
    )
    return said % {"count": given, "least": max(given, 1)}


def capacity_too_low_for_form(given: int) -> str:
    """The same for staff, who see the sign-ups below."""
    said = ngettext(
        "%(count)s place is given already. Choose %(count)s or more, or cancel places first: open a sign-up below.",
        "%(count)s places are given already. Choose %(count)s or more, or cancel places first: open a sign-up below.",
        given,
    )
    return said % {"count": given}


def time_problem(problem: rules.TimeProblem) -> str:
    if problem is rules.TimeProblem.ENDS_BEFORE_START:
        return _("It ends after it starts.")
    if problem is rules.TimeProblem.TOO_LONG:
        said = _("That is more than %(days)s days after its start. Check the date and the year.")
        return said % {"days": rules.LONGEST.days}
    return _("That is more than five years away. Check the year.")


def skipped_time(wall_clock: datetime) -> str:
    said = _("%(time)s does not exist on that day: clocks go forward then.")
    return said % {"time": f"{wall_clock:%H:%M}"}


# --- At the door


def code_of_another_workshop(signup: Signup) -> str:
    said = _("%(seller)s has this code for another workshop: %(workshop)s.")
    return said % {"seller": signup.seller, "workshop": signup.workshop}


def code_without_place(signup: Signup) -> str:
    if signup.state == Signup.State.WAITING:
        said = _("%(seller)s is on the waiting list and has no place yet.")
    else:
        said = _("The place of %(seller)s was cancelled.")
    return said % {"seller": signup.seller}


def check_in_opens(opens_at: datetime, *, zone: ZoneInfo) -> str:
    said = _("Check-in opens on %(moment)s, two hours before the start.")
    return said % {"moment": moment_words(opens_at, zone=zone)}


def not_checked_in(signup: Signup, workshop: Workshop) -> str:
    said = _("%(seller)s is not checked in to %(workshop)s.")
    return said % {"seller": signup.seller, "workshop": workshop.title}


def already_here(signup: Signup, arrived_at: datetime, *, zone: ZoneInfo) -> str:
    facts = {"seller": signup.seller, "time": f"{arrived_at.astimezone(zone):%H:%M}", "by": signup.checked_in_by}
    if signup.checked_in_by is None:
        return _("%(seller)s is already here since %(time)s. This code was used before.") % facts
    said = _("%(seller)s is already here since %(time)s, checked in by %(by)s. This code was used before.")
    return said % facts


# --- What staff are told


def change_is_sent(count: int) -> str:
    """What the tick is for that confirms telling everybody."""
    said = ngettext(
        "%(count)s sign-up: a change of time or place is sent at once, in the inbox and by email. Tick this to send "
        "it; nothing is sent for other changes.",
        "%(count)s sign-ups: a change of time or place is sent at once, in the inbox and by email. Tick this to send "
        "it; nothing is sent for other changes.",
        count,
    )
    return said % {"count": f"{count:,}"}


def tick_to_send(count: int) -> str:
    said = ngettext(
        "This change is sent to %(count)s sign-up. Tick to send it, and save.",
        "This change is sent to %(count)s sign-ups. Tick to send it, and save.",
        count,
    )
    return said % {"count": f"{count:,}"}


def before_publishing(workshop: Workshop) -> str:
    said = ngettext(
        "%(when)s (%(zone)s), %(count)s places. From then on it can be cancelled, but not deleted.",
        "%(when)s (%(zone)s), %(count)s places. From then on it can be cancelled, but not deleted.",
        workshop.capacity,
    )
    return said % {"when": workshop.when, "zone": workshop.time_zone, "count": workshop.capacity}


def before_cancelling(told: int) -> str:
    said = ngettext(
        "%(count)s sign-up is cancelled and told at once, in the inbox and by email. This cannot be undone.",
        "%(count)s sign-ups are cancelled and told at once, in the inbox and by email. This cannot be undone.",
        told,
    )
    return said % {"count": told}


def before_cancelling_signup(signup: Signup) -> str:
    said = _(
        "%(workshop)s, %(when)s. A place goes at once to the first who waits. The seller is told in the inbox and by "
        "email, and can sign up again."
    )
    return said % {"workshop": signup.workshop, "when": signup.workshop.when}


def before_giving_place(signup: Signup) -> str:
    said = ngettext(
        "%(workshop)s, %(when)s. All %(count)s places are taken, so the workshop gets one more. Whoever stands before "
        "on the waiting list goes on waiting.",
        "%(workshop)s, %(when)s. All %(count)s places are taken, so the workshop gets one more. Whoever stands before "
        "on the waiting list goes on waiting.",
        signup.workshop.capacity,
    )
    return said % {"workshop": signup.workshop, "when": signup.workshop.when, "count": signup.workshop.capacity}


def before_correcting(signup: Signup) -> str:
    said = _("%(workshop)s, %(when)s. The seller is told in the inbox and by email.")
    return said % {"workshop": signup.workshop, "when": signup.workshop.when}
