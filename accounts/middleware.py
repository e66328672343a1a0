"""What holds for every answer: who may keep it, what a page may use, and how long staff stay signed in."""

from __future__ import annotations

import time
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.translation import ngettext

from kit.pages.middleware import GetResponse

from .models import User

STAFF_SINCE_KEY, STAFF_SEEN_KEY = "staff_since", "staff_seen"
HEALTH = {"/livez", "/readyz", "/healthz"}
BRAND = "/brand/"
"""Below it lies what is the same for everybody, and kept by browsers: logos and style sheets."""
SECRETS = {"token", "key", "secret"}
"""What parts of an address are called that open what is behind them to whoever has them."""

NOTED_EVERY = 60
"""Seconds: that staff were here is written down once a minute."""


def answers_are_kept_by_nobody_else(get_response: GetResponse) -> GetResponse:
    """No cache keeps what a signed-in person sees, or what a secret address shows, not even the reader's own.

    So Back shows nothing after signing out, which also empties the browser's cache of the portal.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        was_signed_in = is_signed_in(request)
        response = get_response(request)
        if was_signed_in or _holds_secret(request):
            response["Cache-Control"] = "private, no-store"
        if was_signed_in and not request.user.is_authenticated:  # signed out, by themselves or by time
            response["Clear-Site-Data"] = '"cache"'
        return response

    return middleware


def is_signed_in(request: HttpRequest) -> bool:
    """Whether somebody is signed in, where that matters.

    Visitors without a cookie, questions of health and what is the same for everybody cost no look at the session.
    """
    if settings.SESSION_COOKIE_NAME not in request.COOKIES or request.path in HEALTH or request.path.startswith(BRAND):
        return False
    return request.user.is_authenticated


def _holds_secret(request: HttpRequest) -> bool:
    """The account's own pages, what a secret in the address opens, and calls of the API."""
    kwargs = request.resolver_match.kwargs if request.resolver_match else {}
    return (
        request.path.startswith(reverse("account_login").removesuffix("login/"))
        or not kwargs.keys().isdisjoint(SECRETS)
        or "Authorization" in request.headers
    )


def staff_sign_in_again(get_response: GetResponse) -> GetResponse:
    """Sign staff out who did nothing for a while, or who signed in a working day ago."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if is_signed_in(request) and request.user.is_staff:
            if why := _why_session_is_over(request):
                logout(request)
                messages.info(request, why)
            else:
                _note_seen(request)
        return get_response(request)

    return middleware


@receiver(user_logged_in)
def begin_staff_session(*, request: HttpRequest, user: User, **told: Any) -> None:
    if user.is_staff:
        request.session[STAFF_SINCE_KEY] = request.session[STAFF_SEEN_KEY] = int(time.time())


def _why_session_is_over(request: HttpRequest) -> str:
    """Why a session of staff is over; empty if it is not."""
    now = time.time()
    if now - request.session.get(STAFF_SEEN_KEY, now) > settings.STAFF_IDLE_MINUTES * 60:
        said = ngettext(
            "You were signed out because nothing happened for %(count)s minute. Sign in to go on.",
            "You were signed out because nothing happened for %(count)s minutes. Sign in to go on.",
            settings.STAFF_IDLE_MINUTES,
        )
        return said % {"count": settings.STAFF_IDLE_MINUTES}
    if now - request.session.get(STAFF_SINCE_KEY, now) > settings.STAFF_SESSION_HOURS * 3600:
        said = ngettext(
            "You were signed out after %(count)s hour, as staff are. Sign in to go on.",
            "You were signed out after %(count)s hours, as staff are. Sign in to go on.",
            settings.STAFF_SESSION_HOURS,
        )
        return said % {"count": settings.STAFF_SESSION_HOURS}
    return ""


def _note_seen(request: HttpRequest) -> None:
    """Also of somebody who became staff while signed in."""
    now = int(time.time())
    request.session.setdefault(STAFF_SINCE_KEY, now)
    if now - request.session.get(STAFF_SEEN_KEY, 0) >= NOTED_EVERY:
        request.session[STAFF_SEEN_KEY] = now
