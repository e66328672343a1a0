"""What happened at the doors: helpers' links, and what was scanned. Both are only read here."""

from __future__ import annotations

from django.contrib import admin

from audit.admin_pages import NewestFirstAdmin

from ..models import DoorLink, DoorScan


@admin.register(DoorLink)
class DoorLinkAdmin(NewestFirstAdmin):
    """Links for helpers, made and revoked on the page of the door."""

    view_on_site = False
    list_display = ["name", "workshop", "made_by", "made_at", "opened_at", "revoked_at"]
    list_select_related = ["workshop__city", "made_by"]


@admin.register(DoorScan)
class DoorScanAdmin(NewestFirstAdmin):
    """Who was scanned when, at which door, and when that was heard of."""

    view_on_site = False
    list_display = ["signup", "outcome", "scanned_at", "received_at", "person", "link"]
    list_filter = ["outcome"]
    list_select_related = ["signup__seller", "signup__workshop__city", "person", "link"]
