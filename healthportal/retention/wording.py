"""What people read of what is kept, and of being erased."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from kit.formatting import join_words


def days_words(days: int) -> str:
    """``400 days``; whole years as such."""
    if days % 365 == 0:
        years = days // 365
        return ngettext("%(count)s year", "%(count)s years", years) % {"count": years}
    return ngettext("%(count)s day", "%(count)s days", days) % {"count": f"{days:,}"}


def at_least(days: int) -> str:
    said = ngettext("This is kept for at least %(count)s day.", "This is kept for at least %(count)s days.", days)
    return said % {"count": f"{days:,}"}


def is_staff(user: User) -> str:
    return _("%(person)s is staff. Take the roles away first.") % {"person": user.label}


def is_last_owner(sellers: Sequence[str]) -> str:
    said = _("Nobody else owns %(sellers)s, which has other members. Make one of them an owner first.")
    return said % {"sellers": join_words(sellers)}


def erased_already() -> str:
    return _("This person is erased already.")


def not_oneself() -> str:
    return _("Somebody else has to erase you.")


def acts_elsewhere() -> str:
    return _("They act for sellers of other markets too: somebody who works for all markets erases them.")
