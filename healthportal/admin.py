"""Staff pages of roles, and of sellers as the whole portal knows them."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin
from django.contrib.auth.models import Group
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from audit.admin_pages import AuditedAdmin
from healthportal.branding.admin import BrandAdmin as BrandAdmin
from healthportal.roles import ROLES
from kit.scopes import EVERYWHERE
from sellers.models import Seller, SellerNote, SellerViewing

from .support.admin import SellerFileAdmin, SellerNoteAdmin, SellerViewingAdmin

admin.site.unregister(Group)  # leaves nothing in the audit trail
admin.site.unregister(Seller)  # its page below is a part of the one here
admin.site.register(Seller, SellerFileAdmin)
admin.site.register(SellerNote, SellerNoteAdmin)
admin.site.register(SellerViewing, SellerViewingAdmin)


@admin.register(Group)
class RoleAdmin(AuditedAdmin, GroupAdmin):  # type: ignore[misc]  # both have formfield_for_manytomany, stubs differ
    """Roles. ``healthportal.roles`` writes its own again after each migration, so they are only looked at here."""

    scope_path = EVERYWHERE
    readonly_fields = ["kept"]

    def get_fields(self, request: HttpRequest, obj: Group | None = None) -> Any:
        return ["kept", "name", "permissions"] if obj and obj.name in ROLES else ["name", "permissions"]

    def has_change_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or obj.name not in ROLES)

    def has_delete_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return super().has_delete_permission(request, obj) and (obj is None or obj.name not in ROLES)

    @admin.display(description=_lazy("Read-only"))
    def kept(self, role: Group) -> str:
        return _(
            "This role comes with the portal: each migration writes it as healthportal/roles.py says, so "
            "an edit here would not last. Add a role of your own for what is missing; a person can have "
            "several."
        )
