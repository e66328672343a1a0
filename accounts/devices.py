"""Devices on which a person signed in before, told by a signed cookie, and how often others may guess.

Guesses at a password or a code are counted for the address and the client together: whoever guesses keeps nobody out
but themselves. A device on which the person signed in before has a count of its own, which strangers cannot use up.
What all strangers together may guess is limited too, far above what a person mistypes (``ACCOUNT_RATE_LIMITS``).
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Literal

from allauth.core.internal import ratelimit
from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponseBase

SALT = "healthportal.devices"
AGE = timedelta(days=180)
PEOPLE = 5
"""How many people one browser is remembered for."""

Guess = Literal["password", "code"]


def remember(request: HttpRequest, response: HttpResponseBase, *, user_id: int) -> None:
    """Note in the browser that this person signed in there."""
    known = _known(request)
    device = known.pop(user_id, None) or secrets.token_urlsafe(12)
    kept = [(user_id, device), *known.items()][:PEOPLE]
    response.set_cookie(
        settings.DEVICE_COOKIE_NAME,
        signing.dumps(kept, salt=SALT),
        max_age=AGE,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _known(request: HttpRequest) -> dict[int, str]:
    """The people whom the browser is remembered for, each with the device's own name; none if the cookie is forged."""
    try:
        pairs = signing.loads(request.COOKIES.get(settings.DEVICE_COOKIE_NAME, ""), salt=SALT, max_age=AGE)
    except signing.BadSignature:
        return {}
    return {int(user_id): str(device) for user_id, device in pairs}


def login_in(credentials: Mapping[str, Any]) -> str:
    """What guesses are about: the address that somebody tries to sign in with, as one is kept."""
    return str(credentials.get("email") or credentials.get("username") or "").strip().lower()


def count_guess(
    request: HttpRequest, kind: Guess, *, login: str, user_id: int | None
) -> ratelimit.RateLimitUsage | None:
    """Count a guess before it is looked at; ``None`` if it is one too many. Who was right takes it back (``rollback``).

    ``login`` is what the guesses are about; ``user_id`` is the person it belongs to, if there is one.
    """
    device = _known(request).get(user_id) if user_id is not None else None
    if device:
        limits = [(f"{kind}_of_device", f"{login}:{device}")]
    else:
        limits = [(f"{kind}_of_client", f"{login}:{ratelimit.get_ip(request)}"), (f"{kind}_of_strangers", login)]
    counted = ratelimit.RateLimitUsage(usage=[])
    for action, key in limits:
        usage = ratelimit.consume(request, app="allauth.account", action=action, key=f"{kind}:{key}")
        if usage is None:
            return None
        counted.usage += usage.usage
    return counted


def forget_guesses(request: HttpRequest, *, login: str) -> None:
    """After a new password through the email's link: what strangers guessed keeps its owner out no longer."""
    for action, key in [
        ("password_of_client", f"{login}:{ratelimit.get_ip(request)}"),
        ("password_of_strangers", login),
    ]:
        ratelimit.clear(request, app="allauth.account", action=action, key=f"password:{key}")
