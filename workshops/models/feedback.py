"""What people who were there say of a workshop: apart from who they are."""

from __future__ import annotations

from uuid import uuid4

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _lazy

from kit.texts.limits import no_longer
from kit.texts.validators import validate_line, validate_text
from sellers.models import Seller

from .workshops import Workshop

MAX_ANSWER_LENGTH = 2_000
"""How many characters an answer in words may have."""

MAX_RATING = 5
"""Ratings go from 1 to this."""


class FeedbackQuestion(models.Model):
    """Something a host asks after a workshop, beside how it was."""

    class Kind(models.TextChoices):
        RATING = "rating", _lazy("From 1 to 5")
        TEXT = "text", _lazy("In words")

    workshop = models.ForeignKey(Workshop, on_delete=models.CASCADE, related_name="feedback_questions")
    position = models.PositiveSmallIntegerField(default=1)
    text = models.CharField(max_length=200, validators=[validate_line, validate_text])
    kind = models.CharField(max_length=6, choices=Kind, default=Kind.TEXT)

    class Meta:
        ordering = ["position", "id"]
        verbose_name = _lazy("question after the end")
        verbose_name_plural = _lazy("questions after the end")

    def __str__(self) -> str:
        return self.text


class Feedback(models.Model):
    """What one seller said of a workshop. It names neither the seller nor the moment, and its id is drawn by lot."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    workshop = models.ForeignKey(Workshop, on_delete=models.PROTECT, related_name="feedback")
    rating = models.PositiveSmallIntegerField(validators=[MinValueValidator(1), MaxValueValidator(MAX_RATING)])
    text = models.TextField(max_length=MAX_ANSWER_LENGTH, blank=True, validators=[validate_text])

    class Meta:
        ordering = ["id"]
        verbose_name_plural = _lazy("feedback")
        constraints = [
            models.CheckConstraint(name="feedback_rating_range", condition=Q(rating__gte=1, rating__lte=MAX_RATING)),
            no_longer("text", MAX_ANSWER_LENGTH, name="feedback_text_fits"),
        ]

    def __str__(self) -> str:
        return f"{self.workshop}: {self.rating}"


class FeedbackAnswer(models.Model):
    """What was answered to one question of the host."""

    feedback = models.ForeignKey(Feedback, on_delete=models.CASCADE, related_name="answers", db_index=False)
    question = models.ForeignKey(FeedbackQuestion, on_delete=models.PROTECT, related_name="answers")
    rating = models.PositiveSmallIntegerField(null=True, blank=True)
    text = models.TextField(max_length=MAX_ANSWER_LENGTH, blank=True, validators=[validate_text])

    class Meta:
        ordering = ["question__position", "question_id"]
        constraints = [
            models.UniqueConstraint(fields=["feedback", "question"], name="feedback_answer_once"),
            models.CheckConstraint(
                name="feedback_answer_is_a_rating_or_words",
                condition=Q(text="", rating__gte=1, rating__lte=MAX_RATING) | (~Q(text="") & Q(rating=None)),
            ),
            no_longer("text", MAX_ANSWER_LENGTH, name="feedback_answer_text_fits"),
        ]

    def __str__(self) -> str:
        return self.text or str(self.rating)


class FeedbackGiven(models.Model):
    """A seller has said what it thought of a workshop: it is asked once. What it said is not known from here."""

    workshop = models.ForeignKey(Workshop, on_delete=models.PROTECT, related_name="feedback_given", db_index=False)
    seller = models.ForeignKey(Seller, on_delete=models.PROTECT, related_name="feedback_given")

    class Meta:
        ordering = ["workshop", "seller"]
        verbose_name = _lazy("that feedback was given")
        verbose_name_plural = _lazy("that feedback was given")
        constraints = [models.UniqueConstraint(fields=["workshop", "seller"], name="feedback_given_once")]

    def __str__(self) -> str:
        return f"{self.seller}, {self.workshop}"
