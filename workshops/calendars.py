"""A workshop as a calendar file and a check-in code as an image."""

from __future__ import annotations

from datetime import datetime
from io import BytesIO
from urllib.parse import urlsplit

import segno
from icalendar import Calendar, Event

from .models import Workshop


def calendar_file(*, workshop: Workshop, url: str, now: datetime) -> bytes:
    """An iCalendar file (RFC 5545) with one event, in the workshop's own time zone, which the file defines.

    ``url`` is the workshop's public page. The event's UID stays the same, so that reading a newer file changes the
    event that a calendar has, also to a cancelled one.
    """
    event = Event()
    event.add("uid", f"workshop-{workshop.pk}@{urlsplit(url).hostname}")
    event.add("dtstamp", now)
    event.add("sequence", 1 if workshop.cancelled_at else 0)
    event.add("status", "CANCELLED" if workshop.cancelled_at else "CONFIRMED")
    event.add("summary", workshop.title)
    event.add("description", f"{workshop.summary}\n\n{url}")
    event.add("location", f"{workshop.venue}, {workshop.address}, {workshop.city}")
    event.add("url", url)
    event.add("dtstart", workshop.starts_at.astimezone(workshop.zone))
    event.add("dtend", workshop.ends_at.astimezone(workshop.zone))
    calendar = Calendar()
    calendar.add("prodid", "-//healthportal//workshops//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(event)
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())


def qr_image(text: str) -> bytes:
    """A QR code as SVG, with the quiet border that scanners need."""
    image = BytesIO()
    segno.make(text, error="m", micro=False).save(
        image, kind="svg", border=2, omitsize=True, svgclass=None, lineclass=None, light="#fff"
    )
    return image.getvalue()
