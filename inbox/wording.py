"""What people read of messages and their emails: what is refused, and what was done."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

# --- What is refused


def always_sent(kind: str | Promise) -> str:
    said = _("%(kind)s emails are always sent: they can cost something or have a deadline.")
    return said % {"kind": kind}


def not_given_up() -> str:
    return _("Only an email that was given up can be tried again.")


def other_message_under_id() -> str:
    return _("This external id was used before for another message to this seller.")


def no_such_content(kind: str, external_id: str) -> str:
    return _("The seller has no %(kind)s %(id)s.") % {"kind": kind, "id": repr(external_id)}


# --- What was done


def marked_as_read(count: int) -> str:
    said = ngettext("%(count)s message marked as read.", "%(count)s messages marked as read.", count)
    return said % {"count": count}


def tried_again(count: int) -> str:
    said = ngettext(
        "%(count)s that had been given up will be tried again.",
        "%(count)s that had been given up will be tried again.",
        count,
    )
    return said % {"count": count}


# --- Weekly digests


def digest_subject(count: int, *, sellers: int) -> str:
    """What a week brought to all sellers of a person."""
    if sellers == 1:
        said = ngettext("Your week: %(count)s message", "Your week: %(count)s messages", count)
    else:
        said = ngettext(
            "Your week: %(count)s message about %(sellers)s sellers",
            "Your week: %(count)s messages about %(sellers)s sellers",
            count,
        )
    return said % {"count": f"{count:,}", "sellers": f"{sellers:,}"}
