"""Working through many things that have nothing to do with each other."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

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
