"""A workshop in the words of schema.org, for search engines."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.utils.safestring import SafeString, mark_safe

from kit.addresses import portal_url

from .models import Workshop

CONTEXT = "https://schema.org"
MODES = {
    Workshop.Mode.IN_PERSON: "OfflineEventAttendanceMode",
    Workshop.Mode.ONLINE: "OnlineEventAttendanceMode",
    Workshop.Mode.BOTH: "MixedEventAttendanceMode",
}
NEVER_IN_A_SCRIPT = str.maketrans(
    {"<": "\\u003C", ">": "\\u003E", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
)


def event_script(workshop: Any, *, hosts: Sequence[str], image: str, organizer: str, takes_signups: bool) -> SafeString:
    """The data as JSON that cannot leave its ``script`` element, whatever a title says."""
    event = _event(workshop, hosts=hosts, image=image, organizer=organizer)
    event |= _places(workshop, event["url"], takes_signups=takes_signups)
    written = json.dumps(event, ensure_ascii=False)
    return mark_safe(written.translate(NEVER_IN_A_SCRIPT))  # noqa: S308  # every sign that HTML knows is escaped


def _event(workshop: Any, *, hosts: Sequence[str], image: str, organizer: str) -> dict[str, Any]:
    url = portal_url(workshop.get_absolute_url())
    status = "EventCancelled" if workshop.cancelled_at else "EventScheduled"
    return {
        "@context": CONTEXT,
        "@type": "EducationEvent",
        "name": workshop.title,
        "description": workshop.summary,
        "url": url,
        "image": image,
        "inLanguage": workshop.language,
        "startDate": workshop.starts_at.astimezone(workshop.zone).isoformat(),
        "endDate": workshop.ends_at.astimezone(workshop.zone).isoformat(),
        "eventStatus": f"{CONTEXT}/{status}",
        "eventAttendanceMode": f"{CONTEXT}/{MODES[workshop.mode]}",
        "location": _locations(workshop, url),
        "organizer": {"@type": "Organization", "name": organizer, "url": settings.BASE_URL},
        "performer": [{"@type": "Person", "name": host} for host in hosts],
        "isAccessibleForFree": True,
    }


def _locations(workshop: Workshop, url: str) -> list[dict[str, Any]]:
    """The room, and where one can join: not the link itself, which is for whoever has a place."""
    found: list[dict[str, Any]] = []
    if workshop.city is not None:
        address = {
            "@type": "PostalAddress",
            "streetAddress": workshop.address,
            "addressLocality": workshop.city.name,
            "addressCountry": workshop.city.country,
        }
        found.append({"@type": "Place", "name": workshop.venue, "address": address})
    if workshop.is_online:
        found.append({"@type": "VirtualLocation", "url": url})
    return found


def _places(workshop: Any, url: str, *, takes_signups: bool) -> dict[str, Any]:
    """What there is to be had: nothing of what is cancelled or has started, even if places stayed empty."""
    left = workshop.places_left if takes_signups else 0
    availability = "InStock" if left else "SoldOut"
    until = workshop.starts_at.astimezone(workshop.zone).isoformat()
    offer = {"@type": "Offer", "price": "0", "url": url, "availability": f"{CONTEXT}/{availability}"}
    return {
        "maximumAttendeeCapacity": workshop.capacity,
        "remainingAttendeeCapacity": left,
        "offers": offer | {"availabilityEnds": until},
    }
