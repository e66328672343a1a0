"""Pages about violations, the points ledger and the policies."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.views.decorators.http import conditional_page, require_safe

from sellers.access import SellerRequest, last_seller, seller_view
from sellers.addresses import portal_url

from . import documents, rules, selectors
from .differences import differences
from .filters import ViolationFilter
from .models import Appeal, Article, Policy, Violation

VIOLATIONS_PER_PAGE = 25
PUBLIC_MAX_AGE = 300


# --- A seller's pages


def section_tabs(request: SellerRequest, *, current: str) -> list[dict[str, Any]]:
    """The tabs above a seller's violations and appeals; ``current`` names one of the two (2 queries)."""
    kwargs = {"seller_id": request.seller.pk}
    pages = [
        ("Violations", "violations:list", request.seller.violations.count()),
        ("Appeals", "violations:appeal_list", request.seller.appeals.count()),
    ]
    return [
        {"label": label, "url": reverse(name, kwargs=kwargs), "current": label == current, "count": count}
        for label, name, count in pages
    ]


@require_safe
@seller_view
def violation_list(request: SellerRequest) -> HttpResponse:
    """A seller's violations, filtered by what the address says."""
    violations = selectors.violations_of(seller=request.seller, at=timezone.now())
    filters = ViolationFilter(request.GET, queryset=violations, request=request)
    page = Paginator(selectors.with_appeals(filters.qs), VIOLATIONS_PER_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "violations/list.html",
        {
            "filter": filters,
            "page": page,
            "is_filtered": filters.form.has_changed(),
            "tabs": section_tabs(request, current="Violations"),
        },
    )


@require_safe
@seller_view
def violation_detail(request: SellerRequest, violation_id: int) -> HttpResponse:
    """One violation: the statement of reasons, the evidence, its points and what happened since."""
    now = timezone.now()
    try:
        violation = selectors.get_violation(seller=request.seller, violation_id=violation_id, at=now)
    except Violation.DoesNotExist:
        raise Http404("No such violation.") from None
    entries = list(violation.entries.order_by("effective_at", "id"))
    actions = list(violation.actions.select_related("milestone", "notice").order_by("starts_at"))
    messages = selectors.related_messages(violation)
    appeals = list(violation.appeals.order_by("filed_at"))
    return render(
        request,
        "violations/detail.html",
        {
            "violation": violation,
            "entries": entries,
            "actions": actions,
            "messages_about": messages,
            "versions": selectors.versions_of(policy=violation.policy, at=now),
            "events": selectors.history_of(
                violation, entries=entries, actions=actions, messages=messages, appeals=appeals, at=now
            ),
            "position": None if violation.position_seconds is None else rules.clock(violation.position_seconds),
            "appeal": next((appeal for appeal in appeals if appeal.state != Appeal.State.WITHDRAWN), None),
            "can_appeal": violation.is_standing and now < violation.appeal_until,
            "now": now,
        },
    )


@require_safe
@seller_view
def statement(request: SellerRequest, violation_id: int) -> HttpResponseBase:
    """The statement of reasons of a violation as a PDF to keep."""
    try:
        return documents.statement(seller=request.seller, violation_id=violation_id, now=timezone.now())
    except Violation.DoesNotExist:
        raise Http404("No such violation.") from None


# --- Public pages


def public_page(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let caches keep what a visitor sees for a few minutes; a signed-in person's page is kept by nobody.

    Times are UTC for visitors, and for a member those of the seller's market, as in the messages that lead here.
    """

    @require_safe
    @conditional_page
    @wraps(view)
    def wrapper(request: HttpRequest, **kwargs: Any) -> HttpResponse:
        seller = last_seller(request)
        with timezone.override(seller.market.zone if seller else None):
            response = view(request, **kwargs)
        if not request.user.is_authenticated:
            patch_cache_control(response, public=True, max_age=PUBLIC_MAX_AGE)
        return response

    return wrapper


@public_page
def policy_list(request: HttpRequest) -> HttpResponse:
    """Every policy in force, by topic."""
    return render(request, "violations/policy_list.html", {"lines": selectors.list_policies(at=timezone.now())})


@public_page
def policy_detail(request: HttpRequest, code: str) -> HttpResponse:
    """A policy in the wording in force, with all its versions."""
    return _policy_page(request, code=code, number=None)


@public_page
def version_detail(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """A policy in one of its published wordings, past or future."""
    return _policy_page(request, code=code, number=number)


def _policy_page(request: HttpRequest, *, code: str, number: int | None) -> HttpResponse:
    """One wording, with all versions beside it; on a version's own page what it changed against the one before it."""
    policy = get_object_or_404(Policy.objects.select_related("article"), code=code)
    versions = selectors.versions_of(policy=policy, at=timezone.now())
    in_force = next((line for line in versions if line.state == "in force"), None)
    if number is None:
        line = in_force or next(iter(versions[-1:]), None)
    else:
        line = next((line for line in versions if line.version.number == number), None)
    if line is None:
        raise Http404("No such version.")
    before = next(iter(versions[versions.index(line) + 1 :]), None)
    context = {
        "policy": policy,
        "canonical": portal_url(policy.get_absolute_url()),
        "line": line,
        "versions": versions,
        "in_force": in_force,
        "upcoming": next((line for line in reversed(versions) if line.state == "upcoming"), None),
        "before": before,
        "differences": differences(before.version, line.version) if before and number else [],
        "is_version_page": number,
    }
    return render(request, "violations/policy_detail.html", context)


@public_page
def article(request: HttpRequest, code: str) -> HttpResponse:
    """The education page of a policy."""
    found = get_object_or_404(Article.objects.select_related("policy"), policy__code=code)
    return render(request, "violations/article.html", {"article": found, "sections": list(found.sections.all())})
