"""What happened to a violation and to an appeal: the titles of timelines."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ..models import Appeal, EnforcementAction, PointsEntry


def entry_title(entry: PointsEntry) -> str:
    """``4 points assessed``."""
    count = abs(entry.points)
    said = {
        PointsEntry.Kind.ASSESSMENT: ngettext("%(count)s point assessed", "%(count)s points assessed", count),
        PointsEntry.Kind.CREDIT: ngettext("%(count)s point credited", "%(count)s points credited", count),
        PointsEntry.Kind.REVERSAL: ngettext("%(count)s point reversed", "%(count)s points reversed", count),
    }
    return said[PointsEntry.Kind(entry.kind)] % {"count": f"{count:,}"}


def announced(action: EnforcementAction) -> str:
    return _("%(action)s announced") % {"action": action.get_kind_display()}


def reached(action: EnforcementAction) -> str:
    count = action.milestone_points
    said = ngettext("Your total reached %(count)s point.", "Your total reached %(count)s points.", count)
    return said % {"count": f"{count:,}"}


def started(action: EnforcementAction) -> str:
    return _("%(action)s started") % {"action": action.get_kind_display()}


def lifted(action: EnforcementAction) -> str:
    return _("%(action)s lifted") % {"action": action.get_kind_display()}


def ended(action: EnforcementAction) -> str:
    return _("%(action)s ended") % {"action": action.get_kind_display()}


def decided(appeal: Appeal) -> str:
    """``Appeal denied``."""
    return _("Appeal %(state)s") % {"state": appeal.get_state_display().lower()}


def nothing_left_to_decide() -> str:
    return _("The violation was voided, so there is nothing left to decide.")
