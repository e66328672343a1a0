"""Filters of the admin's lists that say in words what a field holds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib.admin import EmptyFieldListFilter


class HappenedFilter(EmptyFieldListFilter):
    """Whether something has happened, by the field that holds when it did. Its addresses are those of Django's own."""

    heading: Any = ""
    words: tuple[Any, Any] = ("", "")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = self.heading

    def choices(self, changelist: Any) -> Iterator[Any]:
        everything, *two = super().choices(changelist)
        yield everything
        for choice, word in zip(two, self.words, strict=True):
            yield {**choice, "display": word}


def happened(heading: Any, *, not_yet: Any, done: Any) -> type[HappenedFilter]:
    """A filter with a heading. It has a word for records of which it has not happened yet, and one for the others."""
    return type("HappenedFilter", (HappenedFilter,), {"heading": heading, "words": (not_yet, done)})
