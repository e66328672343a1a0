"""Working through many things that have nothing to do with each other."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TypeVar

from .claims import fail
from .models import Job

T = TypeVar("T")

logger = logging.getLogger(__name__)


@contextmanager
def logged_failure(what: str) -> Iterator[None]:
    """Do one of many things: what goes wrong with it is logged, and the others are done all the same.

    Only where what failed is tried again later, and outside a transaction: the database refuses everything after an
    error inside one.
    """
    try:
        yield
    except Exception:
        logger.exception("%s failed; the others go on.", what)


def do_each(items: Iterable[T], do: Callable[[T], int], *, what: str) -> int:
    """Do many things one by one and give the sum of what each gave. What goes wrong with one is logged."""
    total = 0
    for item in items:
        with logged_failure(f"{what} {item}"):
            total += do(item)
    return total


@contextmanager
def noted_failure(job: Job, *, clock: Callable[[], datetime]) -> Iterator[None]:
    """Do a claimed job: what goes wrong is logged and noted, and the job is due again after a while, or given up."""
    with logged_failure(f"{job._meta.verbose_name_raw} {job.pk}".capitalize()):
        try:
            yield
        except Exception as error:
            fail(job, error=in_words(error), now=clock())
            raise


def in_words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
