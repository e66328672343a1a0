"""What every answer says of itself."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.middleware.gzip import GZipMiddleware

TEXTS = ("text/", "application/json", "image/svg+xml")
"""How the types begin that are smaller when compressed."""

GetResponse = Callable[[HttpRequest], HttpResponseBase]


def pages_use_no_device(get_response: GetResponse) -> GetResponse:
    """Send ``Permissions-Policy``: no page asks for a camera, a place or anything else of the device."""
    policy = ", ".join(f"{feature}=()" for feature in settings.FEATURES_NOT_USED)

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        response["Permissions-Policy"] = policy
        return response

    return middleware


class CompressTexts(GZipMiddleware):
    """Compress what a browser that takes it gets as text; files are sent as they are.

    Django adds bytes of chance to each answer and masks the token of forms anew, so that the length of an answer tells
    nothing about what is in it (BREACH).
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        is_text = response.get("Content-Type", "").startswith(TEXTS)
        return super().process_response(request, response) if is_text else response
