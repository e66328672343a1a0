"""What a report says of its week, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from kit.dates import Week
from kit.formatting import day_words, deadline_words, join_choices, moment_words
from violations.rules import Expiry, StandingLevel
from violations.wording.standing import standing_words

from .. import rules
from ..rules import WorkshopState
from .figures import days_words, points_words, violations_words, week_days

WORKSHOP_STATES = {
    WorkshopState.CANCELLED: gettext_noop("Cancelled"),
    WorkshopState.TOOK_PLACE: gettext_noop("Took place"),
    WorkshopState.HAD_PLACE: gettext_noop("You had a place"),
    WorkshopState.HAS_PLACE: gettext_noop("You have a place"),
    WorkshopState.WAITING: gettext_noop("You are on the waiting list"),
    WorkshopState.FULL: gettext_noop("Full, with a waiting list"),
}


def level_words(level: StandingLevel, *, violations: int) -> str:
    """A week in a word: the standing at its end, or that it was clean."""
    return _("Clean week") if rules.is_clean_week(level, violations=violations) else standing_words(level)


def workshop_words(state: WorkshopState, *, places_left: int) -> str:
    """What a seller can expect of a workshop."""
    if state in WORKSHOP_STATES:
        return _(WORKSHOP_STATES[state])
    return ngettext("%(count)s place left", "%(count)s places left", places_left) % {"count": f"{places_left:,}"}


def workshops_title(*, all_near: bool) -> str:
    """What to call the workshops: all are in the seller's market, those in its city come first."""
    return _("Workshops in your city") if all_near else _("Workshops in your market")


# --- The week


def week_sentences(
    *,
    violations: int,
    points_at_start: int,
    points_at_end: int,
    next_milestone: int | None,
    milestones: Sequence[int] = (),
) -> str:
    """The week in a few sentences: what was found, how the total moved, what it passed and how far the next one is.

    ``milestones`` are those of the market; between the totals of the start and the end lie those that were passed.
    """
    said = [violations_this_week(violations), _total_moved(points_at_start, points_at_end)]
    if points_at_end:
        reached = [milestone for milestone in milestones if milestone <= points_at_end]
        said += [_milestone_reached(reached[-1], points_at_start)] if reached else []
        said += [_points_left(next_milestone - points_at_end, next_milestone)] if next_milestone else []
    return " ".join(said)


def violations_this_week(count: int) -> str:
    if not count:
        return _("No violations this week.")
    return ngettext("%(count)s violation this week.", "%(count)s violations this week.", count) % {
        "count": f"{count:,}"
    }


def _total_moved(start: int, end: int) -> str:
    if not end:
        said = _("Your total fell from %(start)s to no points.") if start else _("You have no points.")
    elif start == end:
        said = ngettext("Your total stayed at %(end)s point.", "Your total stayed at %(end)s points.", end)
    elif end > start:
        said = ngettext(
            "Your total rose from %(start)s to %(end)s point.", "Your total rose from %(start)s to %(end)s points.", end
        )
    else:
        said = ngettext(
            "Your total fell from %(start)s to %(end)s point.", "Your total fell from %(start)s to %(end)s points.", end
        )
    return said % {"start": f"{start:,}", "end": f"{end:,}"}


def _milestone_reached(milestone: int, points_at_start: int) -> str:
    """The highest milestone at or below the total of the end, and whether it was reached in the week."""
    said = (
        _("It reached the milestone at %(milestone)s.")
        if milestone > points_at_start
        else _("It is past the milestone at %(milestone)s.")
    )
    return said % {"milestone": milestone}


def _points_left(count: int, milestone: int) -> str:
    said = ngettext(
        "%(count)s point left before the milestone at %(milestone)s.",
        "%(count)s points left before the milestone at %(milestone)s.",
        count,
    )
    return said % {"count": f"{count:,}", "milestone": milestone}


def balance_sentences(*, start: int, points_in: int, points_out: int, expired: int) -> str:
    """How the total of the start became that of the end. ``points_out`` is zero or below, ``expired`` zero or above."""
    moved = [
        *([_points_in(points_in)] if points_in else []),
        *([_points_out(-points_out)] if points_out else []),
        *([_points_expired(expired)] if expired else []),
    ]
    end = points_words(start + points_in + points_out - expired)
    if not moved:
        return _("No entry was recorded this week and none expired: %(points)s from start to end.") % {"points": end}
    first, last = _("The week started with %(points)s."), _("It ended with %(points)s.")
    return " ".join([first % {"points": points_words(start)}, *moved, last % {"points": end}])


def _points_in(count: int) -> str:
    return ngettext("%(count)s point came in.", "%(count)s points came in.", count) % {"count": f"{count:,}"}


def _points_out(count: int) -> str:
    return ngettext("%(count)s point went out.", "%(count)s points went out.", count) % {"count": f"{count:,}"}


def _points_expired(count: int) -> str:
    return ngettext("%(count)s point expired.", "%(count)s points expired.", count) % {"count": f"{count:,}"}


def streak_sentence(weeks: int, *, previous: int) -> str:
    """How long nothing was found: since the week before, for some weeks, or since the first report."""
    if previous:
        said = _("The week before had %(violations)s; this one has none.")
        return said % {"violations": violations_words(previous)}
    if weeks > rules.LONGEST_STREAK:
        return _("That makes more than a year without a violation.")
    if weeks > 1:
        said = ngettext(
            "That makes %(weeks)s week in a row without a violation.",
            "That makes %(weeks)s weeks in a row without a violation.",
            weeks,
        )
        return said % {"weeks": weeks}
    return _("No LIVE, video or listing of yours was found to break a policy.")


def quiet_words(kinds: Sequence[str]) -> str:
    """The kinds of content without a violation and a message, in a sentence; empty if there is none."""
    return _("No violation and no message about %(kinds)s.") % {"kinds": join_choices(kinds)} if kinds else ""


# --- Milestones and actions


def alert_title(*, distance: int, milestone: int) -> str:
    """That a milestone is near."""
    said = _("You are near a milestone: %(points)s left before %(milestone)s")
    return said % {"points": points_words(distance), "milestone": milestone}


def alert_text(
    *,
    distance: int,
    milestone: int,
    consequence: str,
    notice_days: int,
    points_by_policy: Mapping[str, int],
) -> str:
    """What happens at the milestone that is near, and which violations of the week would be enough to reach it."""
    at = _("At %(points)s: %(consequence)s.") % {"points": points_words(milestone), "consequence": consequence}
    enough = [_named(*one) for one in points_by_policy.items() if one[1] >= distance]
    sentences = [at, _start(notice_days)]
    if distance == 1:
        sentences.append(_("Any further violation would be enough."))
    elif enough:
        said = _("One more violation of %(policies)s would be enough.")
        sentences.append(said % {"policies": join_choices(enough)})
    return " ".join(sentences)


def _start(notice_days: int) -> str:
    if not notice_days:
        return _("It starts with the message that announces it.")
    said = _("It starts %(days)s after the message that announces it.")
    return said % {"days": days_words(notice_days)}


def _named(policy: str, points: int) -> str:
    """A policy and what a violation of it assesses."""
    return _("“%(policy)s” (%(points)s)") % {"policy": policy, "points": points_words(points)}


def action_title(kind: str, *, milestone: int, is_new: bool, lifted: bool) -> str:
    """An enforcement action and the milestone that led to it."""
    action = _("%(action)s, lifted") % {"action": kind} if lifted else kind
    if is_new:
        said = _("%(action)s: you reached %(points)s this week")
    else:
        said = _("%(action)s: you reached %(points)s before this week")
    return said % {"action": action, "points": points_words(milestone)}


def action_text(
    *, lost: str, starts_at: datetime, ends_at: datetime | None, lifted_at: datetime | None, zone: ZoneInfo
) -> str:
    """What an enforcement action takes away, from when and until when (local)."""
    what = _("No %(capabilities)s") % {"capabilities": lost} if lost else _("It applies")
    words = {"what": what, "start": moment_words(starts_at, zone=zone)}
    if lifted_at:
        said = _("%(what)s from %(start)s; lifted on %(end)s.")
        return said % {**words, "end": moment_words(lifted_at, zone=zone)}
    if ends_at is None:
        return _("%(what)s from %(start)s until it is lifted.") % words
    return _("%(what)s from %(start)s until %(end)s.") % {**words, "end": deadline_words(ends_at, zone=zone)}


def milestone_state(*, milestone: int, total: int, is_next: bool) -> str:
    """Where a total stands before a milestone."""
    if total >= milestone:
        return _("Reached")
    left = points_words(milestone - total)
    return (_("Next: %(points)s left") if is_next else _("%(points)s left")) % {"points": left}


# --- What expires, what is left to do, how final it is


def expiry_sentence(*, total: int, points: int, next_expiry: Expiry | None) -> str:
    """What expires in the coming four weeks, else when the next points do."""
    if not total or next_expiry is None:
        return _("No points count, so none will expire.")
    if not points:
        said = _("No points expire in the coming four weeks; the next are %(points)s on %(day)s.")
        return said % {"points": points_words(next_expiry.points), "day": day_words(next_expiry.day)}
    said = ngettext(
        "%(points)s point expires in the coming four weeks; %(rest)s.",
        "%(points)s points expire in the coming four weeks; %(rest)s.",
        points,
    )
    return said % {"points": f"{points:,}", "rest": _left_then(total - points, total)}


def _left_then(left: int, total: int) -> str:
    if not left:
        return _("none is left then")
    said = ngettext("%(points)s point of %(total)s is left then", "%(points)s points of %(total)s are left then", left)
    return said % {"points": f"{left:,}", "total": total}


def nothing_left(*, had_steps: bool, points: int) -> str:
    """Why there is nothing to do."""
    if had_steps:
        return _("Everything this report asked for was done, or its time is over.")
    if points:
        return _("No quiz and no appeal is open for the points that count.")
    return _("No points count, and no quiz is open to you.")


def freshness(*, published_at: datetime | None, known_until: datetime, zone: ZoneInfo) -> str:
    """How final a report is."""
    if published_at:
        return _("Published %(moment)s, frozen since") % {"moment": moment_words(published_at, zone=zone)}
    return _("A draft: what was recorded until %(moment)s") % {"moment": moment_words(known_until, zone=zone)}


def subject(verdict: str, *, points: int, week: Week, seller: str) -> str:
    """The verdict, the total and the week. So a list of emails tells the bad weeks from the good ones."""
    return _("%(verdict)s, %(points)s: your week of %(days)s · %(seller)s") % {
        "verdict": verdict,
        "points": points_words(points),
        "days": week_days(week),
        "seller": seller,
    }
