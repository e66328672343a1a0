"""A page of a list whose rows, whose number of rows, and what stands beside them come in one read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, QuerySet, Window

from kit.database.reading import read_together
from kit.texts.ids import id_in


def read_page(
    records: QuerySet[Any], *, wanted: str | None, size: int, beside: Iterable[QuerySet[Any, Any]] = ()
) -> Page[Any]:
    """The page of a list that an address asks for, as ``Paginator.get_page`` gives it (1 query).

    Reads ``beside`` come with it. A page beyond the last takes one more.
    """
    paginator, number = Paginator(records, size), _number(wanted)
    rows = records[(number - 1) * size : number * size]
    counted = records.prefetch_related(None).order_by().annotate(every=Window(Count("*"))).values_list("every")[:1]
    read_together(rows, counted, *beside)
    vars(paginator)["count"] = next(iter(counted), (0,))[0]
    page = paginator.get_page(wanted)
    if page.number == number:
        page.object_list = rows
    return page


def _number(wanted: str | None) -> int:
    """The number of the page that is meant, the first for nonsense."""
    number = id_in(wanted)
    return number if 0 < number < BEYOND else 1


BEYOND = 1_000_000
