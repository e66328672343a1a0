"""What is noted in the trail of quizzes."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audit.notes import trail_note


@trail_note
def sent_for_review() -> str:
    return _("Sent for review.")


@trail_note
def sent_back(*, reason: str) -> str:
    return _("Sent back: %(reason)s") % {"reason": reason}


@trail_note
def to_replace(*, question: int) -> str:
    return _("To replace question %(number)s.") % {"number": question}


@trail_note
def retired() -> str:
    return _("Retired.")


@trail_note
def imported(*, count: int, file_format: str) -> str:
    said = ngettext(
        "Imported %(count)s question from %(format)s.", "Imported %(count)s questions from %(format)s.", count
    )
    return said % {"count": count, "format": file_format}


@trail_note
def exported(*, file_format: str) -> str:
    return _("Exported the questions as %(format)s.") % {"format": file_format}


@trail_note
def pass_points_proposed(*, points: int, reason: str) -> str:
    return _("Proposed that a pass removes %(points)s: %(reason)s") % {"points": points, "reason": reason}


@trail_note
def pass_points_decided(*, points: int, approved: bool) -> str:
    said = _("Approved: a pass removes %(points)s.") if approved else _("Declined: a pass removes %(points)s.")
    return said % {"points": points}


@trail_note
def answered(*, answer: str) -> str:
    return _("Answered: %(answer)s") % {"answer": answer}


@trail_note
def regrade_proposed(*, reason: str) -> str:
    return _("Proposed: %(reason)s") % {"reason": reason}


@trail_note
def regrade_decided(*, approved: bool) -> str:
    return _("Approved.") if approved else _("Declined.")


@trail_note
def trial_started(*, question: str) -> str:
    return _("Started: %(question)s") % {"question": question}


@trail_note
def trial_stopped() -> str:
    return _("Stopped.")


@trail_note
def trial_downloaded() -> str:
    return _("Downloaded the sellers of the trial.")


@trail_note
def picture_added(*, alt: str) -> str:
    return _("Added the picture “%(alt)s”.") % {"alt": alt}


@trail_note
def picture_removed(*, alt: str) -> str:
    return _("Removed the picture “%(alt)s”.") % {"alt": alt}
