"""What every answer says of itself."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

GetResponse = Callable[[HttpRequest], HttpResponseBase]


def pages_use_no_device(get_response: GetResponse) -> GetResponse:
    """Send ``Permissions-Policy``: no page asks for a camera, a place or anything else of the device."""
    policy = ", ".join(f"{feature}=()" for feature in settings.FEATURES_NOT_USED)

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        response["Permissions-Policy"] = policy
        return response

    return middleware
