"""Pages of the admin about how people sign in: whoever saves there proves once more who they are."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.reauthentication import raise_if_reauthentication_required
from django.http import HttpRequest

from audit.admin_pages import AuditedAdmin

from .models import User

BY_STAFF = {"ip": "not told: the marketplace's staff did it", "user_agent": "the portal's administration"}


def tell_of_change(request: HttpRequest, user: User, notice: str, *, to: str | None = None, **told: str) -> None:
    """Tell a person by email what staff changed about how they sign in, where they read it before the change."""
    get_adapter(request).send_notification_mail(notice, user, {**BY_STAFF, **told}, to)


class ReauthenticatedAdmin(AuditedAdmin):
    """Pages about how people sign in: whoever saves something there proves once more who they are, as on their own."""

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        require_reauthentication(request)
        return super().changeform_view(request, *args, **kwargs)

    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        require_reauthentication(request)
        return super().delete_view(request, *args, **kwargs)

    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        require_reauthentication(request)
        return super().changelist_view(request, *args, **kwargs)


def require_reauthentication(request: HttpRequest) -> None:
    """django-allauth asks for the password or a code, keeps what was sent meanwhile, and goes on with it."""
    if request.method == "POST":
        raise_if_reauthentication_required(request, app="allauth.account")
