"""Workshops as calendar files: one, a feed of many, and the invitation that comes with an email.

The UID of a workshop stays the same and its SEQUENCE rises. So reading a newer file changes the event that a calendar
has. That of a cancelled workshop takes it off.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from email.utils import parseaddr
from functools import lru_cache
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext as _

from accounts.models import User
from kit.addresses import portal_url
from kit.documents.calendar_files import calendar_file, component, local, parameter, properties, text, time_zone, utc
from sellers.brands import sender_of

from .calendar_selectors import Entry
from .models import Workshop

PRODUCT = "-//healthportal//workshops//EN"
REFRESH = timedelta(hours=4)
"""How often calendar programs are asked to read a feed again."""


def workshop_file(workshop: Workshop) -> bytes:
    """One workshop to be read into a calendar; one that was cancelled is taken off it."""
    method = "CANCEL" if workshop.cancelled_at else "PUBLISH"
    return _file(method, [workshop], _event(workshop, stamp=workshop.changed_at))


def place_file(workshop: Workshop, entry: Entry) -> bytes:
    """The same for somebody who has a place: with the link to join, and as new as what their emails say."""
    return _file("PUBLISH", [workshop], _event(workshop, stamp=entry.changed_at, entry=entry))


def feed_file(workshops: Sequence[Workshop], *, name: str) -> bytes:
    """Workshops that a calendar program reads again and again (RFC 7986), under a name."""
    hours = f"PT{REFRESH // timedelta(hours=1)}H"
    head = [
        *properties({"NAME": name, "X-WR-CALNAME": name}),
        f"REFRESH-INTERVAL;VALUE=DURATION:{hours}",
        f"X-PUBLISHED-TTL:{hours}",
    ]
    events = (line for workshop in workshops for line in _event(workshop, stamp=workshop.changed_at))
    return _file("PUBLISH", workshops, events, head=head)


def invitation(workshop: Workshop, entry: Entry, *, person: User, now: datetime) -> tuple[str, bytes]:
    """The iTIP method (RFC 5546) and the file that put a workshop into a person's calendar, or take it off."""
    method = "REQUEST" if entry.has_place else "CANCEL"
    who = parameter(person.name or person.email)
    attendee = f"ATTENDEE;CN={who};PARTSTAT=ACCEPTED;RSVP=FALSE:mailto:{person.email}"
    return method, _file(method, [workshop], _event(workshop, stamp=now, attendee=attendee, entry=entry))


def _file(method: str, workshops: Sequence[Workshop], events: Iterable[str], *, head: Iterable[str] = ()) -> bytes:
    lines = [f"PRODID:{PRODUCT}", "VERSION:2.0", "CALSCALE:GREGORIAN", f"METHOD:{method}", *head]
    lines += [line for zone in _zones(workshops) for line in zone]
    return calendar_file(component("VCALENDAR", [*lines, *events]))


def _zones(workshops: Sequence[Workshop]) -> Iterable[Iterable[str]]:
    """Each time zone once, from the first to the last moment that is told in it."""
    spans: dict[ZoneInfo, tuple[datetime, datetime]] = {}
    for workshop in workshops:
        first, last = spans.get(workshop.zone, (workshop.starts_at, workshop.ends_at))
        spans[workshop.zone] = min(first, workshop.starts_at), max(last, workshop.ends_at)
    return [time_zone(zone, first=first, last=last) for zone, (first, last) in spans.items()]


def _event(workshop: Workshop, *, stamp: datetime, attendee: str = "", entry: Entry | None = None) -> Iterable[str]:
    """For everybody, or with an ``entry`` for one person."""
    link = workshop.join_url if entry and entry.has_place else ""
    is_off = workshop.cancelled_at is not None or (entry is not None and not entry.has_place)
    lines = [
        f"UID:{uid(workshop)}",
        f"DTSTAMP:{utc(stamp)}",
        f"LAST-MODIFIED:{utc(entry.changed_at if entry else workshop.changed_at)}",
        f"SEQUENCE:{entry.sequence if entry else workshop.revision}",
        f"STATUS:{'CANCELLED' if is_off else 'CONFIRMED'}",
        _organizer(sender_of(workshop.market)),
        local("DTSTART", workshop.starts_at, zone=workshop.zone),
        local("DTEND", workshop.ends_at, zone=workshop.zone),
        f"SUMMARY:{text(workshop.title)}",
        f"DESCRIPTION:{text(description(workshop, link=link))}",
        f"LOCATION:{text(workshop.where)}",
        f"URL:{portal_url(workshop.get_absolute_url())}",
    ]
    if attendee:
        lines.append(attendee)
    if link:
        lines.append(f"CONFERENCE;VALUE=URI;FEATURE=VIDEO:{link}")
    return component("VEVENT", lines)


def description(workshop: Workshop, *, link: str) -> str:
    """What a calendar says below the title: the summary, the ``link`` to join if there is one, and the page."""
    joining = _("Join: %(link)s") % {"link": link} if link else ""
    parts = [workshop.summary, joining, portal_url(workshop.get_absolute_url())]
    return "\n\n".join(part for part in parts if part)


def uid(workshop: Workshop) -> str:
    """What calendars know a workshop by."""
    return f"workshop-{workshop.pk}@{_host(settings.BASE_URL)}"


@lru_cache
def _host(url: str) -> str:
    return urlsplit(url).hostname or ""


@lru_cache
def _organizer(sender: str) -> str:
    """All methods ask for one: from whom the emails to the market's sellers are, at the portal's own address."""
    name, address = parseaddr(sender)
    return f"ORGANIZER;CN={parameter(name or address)}:mailto:{address}"
