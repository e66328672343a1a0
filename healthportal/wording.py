"""What the dashboard says: why a seller stands where it stands, and what its charts show."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from inbox.models import Message
from kit.formatting import capitalized, deadline_words, join_words, moment_words
from kit.pages.templatetags.numbers import points, signed_points
from violations.models import EnforcementAction, Milestone, Violation
from violations.selectors import Standing
from violations.wording.enforcement import consequence_of, forbidden_by
from violations.wording.ledger import content_words

from .dashboard import Dashboard
from .since_last_visit import Movement

# --- The verdict


def distance(standing: Standing) -> str:
    """How far it is to the next milestone, to follow the total; empty above the last."""
    if standing.next_milestone is None or standing.distance is None:
        return ""
    said = _("%(points)s left before %(milestone)s")
    return said % {"points": points(standing.distance), "milestone": standing.next_milestone.points}


def standing_sentence(board: Dashboard, *, zone: ZoneInfo) -> str:
    """Why the seller stands where it stands: what is in force or announced, else what the total means."""
    standing = board.standing
    if board.in_force:
        said = _in_force(board.in_force[0], zone=zone)
    elif board.upcoming:
        said = _announced(board.upcoming[0], zone=zone)
    else:
        return _total_sentence(standing)
    milestone = standing.next_milestone
    if milestone is None or not standing.is_approaching or _leads_to_what_is_in_force(milestone, board.in_force):
        return said
    return f"{said} {_what_is_next(standing, milestone)}"


def _leads_to_what_is_in_force(milestone: Milestone, in_force: Sequence[EnforcementAction]) -> bool:
    """Whether reaching it once more would change nothing: an action of it, or of a later one, has no end."""
    return any(action.ends_at is None and milestone.points <= action.milestone_points for action in in_force)


def _what_is_next(standing: Standing, milestone: Milestone) -> str:
    return _("Next: %(milestone)s in %(points)s, %(consequence)s.") % _milestone_facts(standing, milestone)


def _total_sentence(standing: Standing) -> str:
    milestone = standing.next_milestone
    if standing.is_approaching and milestone is not None:
        said = _("You are %(points)s away from %(milestone)s, where %(consequence)s would follow.")
        return said % _milestone_facts(standing, milestone)
    if not standing.total:
        return _("No points count against this account.")
    if milestone is None:
        return _("Every milestone is reached; what it led to has ended.")
    return _distance_sentence(standing)


def _milestone_facts(standing: Standing, milestone: Milestone) -> dict[str, object]:
    return {
        "points": points(standing.distance or 0),
        "milestone": milestone.points,
        "consequence": consequence_of(milestone),
    }


def _distance_sentence(standing: Standing) -> str:
    facts = {"count": standing.total, "away": points(standing.distance or 0)}
    if reached := standing.reached_milestone:
        said = ngettext(
            "%(count)s point counts, past the milestone at %(reached)s; the next one is %(away)s away.",
            "%(count)s points count, past the milestone at %(reached)s; the next one is %(away)s away.",
            standing.total,
        )
        return said % {**facts, "reached": reached.points}
    said = ngettext(
        "%(count)s point counts, and the next milestone is %(away)s away.",
        "%(count)s points count, and the next milestone is %(away)s away.",
        standing.total,
    )
    return said % facts


# --- Enforcement


def _in_force(action: EnforcementAction, *, zone: ZoneInfo) -> str:
    facts = _action_facts(action)
    if action.ends_at is None:
        said = (
            _("You cannot %(what)s until it is lifted, because your total reached %(total)s.")
            if action.capabilities
            else _("A %(action)s is in force until it is lifted, because your total reached %(total)s.")
        )
        return said % facts
    said = (
        _("You cannot %(what)s until %(end)s, because your total reached %(total)s.")
        if action.capabilities
        else _("A %(action)s is in force until %(end)s, because your total reached %(total)s.")
    )
    return said % {**facts, "end": deadline_words(action.ends_at, zone=zone)}


def _announced(action: EnforcementAction, *, zone: ZoneInfo) -> str:
    said = (
        _("From %(start)s you cannot %(what)s, because your total reached %(total)s.")
        if action.capabilities
        else _("A %(action)s is in force from %(start)s, because your total reached %(total)s.")
    )
    return said % {**_action_facts(action), "start": moment_words(action.starts_at, zone=zone)}


def _action_facts(action: EnforcementAction) -> dict[str, str]:
    return {
        "action": action.get_kind_display().lower(),
        "what": forbidden_by(action.capabilities),
        "total": _total_reached(action),
    }


def _total_reached(action: EnforcementAction) -> str:
    """``27 points (milestone 24)``."""
    if action.total == action.milestone_points:
        return points(action.total)
    said = _("%(points)s (milestone %(milestone)s)")
    return said % {"points": points(action.total), "milestone": action.milestone_points}


def restriction(action: EnforcementAction) -> str:
    if not action.capabilities:
        return _("Nothing is taken away.")
    return _("You cannot %(what)s.") % {"what": forbidden_by(action.capabilities)}


# --- What to do later


def read_message(message: Message) -> str:
    said = _("Read “%(subject)s”, %(about)s") if message.content_kind else _("Read “%(subject)s”")
    return said % {"subject": message.subject, "about": message.about_content}


def finish_draft(violation: Violation, *, zone: ZoneInfo) -> str:
    """An appeal that was begun and that nobody has got yet."""
    said = _("Your appeal against “%(policy)s”, %(about)s is a draft: file it by %(deadline)s")
    deadline = deadline_words(violation.appeal_until, zone=zone)
    return said % {"policy": violation.policy.name, "about": violation.about, "deadline": deadline}


def more_to_appeal(count: int) -> str:
    """How many other violations can be appealed; empty if none can."""
    return _("and %(count)s more to appeal") % {"count": count} if count else ""


# --- Where points come from


def origin_sentence(rows: Sequence[tuple[str, int]]) -> str:
    """Where most points come from; ``rows`` are names with their points, the most first; empty without any."""
    if not rows:
        return ""
    total, most = sum(number for _name, number in rows), rows[0][1]
    leaders = [name for name, number in rows if number == most]
    facts = {"count": f"{total:,}", "most": most, "names": join_words(leaders)}
    if len(rows) == 1:
        said = ngettext("%(count)s point: %(names)s.", "All %(count)s points: %(names)s.", total)
    elif len(leaders) == 1:
        said = ngettext(
            "First: %(names)s, with %(most)s of %(count)s point.",
            "First: %(names)s, with %(most)s of %(count)s points.",
            total,
        )
    else:
        said = ngettext(
            "First: %(names)s, with %(most)s each of %(count)s point.",
            "First: %(names)s, with %(most)s each of %(count)s points.",
            total,
        )
    return said % facts


def content_label(kind: str) -> str:
    """``LIVEs``, ``No content``."""
    return capitalized(content_words(kind))


# --- Since the last visit


def movement_sentences(movement: Movement) -> str:
    """How the total moved, and by what."""
    moves = [
        *([_points_in(movement)] if movement.in_ else []),
        *([_points_out(movement.out)] if movement.out else []),
        *([_points_expired(movement.expired)] if movement.expired else []),
    ]
    return " ".join([_total_moved(movement, moved=bool(moves)), *moves])


def _total_moved(movement: Movement, *, moved: bool) -> str:
    if not moved:
        said = ngettext("Your total is still %(now)s point.", "Your total is still %(now)s points.", movement.now)
    elif movement.before == movement.now:
        said = _("Your total is %(now)s again.")
    else:
        said = _("Your total went from %(before)s to %(now)s.")
    return said % {"before": f"{movement.before:,}", "now": f"{movement.now:,}"}


def _points_in(movement: Movement) -> str:
    said = ngettext(
        "%(points)s for %(count)s new violation.", "%(points)s for %(count)s new violations.", movement.violations
    )
    return said % {"points": signed_points(movement.in_), "count": f"{movement.violations:,}"}


def _points_out(count: int) -> str:
    return _("%(points)s taken off.") % {"points": signed_points(-count)}


def _points_expired(count: int) -> str:
    return _("%(points)s expired.") % {"points": signed_points(-count)}


def new_messages_sentence(count: int) -> str:
    if not count:
        return _("You were told nothing new.")
    return ngettext("%(count)s new message.", "%(count)s new messages.", count) % {"count": f"{count:,}"}
