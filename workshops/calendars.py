"""A workshop as a calendar file and a check-in code as an image."""

from __future__ import annotations

from datetime import datetime
from email.utils import parseaddr
from io import BytesIO
from urllib.parse import urlsplit

import segno
from django.conf import settings
from icalendar import Calendar, Event, Timezone, TimezoneDaylight, TimezoneStandard, vCalAddress, vText

from . import rules
from .models import Workshop

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


def calendar_file(*, workshop: Workshop, url: str, now: datetime) -> bytes:
    """An iCalendar file (RFC 5545, 5546) with one event, in the workshop's own time zone, which the file defines.

    ``url`` is the workshop's public page. The event's UID stays the same and its SEQUENCE rises, so that reading a
    newer file changes the event that a calendar has; that of a cancelled workshop takes it off.
    """
    calendar = Calendar()
    calendar.add("prodid", "-//healthportal//workshops//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "CANCEL" if workshop.cancelled_at else "PUBLISH")
    calendar.add_component(_zone(workshop))
    calendar.add_component(_event(workshop, url=url, now=now))
    return bytes(calendar.to_ical())


def _event(workshop: Workshop, *, url: str, now: datetime) -> Event:
    event = Event()
    event.add("uid", f"workshop-{workshop.pk}@{urlsplit(settings.BASE_URL).hostname}")
    event.add("dtstamp", now)
    event.add("last-modified", workshop.changed_at)
    event.add("sequence", workshop.revision)
    event.add("status", "CANCELLED" if workshop.cancelled_at else "CONFIRMED")
    event.add("organizer", _organizer())
    event.add("summary", workshop.title)
    event.add("description", f"{workshop.summary}\n\n{url}")
    event.add("location", workshop.where)
    event.add("url", url)
    event.add("dtstart", workshop.starts_at.astimezone(workshop.zone))
    event.add("dtend", workshop.ends_at.astimezone(workshop.zone))
    return event


def _organizer() -> vCalAddress:
    """Both methods ask for one: the address that the portal writes from."""
    name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    organizer = vCalAddress(f"mailto:{address}")
    if name:
        organizer.params["CN"] = vText(name)
    return organizer


def _zone(workshop: Workshop) -> Timezone:
    """The workshop's time zone, as much of it as the event needs: desktop calendars read yearly rules, not lists."""
    zone = Timezone()
    zone.add("tzid", workshop.time_zone)
    for onset in rules.onsets(workshop.starts_at, workshop.ends_at, zone=workshop.zone):
        part = TimezoneDaylight() if onset.is_daylight else TimezoneStandard()
        part.add("dtstart", onset.wall_clock)
        part.add("tzoffsetfrom", onset.offset_before)
        part.add("tzoffsetto", onset.offset_after)
        part.add("tzname", onset.name)
        if onset.yearly is not None:
            week, weekday = onset.yearly
            day = f"{week}{WEEKDAYS[weekday]}"
            part.add("rrule", {"freq": "yearly", "bymonth": onset.wall_clock.month, "byday": day})
        zone.add_component(part)
    return zone


def qr_image(text: str) -> bytes:
    """A QR code as SVG, with the quiet border that scanners need."""
    image = BytesIO()
    segno.make(text, error="m", micro=False).save(
        image, kind="svg", border=2, omitsize=True, svgclass=None, lineclass=None, light="#fff"
    )
    return image.getvalue()
