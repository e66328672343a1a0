"""What is noted in the trail of policies."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from audit.notes import trail_note
from kit.formatting import utc_words


@trail_note
def published(*, effective_from: str, immediate_reason: str) -> str:
    facts = {"moment": utc_words(datetime.fromisoformat(effective_from)), "reason": immediate_reason}
    if immediate_reason:
        return _("Published; takes effect %(moment)s. Without the notice, because: %(reason)s") % facts
    return _("Published; takes effect %(moment)s.") % facts


@trail_note
def proposed() -> str:
    return _("Proposed.")


@trail_note
def taken_back() -> str:
    return _("Not proposed any more.")


@trail_note
def article_published() -> str:
    return _("Published: sellers read it.")
