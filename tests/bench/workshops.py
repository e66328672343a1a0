"""How many sign-ups a second one hot workshop takes from many clients, beside transactions that change one row.

The floor is what a counter of places would cost: each transaction changes the workshop's row, and holds it until it is
committed. So it matters how long a commit takes: both are measured on this machine's disk, and again with commits that
somebody else confirms. Clients are threads of a few processes, each with a connection of its own.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from http.client import HTTPConnection
from multiprocessing import get_context
from threading import Barrier, local

from django.conf import settings
from django.db import connection, connections, transaction
from django.db.models import F
from django.middleware.csrf import _get_new_csrf_string
from django.test import Client
from django.utils import timezone

from accounts.models import User
from sellers.models import Market, Seller
from violations.services import open_market
from workshops.models import City, Workshop
from workshops.services import publish_workshop, sign_up
from workshops.services.locking import share_places
from workshops.services.seats import take_seats

from . import workshop_list
from .frame import Row, alternating, commits_take
from .pages import PRODUCTION_COOKIE
from .web import ask, portal

CLIENTS = (50, 200)
PROCESSES = 4
SIGNUPS = int(os.environ.get("BENCH_SIGNUPS", 2_000))
"""In a round, of all clients together."""
ROUNDS = int(os.environ.get("BENCH_SIGNUP_ROUNDS", 3))
WARM_UP = 6
"""What each client does before it is measured: from then on the database has its plans at hand."""
COMMIT = 5
"""Milliseconds that a commit takes where a replica in another data centre confirms it."""
GOAL = round(1 / 3, 3)
HTTP_GOAL = 2
PEOPLE = 200
"""Who clicks over HTTP, each for some of the sellers."""
SIGN_UP = "/s/{seller}/workshops/{workshop}/sign-up/"

SELLERS = """
INSERT INTO accounts_user (id, password, is_superuser, email, name, language, is_staff, is_active, date_joined)
    SELECT n, '!', false, 'person' || n || '@example.com', 'Person ' || n, '', false, true, now()
    FROM generate_series(1, %(sellers)s::bigint) AS n;
INSERT INTO sellers_seller (id, market_id, external_id, name, kind, city, signed_up_to_sell, created_at)
    SELECT n, %(market)s, 'shop-' || n, 'Shop ' || n, 'shop', '', true, now()
    FROM generate_series(1, %(sellers)s::bigint) AS n;
INSERT INTO sellers_member (seller_id, user_id, role, created_at)
    SELECT n, n, 'owner', now() FROM generate_series(1, %(sellers)s::bigint) AS n;
INSERT INTO sellers_member (seller_id, user_id, role, created_at)
    SELECT n, (n - 1) %% %(people)s + 1, 'manager', now() FROM generate_series(1, %(sellers)s::bigint) AS n
    ON CONFLICT DO NOTHING;
"""

SIGNUP = """
INSERT INTO workshops_signup (
    workshop_id, seller_id, user_id, state, seat_id, turn, ordinal, attendee, signed_up_at, placed_at, cancel_reason,
    by_hand, walked_in, to_tell, attendance_reason, check_in_code)
    VALUES (%(workshop)s, %(seller)s, %(seller)s, 'placed', %(seat)s, 2, 1, '', now(), now(), '', false, false, true,
        '', %(code)s)
"""

Act = Callable[[Workshop, int], object]
"""Does one thing with a workshop, for the seller with a number."""


def measure() -> Iterator[Row]:
    market = fill()
    yield from by_service(market, "")
    with commits_take(COMMIT):
        yield from by_service(market, "_confirmed")
    yield from over_http(market)
    yield from workshop_list.listing()


def by_service(market: Market, ending: str) -> Iterator[Row]:
    for clients in CLIENTS:
        floor, *values = (
            1000 * each / SIGNUPS
            for each in alternating(
                lambda _, clients=clients: hit(market, change_row, clients),
                lambda _, clients=clients: hit(market, claim_seat, clients),
                lambda _, clients=clients: hit(market, take_place, clients),
                lambda _, clients=clients: hit(market, take_place, clients, capacity=1),
                rounds=ROUNDS,
            )
        )
        for name, value in zip(("claim", "service", "waiting"), values, strict=True):
            yield Row.of(f"workshops.{name}_{clients}{ending}", unit="ms", value=value, floor=floor, goal=GOAL)


def over_http(market: Market) -> Iterator[Row]:
    """Browsers that stay connected post *Sign up* for one seller after the other; the floor changes the row alone."""
    headers = [signed_in(User.objects.get(pk=number)) for number in range(1, PEOPLE + 1)]
    with portal("tests.bench.pages_wsgi") as port:
        for clients in CLIENTS:
            row, signup = alternating(
                lambda _, clients=clients: hit(market, Browsers(port, headers, "/row/{workshop}/"), clients, warm_up=0),
                lambda _, clients=clients: hit(market, Browsers(port, headers, SIGN_UP), clients, warm_up=0),
                rounds=ROUNDS,
            )
            value, floor = 1000 * signup / SIGNUPS, 1000 * row / SIGNUPS
            yield Row.of(f"workshops.http_{clients}", unit="ms", value=value, floor=floor, goal=HTTP_GOAL)


def signed_in(user: User) -> dict[str, str]:
    """The headers of a browser of somebody, with the token of its forms."""
    client, token = Client(), _get_new_csrf_string()
    client.force_login(user)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    cookies = f"{PRODUCTION_COOKIE}={session}; __Host-csrftoken={token}"
    return {"Cookie": cookies, "X-CSRFToken": token, "Referer": "https://portal.example/", "Content-Length": "0"}


class Browsers:
    """Post to an address for a seller, each thread over a connection of its own that stays open."""

    def __init__(self, port: int, headers: list[dict[str, str]], address: str) -> None:
        self.port, self.headers, self.address = port, headers, address
        self.own = local()

    def __call__(self, workshop: Workshop, number: int) -> None:
        if not hasattr(self.own, "http"):
            self.own.http = HTTPConnection("127.0.0.1", self.port, timeout=120)
        address = self.address.format(seller=number, workshop=workshop.pk)
        headers = self.headers[(number - 1) % PEOPLE]
        status, _ = ask(self.own.http, address, method="POST", headers=headers)
        if status != 302:
            raise RuntimeError(f"{address} answered {status}.")


def fill() -> Market:
    """A market with a seller and its member for each sign-up."""
    market = open_market(code="US", name="United States", time_zone="America/Chicago")
    with connection.cursor() as cursor:
        cursor.execute(SELLERS, {"sellers": SIGNUPS, "people": PEOPLE, "market": market.pk})
        cursor.execute("VACUUM ANALYZE")
    return market


def workshop(market: Market, *, capacity: int, days: int) -> Workshop:
    """A published workshop, some days from now, that nobody has signed up for."""
    now = timezone.now()
    city, _ = City.objects.get_or_create(name="Austin", country="US", time_zone="America/Chicago", slug="austin")
    draft = Workshop.objects.create(
        market=market,
        title="Claims",
        summary="What to say.",
        description="What to say.",
        city=city,
        venue="Hall",
        address="1 Road",
        time_zone="America/Chicago",
        capacity=capacity,
        starts_at=now + timedelta(days=days),
        ends_at=now + timedelta(days=days, hours=2),
    )
    return publish_workshop(workshop=draft, now=now)


def take_place(workshop: Workshop, number: int) -> None:
    seller, user = Seller(pk=number), User(pk=number)
    sign_up(workshop=workshop, seller=seller, user=user, now=timezone.now())


def claim_seat(workshop: Workshop, number: int) -> None:
    """What the service writes, with what the database checks, without the reads and the rules in Python."""
    with transaction.atomic():
        share_places(workshop_id=workshop.pk)
        seat_id = next(iter(take_seats(workshop)), None)
        known = {"workshop": workshop.pk, "seller": number, "seat": seat_id, "code": f"{workshop.pk}-{number}"}
        with connection.cursor() as cursor:
            cursor.execute(SIGNUP, known)


def change_row(workshop: Workshop, _: int) -> None:
    with transaction.atomic():
        Workshop.objects.filter(pk=workshop.pk).update(revision=F("revision") + 1)


def hit(market: Market, client: Act, clients: int, *, capacity: int = SIGNUPS, warm_up: int = WARM_UP) -> float:
    """Seconds until as many clients at once have done it for every seller at a workshop with so many places.

    Each has done it a few times at another workshop before, as the connections of a server have that runs.
    """
    hot, warm = (workshop(market, capacity=capacity, days=days) for days in (8, 9))
    connections.close_all()
    context = get_context("fork")
    ready = context.Barrier(PROCESSES + 1)
    processes = [
        context.Process(target=_clients, args=(client, [warm] * warm_up, hot, n, clients // PROCESSES, ready))
        for n in range(PROCESSES)
    ]
    for process in processes:
        process.start()
    ready.wait()
    start = time.perf_counter()
    for process in processes:
        process.join()
        assert process.exitcode == 0
    return time.perf_counter() - start


def _clients(client: Act, warm: Sequence[Workshop], hot: Workshop, process: int, threads: int, ready: Barrier) -> None:
    """The threads of one process: each warms up, waits for the others, and then takes the next seller until all are."""
    share = range(process * SIGNUPS // PROCESSES + 1, (process + 1) * SIGNUPS // PROCESSES + 1)
    before, numbers, together = iter(share), iter(share), Barrier(threads + 1)

    def work(_: int) -> None:
        for one in warm:
            client(one, next(before))
        together.wait()
        together.wait()
        for number in numbers:
            client(hot, number)
        connections.close_all()

    with ThreadPoolExecutor(threads) as pool:
        done = [pool.submit(work, thread) for thread in range(threads)]
        together.wait()
        ready.wait()
        together.wait()
        for each in done:
            each.result()
