"""Choosing which emails one wants, and telling staff by email what waits for them."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.languages import spoken
from accounts.looks import OWN
from accounts.models import User
from accounts.services import queue_account_email
from kit.jobs.failures import do_each
from kit.outcomes import Refused

from . import wording
from .models import StaffEmails
from .needs import DAY, Urgency
from .selectors import FoundNeed, needs_of

MORNING = time(8)
"""When the daily email is due, in the person's own time zone, else in UTC."""


def next_morning(person: User, *, now: datetime) -> datetime:
    """The first morning after ``now``."""
    zone = person.own_zone or UTC
    local = now.astimezone(zone)
    day = local.date() if local.time() < MORNING else local.date() + timedelta(days=1)
    return datetime.combine(day, MORNING, tzinfo=zone).astimezone(UTC)


@transaction.atomic
def choose_staff_emails(*, person: User, choice: str, now: datetime) -> None:
    """Which emails a member of staff wants; an empty ``choice`` is none. Raises ``Refused`` for one that is not known.

    A need that waits already when somebody chooses *at once* is told with the first email.
    """
    if not choice:
        StaffEmails.objects.filter(person=person).delete()
        return
    if choice not in StaffEmails.Choice:
        raise Refused(_("Choose one of the answers."), field="choice")
    values = {"choice": choice, "next_daily_at": next_morning(person, now=now), "told": {}}
    StaffEmails.objects.update_or_create(person=person, defaults=values)


def tell_staff(*, now: datetime) -> int:
    """Queue the emails that are due, and return how many; called by several at once, nobody is told twice.

    Whoever is no active member of staff any more is passed over. What goes wrong for one is logged and tried again by
    the next call.
    """
    people = StaffEmails.objects.filter(person__is_staff=True, person__is_active=True)
    ids = people.order_by("pk").values_list("pk", flat=True)
    return do_each(ids, lambda pk: _tell(pk, now=now), what="Telling staff what waits, choice")


@transaction.atomic
def _tell(pk: int, *, now: datetime) -> int:
    chosen = StaffEmails.objects.select_for_update(no_key=True, skip_locked=True).filter(pk=pk).first()
    if chosen is None:
        return 0
    is_morning = chosen.next_daily_at <= now
    if not is_morning and chosen.choice != StaffEmails.Choice.AT_ONCE:
        return 0
    found = needs_of(chosen.person, now=now)
    urgent = [one for one in found if one.need.when is Urgency.NOW]
    told = found if is_morning else [one for one in urgent if _is_new(one, chosen, now=now)]
    if told:
        _queue(chosen.person, told, is_morning=is_morning, now=now)
    _note(chosen, told=[one for one in told if one in urgent], is_morning=is_morning, now=now)
    return int(bool(told))


def _is_new(found: FoundNeed, chosen: StaffEmails, *, now: datetime) -> bool:
    """Whether the person was not told of this need in the last day."""
    last = chosen.told.get(found.need.name)
    return last is None or datetime.fromisoformat(last) <= now - DAY


def _note(chosen: StaffEmails, *, told: list[FoundNeed], is_morning: bool, now: datetime) -> None:
    if is_morning:
        chosen.next_daily_at = next_morning(chosen.person, now=now)
    chosen.told = chosen.told | {one.need.name: now.isoformat() for one in told}
    chosen.save(update_fields=["next_daily_at", "told"])


def _queue(person: User, found: list[FoundNeed], *, is_morning: bool, now: datetime) -> None:
    with translation.override(spoken(person.language)):
        subject = wording.email_subject(found, is_morning=is_morning)
        body = wording.email_body(found, base_url=settings.BASE_URL)
    queue_account_email(to=person.email, subject=subject, body=body, look=OWN, now=now, expires_at=now + DAY)
