"""What one more violation would lead to, in words."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from kit.formatting import deadline_words, moment_words
from kit.pages.templatetags.numbers import points, signed_points
from policies.models import PolicyVersion

from ..selectors import PossibleAction, WhatIf
from .enforcement import consequence_of, forbidden_by
from .standing import standing_words


def choice(version: PolicyVersion) -> str:
    """``Counterfeit goods: 6 points``."""
    return _("%(policy)s: %(points)s") % {"policy": version.policy.name, "points": points(version.points)}


def consequence(found: WhatIf) -> str:
    """What it would lead to, in a sentence."""
    if not found.points:
        return _("It assesses no points, so your total would not change.")
    if found.actions:
        return _milestone_reached(found.actions[-1])
    if found.next_milestone is None:
        return _("Every milestone is reached already: nothing more would follow.")
    facts = {
        "points": points(found.distance),
        "milestone": found.next_milestone.points,
        "consequence": consequence_of(found.next_milestone),
    }
    if found.is_approaching:
        said = _("No milestone would be reached, but you would be %(points)s away from %(milestone)s: %(consequence)s.")
        return said % facts
    return _("No milestone would be reached: %(points)s would be left before %(milestone)s.") % facts


def _milestone_reached(action: PossibleAction) -> str:
    said = _("The milestone at %(milestone)s would be reached: %(consequence)s.")
    return said % {"milestone": points(action.milestone.points), "consequence": consequence_of(action.milestone)}


def total(found: WhatIf) -> str:
    """``from 31 to 35``."""
    return _("from %(before)s to %(after)s") % {"before": found.before.total, "after": found.after}


def added(found: WhatIf) -> str:
    return signed_points(found.points)


def counts_until(found: WhatIf) -> str:
    """Until when its points would count; empty if it has none."""
    if not found.points:
        return ""
    said = ngettext("It would count until %(end)s.", "They would count until %(end)s.", found.points)
    return said % {"end": deadline_words(found.expires_at, zone=found.seller.market.zone)}


def level(found: WhatIf) -> str:
    """``At risk, then Restricted``; the word alone if it would stay."""
    before, after = standing_words(found.before.level), standing_words(found.level)
    return after if before == after else _("%(before)s, then %(after)s") % {"before": before, "after": after}


def next_milestone(found: WhatIf) -> str:
    """``13 points left before 48``; empty above the last milestone."""
    if found.next_milestone is None:
        return ""
    said = _("%(points)s left before %(milestone)s")
    return said % {"points": points(found.distance), "milestone": found.next_milestone.points}


def action_name(action: PossibleAction) -> str:
    """``Restriction at 36 points``."""
    facts = {"action": action.milestone.get_kind_display(), "points": points(action.milestone.points)}
    return pgettext("an enforcement action", "%(action)s at %(points)s") % facts


def action_period(found: WhatIf, action: PossibleAction) -> str:
    """When it would start and end."""
    zone = found.seller.market.zone
    start = moment_words(action.starts_at, zone=zone)
    if action.ends_at is None:
        return _("from %(start)s, until it is lifted") % {"start": start}
    facts = {"start": start, "end": deadline_words(action.ends_at, zone=zone)}
    return _("from %(start)s until %(end)s") % facts


def action_effect(action: PossibleAction) -> str:
    """What it would take away."""
    capabilities = action.milestone.capabilities
    if not capabilities:
        return _("Nothing would be taken away.")
    return _("You could not %(what)s.") % {"what": forbidden_by(capabilities)}
