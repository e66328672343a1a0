"""Staff pages of what Django and django-allauth keep: second factors, and what staff did."""

from __future__ import annotations

import allauth.mfa.admin  # noqa: F401  # registers what is taken back below
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.http import HttpRequest

from sellers.staff import ReadOnlyAdmin

admin.site.unregister(Authenticator)  # shows secrets


@admin.register(Authenticator)
class AuthenticatorAdmin(ReadOnlyAdmin):
    """Second factors, without their secrets. Deleting one lets a person who lost theirs set up another."""

    list_display = ["user", "type", "created_at", "last_used_at"]
    list_filter = ["type"]
    list_select_related = ["user"]
    search_fields = ["=user__email"]
    fields = ["user", "type", "created_at", "last_used_at"]

    def has_delete_permission(self, request: HttpRequest, obj: Authenticator | None = None) -> bool:
        return bool(request.user.is_superuser)


@admin.register(LogEntry)
class LogEntryAdmin(ReadOnlyAdmin):
    """Everything staff did in the admin."""

    list_display = ["action_time", "user", "content_type", "object_repr", "get_change_message"]
    list_filter = ["action_time", "content_type"]
    list_select_related = ["user", "content_type"]
    search_fields = ["=user__email", "object_repr"]
    search_help_text = "The person's email address, or the record"
    fields = ["action_time", "user", "content_type", "object_repr", "get_change_message"]
    readonly_fields = ["get_change_message"]
