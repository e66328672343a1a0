"""A person's private calendar: the dates of all sellers that they act for, at an address that only they know."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.core import signing
from django.urls import reverse
from icalendar import Alarm, Calendar, Event

from accounts.models import User
from kit.addresses import portal_url
from sellers.brands import brand_of, portal_name
from sellers.models import Seller
from sellers.selectors import sellers_of

from . import wording
from .presentation import ShownDate, show_dates
from .selectors import DateKind, dates_of

SIGNER = signing.Signer(salt="healthportal.calendar")
REFRESH = timedelta(hours=6)
REMINDER = timedelta(hours=-15)
"""Before the start of a deadline's day: at nine in the morning of the day before."""

MAX_SELLERS = 50
"""A calendar holds the dates of so many sellers, by name."""


def calendar_address(user: User) -> str:
    """The absolute address of a person's calendar; empty if they have none."""
    if not user.calendar_key:
        return ""
    token = SIGNER.sign_object([user.pk, user.calendar_key])
    return portal_url(reverse("calendar", kwargs={"token": token}))


def whose_calendar(token: str) -> User | None:
    """Whose calendar an address shows.

    ``None`` if it is not ours, was replaced or closed, or the person may not sign in any more.
    """
    try:
        user_id, key = SIGNER.unsign_object(token)
    except signing.BadSignature:
        return None
    return User.objects.filter(pk=user_id, calendar_key=key, is_active=True).exclude(calendar_key="").first()


def calendar_of(user: User, *, now: datetime) -> bytes:
    """An iCalendar file (RFC 5545, 7986) of everything that lies ahead of the person's sellers."""
    calendar = Calendar()
    calendar.add("prodid", "-//healthportal//dates//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    sellers = sellers_of(user)[:MAX_SELLERS]
    for name in ("name", "x-wr-calname"):
        calendar.add(name, _name_of(sellers))
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", REFRESH)
    for seller in sellers:
        for date in _dates(seller, now):
            calendar.add_component(_event(date, seller, now))
    return bytes(calendar.to_ical())


def _name_of(sellers: Iterable[Seller]) -> str:
    """What the portal is called in the market of all of them, else its own name."""
    names = {brand_of(seller.market).name for seller in sellers}
    return names.pop() if len(names) == 1 else portal_name()


def _dates(seller: Seller, now: datetime) -> list[ShownDate]:
    return show_dates(dates_of(seller=seller, as_of=now), seller=seller)


def _event(date: ShownDate, seller: Seller, now: datetime) -> Event:
    """A whole day, or the time of a workshop; what is to be done reminds of itself the day before."""
    event = Event()
    event.add("uid", f"{date.key}-{seller.pk}@{urlsplit(settings.BASE_URL).hostname}")
    event.add("dtstamp", now)
    event.add("summary", wording.event_title(date.title, seller=seller.name))
    event.add("url", portal_url(date.href))
    event.add("description", "\n".join(filter(None, [date.note, portal_url(date.href)])))
    event.add("transp", "TRANSPARENT")
    if date.kind is DateKind.WORKSHOP:
        event.add("dtstart", date.at)
    else:
        event.add("dtstart", date.day)
        event.add("dtend", date.day + timedelta(days=1))
    if date.is_deadline:
        event.add_component(_reminder(date))
    return event


def _reminder(date: ShownDate) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", date.title)
    alarm.add("trigger", REMINDER)
    return alarm
