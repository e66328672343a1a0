"""Reads of the public listing: what there is to choose from, and what a calendar program reads again and again."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, cast

from django.core.cache import cache
from django.db.models import Count, Max, QuerySet, Sum
from django.db.models.functions import TruncMonth

from kit.database.row_versions import NextMoment, Part, Rows, versions_with
from policies.models import Policy
from sellers.models import Market
from sellers.selectors import senders

from .models import City, ListingVersion, Workshop, WorkshopQuerySet
from .selectors import TEXTS, listed_workshops

ENDED_STAYS_IN_FEED = timedelta(days=30)
"""How long a feed keeps a workshop that has ended: calendars drop what a feed leaves out."""


CHOICES_SECONDS = 3_600
"""How long what there is to choose from is kept while it is the same."""


@dataclass(frozen=True)
class Choices:
    """What workshops can be narrowed by, each with how many there are."""

    cities: list[tuple[City, int]]
    markets: list[tuple[Market, int]]
    months: list[tuple[date, int]]
    languages: list[tuple[str, int]]
    modes: list[tuple[str, int]]
    topics: list[tuple[Policy, int]]

    @property
    def countries(self) -> list[tuple[str, int]]:
        """The codes of the countries of the cities."""
        found: Counter[str] = Counter()
        for city, count in self.cities:
            found[city.country] += count
        return sorted(found.items())


def choices_of(workshops: WorkshopQuerySet, *, made_of: object) -> Choices:
    """What some listed workshops can be narrowed by: 4 queries, none for what is ``made_of`` the same."""
    key = hashlib.sha256(repr(made_of).encode()).hexdigest()
    kept = cache.get_or_set(f"workshops-choices-{key}", lambda: _choices_of(workshops), CHOICES_SECONDS)
    return cast("Choices", kept)


def _choices_of(workshops: WorkshopQuerySet) -> Choices:
    names = ("city_id", "market_id", "language", "mode")
    groups = workshops.order_by().annotate(month=TruncMonth("local_day")).values(*names, "month")
    rows = list(groups.annotate(count=Count("pk")))
    cities, markets = _totals(rows, "city_id"), _totals(rows, "market_id")
    return Choices(
        cities=[(city, cities[city.pk]) for city in City.objects.filter(pk__in=cities)],
        markets=[(market, markets[market.pk]) for market in Market.objects.filter(pk__in=markets)],
        months=sorted(_totals(rows, "month").items()),
        languages=sorted(_totals(rows, "language").items()),
        modes=sorted(_totals(rows, "mode").items()),
        topics=_topics(workshops),
    )


def _totals(rows: list[dict[str, Any]], name: str) -> dict[Any, int]:
    found: Counter[Any] = Counter()
    for row in rows:
        if row[name] is not None:
            found[row[name]] += row["count"]
    return found


def _topics(workshops: WorkshopQuerySet) -> list[tuple[Policy, int]]:
    policies = Policy.objects.filter(workshops__in=workshops.order_by().values("pk"))
    counted: QuerySet[Any] = policies.annotate(number=Count("workshops")).order_by("name", "pk")
    return [(policy, policy.number) for policy in counted]


# --- What the page is made of

LISTED_ROWS: list[Part] = [
    Rows(ListingVersion),
    NextMoment(Workshop, "ends_at"),
    Rows(City),
    Rows(Policy),
    Rows(Market),
]
"""Of what lists of workshops are made, upcoming and past ones."""

PLACES = """
SELECT id, (SELECT count(*) FROM workshops_seat WHERE workshop_id = shown.id AND state = 'free'),
    (SELECT count(*) FROM workshops_signup WHERE workshop_id = shown.id AND state = 'waiting')
FROM unnest(%(shown)s::bigint[]) AS shown (id)
"""


def places_of(workshops: Iterable[Any]) -> dict[int, tuple[int, int]]:
    """What a list says of places: of each workshop how many are left and how many wait."""
    return {workshop.pk: (workshop.places_left, workshop.waiting) for workshop in workshops}


def what_is_listed(*, shown: Iterable[int], now: datetime) -> tuple[str, dict[int, tuple[int, int]]]:
    """In which versions all is that a list is made of, and ``places_of`` the workshops ``shown`` (1 query).

    A sign-up changes nothing but places, so they are counted for what is shown alone.
    """
    versions, found = versions_with(LISTED_ROWS, PLACES, {"now": now, "shown": list(shown)})
    return versions, {pk: (left, waiting) for pk, left, waiting in found}


def others_of_series(workshop: Workshop, *, now: datetime) -> WorkshopQuerySet:
    """The other workshops of a series that are still to come, the next first."""
    if workshop.series_id is None:
        return Workshop.objects.none()
    others = Workshop.objects.listed().filter(series=workshop.series_id, cancelled_at=None, starts_at__gt=now)
    return others.exclude(pk=workshop.pk).select_related("city").order_by("starts_at", "id")[:10]


# --- Its feed


def feed_workshops(*, now: datetime) -> WorkshopQuerySet:
    """What a feed may hold: workshops to come, also cancelled ones, and those that ended not long ago."""
    return listed_workshops().filter(ends_at__gt=now - ENDED_STAYS_IN_FEED)


def for_feed(workshops: QuerySet[Workshop]) -> list[Workshop]:
    """What a calendar tells of workshops, without the places that are counted for pages."""
    found = Workshop.objects.filter(pk__in=workshops.order_by().values("pk")).select_related("city", "market__brand")
    return list(found.defer(*TEXTS, "material").order_by("starts_at", "id"))


def state_of(workshops: WorkshopQuerySet) -> tuple[Any, ...]:
    """Something that is another once a feed of workshops would be.

    How many, which, from whom they are, and at last when the last one changed.
    """
    sums = {"revisions": Sum("revision"), "ids": Sum("pk"), "changed_at": Max("changed_at"), "count": Count("pk")}
    found = workshops.order_by().aggregate(**sums)
    return found["count"], found["ids"], found["revisions"], senders(), found["changed_at"]
