"""A seller's standing in a word."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from ..rules import StandingLevel

LEVELS = {
    StandingLevel.GOOD: gettext_noop("Good standing"),
    StandingLevel.AT_RISK: gettext_noop("At risk"),
    StandingLevel.RESTRICTED: gettext_noop("Restricted"),
    StandingLevel.SUSPENDED: gettext_noop("Suspended"),
    StandingLevel.DEACTIVATED: gettext_noop("Deactivated"),
}


def standing_words(level: StandingLevel) -> str:
    return _(LEVELS[level])
