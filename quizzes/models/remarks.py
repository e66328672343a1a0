"""What sellers say is wrong with a question that they were asked."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from kit.texts.limits import REASON, no_longer

from .attempts import AttemptQuestion


class RemarkQuerySet(models.QuerySet["Remark"]):
    def waiting(self) -> RemarkQuerySet:
        """Those that nobody answered, the first sent first."""
        return self.filter(answered_at=None).order_by("id")


class Remark(models.Model):
    """A seller's remark that something is wrong with a question, as it was drawn, and what an editor answered."""

    class Follows(models.TextChoices):
        """What follows from an answer; the seller is told."""

        STAYS = "stays", _lazy("Question and results stay as they are")
        CORRECTED = "corrected", _lazy("The question is corrected; results stay as they are")
        REGRADED = "regraded", _lazy("The attempts with this question are graded again")

    asked = models.OneToOneField(AttemptQuestion, on_delete=models.PROTECT, related_name="remark")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    text = models.TextField(max_length=REASON)
    sent_at = models.DateTimeField(default=timezone.now)
    answer = models.TextField(max_length=REASON, blank=True, help_text=_lazy("What the seller reads."))
    follows = models.CharField(max_length=9, choices=Follows, blank=True, help_text=_lazy("What follows from it."))
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = RemarkQuerySet.as_manager()

    scope_path = "asked__attempt__seller__market"

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["id"], condition=Q(answered_at=None), name="remark_waits")]
        constraints = [
            no_longer("text", REASON, name="remark_text_fits"),
            no_longer("answer", REASON, name="remark_answer_fits"),
            models.CheckConstraint(
                name="remark_answer_is_whole",
                condition=Q(answered_at=None, answered_by=None, answer="", follows="")
                | Q(answered_at__isnull=False, answered_by__isnull=False) & ~Q(answer="") & ~Q(follows=""),
            ),
        ]

    def __str__(self) -> str:
        return _("Remark on “%(question)s”") % {"question": self.asked.text[:80]}
