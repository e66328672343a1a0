"""What happens at a workshop that everybody wants: ``python -m tests.faults.signing_up prepare|sellers|hosts …``.

It may be killed at any moment and started again: whoever got no answer asks again.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import TypeVar
from uuid import UUID

import django

django.setup()

from django.db import InterfaceError, OperationalError, connections  # noqa: E402  # needs settings
from django.utils import timezone  # noqa: E402  # Django is set up first

from accounts.models import User  # noqa: E402  # Django is set up first
from sellers.models import Seller  # noqa: E402  # Django is set up first
from tests.bench import workshops as bench  # noqa: E402  # Django is set up first
from workshops import services  # noqa: E402  # Django is set up first
from workshops.models import Workshop  # noqa: E402  # Django is set up first

T = TypeVar("T")

THREADS = 25
MIN_SEATS, MAX_SEATS = 50, 75
"""How many places hosts choose from."""


def prepare() -> None:
    """A portal with one workshop and all sellers."""
    bench.workshop(bench.fill(), capacity=MIN_SEATS, days=8)


def sellers(first: int, last: int, answers: Path) -> None:
    """Each seller signs up, and keeps when it asked, when it was answered, and with what."""
    answered = {int(words[1]) for words in map(str.split, _lines(answers)) if words[0] == "answered"}
    workshop = stubbornly(Workshop.objects.get)

    def work(number: int) -> None:
        keep(answers, "asked", number, time.monotonic())
        signup = stubbornly(
            lambda: services.sign_up(
                workshop=workshop,
                seller=Seller(pk=number),
                user=User(pk=number),
                now=timezone.now(),
                key=UUID(int=number),  # of a form: a place may be given back before its answer came
            )
        )
        keep(answers, "answered", number, time.monotonic(), signup.pk)

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(work, [number for number in range(first, last + 1) if number not in answered]))


def hosts(seed: int, times: int) -> None:
    """Sellers give places back and are told what they did; hosts change how many there are and when it starts."""
    random, workshop = Random(seed), stubbornly(Workshop.objects.get)
    for _ in range(times):
        what = random.choice([cancel, cancel, cancel, change_capacity, move, tell])
        with suppress(services.CapacityTooLow, services.TooLate):
            stubbornly(lambda what=what: what(workshop, random))
        time.sleep(random.uniform(0, 0.1))


def cancel(workshop: Workshop, random: Random) -> None:
    signups = list(workshop.signups.active().order_by("?")[:1])
    for signup in signups:
        services.cancel_signup(signup=signup, user=signup.user, now=timezone.now())


def change_capacity(workshop: Workshop, random: Random) -> None:
    services.change_capacity(workshop=workshop, capacity=random.randint(MIN_SEATS, MAX_SEATS), now=timezone.now())


def move(workshop: Workshop, random: Random) -> None:
    workshop.refresh_from_db()
    later = timedelta(minutes=random.choice([-15, 15]))
    place = {name: getattr(workshop, name) for name in ("mode", "city", "venue", "address", "join_url", "time_zone")}
    services.move_workshop(
        workshop=workshop,
        starts_at=workshop.starts_at + later,
        ends_at=workshop.ends_at + later,
        now=timezone.now(),
        **place,
    )


def tell(workshop: Workshop, random: Random) -> None:
    services.tell_of_own_places(clock=timezone.now)


def settle() -> None:
    """As many places as there ever were, and everybody is told what they did."""
    services.change_capacity(workshop=Workshop.objects.get(), capacity=MAX_SEATS, now=timezone.now())
    services.tell_of_own_places(clock=timezone.now)


def stubbornly(ask: Callable[[], T]) -> T:
    """Until there is an answer, whatever becomes of the server meanwhile."""
    while True:
        try:
            return ask()
        except (OperationalError, InterfaceError):
            connections.close_all()
            time.sleep(0.2)


def keep(answers: Path, *words: object) -> None:
    """In one write, which is there whole or not at all."""
    file = os.open(answers, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(file, (" ".join(map(str, words)) + "\n").encode())
    os.close(file)


def _lines(answers: Path) -> list[str]:
    return answers.read_text().splitlines() if answers.exists() else []


if __name__ == "__main__":
    what, *words = sys.argv[1:]
    if what == "sellers":
        sellers(int(words[0]), int(words[1]), Path(words[2]))
    elif what == "hosts":
        hosts(*map(int, words))
    else:
        {"prepare": prepare, "settle": settle}[what]()
