"""Records that the admin shows and nobody changes there."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from .scopes import RowsMixin


class ReadOnlyInline(RowsMixin, admin.TabularInline[Any, Any]):
    """Rows that belong to a record, to look at."""

    extra = 0
    can_delete = False
    show_change_link = True

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fields

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
