"""How long the listing of 5,000 workshops takes over HTTP, and its feed while nothing of it is kept."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection

from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from policies.models import Policy
from sellers.models import Market, Member, Seller
from violations.services import open_market
from workshops.models import City, Workshop

from .frame import Row, seconds
from .pages import open_in_turn, signed_in
from .web import ask, portal

WORKSHOPS = int(os.environ.get("BENCH_WORKSHOPS", 5_000))
CITIES = 200
ZONES = ("Europe/London", "America/New_York", "Asia/Bangkok", "Australia/Sydney", "America/Sao_Paulo")
MAX_QUERIES = 10


def listing() -> Iterator[Row]:
    """The page beside an empty one, how many queries it takes, and the seconds of the feed."""
    print(f"Workshops: {seconds(fill):,.1f} s", file=sys.stderr)
    seller = Seller.objects.latest("pk")
    pages = [f"/empty/?seller={seller.pk}", reverse("workshops:list"), f"{reverse('workshops:list')}?topic=topic-7"]
    feed, headers = reverse("workshops:feed"), {"Cookie": signed_in(seller), "Accept-Encoding": "gzip"}
    with portal("tests.bench.pages_wsgi", workers=1) as port, closing(HTTPConnection("127.0.0.1", port)) as http:
        floor, listed, narrowed = open_in_turn(http, pages, headers)
        yield Row.of("workshops.listing", unit="ms", value=listed, floor=floor, goal=2)
        yield Row.of("workshops.narrowed", unit="ms", value=narrowed, floor=floor, goal=2)
        cache.clear()
        yield Row.of("workshops.feed", value=seconds(lambda: ask(http, feed)), floor=1, goal=1)
        yield Row.of("workshops.feed_again", value=seconds(lambda: ask(http, feed)), floor=1, goal=1)
    yield Row.of("workshops.queries", unit="", value=queries(), floor=MAX_QUERIES, goal=1)


def queries() -> int:
    cache.clear()
    with CaptureQueriesContext(connection) as captured:
        Client(HTTP_HOST="localhost").get(reverse("workshops:list"))
    return len(captured)


def fill() -> None:
    """Workshops of a market in many cities over a year, each about some of twenty policies, and somebody to look."""
    market = open_market(code="LIST", name="Listing", time_zone="UTC")
    if not Seller.objects.exists():
        person = User.objects.create(email="list@example.com")
        seller = Seller.objects.create(market=market, external_id="list", name="Listing")
        Member.objects.create(seller=seller, user=person, role="owner")
    cities = City.objects.bulk_create(
        City(name=f"City {n}", slug=f"city-{n}", country=("GB", "US", "TH", "AU", "BR")[n % 5], time_zone=ZONES[n % 5])
        for n in range(CITIES)
    )
    topics = Policy.objects.bulk_create(Policy(code=f"topic-{n}", name=f"Topic {n}", topic="Claims") for n in range(20))
    made = Workshop.objects.bulk_create(workshop(market, cities[n % CITIES], n) for n in range(WORKSHOPS))
    through = Workshop.policies.through
    through.objects.bulk_create(
        through(workshop=each, policy=topics[(n + more) % 20]) for n, each in enumerate(made) for more in (0, 7)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def workshop(market: Market, city: City, number: int) -> Workshop:
    starts_at = datetime.combine(timezone.now().date(), datetime.min.time(), tzinfo=UTC) + timedelta(hours=15)
    starts_at += timedelta(days=1 + number % 365)
    return Workshop(
        market=market, title=f"Claims you can prove, evening {number}", summary="What can be said, and what proves it.",
        description="Cases. " * 200, city=city, venue="Town Hall", address=f"{number} Main Street",
        time_zone=city.time_zone, starts_at=starts_at, ends_at=starts_at + timedelta(hours=3),
        published_at=timezone.now(), language=("en", "th", "pt")[number % 3],
    )  # fmt: skip
