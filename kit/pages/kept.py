"""Pages that are kept in the cache as they were drawn, and drawn anew as soon as anything they are made of changes.

``base.html`` says with ``{% kept %}`` which parts of a page these are: all but what belongs to the visit, such as the
menu, messages that are shown once, and the secret of forms. Without the cache every page is drawn anew.
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

from kit.database.row_versions import Rows

PAGE_ROWS: list[Rows] = []
"""What pages of a seller are made of: each app adds its own when the portal starts."""

SECRET = re.compile(r'(name="csrfmiddlewaretoken" value=")[^"]*')
INPUTS_SECONDS = 3_600

PLACE = "<secret>"
"""Stands for it: no page holds these characters otherwise, because they are escaped."""

CODE = {".py", ".html", ".mo"}


class KeptParts:
    """The parts of one page: found in the cache under its key, or drawn.

    The secret of forms belongs to one visit: it is taken out of what is kept, and that of the visit put in.
    """

    are_shared = False
    """Whether others are shown them too: then what is of one person is none of them."""

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
        return SafeString(part.replace(PLACE, get_token(self._request)) if self.are_found and PLACE in part else part)

    def keep(self, *, seconds: int) -> None:
        cache.set(self._key, self._to_keep(), seconds)

    def _to_keep(self) -> dict[str, str]:
        return {name: SECRET.sub(rf"\g<1>{PLACE}", part) for name, part in self._parts.items()}


def part_of(request: Any, name: str, draw: Callable[[], SafeString]) -> SafeString:
    """A part of a page that is kept with it, if it is one that is kept."""
    parts: KeptParts | None = getattr(request, "kept_parts", None)
    return draw() if parts is None else parts.part(name, draw)


def own_part_of(request: Any, name: str, draw: Callable[[], SafeString]) -> SafeString:
    """The same of what a page says to one person alone: not kept with a page that others are shown too."""
    return part_of(request, name, draw) if _is_ones_own(request) else draw()


def _is_ones_own(request: Any) -> bool:
    """Whether a page is kept for one person."""
    parts: KeptParts | None = getattr(request, "kept_parts", None)
    return parts is not None and not parts.are_shared


def kept_for(request: HttpRequest, name: str, inputs: object, draw: Callable[[], SafeString]) -> SafeString:
    """What a template draws from ``inputs`` and nothing else, also on pages that are not kept themselves."""
    if _is_ones_own(request):
        return part_of(request, f"{name} {inputs}", draw)
    parts = KeptParts(request, key_of(f"{name} {inputs}"))
    drawn = parts.part(name, draw)
    if not parts.are_found and not settings.DEBUG:
        parts.keep(seconds=INPUTS_SECONDS)
    return drawn


def render_kept(
    request: HttpRequest, template: str, *, made_of: str, seconds: int, draw: Callable[[], dict[str, Any]]
) -> HttpResponse:
    """A page with the context that ``draw`` finds, or as it was drawn for the same address, words and ``made_of``."""
    if settings.DEBUG:  # whoever writes a template wants to see it
        return render(request, template, draw())
    parts = KeptParts(request, key_of(f"{request.get_full_path()} {made_of}"))
    request.kept_parts = parts  # type: ignore[attr-defined]  # for the tag
    response = render(request, template, {} if parts.are_found else draw())
    if not parts.are_found:
        parts.keep(seconds=seconds)
    return response


def key_of(made_of: str) -> str:
    """The key of what is drawn from something by the code there is, in the language that is active."""
    digest = blake2b(f"{_code()} {get_language()} {made_of}".encode(), digest_size=20)
    return f"drawn-{digest.hexdigest()}"


@lru_cache(maxsize=1)
def _code() -> str:
    """Which code and which static files draw pages: after an update none is shown that was drawn before it."""
    digest = blake2b(str(getattr(staticfiles_storage, "manifest_hash", "")).encode(), digest_size=8)
    for path in sorted(_files(settings.BASE_DIR)):
        digest.update(f"{path} {path.stat().st_mtime_ns}".encode())
    return digest.hexdigest()


def _files(root: Path) -> list[Path]:
    folders = [root / "templates", *(folder for folder in root.iterdir() if (folder / "__init__.py").exists())]
    return [path for folder in folders for path in folder.rglob("*") if path.suffix in CODE]
