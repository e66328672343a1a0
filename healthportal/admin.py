"""Staff pages of what Django and django-allauth keep: second factors, addresses and roles."""

from __future__ import annotations

from typing import Any

import allauth.account.admin
import allauth.mfa.admin  # registers what is taken back below
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest

from healthportal.roles import ROLES
from sellers.staff import AuditedAdmin, ProvenAdmin, ReadOnlyAdmin, tell_of_change
from sellers.trail import snapshot

admin.site.unregister(Authenticator)  # shows secrets
admin.site.unregister([EmailAddress, Group])  # leave nothing in the audit trail


@admin.register(Authenticator)
class AuthenticatorAdmin(ProvenAdmin, ReadOnlyAdmin):
    """Second factors, without their secrets. Deleting one lets a person who lost theirs set up another."""

    list_display = ["user", "type", "created_at", "last_used_at"]
    list_filter = ["type"]
    list_select_related = ["user"]
    search_fields = ["=user__email"]
    fields = ["user", "type", "created_at", "last_used_at"]

    def has_delete_permission(self, request: HttpRequest, obj: Authenticator | None = None) -> bool:
        return bool(request.user.is_superuser)

    def delete_model(self, request: HttpRequest, obj: Authenticator) -> None:
        tell_of_change(request, obj.user, "mfa/email/totp_deactivated")
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for factor in queryset.select_related("user"):
            self.delete_model(request, factor)


@admin.register(EmailAddress)
class AddressAdmin(ProvenAdmin, allauth.account.admin.EmailAddressAdmin):  # type: ignore[misc]  # allauth has no types
    """Addresses with which people sign in, and whether they are confirmed."""

    def save_model(self, request: HttpRequest, obj: EmailAddress, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if not change or "email" in form.changed_data:
            tell_of_change(request, obj.user, "account/email/email_added", to=obj.user.email, added_email=obj.email)

    def delete_model(self, request: HttpRequest, obj: EmailAddress) -> None:
        super().delete_model(request, obj)
        tell_of_change(request, obj.user, "account/email/email_deleted", to=obj.email, deleted_email=obj.email)

    @admin.action(description="Mark the selected addresses as confirmed")
    def make_verified(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        before = [(address, snapshot(address)) for address in queryset.filter(verified=False)]
        super().make_verified(request, queryset)
        for address, values in before:
            self.log_step(request, address, "Marked as confirmed.", before=values)


@admin.register(Group)
class RoleAdmin(AuditedAdmin, GroupAdmin):
    """Roles. ``healthportal.roles`` writes its own again after each migration, so they are only looked at here."""

    readonly_fields = ["kept"]

    def get_fields(self, request: HttpRequest, obj: Group | None = None) -> Any:
        return ["kept", "name", "permissions"] if obj and obj.name in ROLES else ["name", "permissions"]

    def has_change_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or obj.name not in ROLES)

    def has_delete_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return super().has_delete_permission(request, obj) and (obj is None or obj.name not in ROLES)

    @admin.display(description="Read-only")
    def kept(self, role: Group) -> str:
        return (
            "This role comes with the portal: each migration writes it as healthportal/roles.py says, so an edit here "
            "would not last. Add a role of your own for what is missing; a person can have several."
        )
