"""What hosts ask those who sign up, and what they answered."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from kit.texts.validators import validate_line, validate_text

from .signups import Signup
from .workshops import Workshop

MAX_ANSWER_LENGTH = 500
"""How many characters an answer in words may have."""


class SignupQuestion(models.Model):
    """Something a host asks everybody who signs up for a workshop."""

    class Kind(models.TextChoices):
        TEXT = "text", _lazy("In words")
        CHOICE = "choice", _lazy("One of these")
        MULTI = "multi", _lazy("Some of these")
        BOOL = "bool", _lazy("Yes or no")

    WITH_CHOICES: ClassVar = {Kind.CHOICE, Kind.MULTI}

    workshop = models.ForeignKey(Workshop, on_delete=models.CASCADE, related_name="questions")
    position = models.PositiveSmallIntegerField(default=1)
    text = models.CharField(max_length=200, validators=[validate_line, validate_text])
    kind = models.CharField(max_length=6, choices=Kind, default=Kind.TEXT)
    choices = ArrayField(
        models.CharField(max_length=120, validators=[validate_line, validate_text]),
        default=list,
        blank=True,
        help_text=_lazy("What there is to choose from, with commas between."),
    )
    required = models.BooleanField(default=False)
    sensitive = models.BooleanField(
        default=False, help_text=_lazy("Its answers are deleted 30 days after the end: diet, health, beliefs.")
    )

    class Meta:
        ordering = ["position", "id"]
        verbose_name = _lazy("question")
        constraints = [
            models.CheckConstraint(
                name="signup_question_has_choices_where_it_offers_them",
                condition=Q(kind__in=["choice", "multi"], choices__len__gte=2)
                | Q(kind__in=["text", "bool"], choices__len=0),
            ),
        ]

    def __str__(self) -> str:
        return self.text

    def clean(self) -> None:
        offers = self.kind in self.WITH_CHOICES
        if offers and len(self.choices) < 2:
            raise ValidationError({"choices": _("Name at least two, with a comma between.")})
        if self.choices and not offers:
            said = _("Only “One of these” and “Some of these” have choices. Take them out, or choose one of the two.")
            raise ValidationError({"choices": said})


class SignupAnswer(models.Model):
    """What somebody who signed up answered to one question: words, or each choice that was made."""

    signup = models.ForeignKey(Signup, on_delete=models.PROTECT, related_name="answers")
    question = models.ForeignKey(SignupQuestion, on_delete=models.PROTECT, related_name="answers")
    values = ArrayField(models.CharField(max_length=MAX_ANSWER_LENGTH))

    class Meta:
        ordering = ["question__position", "question_id"]
        verbose_name = _lazy("answer")
        constraints = [
            models.UniqueConstraint(fields=["signup", "question"], name="signup_answer_once"),
            models.CheckConstraint(name="signup_answer_says_something", condition=Q(values__len__gte=1)),
        ]

    def __str__(self) -> str:
        return ", ".join(self.values)
