"""How long each page of the admin takes in a portal that has grown, beside one that shows no record."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from statistics import median
from typing import Any

from allauth.account.internal.flows.login import record_authentication
from django.contrib.auth.signals import user_logged_in
from django.db import connection
from django.http import HttpRequest
from django.test import Client

from accounts.models import User
from tests.big_portal import fill
from tests.staff_pages import list_of, pages
from violations.models import RulesChange

from .frame import Row, seconds

SELLERS = int(os.environ.get("BENCH_ADMIN_SELLERS", 1_000_000))
VIOLATIONS = int(os.environ.get("BENCH_ADMIN_VIOLATIONS", 10_000_000))
ROUNDS = 3
LIMIT = 1_000
"""Milliseconds that a page may take."""


def measure() -> Iterator[Row]:
    """Each page's median of three openings, after a first one that warms up."""
    client = signed_in()
    without_records = list_of(RulesChange)
    filled = seconds(lambda: fill(sellers=SELLERS, violations=VIOLATIONS, indexes_afterwards=True))
    print(f"Filling: {filled:,.0f} s", file=sys.stderr)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    for page in dict.fromkeys(pages(client)):
        floor, taken = (opened(client, address) for address in (without_records, page))
        yield Row.of(f"admin {page.removeprefix('/admin/')}", unit="ms", value=taken, floor=floor, goal=LIMIT / floor)


def signed_in() -> Client:
    """A superuser who has just proven who they are."""
    user_logged_in.connect(prove)
    client = Client(HTTP_HOST="localhost", raise_request_exception=False)
    client.force_login(User.objects.create_superuser("bench@example.com"))
    return client


def prove(*, request: HttpRequest, user: User, **_: Any) -> None:
    record_authentication(request, user, "password", reauthenticated=True)


def opened(client: Client, address: str) -> float:
    """The milliseconds that opening a page takes; a page that fails takes for ever, one of another role is as good."""
    taken = []
    for _ in range(ROUNDS + 1):
        answers: list[Any] = []
        taken.append(seconds(lambda answers=answers: answers.append(client.get(address))) * 1_000)
        if answers[0].status_code >= 500:
            return float("inf")
    return median(taken[1:])
