"""A quiz, and its bank: questions with their choices, which a second person reviews before any seller is asked them."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from kit.scopes import EVERYWHERE
from kit.texts.limits import CHOICE, EXPLANATION, REASON, SCENE, no_longer
from policies.models import ArticleSection, Policy


class Quiz(models.Model):
    """The quiz of one policy. Staff publish it once its bank is usable; the numbers of its rules are its own.

    ``pass_points`` are raised by a ``PassPointsProposal`` that a second person approved; the database holds it.
    """

    policy = models.OneToOneField(Policy, on_delete=models.PROTECT, related_name="quiz")
    published_at = models.DateTimeField(null=True, blank=True, editable=False)
    questions_per_attempt = models.PositiveSmallIntegerField(default=3, validators=[MinValueValidator(1)])
    attempts_per_month = models.PositiveSmallIntegerField(
        default=3,
        validators=[MinValueValidator(1)],
        help_text=_lazy("Per seller and local calendar month, counted when started."),
    )
    pass_points = models.PositiveSmallIntegerField(
        default=1, validators=[MinValueValidator(1)], help_text=_lazy("Points that a pass removes from one violation.")
    )

    scope_path = EVERYWHERE

    class Meta:
        ordering = ["policy__name"]
        verbose_name_plural = _lazy("quizzes")
        constraints = [
            models.CheckConstraint(name="quiz_asks_something", condition=Q(questions_per_attempt__gte=1)),
            models.CheckConstraint(name="quiz_pass_points_positive", condition=Q(pass_points__gte=1)),
        ]

    def __str__(self) -> str:
        return _("Quiz: %(policy)s") % {"policy": self.policy}

    @property
    def told_apart_by(self) -> str:
        """What tells it from the quiz of another policy of that name."""
        return self.policy.code

    def is_published(self, *, as_of: datetime) -> bool:
        return self.published_at is not None and self.published_at <= as_of


class QuestionQuerySet(models.QuerySet["Question"]):
    def in_use(self) -> QuestionQuerySet:
        """Those that attempts draw from."""
        return self.filter(state=Question.State.PUBLISHED)

    def was_asked(self) -> QuestionQuerySet:
        """Those that sellers are asked, or were before they were retired."""
        return self.filter(state__in=[Question.State.PUBLISHED, Question.State.RETIRED])

    def waiting(self) -> QuestionQuerySet:
        """Those that somebody other than their author is to review, the first sent first."""
        return self.filter(state=Question.State.IN_REVIEW).order_by("id")


class Question(models.Model):
    """A multiple-choice question: one choice or several are right.

    A draft is written freely. What is in review, published or retired stays as it is: a published question is replaced
    by a new one that names it. The database holds this, and that nobody publishes what they wrote.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _lazy("Draft")
        IN_REVIEW = "review", _lazy("In review")
        PUBLISHED = "published", _lazy("Published")
        RETIRED = "retired", _lazy("Retired")

    quiz = models.ForeignKey(Quiz, on_delete=models.PROTECT, related_name="questions")
    section = models.ForeignKey(
        ArticleSection, on_delete=models.SET_NULL, null=True, blank=True, related_name="+",
        help_text=_lazy("The section of the article that answers it."),
    )  # fmt: skip
    scene = models.TextField(
        max_length=SCENE, blank=True,
        help_text=_lazy(
            "A LIVE or a video as text, in Markdown, if the question is about one: a line for each moment, with its "
            "time mark, such as “00:42 The host holds up the cream.”"
        ),
    )  # fmt: skip
    text = models.TextField(max_length=REASON, help_text=_lazy("What is asked, in Markdown."))
    explanation = models.TextField(
        max_length=EXPLANATION, help_text=_lazy("Shown after the attempt, in Markdown: why the right answer is right.")
    )
    state = models.CharField(max_length=9, choices=State, default=State.DRAFT, editable=False)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="+",
        help_text=_lazy("Who wrote it last; nobody if a command brought it in."),
    )  # fmt: skip
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )
    replaces = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="replacement",
        help_text=_lazy("The published question that is retired when this one is published."),
    )  # fmt: skip
    published_at = models.DateTimeField(null=True, blank=True, editable=False)
    retired_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text=_lazy("No longer drawn for new attempts.")
    )

    objects = QuestionQuerySet.as_manager()

    scope_path = EVERYWHERE

    class Meta:
        ordering = ["quiz", "id"]
        constraints = [
            no_longer("text", REASON, name="question_text_fits"),
            no_longer("scene", SCENE, name="question_scene_fits"),
            no_longer("explanation", EXPLANATION, name="question_explanation_fits"),
            models.UniqueConstraint(fields=["id", "quiz"], name="question_id_quiz_key"),
            models.CheckConstraint(
                name="question_state_has_its_dates",
                condition=Q(state__in=["draft", "review"], published_at=None, retired_at=None, reviewed_by=None)
                | Q(state="published", published_at__isnull=False, retired_at=None)
                | Q(state="retired", published_at__isnull=False, retired_at__gte=F("published_at")),
            ),
            models.CheckConstraint(
                name="question_reviewed_by_somebody_else",
                condition=Q(author=None)
                | Q(state__in=["draft", "review"])
                | Q(author__isnull=False, reviewed_by__isnull=False) & ~Q(reviewed_by=F("author")),
            ),
        ]

    def __str__(self) -> str:
        return Truncator(self.text).chars(200)

    @property
    def is_written(self) -> bool:
        """Whether it stays as it is: it is no draft any more."""
        return self.state != self.State.DRAFT


class Choice(models.Model):
    """An answer to choose; one or several of a question are right.

    The database refuses two choices of a question that read the same (``rules.folded``).
    """

    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="choices")
    text = models.CharField(max_length=CHOICE)
    is_right = models.BooleanField(default=False)

    scope_path = EVERYWHERE

    class Meta:
        ordering = ["question", "id"]

    def __str__(self) -> str:
        return self.text
