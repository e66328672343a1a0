"""Fair trials: whether inviting sellers to a quiz changes how often they breach its policy."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from inbox.models import Message
from kit.texts.limits import REASON, no_longer
from sellers.models import Market, Seller

from .banks import Quiz


class FairTrialQuerySet(models.QuerySet["FairTrial"]):
    def running(self) -> FairTrialQuerySet:
        return self.filter(stopped_at=None)


class FairTrial(models.Model):
    """While it runs, sellers of a market who could take a quiz are put into halves by chance; one half is invited.

    ``seed`` is drawn when it starts: nobody knows before who is invited, and anybody can compute it afterwards.
    """

    quiz = models.ForeignKey(Quiz, on_delete=models.PROTECT, related_name="trials", db_index=False)
    market = models.ForeignKey(Market, on_delete=models.PROTECT, related_name="quiz_trials", db_index=False)
    question = models.TextField(max_length=REASON, help_text=_lazy("What it is to find out, for staff."))
    seed = models.CharField(max_length=32, help_text=_lazy("Decides, with a seller's id, who is invited."))
    started_at = models.DateTimeField()
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    stopped_at = models.DateTimeField(null=True, blank=True, help_text=_lazy("No seller is taken in from then on."))
    stopped_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = FairTrialQuerySet.as_manager()

    scope_path = "market"

    class Meta:
        ordering = ["-id"]
        constraints = [
            no_longer("question", REASON, name="trial_question_fits"),
            models.UniqueConstraint(
                fields=["quiz", "market"], condition=Q(stopped_at=None), name="trial_one_runs_of_a_quiz"
            ),
            models.CheckConstraint(
                name="trial_stop_is_whole",
                condition=Q(stopped_at=None, stopped_by=None)
                | Q(stopped_at__isnull=False, stopped_by__isnull=False, stopped_at__gte=F("started_at")),
            ),
            models.CheckConstraint(name="trial_has_a_seed", condition=Q(seed__regex=r"^[0-9a-f]{32}$")),
        ]

    def __str__(self) -> str:
        return _("Trial of “%(quiz)s” in %(market)s") % {"quiz": self.quiz, "market": self.market}

    def is_running(self, *, as_of: datetime) -> bool:
        """Whether it takes in sellers at a moment."""
        return self.stopped_at is None or as_of < self.stopped_at


class TrialSeller(models.Model):
    """A seller in one half of a trial. It is stored before anybody is told, and stays as it is.

    ``handled_at`` is when an invited one was told, or was found to gain nothing any more (then without ``message``).
    """

    trial = models.ForeignKey(FairTrial, on_delete=models.PROTECT, related_name="sellers", db_index=False)
    seller = models.ForeignKey(Seller, on_delete=models.PROTECT, related_name="quiz_trials", db_index=False)
    invited = models.BooleanField()
    assigned_at = models.DateTimeField(help_text=_lazy("From then on the seller is followed for 90 days."))
    handled_at = models.DateTimeField(null=True, blank=True)
    message = models.OneToOneField(Message, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    scope_path = "trial__market"

    class Meta:
        ordering = ["trial", "id"]
        indexes = [
            models.Index(fields=["trial", "id"], condition=Q(invited=True, handled_at=None), name="trial_seller_waits")
        ]
        constraints = [
            models.UniqueConstraint(fields=["trial", "seller"], name="trial_seller_once"),
            models.CheckConstraint(
                name="trial_tells_only_the_invited",
                condition=Q(handled_at=None, message=None)
                | Q(invited=True, handled_at__isnull=False, handled_at__gte=F("assigned_at")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.trial_id}: {self.seller}"
