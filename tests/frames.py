"""Room for the frames of what tests call."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

SLOTS = 140_000
"""Of eight bytes: more than a megabyte, so that CPython maps two, and leaves the rest to what is called."""


def with_room(call: Callable[[], T]) -> T:
    """Call with almost a megabyte for frames.

    CPython maps memory for frames in pieces of 16 KB, and gives back each whose first frame is done. What is called
    again and again at the end of a piece maps one each time. A page of the admin is drawn so deep that it maps 1,800.
    """
    return call()


with_room.__code__ = with_room.__code__.replace(co_stacksize=SLOTS)
