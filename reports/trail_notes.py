"""What is noted in the trail of runs."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audit.notes import trail_note

from .wording import build_command as wording


@trail_note
def chunks_retried(*, count: int, first: int, last: int) -> str:
    if count == 1:
        return _("To be tried again: sellers %(first)s to %(last)s.") % {"first": first, "last": last}
    return ngettext("To be tried again: %(count)s chunk.", "To be tried again: %(count)s chunks.", count) % {
        "count": f"{count:,}"
    }


@trail_note
def built_with_the_command(*, rows: int) -> str:
    return wording.built_with_the_command(rows)


@trail_note
def reports_dropped() -> str:
    return _("Its reports were dropped: they were old enough.")


@trail_note
def near_milestone_downloaded() -> str:
    return _("Downloaded the list of sellers newly near a milestone.")
