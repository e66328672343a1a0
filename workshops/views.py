from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse


def page(request: HttpRequest, **kwargs: Any) -> HttpResponse:
    return HttpResponse()


workshop_list = workshop_detail = workshop_calendar = check_in = page
seller_list = sign_up = signup_detail = signup_qr = cancel_signup = page
