"""How staff are told by email what waits for them."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _lazy


class StaffEmails(models.Model):
    """The emails that a member of staff wants; who wants none has no row.

    ``next_daily_at`` is when the next daily one is due. ``told`` holds when each urgent need was told last, by its
    name: what still waits is told at once again a day later, not every few minutes.
    """

    class Choice(models.TextChoices):
        DAILY = "daily", _lazy("Each morning, what waits")
        AT_ONCE = "at_once", _lazy("Each morning, and at once what needs me now")

    person = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="staff_emails")
    choice = models.CharField(max_length=8, choices=Choice)
    next_daily_at = models.DateTimeField()
    told = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="staff_emails_choice_known", condition=models.Q(choice__in=["daily", "at_once"])
            )
        ]

    def __str__(self) -> str:
        return f"{self.person}: {self.get_choice_display()}"
