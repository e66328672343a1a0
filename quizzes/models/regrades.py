"""Attempts graded again, because the wrong choices of a question were marked as right."""

from __future__ import annotations

from datetime import timedelta

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from kit.jobs.models import Job, minutes
from kit.scopes import EVERYWHERE
from kit.second_person import Proposal, two_people
from kit.texts.limits import EXPLANATION, REASON, no_longer
from kit.texts.validators import is_visible

from .attempts import Attempt
from .banks import Question


class RegradeQuerySet(models.QuerySet["Regrade"]):
    def waiting(self) -> RegradeQuerySet:
        """Those that somebody else is to decide on."""
        return self.filter(decided_at=None)

    def approved(self) -> RegradeQuerySet:
        return self.filter(approved=True)

    def running(self) -> RegradeQuerySet:
        return self.filter(due_at__isnull=False)


class Regrade(Job, Proposal):
    """A question's right choices as they should have been: proposed by one person, approved by another.

    Approved, answers that are right by it count as right. So do those that are right as drawn: nobody loses a pass.
    Attempts submitted before are graded again in the order in which they drew the question, up to ``last_asked_id``.
    Once approved only its progress is written.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _lazy("Waits for a second person")
        DECLINED = "declined", _lazy("Declined")
        RUNNING = "running", _lazy("Running")
        STOPPED = "stopped", _lazy("Stopped: it failed too often")
        DONE = "done", _lazy("Done")

    lease = timedelta(minutes=1)
    waits = minutes(1, 1, 5, 15)
    retried_with = approved_with = "quizzes.change_quiz"

    question = models.ForeignKey(Question, on_delete=models.PROTECT, related_name="regrades", db_index=False)
    right_ids = ArrayField(models.BigIntegerField(), help_text=_lazy("Those of its choices that are right."))
    explanation = models.TextField(
        max_length=EXPLANATION, help_text=_lazy("Shown instead of the question's own, in Markdown.")
    )
    reason = models.TextField(max_length=REASON, help_text=_lazy("The sellers read it."))
    last_asked_id = models.BigIntegerField(
        default=0, editable=False, help_text=_lazy("Questions drawn up to this one are done.")
    )
    improved = models.PositiveIntegerField(default=0, help_text=_lazy("Attempts that have one more right answer."))
    passes = models.PositiveIntegerField(default=0, help_text=_lazy("Attempts that are passed by it."))
    credited = models.PositiveIntegerField(default=0, help_text=_lazy("Of these, those that took points off."))
    points = models.PositiveIntegerField(default=0, help_text=_lazy("The points taken off."))
    given_back = models.PositiveIntegerField(default=0, help_text=_lazy("Of these, those that were given back."))
    done_at = models.DateTimeField(null=True, blank=True)

    objects = RegradeQuerySet.as_manager()

    scope_path = EVERYWHERE

    class Meta(Job.Meta):
        ordering = ["-id"]
        indexes = [*Job.Meta.indexes, models.Index(fields=["question", "-id"], name="regrade_of_question")]
        constraints = [
            *Job.Meta.constraints,
            no_longer("reason", REASON, name="regrade_reason_fits"),
            no_longer("explanation", EXPLANATION, name="regrade_explanation_fits"),
            models.CheckConstraint(name="regrade_says_why", condition=is_visible("reason") & is_visible("explanation")),
            models.CheckConstraint(name="regrade_marks_something_right", condition=Q(right_ids__len__gte=1)),
            models.UniqueConstraint(fields=["question"], condition=Q(decided_at=None), name="regrade_one_waits"),
            *two_people("regrade"),
            models.CheckConstraint(
                name="regrade_runs_once_approved",
                condition=Q(due_at=None, done_at=None) | Q(approved__isnull=False, approved=True),
            ),
            models.CheckConstraint(name="regrade_done_is_not_due", condition=Q(due_at=None) | Q(done_at=None)),
        ]

    def __str__(self) -> str:
        return _("Regrade of “%(question)s”") % {"question": self.question}

    @property
    def state(self) -> State:
        """Where it stands, from its moments."""
        if self.approved is None:
            return self.State.WAITING
        if not self.approved:
            return self.State.DECLINED
        if self.done_at is not None:
            return self.State.DONE
        return self.State.STOPPED if self.given_up_at is not None else self.State.RUNNING


class RegradedAttempt(models.Model):
    """That an attempt got one more right answer by a regrade, and what followed. It stays as it was written.

    The database changes a graded attempt only with one of these: upwards, and once for each.
    """

    class Outcome(models.TextChoices):
        CREDITED = "credited", _lazy("Passed: points taken off")
        GIVEN_BACK = "back", _lazy("Passed: attempt given back")
        SHORTENED = "shorter", _lazy("Passed: action shortened")
        ACTION_OVER = "over", _lazy("Passed: the action was over")
        NOT_PASSED = "failed", _lazy("One more right answer, not passed")

    regrade = models.ForeignKey(Regrade, on_delete=models.PROTECT, related_name="regraded", db_index=False)
    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, related_name="regraded")
    right_before = models.PositiveSmallIntegerField(help_text=_lazy("Right answers before it."))
    outcome = models.CharField(max_length=8, choices=Outcome)
    graded_at = models.DateTimeField(default=timezone.now)

    scope_path = "attempt__seller__market"

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["regrade", "attempt"], name="regraded_attempt_once"),
            models.UniqueConstraint(fields=["attempt", "right_before"], name="regraded_attempt_goes_up"),
        ]

    def __str__(self) -> str:
        return f"{self.attempt}: {self.get_outcome_display()}"
