"""Links that put a workshop, or a feed of them, into somebody's calendar. They tell nobody who follows them."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import quote, urlencode

from kit.addresses import portal_url
from kit.documents.calendar_files import utc

from .calendars import description
from .models import Workshop

GOOGLE = "https://calendar.google.com/calendar/render"
OUTLOOK = "https://outlook.live.com/calendar/0"
OUTLOOK_AT_WORK = "https://outlook.office.com/calendar/0"
"""Of accounts of a company or a school, which the other does not know."""

MAP = "https://www.openstreetmap.org/search"


class CalendarLinks(NamedTuple):
    """Where to go with one calendar or another."""

    google: str
    outlook: str
    outlook_at_work: str
    file: str


def links_of(workshop: Workshop, *, file: str, link: str = "") -> CalendarLinks:
    """Links that open a new event in a calendar on the web: a workshop, with the ``link`` to join if there is one."""
    details = description(workshop, link=link)
    span = f"{utc(workshop.starts_at)}/{utc(workshop.ends_at)}"
    google = {"action": "TEMPLATE", "text": workshop.title, "dates": span, "ctz": workshop.time_zone}
    google |= {"location": workshop.where, "details": details}
    outlook = {"path": "/calendar/action/compose", "rru": "addevent", "subject": workshop.title}
    outlook |= {"startdt": workshop.starts_at.isoformat(), "enddt": workshop.ends_at.isoformat()}
    outlook |= {"location": workshop.where, "body": details}
    compose = f"deeplink/compose?{_query(outlook)}"
    return CalendarLinks(f"{GOOGLE}?{_query(google)}", f"{OUTLOOK}/{compose}", f"{OUTLOOK_AT_WORK}/{compose}", file)


def subscriptions_of(path: str, *, name: str) -> CalendarLinks:
    """Links with which a calendar reads a feed again and again; ``file`` is for programs on the device."""
    url = portal_url(path)
    webcal = "webcal://" + url.partition("://")[2]
    add = f"addfromweb?{_query({'url': url, 'name': name})}"
    return CalendarLinks(f"{GOOGLE}?{_query({'cid': webcal})}", f"{OUTLOOK}/{add}", f"{OUTLOOK_AT_WORK}/{add}", webcal)


class MapLinks(NamedTuple):
    """Where a venue is: on a map on the web, and in whatever shows maps on the device."""

    web: str
    device: str


def map_links(workshop: Workshop) -> MapLinks | None:
    """The map of a venue, ``None`` for what is online."""
    if workshop.city is None:
        return None
    street, city = workshop.address or workshop.venue, workshop.city
    parts = [street, *([] if city.name in street else [city.name]), city.country_name]  # twice, maps find nothing
    where = ", ".join(parts)
    return MapLinks(f"{MAP}?{_query({'query': where})}", f"geo:0,0?q={quote(where)}")


def _query(values: dict[str, str]) -> str:
    return urlencode(values, quote_via=quote)
