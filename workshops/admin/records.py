"""What staff only read: seats, reminders, helpers' links, and what was scanned at the doors."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _lazy

from audit.admin_pages import NewestFirstAdmin

from ..models import DoorLink, DoorScan, Seat, WorkshopReminder


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


@admin.register(WorkshopReminder)
class WorkshopReminderAdmin(NewestFirstAdmin):
    """Which sellers were told of a workshop, on which occasion."""

    view_on_site = False
    list_display = ["seller", "workshop", "occasion", "starts_at"]
    list_filter = ["occasion"]
    list_select_related = ["seller", "workshop__city"]
    search_fields = ["seller__name", "=seller__external_id", "workshop__title"]
    search_help_text = _lazy("The seller's name or id, or the workshop's title")


@admin.register(Seat)
class SeatAdmin(NewestFirstAdmin):
    """The seats of workshops, which come and go with the capacity."""

    view_on_site = False
    list_display = ["id", "workshop", "state"]
    list_filter = ["state"]
    list_select_related = ["workshop__city"]
