"""In which language programs are answered."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase
from django.utils import translation

from ..pages.middleware import GetResponse


def programs_are_answered_in_english(get_response: GetResponse) -> GetResponse:
    """Programs compare what the API answers: its words depend on no setting."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith("/api/"):
            return get_response(request)
        with translation.override("en"):
            return get_response(request)

    return middleware
