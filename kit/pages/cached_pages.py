"""Pages that are kept in the cache, and drawn anew as soon as anything changes that they are made of.

``base.html`` marks the cached parts of a page with ``{% cached %}``. Everything else belongs to the visit: the menu,
messages that are shown once, and the CSRF token of forms. Without the cache every page is drawn anew.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from kit.database.row_versions import Part

PAGE_ROWS: list[Part] = []
"""What pages of a seller are made of: each app adds its own when the portal starts."""

CSRF_FIELD = re.compile(r'(name="csrfmiddlewaretoken" value=")[^"]*')
FRAGMENT_SECONDS = 3_600

PLACEHOLDER = "<secret>"
"""Stands for the CSRF token. No page holds these characters otherwise, because they are escaped."""

CODE_SUFFIXES = {".py", ".html", ".mo"}


class CachedParts:
    """The parts of one page: found in the cache under its key, or drawn.

    The CSRF token of forms belongs to one visit: the cache has a placeholder for it.
    """

    are_shared = False
    """Whether everybody is shown the same parts. Then nothing of one person may be in them."""

    def __init__(self, request: HttpRequest, key: str) -> None:
        self._request = request
        self._key = key
        self._parts = self._found()
        self.are_found = bool(self._parts)

    def _found(self) -> dict[str, str]:
        parts: dict[str, str] = cache.get(self._key) or {}
        return parts

    def part(self, name: str, draw: Callable[[], str]) -> SafeString:
        if name not in self._parts:
            self._parts[name] = draw()
        part = self._parts[name]
        return SafeString(
            part.replace(PLACEHOLDER, get_token(self._request)) if self.are_found and PLACEHOLDER in part else part
        )

    def store(self, *, seconds: int) -> None:
        cache.set(self._key, self._to_store(), seconds)

    def _to_store(self) -> dict[str, str]:
        return {name: CSRF_FIELD.sub(rf"\g<1>{PLACEHOLDER}", part) for name, part in self._parts.items()}


def cached_part(request: Any, name: str, draw: Callable[[], SafeString]) -> SafeString:
    """A part of a page, from the cache if the page is a cached one."""
    parts: CachedParts | None = getattr(request, "cached_parts", None)
    return draw() if parts is None else parts.part(name, draw)


def personal_part(request: Any, name: str, draw: Callable[[], SafeString]) -> SafeString:
    """The same for what only one person may see. On a page that everybody shares it is drawn each time."""
    return cached_part(request, name, draw) if _is_for_one_person(request) else draw()


def _is_for_one_person(request: Any) -> bool:
    """Whether a page is cached for one person alone."""
    parts: CachedParts | None = getattr(request, "cached_parts", None)
    return parts is not None and not parts.are_shared


def cached_fragment(request: HttpRequest, name: str, inputs: object, draw: Callable[[], SafeString]) -> SafeString:
    """What is drawn from ``inputs`` and nothing else, from the cache on every page, cached or not."""
    if _is_for_one_person(request):
        return cached_part(request, f"{name} {inputs}", draw)
    parts = CachedParts(request, cache_key(f"{name} {inputs}"))
    drawn = parts.part(name, draw)
    if not parts.are_found and not settings.DEBUG:
        parts.store(seconds=FRAGMENT_SECONDS)
    return drawn


def render_cached(
    request: HttpRequest, template: str, *, made_of: str, seconds: int, draw: Callable[[], dict[str, Any]]
) -> HttpResponse:
    """The page from the cache, if it has one with the same address, language and ``made_of``; else it is drawn."""
    if settings.DEBUG:  # whoever writes a template wants to see it
        return render(request, template, draw())
    parts = CachedParts(request, cache_key(f"{request.get_full_path()} {made_of}"))
    request.cached_parts = parts  # type: ignore[attr-defined]  # for the tag
    response = render(request, template, {} if parts.are_found else draw())
    if not parts.are_found:
        parts.store(seconds=seconds)
    return response


def cache_key(made_of: str) -> str:
    """The cache key of what is drawn from something: by this code, in the active language."""
    digest = blake2b(f"{_code()} {get_language()} {made_of}".encode(), digest_size=20)
    return f"drawn-{digest.hexdigest()}"


@lru_cache(maxsize=1)
def _code() -> str:
    """A hash of the code and the static files. After an update no page is shown that was drawn before it."""
    digest = blake2b(str(getattr(staticfiles_storage, "manifest_hash", "")).encode(), digest_size=8)
    for path in sorted(_files(settings.BASE_DIR)):
        digest.update(f"{path} {path.stat().st_mtime_ns}".encode())
    return digest.hexdigest()


def _files(root: Path) -> list[Path]:
    folders = [root / "templates", *(folder for folder in root.iterdir() if (folder / "__init__.py").exists())]
    return [path for folder in folders for path in folder.rglob("*") if path.suffix in CODE_SUFFIXES]
