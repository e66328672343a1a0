"""Writing to who has a place, in time: a week and a day before, and after the end to ask how it was."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, Value

from inbox.models import Message
from inbox.services import MessageDraft
from kit.jobs.failures import do_each

from .. import messages
from ..models import Signup, SignupQuerySet, Workshop, WorkshopQuerySet, WorkshopReminder
from ..occasions import DAYS_BEFORE, Due, Occasion, due_at
from .locking import lock_workshop_to_tell
from .seller_messages import by_seller, tell

SLACK = timedelta(hours=3)
"""By how much a day of the clock may differ from 24 hours."""


def remind_attendees(*, clock: Callable[[], datetime]) -> int:
    """Tell sellers of their workshops that begin in a week or a day, or have ended; how many were told.

    Several processes may run this at once, and one may die: nobody is told twice. What goes wrong with one workshop is
    logged, and tried again by the next call.
    """
    workshops = _to_look_at(now=clock()).order_by("starts_at", "pk").values_list("pk", flat=True)
    return do_each(workshops, lambda pk: remind_of_workshop(workshop_id=pk, now=clock()), what="Reminders of workshop")


def _to_look_at(*, now: datetime) -> WorkshopQuerySet:
    """Workshops of which somebody may have to be told: a few too many, for clocks are asked one by one."""
    ahead = now + timedelta(days=DAYS_BEFORE["week"]) + SLACK
    soon = Q(starts_at__gt=now, starts_at__lte=ahead) & Exists(_places())
    over = Q(ends_at__lte=now, ends_at__gt=now - F("feedback_days") * Value(timedelta(days=1)))
    asked = WorkshopReminder.objects.filter(occasion=Occasion.FEEDBACK.value, workshop=OuterRef("workshop"))
    unasked = _places().exclude(checked_in_at=None).filter(~Exists(asked.filter(seller=OuterRef("seller"))))
    return Workshop.objects.listed().filter(soon | (over & Exists(unasked)), cancelled_at=None)


def _places() -> SignupQuerySet:
    return Signup.objects.placed().filter(workshop=OuterRef("pk"))


@transaction.atomic
def remind_of_workshop(*, workshop_id: int, now: datetime) -> int:
    """Tell those sellers of a workshop whom its occasion concerns and who were not told; each once."""
    workshop = lock_workshop_to_tell(workshop_id=workshop_id)
    due = _due(workshop, now=now)
    if due is None:
        return 0
    places = by_seller(_readers(workshop, due).select_related("seller__market", "workshop"))
    drafts = [_draft(own, workshop, due, now=now) for own in places]
    _note(tell([own[0] for own in places], drafts, now=now), workshop, due, (own[0] for own in places))
    return len(places)


def _due(workshop: Workshop, *, now: datetime) -> Due | None:
    if not workshop.is_on:
        return None
    return due_at(
        now,
        starts_at=workshop.starts_at,
        ends_at=workshop.ends_at,
        zone=workshop.zone,
        feedback_days=workshop.feedback_days,
    )


def _readers(workshop: Workshop, due: Due) -> SignupQuerySet:
    """Places of sellers who have not been told of it.

    Who got a place, or was told of a change, since the occasion came knows when the workshop is; so does who is there.
    """
    told = WorkshopReminder.objects.filter(workshop=workshop, occasion=due.occasion.value, starts_at=workshop.starts_at)
    signups = workshop.signups.placed().exclude(seller__in=told.values("seller"))
    if due.occasion is Occasion.FEEDBACK:
        return signups.exclude(checked_in_at=None)
    changed = Message.objects.filter(
        seller=OuterRef("seller"), template=Message.Template.WORKSHOP_CHANGED, about_kind="signup",
        about_id=OuterRef("pk"), posted_at__gte=due.since,
    )  # fmt: skip
    return signups.filter(~Exists(changed), placed_at__lte=due.since, checked_in_at=None)


def _draft(places: list[Signup], workshop: Workshop, due: Due, *, now: datetime) -> MessageDraft:
    if due.occasion is Occasion.FEEDBACK:
        return messages.feedback_asked(places[0], workshop)
    return messages.reminder(places, workshop, now=now)


def _note(posted: dict[int, int], workshop: Workshop, due: Due, signups: Iterable[Signup]) -> None:
    WorkshopReminder.objects.bulk_create(
        WorkshopReminder(
            workshop=workshop,
            seller_id=signup.seller_id,
            occasion=due.occasion.value,
            starts_at=workshop.starts_at,
            message_id=posted[signup.pk],
        )
        for signup in signups
    )
