"""What every answer says of itself."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.middleware.gzip import GZipMiddleware

TEXTS = ("text/", "application/json", "image/svg+xml")
"""How the types begin that are smaller when compressed."""

GetResponse = Callable[[HttpRequest], HttpResponseBase]
View = Callable[..., HttpResponseBase]


def pages_use_no_device(get_response: GetResponse) -> GetResponse:
    """Send ``Permissions-Policy``: no page asks for a camera, a place or anything else of the device.

    A page says itself what it uses (``may_use``).
    """
    policy = device_policy()

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        response.setdefault("Permissions-Policy", policy)
        return response

    return middleware


def device_policy(*used: str) -> str:
    """What a page may use of the device, for itself alone; by default nothing."""
    not_used = [f"{feature}=()" for feature in settings.FEATURES_NOT_USED if feature not in used]
    return ", ".join([*not_used, *(f"{feature}=(self)" for feature in used)])


def may_use(*features: str) -> Callable[[View], View]:
    """For a view whose page uses something of the device, such as ``camera``."""

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapper(*args: Any, **kwargs: Any) -> HttpResponseBase:
            response = view(*args, **kwargs)
            response["Permissions-Policy"] = device_policy(*features)
            return response

        return wrapper

    return decorate


class CompressTexts(GZipMiddleware):
    """Compress what a browser that takes it gets as text; files are sent as they are.

    Django adds bytes of chance to each answer and masks the token of forms anew. So the length of an answer tells
    nothing about what is in it (BREACH).
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        is_text = response.get("Content-Type", "").startswith(TEXTS)
        return super().process_response(request, response) if is_text else response
