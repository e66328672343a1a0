"""What the tables of a seller's page for staff are made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Model
from django.urls import reverse
from django.utils.functional import Promise

from accounts.models import User


@dataclass(frozen=True)
class Cell:
    """A value of a table; ``url`` leads to what it is of, if the person may open that. ``quiet`` stands below it."""

    text: str
    url: str = ""
    quiet: str = ""


Row = Sequence[Cell]


@dataclass(frozen=True)
class Table:
    """A table of the page. ``is_more``: there are others than these rows; ``about`` says what else there is to know."""

    slug: str
    title: str | Promise
    heads: Sequence[str | Promise]
    rows: Sequence[Row]
    empty: str | Promise
    all_of: type[Model] | None = None
    """The records whose list has all of them, if there is one."""
    is_more: bool = False
    about: str | Promise = ""

    @property
    def lines(self) -> list[list[tuple[str | Promise, Cell]]]:
        """The rows, each cell with its head."""
        return [list(zip(self.heads, row, strict=True)) for row in self.rows]


@dataclass(frozen=True)
class Reader:
    """Who looks: records are links where they may open them, and text where they may not."""

    user: User

    def may_see(self, model: type[Model]) -> bool:
        return self.user.has_perm(f"{model._meta.app_label}.view_{model._meta.model_name}")

    def link(self, record: Model, text: Any, *, quiet: str = "") -> Cell:
        """A cell that leads to a record."""
        opts = record._meta
        is_open = self.may_see(type(record))
        url = reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=[record.pk]) if is_open else ""
        return Cell(str(text), url, quiet)
