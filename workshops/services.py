"""Publishing and cancelling workshops, and the places in them.

Everything that changes who has a place locks the workshop's row, so such changes take turns. Before it come the books
if somebody is told of the change, and the seller's row if one signs up. The database checks at commit that no more
places are given than there are, and that none is free while somebody waits.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime
from itertools import groupby

from django.db import transaction

from inbox.models import Message
from inbox.services import MessageDraft, post_messages
from sellers.formatting import moment_words
from sellers.models import Market, Seller, User
from sellers.services import Actor, Refused, keep_books_open, lock_seller, note_action
from sellers.trail import snapshot

from . import rules
from .models import Signup, Workshop


class NotOpen(Refused):
    """The workshop takes no sign-ups: it is a draft, was cancelled, or has started."""


class NotSignedUpToSell(Refused):
    """Places are for sellers that are signed up to sell."""


class TooLate(Refused):
    """The workshop has started or ended, or the seller was checked in."""


class CapacityTooLow(Refused):
    """More places are given than the new capacity has."""


class CheckInRefused(Refused):
    """Nobody can be checked in with this code now."""


def lock_workshop(*, workshop_id: int) -> Workshop:
    """Lock a workshop's row until the transaction ends; changes of its places take turns on it."""
    return Workshop.objects.select_for_update(no_key=True).get(pk=workshop_id)


def lock_workshop_to_tell(*, workshop_id: int) -> Workshop:
    """Lock a workshop whose people are told something: first the books, of every market, for sellers of any may come.

    Who they are is certain only once the workshop is locked, and books come before it.
    """
    keep_books_open(market_ids=Market.objects.order_by().values_list("pk", flat=True))
    return lock_workshop(workshop_id=workshop_id)


@transaction.atomic
def publish_workshop(*, workshop: Workshop, now: datetime, published_by: Actor = None) -> Workshop:
    """List a workshop publicly and open it for sign-ups.

    Raises ``NotOpen`` if it is published already, and ``TooLate`` if it starts in the past.
    """
    workshop = lock_workshop(workshop_id=workshop.pk)
    if workshop.published_at is not None:
        raise NotOpen(f"“{workshop.title}” is published already.")
    if workshop.starts_at <= now:
        raise TooLate("It starts in the past; choose another start before publishing it.", field="starts_at")
    before = snapshot(workshop)
    workshop.published_at = now
    workshop.save(update_fields=["published_at"])
    note_action(by=published_by, action="publish", about=workshop, note="Published.", before=before, now=now)
    return workshop


@transaction.atomic
def sign_up(*, workshop: Workshop, seller: Seller, user: User, now: datetime) -> Signup:
    """Give a seller a place, or a waiting place when all are taken. ``user`` is who asked for it.

    A seller that has its number of places already gets the sign-up it has: asking twice changes nothing. Nobody who
    comes later stands before somebody who waits: ``signed_up_at`` is never earlier than that of the sign-up before.
    Raises ``NotOpen`` or ``NotSignedUpToSell``.
    """
    seller = lock_seller(seller_id=seller.pk)
    workshop = lock_workshop(workshop_id=workshop.pk)
    _refuse_unless_open(workshop, now=now)
    if not seller.signed_up_to_sell:
        raise NotSignedUpToSell(
            f"Places are for sellers that are signed up to sell, and {seller} is not yet. "
            "Finish signing up in the marketplace, then come back."
        )
    own = list(workshop.signups.active().filter(seller=seller).order_by("ordinal"))
    if len(own) >= workshop.places_per_seller:
        return own[-1]
    taken = {signup.ordinal for signup in own}
    has_place = workshop.signups.placed().count() < workshop.capacity
    last = workshop.signups.order_by("signed_up_at", "id").last()
    return Signup.objects.create(
        workshop=workshop,
        seller=seller,
        user=user,
        state=Signup.State.PLACED if has_place else Signup.State.WAITING,
        ordinal=min(set(range(1, len(own) + 2)) - taken),
        signed_up_at=max(now, last.signed_up_at) if last else now,
        placed_at=now if has_place else None,
        check_in_code=_new_code(),
    )


def _refuse_unless_open(workshop: Workshop, *, now: datetime) -> None:
    if workshop.published_at is None:
        raise NotOpen("This workshop is not published yet; come back when it is listed.")
    if workshop.cancelled_at is not None:
        raise NotOpen(f"This workshop was cancelled: {workshop.cancel_reason} Have a look at the others.")
    if workshop.starts_at <= now:
        raise NotOpen("This workshop has started and takes no sign-ups any more. Have a look at the others.")


def _new_code() -> str:
    codes = iter(lambda: "".join(secrets.choice(rules.CODE_ALPHABET) for _ in range(rules.CODE_LENGTH)), "")
    return next(code for code in codes if not Signup.objects.filter(check_in_code=code).exists())


@transaction.atomic
def cancel_signup(*, signup: Signup, now: datetime) -> Signup:
    """Give a place or a waiting place back; a place goes at once to the first who waits, with a message.

    Cancelling twice changes nothing. Raises ``TooLate`` once the workshop started or the seller was checked in.
    """
    workshop = lock_workshop_to_tell(workshop_id=signup.workshop_id)
    signup = Signup.objects.get(pk=signup.pk)
    if signup.state == Signup.State.CANCELLED:
        return signup
    if signup.checked_in_at is not None:
        raise TooLate("You are checked in already, so this place cannot be cancelled any more.")
    if workshop.starts_at <= now:
        raise TooLate("This workshop has started, so this place cannot be cancelled any more.")
    signup.state = Signup.State.CANCELLED
    signup.cancelled_at = now
    signup.save(update_fields=["state", "cancelled_at"])
    _promote(workshop, now=now)
    return signup


@transaction.atomic
def change_capacity(*, workshop: Workshop, capacity: int, now: datetime, changed_by: Actor = None) -> Workshop:
    """Change how many places there are. New ones go to those who wait, in order, each with a message.

    Raises ``CapacityTooLow`` below the places given (or below one), ``TooLate`` once the workshop started.
    """
    workshop = lock_workshop_to_tell(workshop_id=workshop.pk)
    if capacity == workshop.capacity:
        return workshop
    if workshop.starts_at <= now and workshop.published_at is not None:
        raise TooLate("The workshop has started; its capacity stays as it is.", field="capacity")
    given = workshop.signups.placed().count()
    if capacity < max(given, 1):
        raise CapacityTooLow(
            f"{given} {'place is' if given == 1 else 'places are'} given already. "
            f"Choose {max(given, 1)} or more, or cancel places first.",
            field="capacity",
        )
    before = snapshot(workshop)
    workshop.capacity = capacity
    workshop.save(update_fields=["capacity"])
    note_action(by=changed_by, action="change_capacity", about=workshop, before=before, now=now)
    _promote(workshop, now=now)
    return workshop


@transaction.atomic
def move_workshop(
    *,
    workshop: Workshop,
    starts_at: datetime,
    ends_at: datetime,
    time_zone: str,
    city: str,
    venue: str,
    address: str,
    now: datetime,
    moved_by: Actor = None,
) -> Workshop:
    """Change when or where a workshop takes place, and tell everybody who has a place or waits for one.

    Nothing different tells nobody. Raises ``NotOpen`` if it is cancelled, and ``TooLate`` if a published one has
    started or would start in the past.
    """
    workshop = lock_workshop_to_tell(workshop_id=workshop.pk)
    new = {
        "starts_at": starts_at,
        "ends_at": ends_at,
        "time_zone": time_zone,
        "city": city,
        "venue": venue,
        "address": address,
    }
    if all(getattr(workshop, name) == value for name, value in new.items()):
        return workshop
    if workshop.cancelled_at is not None:
        raise NotOpen("This workshop is cancelled and cannot be moved.")
    if workshop.published_at is not None and min(workshop.starts_at, starts_at) <= now:
        raise TooLate("A workshop that has started cannot be moved, and none into the past.", field="starts_at")
    before, stored = f"{workshop.when}, {workshop.venue}", snapshot(workshop)
    Workshop.objects.filter(pk=workshop.pk).update(**new)
    workshop = Workshop.objects.get(pk=workshop.pk)
    note_action(by=moved_by, action="move", about=workshop, before=stored, now=now)
    active = list(workshop.signups.active().select_related("seller__market"))
    _tell(active, [_moved_message(signup, workshop, before) for signup in active], now=now)
    return workshop


@transaction.atomic
def cancel_workshop(*, workshop: Workshop, reason: str, now: datetime, cancelled_by: Actor = None) -> Workshop:
    """Cancel a published workshop and tell everybody who had a place or waited for one. It cannot be undone.

    Raises ``NotOpen`` if it is a draft or cancelled, ``TooLate`` if it has ended, ``Refused`` without a reason.
    """
    workshop = lock_workshop_to_tell(workshop_id=workshop.pk)
    reason = reason.strip()
    if workshop.published_at is None:
        raise NotOpen("This workshop is a draft; nobody has seen it. Delete it instead.")
    if workshop.cancelled_at is not None:
        raise NotOpen("This workshop is cancelled already.")
    if workshop.ends_at <= now:
        raise TooLate("This workshop has ended.")
    if not reason:
        raise Refused("Say why; everybody who signed up is told.", field="reason")
    before = snapshot(workshop)
    workshop.cancelled_at = now
    workshop.cancel_reason = reason
    workshop.save(update_fields=["cancelled_at", "cancel_reason"])
    note = f"Cancelled: {reason}"
    note_action(by=cancelled_by, action="cancel", about=workshop, note=note, before=before, now=now)
    active = list(workshop.signups.active().select_related("seller__market"))
    workshop.signups.active().update(state=Signup.State.CANCELLED, cancelled_at=now, checked_in_at=None)
    _tell(active, [_cancelled_message(signup, workshop) for signup in active], now=now)
    return workshop


@transaction.atomic
def check_in(*, workshop: Workshop, code: str, now: datetime, checked_in_by: Actor = None) -> Signup:
    """Note that the seller with this code has come. Doing it twice keeps the first time.

    Raises ``CheckInRefused`` before check-in opens (two hours before the start), after the end, and for a code that
    is unknown, of another workshop, waiting or cancelled.
    """
    workshop = lock_workshop(workshop_id=workshop.pk)
    signups = Signup.objects.select_related("seller", "workshop")
    signup = signups.filter(check_in_code=rules.read_code(code)).first()
    if signup is None:
        raise CheckInRefused("No sign-up has this code. Check the letters with the seller.", field="code")
    if signup.workshop_id != workshop.pk:
        raise CheckInRefused(f"{signup.seller} has this code for another workshop: {signup.workshop}.", field="code")
    if signup.state == Signup.State.WAITING:
        raise CheckInRefused(f"{signup.seller} is on the waiting list and has no place yet.", field="code")
    if signup.state == Signup.State.CANCELLED:
        raise CheckInRefused(f"The place of {signup.seller} was cancelled.", field="code")
    if signup.checked_in_at is not None:
        return signup
    opens_at = rules.check_in_opens_at(workshop.starts_at)
    if now < opens_at:
        opens = moment_words(opens_at, zone=workshop.zone)
        raise CheckInRefused(f"Check-in opens on {opens}, two hours before the start.", field="code")
    if now >= workshop.ends_at:
        raise CheckInRefused("The workshop has ended; check-in is closed.", field="code")
    before = snapshot(signup)
    signup.checked_in_at = now
    signup.save(update_fields=["checked_in_at"])
    note = "Checked in at the door."
    note_action(by=checked_in_by, action="check_in", about=signup, note=note, before=before, now=now)
    return signup


def _promote(workshop: Workshop, *, now: datetime) -> None:
    """Give free places to those who wait, in order. The caller holds the workshop's lock."""
    free = workshop.capacity - workshop.signups.placed().count()
    promoted = list(workshop.signups.waiting().select_related("seller__market")[:free])
    ids = [signup.pk for signup in promoted]
    Signup.objects.filter(pk__in=ids).update(state=Signup.State.PLACED, placed_at=now)
    _tell(promoted, [_promoted_message(signup, workshop) for signup in promoted], now=now)


def _tell(signups: Iterable[Signup], drafts: Iterable[MessageDraft], *, now: datetime) -> None:
    """Post each sign-up's message in its seller's own market, the markets in a fixed order."""
    pairs = sorted(zip(signups, drafts, strict=True), key=lambda pair: pair[0].seller.market_id)
    for market, group in groupby(pairs, key=lambda pair: pair[0].seller.market):
        post_messages(market=market, drafts=[draft for _, draft in group], now=now)


def _promoted_message(signup: Signup, workshop: Workshop) -> MessageDraft:
    return MessageDraft(
        seller_id=signup.seller_id,
        kind=Message.Kind.WORKSHOP,
        subject=f"You have a place: {workshop.title}",
        body=(
            "A place became free, and you were the first on the waiting list. It is yours.\n\n"
            f"- **When:** {workshop.when} ({workshop.time_zone})\n"
            f"- **Where:** {workshop.venue}, {workshop.address}, {workshop.city}\n"
            f"- **Check-in code:** {signup.spelled_code}\n\n"
            "If you cannot come, please cancel before it starts: the next in line gets the place at once."
        ),
        path=signup.get_absolute_url(),
        action="See your place",
    )


def _cancelled_message(signup: Signup, workshop: Workshop) -> MessageDraft:
    had = "Your place" if signup.state == Signup.State.PLACED else "Your waiting place"
    return MessageDraft(
        seller_id=signup.seller_id,
        kind=Message.Kind.WORKSHOP,
        subject=f"Cancelled: {workshop.title}",
        body=(
            f"The workshop in {workshop.city} on {workshop.when} does not take place. "
            f"{had} is cancelled; there is nothing you have to do.\n\n"
            f"**Why:** {workshop.cancel_reason}"
        ),
        path=workshop.get_absolute_url(),
        action="See the workshop",
    )


def _moved_message(signup: Signup, workshop: Workshop, before: str) -> MessageDraft:
    keeps = "You keep your place" if signup.state == Signup.State.PLACED else "You keep your place in line"
    return MessageDraft(
        seller_id=signup.seller_id,
        kind=Message.Kind.WORKSHOP,
        subject=f"Changed: {workshop.title}",
        body=(
            "The workshop takes place at another time or in another room. "
            f"{keeps}; please cancel it if you cannot come.\n\n"
            f"- **When:** {workshop.when} ({workshop.time_zone})\n"
            f"- **Where:** {workshop.venue}, {workshop.address}, {workshop.city}\n"
            f"- **Before:** {before}"
        ),
        path=signup.get_absolute_url(),
        action="See your place" if signup.state == Signup.State.PLACED else "See your waiting place",
    )
