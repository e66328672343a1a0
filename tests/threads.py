"""Doing things in many threads that begin together, each with a connection of its own."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar, cast

from django.db import connections

from kit.outcomes import Refused

T = TypeVar("T")


def together(
    count: int, call: Callable[[int], T], *, answered: tuple[type[Exception], ...] = (Exception,)
) -> list[T | Exception]:
    """What each of so many calls answers, which get their number; errors that are ``answered`` are answers too."""
    barrier = Barrier(count)

    def one(number: int) -> T | Exception:
        try:
            barrier.wait()
            return call(number)
        except answered as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


def at_once(count: int, do: Callable[[], T]) -> list[T]:
    """What one thing answers that is done so many times."""
    return cast(list[T], together(count, lambda _: do(), answered=()))


def jobs_at_once(*jobs: Callable[[], object]) -> list[object]:
    """What each of several things answers; a refusal is an answer too."""
    return [*together(len(jobs), lambda number: jobs[number](), answered=(Refused,))]
