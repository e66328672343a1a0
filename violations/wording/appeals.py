"""Appeals and how they are decided, in words: why one is refused, and where to turn after a denial."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kit.formatting import moment_words
from sellers.models import Seller

from ..models import MAX_APPEAL_TEXT, Appeal, Violation


def nothing_said() -> str:
    return _("Say what is wrong about the violation, and why.")


def text_too_long(length: int) -> str:
    said = _("Use at most %(most)s characters. What you wrote has %(length)s.")
    return said % {"most": f"{MAX_APPEAL_TEXT:,}", "length": f"{length:,}"}


def draft_changed(saved_at: datetime) -> str:
    """Said to who typed in one window what another one changed since."""
    said = _("Another window saved this draft at %(moment)s, with another text, and that is kept.")
    return said % {"moment": moment_words(saved_at, zone=timezone.get_current_timezone())}


def decided_before(earlier: Appeal) -> str:
    """Why a violation cannot be appealed once more, and where its seller turns instead."""
    said = _("This violation was appealed already, and the appeal was %(state)s.")
    return f"{said % {'state': earlier.get_state_display().lower()}} {redress(earlier.violation)}"


def redress(violation: Violation) -> str:
    """Where a seller turns who disagrees with a decision on an appeal: what the violation's market says, as text."""
    market = violation.market
    where = market.redress.strip() or _("If you disagree, turn to seller support of %(market)s.") % {"market": market}
    if market.redress_url:
        where = f"{where.rstrip('.')} ({market.redress_url})."
    reference = _("Give the reference %(reference)s.") % {"reference": violation.external_id}
    return f"{where} {reference}"


def answers_the_seller(least: int) -> str:
    said = _("The seller reads it. Markdown. Take up each of their points, in at least %(least)s characters.")
    return said % {"least": least}


def denial_too_short(least: int) -> str:
    said = _("Answer what the seller says, in at least %(least)s characters: nobody decides once more.")
    return said % {"least": least}


def not_open_any_more(appeal: Appeal) -> str:
    return _("This appeal is not open any more: %(outcome)s.") % {"outcome": appeal.outcome.lower()}


def more_than_is_left(points: int) -> str:
    return _("Credit between 1 and the %(points)s that it has left.") % {"points": points}


def own_seller(seller: Seller) -> str:
    return _("You are a member of %(seller)s: somebody else decides on its appeal.") % {"seller": seller}


def usual_time(time: timedelta, *, count: int) -> str:
    """``Half of the last 50 appeals were decided within 3 days``: rounded up, for it has to be true."""
    hours = max(-int(-time.total_seconds() // 3600), 1)
    days = -(-hours // 24)
    if hours > 48:
        said = ngettext("%(count)s day", "%(count)s days", days) % {"count": days}
    else:
        said = ngettext("%(count)s hour", "%(count)s hours", hours) % {"count": hours}
    return _("Half of the last %(count)s appeals here were decided within %(time)s.") % {"count": count, "time": said}


def days_and_hours(time: timedelta) -> str:
    """``2 days 5 hours``: a time rounded to hours; at least an hour."""
    days, hours = divmod(max(round(time.total_seconds() / 3600), 1), 24)
    in_days = ngettext("%(days)s day", "%(days)s days", days) % {"days": f"{days:,}"}
    in_hours = ngettext("%(hours)s hour", "%(hours)s hours", hours) % {"hours": hours}
    return " ".join(words for words, count in ((in_days, days), (in_hours, hours)) if count)
