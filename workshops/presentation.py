"""When and where a workshop is, as each of its pages shows it: its own, the form that signs up, and that of a place."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.urls import reverse

from accounts.models import User
from kit.database.reading import read_together
from kit.formatting import period_words, weekday_words
from sellers.models import Seller

from . import selectors
from .calendar_links import CalendarLinks, MapLinks, links_of, map_links
from .filters import language_name
from .models import Signup, Workshop


@dataclass(frozen=True)
class Clock:
    """When a workshop is on other clocks than those at the venue, in words."""

    when: str
    zone: str


@dataclass(frozen=True)
class Clocks:
    """The reader's clocks that show something else than those at the venue.

    They are of the time zone that the reader ``chose``, or else of the reader's markets. In the browser they are also
    of its own time zone where that is another one still. ``days`` are the days that it may call the workshop's, and
    ``told`` the offsets (minutes) that are told already.
    """

    chosen: bool
    others: Sequence[Clock]
    days: str
    told: str


@dataclass(frozen=True)
class WhenAndWhere:
    """When and where a workshop is, who is met there, and what somebody with a place gets besides."""

    hosts: Sequence[str]
    spoken_language: str
    clocks: Clocks
    calendar: CalendarLinks
    map: MapLinks | None
    place: Signup | None

    @property
    def has_place(self) -> bool:
        return self.place is not None


def when_and_where(
    workshop: Workshop,
    *,
    reader: User | None,
    sellers: Iterable[Seller],
    signups: Iterable[Signup],
    beside: Sequence[QuerySet[Any, Any]] = (),
) -> WhenAndWhere:
    """What a page says of when and where a workshop is, to who acts for sellers with these sign-ups.

    What else the page shows of a few rows is read ``beside`` it (1 query).
    """
    hosts = selectors.hosts_of(workshop)
    read_together(hosts, *beside)
    place = next((signup for signup in signups if signup.state == Signup.State.PLACED), None)
    return WhenAndWhere(
        hosts=[host.name for host in hosts],
        spoken_language=language_name(workshop.language),
        clocks=clocks_of(workshop, reader=reader, sellers=sellers),
        calendar=_calendar(workshop, place),
        map=map_links(workshop),
        place=place,
    )


def _calendar(workshop: Workshop, place: Signup | None) -> CalendarLinks:
    """Who has a place gets the link to join into the calendar too."""
    if place is None:
        return links_of(workshop, file=reverse("workshops:calendar", args=[workshop.pk]))
    file = reverse("workshops:signup_calendar", args=[place.seller_id, place.pk])
    return links_of(workshop, file=file, link=workshop.join_url)


def clocks_of(workshop: Workshop, *, reader: User | None, sellers: Iterable[Seller]) -> Clocks:
    chosen = reader.own_zone if reader else None
    zones = [chosen] if chosen else [seller.market.zone for seller in sellers]
    others, told = [], [_minutes(workshop, workshop.zone)]
    for zone in zones:
        if (offset := _minutes(workshop, zone)) not in told:
            others.append(Clock(period_words(workshop.starts_at, workshop.ends_at, zone=zone), str(zone)))
            told.append(offset)
    return Clocks(chosen is not None, others, json.dumps(_days(workshop)), json.dumps(told))


def _minutes(workshop: Workshop, zone: ZoneInfo) -> int:
    """How far clocks of a zone are ahead of UTC when a workshop starts."""
    offset = workshop.starts_at.astimezone(zone).utcoffset() or timedelta()
    return round(offset.total_seconds() / 60)


def _days(workshop: Workshop) -> dict[str, str]:
    """The days of a workshop anywhere on earth as they are written: no clocks are more than two days apart."""
    first, last = (moment.astimezone(workshop.zone).date() for moment in (workshop.starts_at, workshop.ends_at))
    days = (first + timedelta(days=number) for number in range(-2, (last - first).days + 3))
    return {day.isoformat(): weekday_words(day) for day in days}
