"""A seller's timeline in words: how the total changes, and what its lines, bars and marks are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kit.formatting import day_words

from ..models import ActionKind, EnforcementAction
from ..rules import PointsPeriod, TotalChange, total_after
from ..selectors import Deadline, DeadlineKind, Timeline


def title() -> str:
    return _("How your total changes")


def how_the_total_changes(timeline: Timeline) -> str:
    """What the chart shows: from its start to now, what comes if nothing is added, and what a plan makes of that."""
    changes, now, zone = timeline.changes, timeline.now, timeline.seller.market.zone
    said = [_how_it_changed(changes, since=timeline.since, now=now, zone=zone)]
    coming = [change for change in changes if change.at > now]
    if coming:
        said.append(_how_it_falls(coming, zone=zone))
    elif not total_after(changes, now):
        said.append(_("Nothing will expire."))
    if timeline.planned:
        said.append(_how_it_falls_as_planned(timeline.planned, zone=zone))
    return " ".join(said)


def milestone_label(points: int) -> str:
    """How a milestone is marked in the chart."""
    return _("%(points)s points") % {"points": points}


def actions_name() -> str:
    """What the bars of the chart are."""
    return _("enforcement action in force")


def deadlines_name() -> str:
    """What the marks of the chart are."""
    return _("deadline of a quiz or an appeal")


def action_words(action: EnforcementAction) -> str:
    """``Restriction at 12 points``."""
    said = ngettext("%(action)s at %(count)s point", "%(action)s at %(count)s points", action.milestone_points)
    return said % {"action": ActionKind(action.kind).label, "count": action.milestone_points}


def action_starts(action: EnforcementAction) -> str:
    return _("%(action)s starts") % {"action": action_words(action)}


def action_is_over(action: EnforcementAction) -> str:
    if action.lifted_at is not None and action.lifted_at == action.end:
        return _("%(action)s is lifted") % {"action": action_words(action)}
    return _("%(action)s ends") % {"action": action_words(action)}


def deadline_passes(deadline: Deadline) -> str:
    if deadline.kind is DeadlineKind.QUIZ:
        return _("Time for the quiz “%(policy)s” ends") % {"policy": deadline.policy_name}
    return _("Time to appeal “%(policy)s” ends") % {"policy": deadline.policy_name}


def points_come(period: PointsPeriod) -> str:
    return _("Points assessed") if period.points > 0 else _("Points taken off")


def points_planned() -> str:
    return _("Points taken off as planned")


def points_expire() -> str:
    return _("Points expire")


def chart_starts() -> str:
    return _("The chart begins")


def _how_it_changed(changes: Sequence[TotalChange], *, since: datetime, now: datetime, zone: ZoneInfo) -> str:
    first, current = total_after(changes, since), total_after(changes, now)
    highest = max([first, *(change.total for change in changes if since <= change.at <= now)])
    if current == first and not highest:
        return _("No points counted.")
    words = {"start": day_words(since, zone=zone), "first": first, "current": current, "highest": highest}
    return _movement(first, current, is_highest=highest <= max(first, current)) % words


def _movement(first: int, current: int, *, is_highest: bool) -> str:
    """``is_highest``: no total in between was above both."""
    if current > first:
        rose = _("From %(start)s to now the total rose from %(first)s to %(current)s.")
        higher = _(
            "From %(start)s to now the total rose from %(first)s to %(current)s, with %(highest)s as the highest in "
            "between."
        )
        return rose if is_highest else higher
    if current < first:
        fell = _("From %(start)s to now the total fell from %(first)s to %(current)s.")
        higher = _(
            "From %(start)s to now the total fell from %(first)s to %(current)s, with %(highest)s as the highest in "
            "between."
        )
        return fell if is_highest else higher
    went = _("From %(start)s to now the total went from %(first)s to %(current)s.")
    higher = _(
        "From %(start)s to now the total went from %(first)s to %(current)s, with %(highest)s as the highest in "
        "between."
    )
    return went if is_highest else higher


def _how_it_falls(coming: Sequence[TotalChange], *, zone: ZoneInfo) -> str:
    said = ngettext(
        "If nothing is added, it falls to %(total)s by %(day)s, in %(steps)s step.",
        "If nothing is added, it falls to %(total)s by %(day)s, in %(steps)s steps.",
        len(coming),
    )
    return said % _fall(coming, zone=zone)


def _how_it_falls_as_planned(planned: Sequence[TotalChange], *, zone: ZoneInfo) -> str:
    said = ngettext(
        "With this plan it falls to %(total)s by %(day)s, in %(steps)s step.",
        "With this plan it falls to %(total)s by %(day)s, in %(steps)s steps.",
        len(planned),
    )
    return said % _fall(planned, zone=zone)


def _fall(coming: Sequence[TotalChange], *, zone: ZoneInfo) -> dict[str, object]:
    last = coming[-1]
    return {"total": last.total, "day": day_words(last.at, zone=zone), "steps": f"{len(coming):,}"}
