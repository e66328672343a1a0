"""What is noted in the trail of workshops."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audit.notes import trail_note
from kit.formatting import period_words


@trail_note
def copied(*, workshop: str, number: int) -> str:
    return _("A copy of “%(workshop)s” (%(id)s).") % {"workshop": workshop, "id": number}


@trail_note
def told(*, sellers: int, text: str) -> str:
    said = ngettext("Told %(count)s seller: %(text)s", "Told %(count)s sellers: %(text)s", sellers)
    return said % {"count": sellers, "text": text}


@trail_note
def cancelled(*, reason: str) -> str:
    return _("Cancelled: %(reason)s") % {"reason": reason}


@trail_note
def checked_in() -> str:
    return _("Checked in at the door.")


@trail_note
def taken_back_at_the_door() -> str:
    return _("Taken back at the door.")


@trail_note
def taken_back_by_a_move(*, starts_at: str, ends_at: str, zone: str) -> str:
    start, end = datetime.fromisoformat(starts_at), datetime.fromisoformat(ends_at)
    return _("The workshop was moved: %(when)s.") % {"when": period_words(start, end, zone=ZoneInfo(zone))}


@trail_note
def taken_back_by_cancelling() -> str:
    return _("The workshop was cancelled.")


@trail_note
def attendees_downloaded() -> str:
    return _("Downloaded the list of attendees.")


@trail_note
def checked_in_before() -> str:
    return _("Another door had checked them in before.")


@trail_note
def let_in_at_the_door() -> str:
    return _("Let in at the door.")


@trail_note
def walked_in() -> str:
    return _("Walked in at the door.")


@trail_note
def given_on() -> str:
    return _("Had not come after the start, so the place went to somebody at the door.")


@trail_note
def door_link_made() -> str:
    return _("Made.")


@trail_note
def door_link_revoked() -> str:
    return _("Revoked.")


@trail_note
def feedback_downloaded() -> str:
    return _("Downloaded the feedback.")
