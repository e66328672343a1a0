"""What a pass removes is raised by two people: one proposes it, another approves."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from kit.scopes import EVERYWHERE
from kit.second_person import Proposal, two_people
from kit.texts.limits import REASON, no_longer

from .banks import Quiz


class PassPointsProposal(Proposal):
    """A proposal that a pass of a quiz removes more points. At most one of a quiz waits."""

    approved_with = "quizzes.change_quiz"

    quiz = models.ForeignKey(Quiz, on_delete=models.PROTECT, related_name="pass_points_proposals", db_index=False)
    points = models.PositiveSmallIntegerField(help_text=_lazy("Points that a pass is to remove."))
    reason = models.TextField(max_length=REASON)

    scope_path = EVERYWHERE

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["quiz", "-id"], name="pass_points_of_quiz")]
        constraints = [
            no_longer("reason", REASON, name="pass_points_reason_fits"),
            models.UniqueConstraint(fields=["quiz"], condition=Q(decided_at=None), name="pass_points_one_waits"),
            *two_people("pass_points"),
        ]

    def __str__(self) -> str:
        return _("%(points)s for a pass of %(quiz)s") % {"points": self.points, "quiz": self.quiz}
