"""What sellers were reminded of."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _lazy

from inbox.models import Message
from sellers.models import Seller


class QuizReminder(models.Model):
    """A seller was told, so many days before, that windows close: once for all of them."""

    seller = models.ForeignKey(Seller, on_delete=models.PROTECT, related_name="quiz_reminders", db_index=False)
    closes_at = models.DateTimeField(help_text=_lazy("The first moment after the windows."))
    days = models.PositiveSmallIntegerField(help_text=_lazy("How many days before: 7 or 1."))
    message = models.OneToOneField(Message, on_delete=models.PROTECT, related_name="+")

    scope_path = "seller__market"

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["seller", "closes_at", "days"], name="quiz_reminder_once"),
            models.CheckConstraint(name="quiz_reminder_days_offered", condition=Q(days__in=[1, 7])),
        ]

    def __str__(self) -> str:
        return f"{self.seller}, {self.closes_at:%Y-%m-%d}, {self.days}"
