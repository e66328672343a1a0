"""Attempts of sellers, each with its questions as they were drawn."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from kit.texts.limits import CHOICE
from policies.models import ArticleSection
from sellers.models import Seller
from violations.models import EnforcementAction, PointsEntry, Violation

from .. import rules
from .banks import Question, Quiz

if TYPE_CHECKING:
    from .regrades import Regrade


class AttemptQuerySet(models.QuerySet["Attempt"]):
    def open(self, *, as_of: datetime) -> AttemptQuerySet:
        """Those that can be answered and submitted at a moment."""
        return self.filter(submitted_at=None, ends_at__gt=as_of)


class Attempt(models.Model):
    """One try at a quiz by a seller. It counts towards the month in which it was started (local).

    An attempt with an ``action`` is at a milestone quiz: about several policies, once for each action, outside the
    limits of the month. Its ``quiz`` is the one of the policy whose violation led to the action.

    The database holds the limits: ordinals are unique, and none is above its limit when it is given. It refuses to
    change an attempt or its answers once it is submitted. An attempt that is left until ``ends_at`` is not passed
    (``state``).
    """

    class State(models.TextChoices):
        """What became of it by a moment."""

        OPEN = "open", _lazy("In progress")
        PASSED = "passed", _lazy("Passed")
        FAILED = "failed", _lazy("Not passed")
        TIMED_OUT = "timed_out", _lazy("Not passed: its time ran out")

    class Unrewarded(models.TextChoices):
        """Why a pass removed no point."""

        LIMIT = "limit", _lazy("The rewarded passes of the month were used up")
        NOTHING_LEFT = "nothing", _lazy("No violation of this policy had points left")
        ACTION_OVER = "over", _lazy("The action was over")

    quiz = models.ForeignKey(Quiz, on_delete=models.PROTECT, related_name="attempts")
    action = models.OneToOneField(
        EnforcementAction, on_delete=models.PROTECT, null=True, blank=True, related_name="attempt",
        help_text=_lazy("Of a milestone quiz: the enforcement action that a pass shortens."),
    )  # fmt: skip
    seller = models.ForeignKey(Seller, on_delete=models.PROTECT, related_name="attempts", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="attempts")
    share = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text=_lazy("Percent of the action's time to come that a pass takes off.")
    )
    violation = models.ForeignKey(
        Violation, on_delete=models.PROTECT, null=True, blank=True, related_name="attempts",
        help_text=_lazy("The violation the seller picked to remove a point from."),
    )  # fmt: skip
    month = models.DateField(help_text=_lazy("First day of the local month in which it was started."))
    ordinal = models.PositiveSmallIntegerField(help_text=_lazy("1 for the first attempt of the month."))
    started_at = models.DateTimeField(default=timezone.now)
    ends_at = models.DateTimeField(help_text=_lazy("The first moment at which it can no longer be submitted."))
    submitted_at = models.DateTimeField(
        null=True, blank=True, help_text=_lazy("The end of its time if nobody submitted it by then.")
    )
    right_answers = models.PositiveSmallIntegerField(null=True, blank=True)
    passed = models.BooleanField(null=True, blank=True)
    credit = models.OneToOneField(
        PointsEntry, on_delete=models.PROTECT, null=True, blank=True, related_name="attempt",
        help_text=_lazy("The ledger entry that removed the point."),
    )  # fmt: skip
    reward_month = models.DateField(
        null=True, blank=True, help_text=_lazy("First day of the local month of the reward.")
    )
    reward_ordinal = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text=_lazy("1 for the first of the month.")
    )
    given_back_in = models.DateField(
        null=True, blank=True,
        help_text=_lazy("First day of the local month in which a regrade gave the attempt back, to be made once more."),
    )  # fmt: skip
    unrewarded = models.CharField(
        max_length=8, choices=Unrewarded, blank=True, help_text=_lazy("Why a pass removed no point.")
    )

    objects = AttemptQuerySet.as_manager()

    scope_path = "seller__market"

    class Meta:
        ordering = ["-started_at", "-id"]
        indexes = [models.Index(fields=["passed", "-id"], name="attempt_passed")]
        constraints = [
            models.UniqueConstraint(
                fields=["seller", "quiz", "month", "ordinal"],
                condition=Q(action=None),
                name="attempt_ordinal_unique_in_month",
            ),
            models.UniqueConstraint(
                fields=["seller", "reward_month", "reward_ordinal"], name="attempt_reward_unique_in_month"
            ),
            models.UniqueConstraint(
                fields=["seller", "quiz"],
                condition=Q(submitted_at=None, action=None),
                name="attempt_one_open_per_quiz",
            ),
            models.CheckConstraint(
                name="attempt_of_an_action_takes_no_points_off",
                condition=Q(action=None, share=None)
                | Q(action__isnull=False, share__isnull=False, violation=None, credit=None, ordinal=1),
            ),
            models.CheckConstraint(name="attempt_ordinal_positive", condition=Q(ordinal__gte=1)),
            models.CheckConstraint(name="attempt_ends_after_it_starts", condition=Q(ends_at__gt=F("started_at"))),
            models.CheckConstraint(
                name="attempt_submitted_in_time",
                condition=Q(submitted_at=None)
                | Q(submitted_at__lt=F("ends_at"))
                | Q(submitted_at=F("ends_at"), passed__isnull=False, passed=False),
            ),
            models.CheckConstraint(
                name="attempt_submitted_is_graded",
                condition=Q(submitted_at=None, passed=None, right_answers=None, credit=None)
                | Q(
                    submitted_at__isnull=False,
                    submitted_at__gte=F("started_at"),
                    passed__isnull=False,
                    right_answers__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="attempt_reward_is_whole",
                condition=Q(credit=None, reward_month=None, reward_ordinal=None)
                | Q(
                    credit__isnull=False,
                    passed__isnull=False,
                    passed=True,
                    reward_month__isnull=False,
                    reward_ordinal__isnull=False,
                    reward_ordinal__gte=1,
                ),
            ),
            models.CheckConstraint(
                name="attempt_given_back_was_passed_without_credit",
                condition=Q(given_back_in=None) | Q(passed__isnull=False, passed=True, credit=None, action=None),
            ),
            models.CheckConstraint(
                name="attempt_pass_is_rewarded_or_says_why",
                condition=Q(passed__isnull=False, passed=True, credit=None, unrewarded__in=["limit", "nothing", "over"])
                | (
                    (Q(passed=None) | Q(passed=False) | Q(credit__isnull=False) | Q(action__isnull=False))
                    & Q(unrewarded="")
                ),
            ),
        ]

    def __str__(self) -> str:
        return _("Attempt %(number)s of %(seller)s") % {"number": self.ordinal, "seller": self.seller}

    def get_absolute_url(self) -> str:
        return reverse("quizzes:attempt", kwargs={"seller_id": self.seller_id, "attempt_id": self.pk})

    def is_open(self, *, as_of: datetime) -> bool:
        """Whether it can be answered and submitted: nobody did, and its time is not over."""
        return self.submitted_at is None and as_of < self.ends_at

    def state(self, *, as_of: datetime) -> State:
        """What became of it; the time of one that nobody submitted is over without anybody noting it."""
        if self.is_open(as_of=as_of):
            return self.State.OPEN
        if self.passed:
            return self.State.PASSED
        is_late = self.submitted_at is None or self.submitted_at == self.ends_at
        return self.State.TIMED_OUT if is_late else self.State.FAILED

    @property
    def start_path(self) -> str:
        """The page that says what is at stake."""
        if self.action_id is None:
            return reverse("quizzes:detail", kwargs={"seller_id": self.seller_id, "policy": self.quiz.policy.code})
        return reverse("quizzes:milestone", kwargs={"seller_id": self.seller_id, "action_id": self.action_id})

    @property
    def title(self) -> str:
        """What it is about: a policy, or an enforcement action."""
        if self.action is None:
            return self.quiz.policy.name
        return _("Milestone quiz: %(action)s") % {"action": self.action.get_kind_display()}

    @property
    def gain(self) -> int:
        """The points that it removed."""
        return -self.credit.points if self.credit else 0


class AttemptQuestionQuerySet(models.QuerySet["AttemptQuestion"]):
    def right(self) -> AttemptQuestionQuerySet:
        """Those answered with every right choice and no other."""
        return self.filter(chosen__contains=F("right_ids"), chosen__contained_by=F("right_ids"))

    def unanswered(self) -> AttemptQuestionQuerySet:
        return self.filter(answered_at=None)

    def of_ended(self, *, as_of: datetime) -> AttemptQuestionQuerySet:
        """Those of attempts that are over at a moment: submitted, or left until their time was over."""
        return self.filter(Q(attempt__submitted_at__isnull=False) | Q(attempt__ends_at__lte=as_of))


class AttemptQuestion(models.Model):
    """A question as it was drawn for an attempt, and the answer given so far.

    Its words and choices are those that the attempt shows and is graded by, whatever becomes of the bank. The database
    refuses to change them.
    """

    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, related_name="questions", db_index=False)
    question = models.ForeignKey(Question, on_delete=models.PROTECT, related_name="asked", db_index=False)
    position = models.PositiveSmallIntegerField(help_text=_lazy("1 for the first."))
    text = models.TextField()
    scene = models.TextField(blank=True)
    explanation = models.TextField(blank=True)
    pictures = models.JSONField(
        default=list, blank=True, help_text=_lazy("Its pictures: the id, what it shows, and the size of each.")
    )
    section = models.ForeignKey(
        ArticleSection, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", db_index=False,
        help_text=_lazy("The section of the article that answers it, while there is one."),
    )  # fmt: skip
    choice_ids = ArrayField(models.BigIntegerField(), help_text=_lazy("Its choices in the order in which they stand."))
    choice_texts = ArrayField(models.CharField(max_length=CHOICE), help_text=_lazy("What they say, in the same order."))
    right_ids = ArrayField(models.BigIntegerField(), help_text=_lazy("Those of the choices that are right."))
    chosen = ArrayField(models.BigIntegerField(), default=list, blank=True, help_text=_lazy("The choices made so far."))
    answered_at = models.DateTimeField(null=True, blank=True, help_text=_lazy("When it was first answered."))

    corrections: Sequence[Regrade] = ()
    """Approved regrades of its question, the last first; ``selectors.corrected`` puts them there."""

    objects = AttemptQuestionQuerySet.as_manager()

    class Meta:
        ordering = ["attempt", "position"]
        indexes = [models.Index(fields=["question", "-id"], name="attempt_question_latest")]
        constraints = [
            models.UniqueConstraint(fields=["attempt", "position"], name="attempt_question_position_unique"),
            models.UniqueConstraint(fields=["attempt", "question"], name="attempt_question_drawn_once"),
            models.CheckConstraint(
                name="attempt_question_choices_have_texts",
                condition=Q(choice_ids__len__gte=2, choice_texts__len=F("choice_ids__len")),
            ),
            models.CheckConstraint(
                name="attempt_question_right_is_shown",
                condition=Q(right_ids__len__gte=1, right_ids__contained_by=F("choice_ids")),
            ),
            models.CheckConstraint(
                name="attempt_question_chosen_is_shown", condition=Q(chosen__contained_by=F("choice_ids"))
            ),
            models.CheckConstraint(
                name="attempt_question_answer_is_dated",
                condition=Q(answered_at=None, chosen__len=0) | Q(answered_at__isnull=False, chosen__len__gte=1),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.position}. {self.text}"

    @property
    def choices(self) -> list[tuple[int, str]]:
        """Id and text of each choice, in the order in which it shows them."""
        return list(zip(self.choice_ids, self.choice_texts, strict=True))

    @property
    def places(self) -> list[tuple[int, str]]:
        """Place (from 1) and text of each choice. Pages send places: ids would tell which was written first."""
        return list(enumerate(self.choice_texts, start=1))

    @property
    def chosen_places(self) -> list[int]:
        return [place for place, pk in enumerate(self.choice_ids, start=1) if pk in self.chosen]

    def choices_at(self, places: Iterable[int]) -> list[int]:
        """The ids of the choices at some of its places."""
        return [self.choice_ids[place - 1] for place in places]

    @property
    def chosen_texts(self) -> list[str]:
        return [text for pk, text in self.choices if pk in self.chosen]

    @property
    def right_texts(self) -> list[str]:
        """As it was drawn, or as it was corrected last."""
        right = self.corrections[0].right_ids if self.corrections else self.right_ids
        return [text for pk, text in self.choices if pk in right]

    @property
    def explained(self) -> str:
        """The explanation as it was drawn, or as it was corrected last."""
        return self.corrections[0].explanation if self.corrections else self.explanation

    @property
    def several(self) -> bool:
        """Whether more than one choice is right, so that all of them are to be chosen."""
        return len(self.right_ids) > 1

    @property
    def is_right(self) -> bool:
        """As it was drawn, or by one of the corrections at hand: nobody loses a right answer."""
        keys = [self.right_ids, *(one.right_ids for one in self.corrections)]
        return any(rules.is_right(chosen=self.chosen, right=right) for right in keys)
