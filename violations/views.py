"""Pages about violations, the points ledger and the policies."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from kit.database.reading import read_together
from kit.formatting import position_words
from kit.pages.paging import read_page
from policies.models import ArticleSection
from policies.selectors import published_versions, version_lines
from sellers.access import SellerRequest, seller_view
from sellers.cached_pages import QUARTER_OF_AN_HOUR, render_page
from sellers.models import Seller

from . import documents, selectors
from .filters import ViolationFilter, by_days
from .models import Appeal, Violation
from .presentation.history import history_of

VIOLATIONS_PER_PAGE = 25


# --- A seller's pages


def section_tabs(counts: Iterable[tuple[int, int]], *, seller: Seller, current: str) -> list[dict[str, Any]]:
    """The tabs above a seller's violations and appeals with their ``section_counts``; ``current`` names one."""
    kwargs = {"seller_id": seller.pk}
    ((violations, appeals),) = counts
    pages = [("list", _("Violations"), violations), ("appeal_list", _("Appeals"), appeals)]
    return [
        {
            "label": label,
            "url": reverse(f"violations:{name}", kwargs=kwargs),
            "current": name == current,
            "count": count,
        }
        for name, label, count in pages
    ]


@require_safe
@seller_view
def violation_list(request: SellerRequest) -> HttpResponse:
    """A seller's violations, filtered and in the order that the address says."""
    now = timezone.now()
    if (moved := by_days(request.GET, seller=request.seller, now=now)) is not None:
        return redirect(f"{request.path}?{moved.urlencode()}")

    def draw() -> dict[str, Any]:
        violations = selectors.violations_of(seller=request.seller, as_of=now)
        filters = ViolationFilter(request.GET, queryset=violations, request=request)
        found, counts = selectors.with_appeals(filters.qs, as_of=now), selectors.section_counts(request.seller)
        return {
            "filter": filters,
            "page": read_page(found, wanted=request.GET.get("page"), size=VIOLATIONS_PER_PAGE, beside=[counts]),
            "is_filtered": filters.is_narrowed,
            "tabs": section_tabs(counts, seller=request.seller, current="list"),
        }

    return render_page(request, "violations/list.html", now=now, minutes=QUARTER_OF_AN_HOUR, draw=draw)


@require_safe
@seller_view
def violation_detail(request: SellerRequest, violation_id: int) -> HttpResponse:
    """One violation: the statement of reasons, the evidence, its points and what happened since."""
    now = timezone.now()
    try:
        violation = selectors.get_violation(
            seller=request.seller, violation_id=violation_id, as_of=now, member=request.user
        )
    except Violation.DoesNotExist:
        raise Http404("No such violation.") from None
    return render(request, "violations/detail.html", _all_about(violation, as_of=now))


def _all_about(violation: Violation, *, as_of: datetime) -> dict[str, Any]:
    """What the page of a violation shows: its points, actions, messages and appeals, and its history made of them."""
    entries = violation.entries.order_by("effective_at", "id")
    actions = violation.actions.select_related("milestone", "notice").order_by("starts_at")
    messages, versions = selectors.related_messages(violation), published_versions(violation.policy)
    appeals = selectors.with_requests(violation.appeals.with_request(at=as_of)).order_by("filed_at")
    sections = ArticleSection.objects.filter(article__policy=violation.policy)
    read_together(entries, actions, messages, versions, appeals, sections)
    appeal = next((appeal for appeal in appeals if appeal.state != Appeal.State.WITHDRAWN), None)
    return {
        "violation": violation,
        "entries": entries,
        "actions": actions,
        "messages_about": messages,
        "versions": version_lines(versions, as_of=as_of),
        "sections": sections,
        "events": history_of(
            violation, entries=list(entries), actions=actions, messages=messages, appeals=appeals, as_of=as_of
        ),
        "position": None if violation.position_seconds is None else position_words(violation.position_seconds),
        "appeal": appeal,
        "can_appeal": violation.is_standing and as_of < violation.appeal_until and appeal is None,
        "now": as_of,
    }


@require_safe
@seller_view
def statement(request: SellerRequest, violation_id: int) -> HttpResponseBase:
    """The statement of reasons of a violation as a PDF to keep."""
    try:
        return documents.statement(seller=request.seller, violation_id=violation_id, now=timezone.now())
    except Violation.DoesNotExist:
        raise Http404("No such violation.") from None


# --- Public pages
