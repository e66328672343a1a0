"""What people are told about their own account."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from .models import SuperuserProposal
from .user_agents import browser_of, system_of


def device_words(user_agent: str) -> str:
    """``Firefox on Android``, as far as the browser says it."""
    browser, system = browser_of(user_agent), system_of(user_agent)
    if browser and system:
        return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    return browser or system or _("A browser that does not say its name")


# --- Addresses that emails come back from


def address_is_reached() -> str:
    return _("Emails reach this address: there is nothing to confirm.")


def link_was_sent() -> str:
    return _(
        "A link was sent to you less than five minutes ago. Look for it, also among spam, before you ask for another."
    )


def confirm_subject() -> str:
    return _("Confirm that emails reach you")


def confirm_body(link: str) -> str:
    said = _(
        "Emails to you came back, so none are sent to this address any more. "
        "Open this page within a day to have them sent again:\n\n%(link)s\n\n"
        "If you did not ask for this, you need do nothing."
    )
    return said % {"link": link}


def sent_again(count: int) -> str:
    said = ngettext(
        "Emails are sent to %(count)s address again.", "Emails are sent to %(count)s addresses again.", count
    )
    return said % {"count": f"{count:,}"}


# --- Superusers


def no_reason_for_superuser() -> str:
    return _("Say what they need everything for; staff read it.")


def superuser_waits() -> str:
    return _("A proposal for this person waits for a decision. Decide on it first.")


def already_superuser() -> str:
    return _("This person is a superuser already.")


def not_active_staff() -> str:
    return _("Only active members of staff become superusers: tick Active and Staff first.")


def not_of_oneself() -> str:
    return _("It is about you, so somebody else has to decide on it.")


def two_make_a_superuser() -> str:
    return _("Two people make a superuser: propose it with the link below. Here it is only taken away.")


def proposed_superuser(proposal: SuperuserProposal) -> str:
    said = _("%(by)s proposes that %(person)s becomes a superuser, who may do everything: %(reason)s")
    return said % {"by": proposal.proposed_by, "person": proposal.user, "reason": proposal.reason}
