"""The public pages of policies."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.views.decorators.http import conditional_page, require_safe

from kit.addresses import portal_url
from sellers.access import last_seller

from . import selectors
from .differences import differences
from .models import Article, Policy

PUBLIC_MAX_AGE = 300


def public_page(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let caches keep what a visitor sees for a few minutes; a signed-in person's page is kept by nobody.

    Times are UTC for visitors. For a member they are those of the seller's market, as in the messages that lead here.
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
    return render(request, "policies/list.html", {"lines": selectors.list_policies(as_of=timezone.now())})


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
    versions = selectors.version_lines(selectors.published_versions(policy), as_of=timezone.now())
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
    return render(request, "policies/detail.html", context)


@public_page
def article(request: HttpRequest, code: str) -> HttpResponse:
    """The education page of a policy."""
    found = get_object_or_404(Article.objects.select_related("policy"), policy__code=code)
    return render(request, "policies/article.html", {"article": found, "sections": list(found.sections.all())})
