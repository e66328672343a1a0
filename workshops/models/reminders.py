"""What sellers were told of their workshops in time."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _lazy

from inbox.models import Message
from sellers.models import Seller

from ..occasions import Occasion
from .workshops import Workshop


class WorkshopReminder(models.Model):
    """A seller was told of a workshop on an occasion: once, however many places it has there.

    ``starts_at`` is when the workshop was to begin then: one that is moved is another to be reminded of.
    """

    class On(models.TextChoices):
        WEEK = Occasion.WEEK.value, _lazy("A week before")
        DAY = Occasion.DAY.value, _lazy("A day before")
        FEEDBACK = Occasion.FEEDBACK.value, _lazy("After the end, to ask for feedback")

    workshop = models.ForeignKey(Workshop, on_delete=models.PROTECT, related_name="reminders", db_index=False)
    seller = models.ForeignKey(Seller, on_delete=models.PROTECT, related_name="workshop_reminders")
    occasion = models.CharField(max_length=8, choices=On)
    starts_at = models.DateTimeField()
    message = models.OneToOneField(Message, on_delete=models.PROTECT, related_name="+")

    scope_path = "workshop__market"

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["workshop", "seller", "occasion", "starts_at"], name="workshop_reminder_once"
            ),
            models.CheckConstraint(
                name="workshop_reminder_occasion_is_one", condition=Q(occasion__in=["week", "day", "feedback"])
            ),
        ]

    def __str__(self) -> str:
        return f"{self.seller}, {self.workshop}, {self.get_occasion_display()}"
