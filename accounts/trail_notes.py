"""What is noted in the trail of people."""

from __future__ import annotations

from django.utils.translation import gettext as _

from audit.notes import trail_note


@trail_note
def address_confirmed() -> str:
    return _("Marked as confirmed.")


@trail_note
def address_restored() -> str:
    return _("Emails are sent to it again.")


@trail_note
def superuser_proposed(*, reason: str) -> str:
    return _("Proposed as a superuser: %(reason)s") % {"reason": reason}


@trail_note
def superuser_decided(*, approved: bool) -> str:
    return _("Approved: a superuser.") if approved else _("Declined: no superuser.")
