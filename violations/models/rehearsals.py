"""Rehearsals of rules, and what they found."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from kit.jobs.models import Job
from kit.texts.validators import is_visible
from sellers.models import Market

WEEKS = 26
"""How many weeks back a rehearsal replays."""

MAX_SHADOW_WEEKS = 26


class Rehearsal(Job):
    """Other rules of a market, replayed over the weeks before ``as_of``: who would have been restricted, who not.

    ``numbers`` and ``milestones`` are as in a change of rules; ``points`` are the points of policies (by id) if a
    draft, or somebody's idea, were in force. Nothing is written but the ``result``, and the same question has the same
    answer later: ``as_of`` is a local midnight, and the ledger is only added to. A rehearsal with ``shadow_weeks`` is
    replayed again at the end of each of so many weeks.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _lazy("being replayed")
        SHADOW = "shadow", _lazy("in shadow")
        DONE = "done", _lazy("done")
        FAILED = "failed", _lazy("failed")

    lease = timedelta(minutes=10)
    retried_with = "violations.add_rehearsal"

    market = models.ForeignKey(Market, on_delete=models.PROTECT, related_name="rehearsals")
    question = models.CharField(max_length=200, help_text=_lazy("What you want to know, for whoever reads it later."))
    numbers = models.JSONField(default=dict, blank=True)
    milestones = models.JSONField(null=True, blank=True)
    points = models.JSONField(default=dict, blank=True)
    as_of = models.DateTimeField(help_text=_lazy("Replayed up to here: the start of the day on which it was asked."))
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    shadow_weeks = models.PositiveSmallIntegerField(
        default=0,
        validators=[MaxValueValidator(MAX_SHADOW_WEEKS)],
        help_text=_lazy("For how many weeks from now on it is replayed beside what really happens; 0: not."),
    )
    result = models.JSONField(null=True, blank=True, editable=False)
    answered_at = models.DateTimeField(null=True, blank=True)
    stopped_at = models.DateTimeField(null=True, blank=True)

    scope_path = "market"

    class Meta(Job.Meta):
        ordering = ["-asked_at", "-id"]
        constraints = [
            *Job.Meta.constraints,
            models.CheckConstraint(name="rehearsal_asks_something", condition=is_visible("question")),
            models.CheckConstraint(name="rehearsal_of_the_past", condition=Q(as_of__lte=F("asked_at"))),
            models.CheckConstraint(name="rehearsal_shadow_is_bounded", condition=Q(shadow_weeks__lte=MAX_SHADOW_WEEKS)),
            models.CheckConstraint(
                name="rehearsal_answer_has_time",
                condition=Q(result=None, answered_at=None) | Q(result__isnull=False, answered_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.question

    @property
    def since(self) -> datetime:
        return self.as_of - timedelta(weeks=WEEKS)

    @property
    def state(self) -> State:
        if self.given_up_at:
            return self.State.FAILED
        if self.result is None:
            return self.State.WAITING
        return self.State.SHADOW if self.due_at else self.State.DONE


class ShadowWeek(models.Model):
    """A week of a rehearsal in shadow: how many actions there were, and how many there would have been."""

    rehearsal = models.ForeignKey(Rehearsal, on_delete=models.CASCADE, related_name="weeks", db_index=False)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    imposed = models.PositiveIntegerField(help_text=_lazy("Actions that were announced in the week."))
    today = models.PositiveIntegerField(help_text=_lazy("Actions if replayed by the rules of today."))
    proposed = models.PositiveIntegerField(help_text=_lazy("Actions if replayed by the rules of the rehearsal."))
    newly = models.PositiveIntegerField(
        help_text=_lazy("Sellers who would have been restricted in it by them, and not by those of today.")
    )
    freed = models.PositiveIntegerField(
        help_text=_lazy("Sellers who would have been restricted in it by those of today, and not by them.")
    )

    scope_path = "rehearsal__market"

    class Meta:
        ordering = ["starts_at"]
        constraints = [
            models.UniqueConstraint(fields=["rehearsal", "starts_at"], name="shadow_week_once"),
            models.CheckConstraint(name="shadow_week_has_days", condition=Q(ends_at__gt=F("starts_at"))),
        ]

    def __str__(self) -> str:
        return _("Week of %(day)s") % {"day": self.starts_at.date()}
