"""What is noted in the trail of sellers and who acts for them."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audit.notes import trail_note

from .models import Member


@trail_note
def created() -> str:
    return _("Created.")


@trail_note
def revoked() -> str:
    return _("Revoked.")


@trail_note
def controls_proposed(*, reason: str) -> str:
    return _("Proposed that one person may do more: %(reason)s") % {"reason": reason}


@trail_note
def controls_decided(*, approved: bool) -> str:
    return _("Approved: one person may do more.") if approved else _("Declined: nothing changes.")


@trail_note
def member_added(*, name: str, email: str, role: str) -> str:
    return _("Added %(user)s (%(email)s) as %(role)s.") % {"user": name, "email": email, "role": _role(role)}


@trail_note
def member_removed(*, name: str, email: str) -> str:
    return _("Removed %(user)s (%(email)s).") % {"user": name, "email": email}


@trail_note
def role_changed(*, name: str, email: str, role: str) -> str:
    return _("%(user)s (%(email)s) is now %(role)s.") % {"user": name, "email": email, "role": _role(role)}


@trail_note
def member_invited(*, email: str, role: str) -> str:
    return _("Invited %(email)s as %(role)s.") % {"email": email, "role": _role(role)}


@trail_note
def invitation_sent_again(*, email: str) -> str:
    return _("Sent the invitation of %(email)s again.") % {"email": email}


@trail_note
def invitation_withdrawn(*, email: str) -> str:
    return _("Withdrew the invitation of %(email)s.") % {"email": email}


@trail_note
def limited_to(*, markets: str) -> str:
    return _("Works for these markets: %(markets)s.") % {"markets": markets}


@trail_note
def limited_no_more() -> str:
    return _("Works for all markets.")


@trail_note
def noted(*, note: int) -> str:
    """What it says is not in the trail, which stays for good."""
    return _("Left note %(number)s for staff.") % {"number": note}


@trail_note
def viewing_begun(*, reason: str) -> str:
    return _("Began to view as the seller: %(reason)s") % {"reason": reason}


@trail_note
def viewing_ended(*, person: str, minutes: int) -> str:
    said = ngettext(
        "%(person)s viewed as the seller for %(count)s minute.",
        "%(person)s viewed as the seller for %(count)s minutes.",
        minutes,
    )
    return said % {"person": person, "count": minutes}


@trail_note
def members_uploaded(*, lines: int) -> str:
    return ngettext("Uploaded with %(count)s line.", "Uploaded with %(count)s lines.", lines) % {"count": lines}


@trail_note
def members_confirmed(*, count: int) -> str:
    return ngettext("Confirmed: %(count)s to invite.", "Confirmed: %(count)s to invite.", count) % {"count": count}


@trail_note
def members_discarded() -> str:
    return _("Discarded.")


def _role(role: str) -> str:
    return str(Member.Role(role).label)
