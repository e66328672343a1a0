"""In which language a page is."""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponseBase
from django.utils import translation
from django.utils.cache import patch_vary_headers

from kit.pages.middleware import GetResponse

SAME_IN_EVERY_LANGUAGE = ("/api/", "/brand/")


def pages_speak_a_persons_language(get_response: GetResponse) -> GetResponse:
    """Show pages in the language that the person chose, else in one that their browser asks for.

    It is not there while the portal speaks one language alone. The API speaks the portal's own (``LANGUAGE_CODE``), and
    logos and style sheets speak none.
    """
    if len(settings.LANGUAGES) < 2:
        raise MiddlewareNotUsed

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if request.path.startswith(SAME_IN_EVERY_LANGUAGE):
            return get_response(request)
        with translation.override(language_of(request)):
            response = get_response(request)
            response.headers.setdefault("Content-Language", translation.get_language())
        patch_vary_headers(response, ["Accept-Language"])
        return response

    return middleware


def language_of(request: HttpRequest) -> str:
    """A language that the portal speaks."""
    chosen = getattr(request.user, "language", "")
    try:
        return translation.get_supported_language_variant(chosen) if chosen else _browsers(request)
    except LookupError:
        return _browsers(request)


def spoken(language: str) -> str:
    """A language if the portal speaks it, else the portal's own."""
    try:
        return translation.get_supported_language_variant(language)
    except LookupError:
        return str(settings.LANGUAGE_CODE)


def _browsers(request: HttpRequest) -> str:
    return translation.get_language_from_request(request)
