"""What staff read of what became of sellers after workshops."""

from __future__ import annotations

from django.utils.translation import gettext as _

from .outcomes import OutcomeGroup, Participation


def group_name(group: OutcomeGroup) -> str:
    with_points = {
        Participation.ATTENDED: _("Were there, with points for the topic"),
        Participation.ON_LIST: _("Waited and got no place, with points for the topic"),
        Participation.NEITHER: _("Did not sign up, with points for the topic"),
        Participation.MISSED: _("Had a place and did not come, with points for the topic"),
    }
    without = {
        Participation.ATTENDED: _("Were there, without points for the topic"),
        Participation.ON_LIST: _("Waited and got no place, without points for the topic"),
        Participation.MISSED: _("Had a place and did not come, without points for the topic"),
    }
    return with_points[group.became] if group.had_points else without[group.became]
