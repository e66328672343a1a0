"""What a pass removes is raised by two people: one proposes it, another approves."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from kit.scopes import EVERYWHERE
from kit.texts.limits import REASON, no_longer

from .banks import Quiz


class PassPointsProposal(models.Model):
    """A proposal that a pass of a quiz removes more points. At most one of a quiz waits."""

    quiz = models.ForeignKey(Quiz, on_delete=models.PROTECT, related_name="pass_points_proposals", db_index=False)
    points = models.PositiveSmallIntegerField(help_text=_lazy("Points that a pass is to remove."))
    reason = models.TextField(max_length=REASON)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(default=timezone.now)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    approved = models.BooleanField(null=True, blank=True)

    scope_path = EVERYWHERE

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["quiz", "-id"], name="pass_points_of_quiz")]
        constraints = [
            no_longer("reason", REASON, name="pass_points_reason_fits"),
            models.UniqueConstraint(fields=["quiz"], condition=Q(decided_at=None), name="pass_points_one_waits"),
            models.CheckConstraint(
                name="pass_points_decision_is_whole",
                condition=Q(decided_by=None, decided_at=None, approved=None)
                | Q(decided_by__isnull=False, decided_at__isnull=False, approved__isnull=False),
            ),
            models.CheckConstraint(
                name="pass_points_approved_by_another", condition=Q(decided_by=None) | ~Q(decided_by=F("proposed_by"))
            ),
        ]

    def __str__(self) -> str:
        return _("%(points)s for a pass of %(quiz)s") % {"points": self.points, "quiz": self.quiz}
