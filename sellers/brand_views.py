"""The style sheet and the logo of a brand: the same for everybody, and kept by browsers for good.

Their addresses follow from what they say, so nothing is asked of who looks.
"""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_safe

from kit.colours import is_colour

from .models import BrandLogo
from .stylesheets import style_digest, style_sheet

FOR_GOOD = "public, max-age=31536000, immutable"


@require_safe
def style(request: HttpRequest, accent: str, dark: str, digest: str) -> HttpResponse:
    """The variables that two colours give; 404 for an address that no brand gives."""
    light, dark = f"#{accent}", f"#{dark}"
    if not (is_colour(light) and is_colour(dark) and constant_time_compare(digest, style_digest(light, dark))):
        raise Http404("No such style sheet.")
    return HttpResponse(style_sheet(light, dark), content_type="text/css; charset=utf-8", headers=_headers())


@require_safe
def logo(request: HttpRequest, digest: str) -> HttpResponse:
    """A logo, also one that a brand had before: emails that left show it."""
    found = get_object_or_404(BrandLogo, pk=digest)
    return HttpResponse(bytes(found.content), content_type="image/png", headers=_headers())


def _headers() -> dict[str, str]:
    """Mail programs show the logo on pages of their own."""
    return {
        "Cache-Control": FOR_GOOD,
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cross-Origin-Resource-Policy": "cross-origin",
    }
