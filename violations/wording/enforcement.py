"""What a milestone leads to and an enforcement action takes away, in words."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from kit.formatting import join_choices, join_words

from ..models import Capability, Milestone

CAPABILITY_NOUNS = {
    "listings": gettext_noop("new listings"),
    "campaigns": gettext_noop("campaigns"),
    "live": gettext_noop("LIVEs"),
    "videos": gettext_noop("shoppable videos"),
    "orders": gettext_noop("new orders"),
}


KIND_NOUNS = {
    "restriction": gettext_noop("restriction"),
    "suspension": gettext_noop("suspension"),
    "deactivation": gettext_noop("deactivation"),
}


def consequence(kind: str, *, capabilities: Sequence[str], duration_days: int | None) -> str:
    """What a milestone leads to, to follow "at 12 points:", e.g. ``7 days without new listings and campaigns``."""
    if kind == "warning":
        return _("a warning")
    without = capability_words(capabilities) if kind != "deactivation" else ""
    if not without:
        return _for_days(kind, duration_days)
    if not duration_days:
        return _("no %(capabilities)s until it is lifted") % {"capabilities": without}
    said = ngettext("%(days)s day without %(capabilities)s", "%(days)s days without %(capabilities)s", duration_days)
    return said % {"days": f"{duration_days:,}", "capabilities": without}


def _for_days(kind: str, days: int | None) -> str:
    """``deactivation``, ``suspension for 3 days``."""
    noun = _(KIND_NOUNS[kind])
    if not days:
        return noun
    said = ngettext("%(kind)s for %(days)s day", "%(kind)s for %(days)s days", days)
    return said % {"kind": noun, "days": f"{days:,}"}


def consequence_of(milestone: Milestone) -> str:
    """What a milestone leads to, e.g. ``7 days without new listings and campaigns``."""
    return consequence(milestone.kind, capabilities=milestone.capabilities, duration_days=milestone.duration_days)


def capability_words(capabilities: Sequence[str]) -> str:
    """What is taken away, as things: ``new listings and campaigns``; empty for a warning.

    One that the portal has no word for stands as it is: a frozen report may name what has gone since.
    """
    nouns = (CAPABILITY_NOUNS.get(capability) for capability in capabilities)
    return join_words([_(noun) if noun else capability for noun, capability in zip(nouns, capabilities, strict=True)])


def forbidden_by(capabilities: Sequence[str]) -> str:
    """What a seller cannot do without these capabilities, to follow "you cannot": ``create listings or go LIVE``."""
    labels = [str(Capability(capability).label) for capability in capabilities]
    return join_choices([label[0].lower() + label[1:] for label in labels])
