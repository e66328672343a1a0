"""Reminders, to look at."""

from __future__ import annotations

from django.contrib import admin

from audit.admin_pages import NewestFirstAdmin

from ..models import QuizReminder


@admin.register(QuizReminder)
class QuizReminderAdmin(NewestFirstAdmin):
    list_display = ["seller", "closes_at", "days", "message"]
    list_filter = ["days"]
    list_select_related = ["seller", "message"]
    search_fields = ["=seller__external_id"]
