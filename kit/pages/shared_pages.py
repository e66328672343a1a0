"""Cached pages of which there is one copy for everybody, until they would say something else.

The menu and everything else that belongs to one person is drawn for each person.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import blake2b
from typing import Any

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.http import quote_etag

from .cached_pages import CachedParts, cache_key

Counts = Mapping[int, tuple[int, ...]]
"""The numbers that a page shows of each record, by the record's id."""

SHARED_SECONDS = 3_600


class SharedParts(CachedParts):
    """The cached parts of a shared page, with the versions and numbers that they were made of."""

    are_shared = True

    def _found(self) -> dict[str, str]:
        found: tuple[str, Counts, dict[str, str]] = cache.get(self._key) or ("", {}, {})
        self.versions, self.counts, parts = found
        return parts

    def are_made_of(self, versions: str, counts: Counts) -> bool:
        return self.are_found and (self.versions, self.counts) == (versions, counts)

    def draw_anew(self, versions: str, counts: Counts) -> None:
        self.versions, self.counts, self._parts, self.are_found = versions, counts, {}, False

    def store(self, *, seconds: int) -> None:
        cache.set(self._key, (self.versions, self.counts, self._to_store()), seconds)


def render_shared(
    request: HttpRequest,
    template: str,
    *,
    look: object,
    ask: Callable[[Counts], tuple[str, Counts]],
    draw: Callable[[str], tuple[dict[str, Any], Counts]],
) -> HttpResponseBase:
    """A page that is the same for everybody with the same language and ``look``.

    ``ask`` gets the numbers of the cached page. It returns the versions of the rows now, and the numbers now. If either
    differs, ``draw`` gets the versions, and returns the page's context with its numbers.
    """
    parts = SharedParts(request, cache_key(f"shared {request.get_full_path()} {look}"))
    versions, counts = ask(parts.counts)
    context: dict[str, Any] = {}
    if settings.DEBUG or not parts.are_made_of(versions, counts):
        context, counts = draw(versions)
        parts.draw_anew(versions, counts)
    etag = quote_etag(blake2b(f"{cache_key(str(look))} {versions} {counts}".encode(), digest_size=16).hexdigest())
    response = _known_to_visitor(request, etag) or _rendered(request, template, context, parts)
    return _marked(response, etag) if _is_visitor(request) else response


def _rendered(request: HttpRequest, template: str, context: dict[str, Any], parts: SharedParts) -> HttpResponse:
    request.cached_parts = parts  # type: ignore[attr-defined]  # for the tag
    response = render(request, template, context)
    if not parts.are_found and not settings.DEBUG:
        parts.store(seconds=SHARED_SECONDS)
    return response


# --- For who is not signed in


def _is_visitor(request: HttpRequest) -> bool:
    """Whether a page holds nothing at all of this visit: nobody is signed in, and nothing is said once."""
    return request.COOKIES.keys().isdisjoint({settings.SESSION_COOKIE_NAME, CookieStorage.cookie_name})


def _known_to_visitor(request: HttpRequest, etag: str) -> HttpResponseBase | None:
    return get_conditional_response(request, etag=etag) if _is_visitor(request) else None


def _marked(response: HttpResponseBase, etag: str) -> HttpResponseBase:
    """Whoever keeps the page asks each time whether it is still right."""
    response["ETag"] = etag
    response["Cache-Control"] = "public, no-cache"
    patch_vary_headers(response, ["Cookie"])
    return response
