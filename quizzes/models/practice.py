"""What people practise, each for themselves."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _lazy

from .banks import Question


class PracticeCard(models.Model):
    """How well a person knows a question, and when to ask it again. It is in no report, and nobody else sees it."""

    class State(models.IntegerChoices):
        """As the scheduler counts them."""

        LEARNING = 1, _lazy("Learning")
        REVIEW = 2, _lazy("Review")
        RELEARNING = 3, _lazy("Relearning")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="practice_cards", db_index=False
    )
    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="+")
    state = models.PositiveSmallIntegerField(choices=State)
    step = models.PositiveSmallIntegerField(null=True, blank=True)
    stability = models.FloatField()
    difficulty = models.FloatField()
    due_at = models.DateTimeField()
    practised_at = models.DateTimeField()

    class Meta:
        ordering = ["user", "due_at"]
        constraints = [
            models.UniqueConstraint(fields=["user", "question"], name="practice_card_once"),
            models.CheckConstraint(name="practice_card_state_known", condition=Q(state__in=[1, 2, 3])),
        ]

    def __str__(self) -> str:
        return f"{self.user}, {self.question_id}"
