"""What reviewers ask sellers for, in words: why it is refused, and what it means for the decision."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kit.formatting import utc_words


def too_many_things(most: int, *, letters: int) -> str:
    said = _("Name at most %(most)s things, each on a line of its own and with at most %(letters)s characters.")
    return said % {"most": most, "letters": letters}


def nothing_answered() -> str:
    return _("Say what you send.")


def asking(days: int) -> str:
    """What asking does, for the reviewer."""
    said = ngettext(
        "The seller is told at once and has %(days)s day to answer. The clock stands meanwhile, and nobody decides.",
        "The seller is told at once and has %(days)s days to answer. The clock stands meanwhile, and nobody decides.",
        days,
    )
    return said % {"days": days}


def still_asked(answer_by: datetime) -> str:
    """Said to who would decide, or ask for more."""
    said = _("The seller was asked for something and can answer until %(moment)s. Withdraw the request to go on now.")
    return said % {"moment": utc_words(answer_by)}
