"""A seller's ledger and violations as files, sent while they are read: their size does not matter."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from kit.documents.downloads import download
from kit.documents.records import Record, file_name, records_csv
from sellers.access import SellerRequest, seller_view

from . import files, selectors
from .filters import ViolationFilter

CSV = "text/csv; charset=utf-8"


@require_safe
@seller_view
def ledger_csv(request: SellerRequest) -> HttpResponseBase:
    """Every entry of a seller's ledger, a line each, in the order in which they were recorded."""
    rows = files.entries_of(request.seller, timezone.now())
    return _csv(request, rows, files.ENTRY_FIELDS, files.entry_record, called=_("points ledger"))


@require_safe
@seller_view
def violations_csv(request: SellerRequest) -> HttpResponseBase:
    """A seller's violations, filtered by what the address says, a line each.

    What of a filter cannot be read is said on the page of the list: no file is made without it.
    """
    now = timezone.now()
    violations = selectors.violations_of(seller=request.seller, as_of=now)
    filters = ViolationFilter(request.GET, queryset=violations, request=request)
    if not filters.is_valid():
        return redirect(reverse("violations:list", kwargs={"seller_id": request.seller.pk}, query=request.GET))
    rows = selectors.with_appeals(filters.qs, as_of=now)
    return _csv(request, rows, files.VIOLATION_FIELDS, files.violation_record, called=_("violations"))


def _csv(
    request: SellerRequest, rows: QuerySet[Any], fields: Sequence[str], record: Callable[..., Record], *, called: str
) -> HttpResponseBase:
    records = _records(rows, record, zone=request.seller.market.zone)
    name = file_name(request.seller.name, called, at=timezone.localtime(), ending="csv")
    return download(records_csv(fields, records), name=name, content_type=CSV)


def _records(rows: QuerySet[Any], record: Callable[..., Record], *, zone: ZoneInfo) -> Iterator[Record]:
    return (record(row, zone=zone) for row in rows.iterator(chunk_size=files.ROWS_AT_ONCE))
