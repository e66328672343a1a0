"""What one person may do alone in a market: raised by two people, lowered by one."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from kit.second_person import Proposal, two_people
from kit.texts.limits import REASON, no_longer
from kit.texts.validators import is_visible

from .markets import Market


class ControlsProposal(Proposal):
    """A proposal that one person may do more alone in a market with sellers. At most one of a market waits.

    It holds both numbers as they are to be. The database refuses to raise one that no proposal approved.
    """

    approved_with = "sellers.add_controlsproposal"

    market = models.ForeignKey(Market, on_delete=models.PROTECT, related_name="controls_proposals")
    upload_second_person_above = models.PositiveIntegerField(
        _lazy("uploads: second person above"), null=True, blank=True
    )
    reversal_second_person_above = models.PositiveIntegerField(
        _lazy("mass reversals: second person above"), null=True, blank=True
    )
    reason = models.TextField(max_length=REASON, help_text=_lazy("Staff read it."))

    scope_path = "market"

    class Meta:
        ordering = ["-id"]
        verbose_name = _lazy("proposal of what one person may do")
        verbose_name_plural = _lazy("proposals of what one person may do")
        constraints = [
            models.UniqueConstraint(fields=["market"], condition=Q(decided_at=None), name="controls_one_waits"),
            models.CheckConstraint(name="controls_say_why", condition=is_visible("reason")),
            no_longer("reason", REASON, name="controls_reason_fits"),
            *two_people("controls"),
        ]

    def __str__(self) -> str:
        return _("What one person may do in %(market)s") % {"market": self.market}
