"""A seller's pages about where it stands: the ledger at any moment, what would change it, and enforcement."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from policies.selectors import current_versions
from sellers.access import SellerRequest, seller_view
from sellers.cached_pages import MINUTE, render_page

from . import selectors
from .ledger_page import ledger_context
from .what_if_page import what_if_page

ACTIONS_PER_PAGE = 20


@require_safe
@seller_view
def ledger(request: SellerRequest) -> HttpResponse:
    """The total at any moment, the entries it is made of, how it changes, and the enforcement in force then."""
    now = timezone.now()

    def draw() -> dict[str, Any]:
        return ledger_context(seller=request.seller, query=request.GET, now=now)

    return render_page(request, "violations/ledger.html", now=now, minutes=MINUTE, draw=draw)


@require_safe
@seller_view
def what_if(request: SellerRequest) -> HttpResponse:
    """What one more violation of a policy would lead to, on a day that the seller chooses."""
    now = timezone.now()
    versions = current_versions(as_of=now)
    explanation = selectors.explain(seller=request.seller, as_of=now, now=now, beside=[versions])
    page = what_if_page(explanation, versions, query=request.GET)
    return render(request, "violations/what_if.html", {"what_if": page, "form": page and page.form})


@require_safe
@seller_view
def enforcement(request: SellerRequest) -> HttpResponse:
    """Every enforcement action: announced, started, ended or lifted, with the milestone and the violation behind it."""
    now = timezone.now()
    page = Paginator(selectors.actions_of(seller=request.seller), ACTIONS_PER_PAGE).get_page(request.GET.get("page"))
    standing = selectors.get_standing(seller=request.seller, as_of=now)
    not_over = {action.pk for action in (*standing.in_force, *standing.upcoming)}
    context = {
        "page": page,
        "now": now,
        "standing": standing,
        "current": [action for action in page if action.pk in not_over],
        "past": [action for action in page if action.pk not in not_over],
    }
    return render(request, "violations/enforcement.html", context)
