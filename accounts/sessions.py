"""Where a person is signed in: noted when they are seen, and ended elsewhere when the password changes."""

from __future__ import annotations

import time
from typing import Any

from allauth.account import signals as account
from allauth.account.adapter import get_adapter
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

from kit.pages.middleware import GetResponse

from .access import person
from .middleware import is_signed_in
from .models import User
from .services import end_other_sessions, note_session_seen

SEEN_KEY = "seen"
"""The key in the session: when it was noted last that the person was here."""

NOTED_EVERY = 600
"""Seconds: it is written down once in ten minutes, so that a page costs no further query."""


def note_last_seen(get_response: GetResponse) -> GetResponse:
    """Note when and where from a person was here."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if is_signed_in(request) and time.time() - request.session.get(SEEN_KEY, 0) >= NOTED_EVERY:
            note_seen(request)
        return get_response(request)

    return middleware


def note_seen(request: HttpRequest) -> None:
    """Write down that the person is here now."""
    request.session[SEEN_KEY] = int(time.time())
    note_session_seen(
        user=person(request),
        session_key=request.session.session_key or "",
        ip=get_adapter().get_client_ip(request),
        user_agent=request.headers.get("User-Agent", ""),
        now=timezone.now(),
    )


@receiver(user_logged_in)
def begin_session(*, request: HttpRequest, **told: Any) -> None:
    """django-allauth writes down that they were here at sign-in."""
    request.session[SEEN_KEY] = int(time.time())


@receiver([account.password_set, account.password_changed, account.password_reset])
def sign_out_elsewhere(*, request: HttpRequest, user: User, **told: Any) -> None:
    """Whoever got in with the old password is out; Django ends those sessions only when they are used next."""
    end_other_sessions(user=user, session_key=request.session.session_key or "")
