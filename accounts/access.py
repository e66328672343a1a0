"""The one place that decides whether a person may open a page for staff."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from .models import User


def staff_view(
    permission: str | None = None,
) -> Callable[[Callable[..., HttpResponseBase]], Callable[..., HttpResponseBase]]:
    """For a page outside the admin: staff only, who have that permission and a second factor where one is required.

    For everybody else the page does not exist (404). The admin asks the same (``healthportal.admin_site``).
    """

    def decorate(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        @login_required
        @wraps(view)
        def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not is_staff_who_may(person(request), permission):
                raise Http404(_("No such page."))
            return asked_for_second_factor(request) or view(request, *args, **kwargs)

        return wrapper

    return decorate


def is_staff_who_may(user: User, permission: str | None = None) -> bool:
    """Whether somebody is of the staff and has the permission. Pages ask for a second factor besides."""
    return user.is_staff and (permission is None or user.has_perm(permission))


def asked_for_second_factor(request: HttpRequest) -> HttpResponseBase | None:
    """Where staff who have no second factor, but must, are sent; ``None`` for those who may go on."""
    if not settings.STAFF_MFA_REQUIRED or is_mfa_enabled(request.user):
        return None
    messages.warning(request, _("Staff sign in with a second factor. Set up a passkey or an app to go on."))
    return redirect("mfa_index")


def person(request: HttpRequest) -> User:
    """Who asks, where only people are let in."""
    return cast(User, request.user)
