"""How long the pages of a seller with a long history take, beside an empty page with session, sign-in and one query.

One gunicorn process answers one browser that keeps its connection. All pages take turns in each round: as they are
opened again, when what is kept of them is still right, and drawn anew, at an address that nobody asked for before.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import closing
from http.client import HTTPConnection
from statistics import median

from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from reports import services
from reports.models import WeeklyReport
from sellers.models import Seller
from tests.big_portal import fill

from .frame import Row, seconds
from .web import ask, portal

SELLERS = int(os.environ.get("BENCH_PAGES_SELLERS", 1_000_000))
VIOLATIONS = int(os.environ.get("BENCH_PAGES_VIOLATIONS", 2_000_000))
ROUNDS = 60
WARM = 10
DRAWN = 40
"""How many times the floor a page may take that is drawn anew."""

MAX_BYTES = 50_000


def measure() -> Iterator[Row]:
    print(f"Filling: {seconds(fill_portal):,.0f} s", file=sys.stderr)
    seller = Seller.objects.select_related("market").latest("pk")
    pages = addresses(seller)
    with portal("tests.bench.pages_wsgi", workers=1) as port, closing(HTTPConnection("127.0.0.1", port)) as http:
        cookie = {"Cookie": signed_in(seller), "Accept-Encoding": "gzip"}
        floor, *taken = open_in_turn(http, [f"/empty/?seller={seller.pk}", *of_each(pages)], cookie)
    for (name, _, goal), again, drawn in zip(pages, taken[::2], taken[1::2], strict=True):
        yield Row.of(f"pages.{name}", unit="ms", value=again, floor=floor, goal=goal)
        yield Row.of(f"pages.{name}_drawn", unit="ms", value=drawn, floor=floor, goal=DRAWN)


def of_each(pages: Iterable[tuple[str, str, float]]) -> Iterator[str]:
    """The address of each page, and one with a place for the number of the round."""
    for _, address, _ in pages:
        yield from (address, f"{address}?round={{}}")


def fill_portal() -> None:
    """A portal that has grown, with the reports of the weeks that are due."""
    fill(sellers=SELLERS, violations=VIOLATIONS, indexes_afterwards=True)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    services.build_due_weeks(market=Seller.objects.select_related("market").latest("pk").market, now=timezone.now())
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def addresses(seller: Seller) -> list[tuple[str, str, float]]:
    """Name, address and goal (times the floor) of each page."""
    of_seller = {"seller_id": seller.pk}
    report = WeeklyReport.objects.published().filter(seller=seller).latest("week_start")
    return [
        ("dashboard", reverse("dashboard", kwargs=of_seller), 2.5),
        ("violations", reverse("violations:list", kwargs=of_seller), 3),
        ("ledger", reverse("violations:ledger", kwargs=of_seller), 3),
        ("report", report.get_absolute_url(), 3),
        ("workshops", reverse("workshops:list"), 2),
    ]


def signed_in(seller: Seller) -> str:
    """The cookie of the seller's member."""
    client = Client()
    client.force_login(seller.members.earliest("pk").user)
    return f"{PRODUCTION_COOKIE}={client.cookies[settings.SESSION_COOKIE_NAME].value}"


PRODUCTION_COOKIE = "__Host-portal_session"


def open_in_turn(http: HTTPConnection, pages: list[str], headers: dict[str, str]) -> list[float]:
    """The median of the milliseconds that each page takes."""
    taken: list[list[float]] = [[] for _ in pages]
    for round_ in range(WARM + ROUNDS):
        for number, page in enumerate(pages):
            address = page.format(round_)
            took = seconds(lambda address=address: opened(http, address, headers)) * 1_000
            if round_ >= WARM:
                taken[number].append(took)
    return [median(each) for each in taken]


def opened(http: HTTPConnection, page: str, headers: dict[str, str]) -> None:
    status, body = ask(http, page, headers=headers)
    if status != 200:
        raise RuntimeError(f"{page} answered {status}.")
    if len(body) > MAX_BYTES:
        raise RuntimeError(f"{page} has {len(body):,} bytes, compressed; {MAX_BYTES:,} is the most.")
