"""Sentences about members, roles and invitations."""

from __future__ import annotations

from datetime import datetime

from django.utils.timesince import timesince, timeuntil
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kit.formatting import moment_words, utc_words

from . import rules
from .models import ApiToken, ControlsProposal, Invitation, Member, Seller
from .rules import Right, Role


def without_right(right: Right, *, seller: Seller) -> str:
    """Why somebody cannot do it, and who can."""
    said = {
        Right.APPEAL: _("You are a viewer of %(seller)s: you see everything. Its owners and managers file appeals."),
        Right.QUIZ: _("You are a viewer of %(seller)s: you see everything. Its owners and managers take quizzes."),
        Right.WORKSHOP: _("You are a viewer of %(seller)s: you see everything. Its owners and managers sign up."),
        Right.DOWNLOAD: _("You are a viewer of %(seller)s: you see everything. Its owners and managers download it."),
        Right.MEMBERS: _("The owners of %(seller)s invite people, change roles and remove members."),
    }
    return said[right] % {"seller": seller}


def why_not(seller: Seller, right: str) -> str:
    """Why the member for whom a seller was read cannot do something; empty if they can."""
    return (
        "" if rules.may(getattr(seller, "own_role", None), Right(right)) else without_right(Right(right), seller=seller)
    )


def role_words(role: str) -> str:
    """What a member of a role may do."""
    said = {
        Role.OWNER: _("Does everything, and invites and removes people."),
        Role.MANAGER: _("Files appeals, takes quizzes and signs up for workshops."),
        Role.VIEWER: _("Sees everything and changes nothing."),
    }
    return said[Role(role)]


def last_owner(member: Member) -> str:
    said = _("%(user)s is the only owner of %(seller)s. Make somebody else an owner first.")
    return said % {"user": member.user, "seller": member.seller}


def member_already(email: str) -> str:
    return _("%(email)s is a member already.") % {"email": email}


def invited_already(email: str) -> str:
    return _("%(email)s is invited already. Send that invitation again, or withdraw it.") % {"email": email}


def too_many_open() -> str:
    limit = rules.MAX_OPEN_INVITATIONS
    said = ngettext(
        "There is %(count)s open invitation, which is as many as there can be. Withdraw it first.",
        "There are %(count)s open invitations, which is as many as there can be. Withdraw one first.",
        limit,
    )
    return said % {"count": limit}


def too_many_today() -> str:
    limit = rules.MAX_INVITATIONS_PER_DAY
    said = ngettext(
        "You sent %(count)s invitation in the last 24 hours. Send the next one tomorrow.",
        "You sent %(count)s invitations in the last 24 hours. Send the next one tomorrow.",
        limit,
    )
    return said % {"count": limit}


def has_another_role(role: str) -> str:
    said = _("They are a member already, in another role (%(role)s). Owners of the seller change roles in the portal.")
    return said % {"role": Member.Role(role).label}


def decided_by_seller() -> str:
    return _("An owner of the seller removed them, or withdrew their invitation. An owner can invite them again.")


def file_too_large(most_bytes: int) -> str:
    return _("The file is larger than %(megabytes)s MB. Divide it.") % {"megabytes": most_bytes // 1_000_000}


def too_many_lines(most: int) -> str:
    return _("The file has more than %(count)s lines. Divide it.") % {"count": f"{most:,}"}


def another_number(count: int) -> str:
    said = ngettext("%(count)s person would be invited now.", "%(count)s people would be invited now.", count)
    return said % {"count": f"{count:,}"}


def inviting(count: int) -> str:
    """The title of the page that asks before a file is sent."""
    return ngettext("Invite %(count)s person?", "Invite %(count)s people?", count) % {"count": f"{count:,}"}


def sent_lately() -> str:
    minutes = int(rules.RESEND_AFTER.total_seconds() // 60)
    said = ngettext(
        "It was sent less than %(count)s minute ago. Wait a little before you send it again.",
        "It was sent less than %(count)s minutes ago. Wait a little before you send it again.",
        minutes,
    )
    return said % {"count": minutes}


def not_open() -> str:
    return _("This invitation cannot be used any more: it was used, withdrawn, sent again or is older than a week.")


def for_another(invitation: Invitation) -> str:
    return _("This invitation is for %(email)s. Sign in with that address.") % {"email": invitation.email}


# --- Emails: subject and text


def invitation_email(invitation: Invitation, *, link: str) -> tuple[str, str]:
    facts = {
        "seller": invitation.seller,
        "inviter": invitation.inviter,
        "role": invitation.get_role_display(),
        "may": role_words(invitation.role),
        "until": moment_words(invitation.expires_at, zone=invitation.seller.market.zone),
        "link": link,
    }
    body = _(
        "%(inviter)s invites you to the account health portal of %(seller)s.\n\n"
        "Your role: %(role)s. %(may)s\n\n"
        "Accept the invitation:\n%(link)s\n\n"
        "The link works once, until %(until)s. If you do not know who this is, ignore this email: nothing happens."
    )
    return _("Invitation to %(seller)s") % facts, body % facts


def member_added_email(member: Member, *, link: str) -> tuple[str, str]:
    facts = {**_told(member, link), "may": role_words(member.role)}
    body = _(
        "%(user)s (%(email)s) is now a member of %(seller)s.\n\n"
        "Role: %(role)s. %(may)s\n\n"
        "If that is not right, an owner can remove them:\n%(link)s"
    )
    return _("New member of %(seller)s: %(user)s") % facts, body % facts


def member_removed_email(member: Member, *, link: str) -> tuple[str, str]:
    facts = _told(member, link)
    body = _("%(user)s (%(email)s) is no longer a member of %(seller)s.\n\nAll members:\n%(link)s")
    return _("No longer a member of %(seller)s: %(user)s") % facts, body % facts


def you_are_removed_email(member: Member, *, link: str) -> tuple[str, str]:
    facts = _told(member, link)
    body = _("You are no longer a member of %(seller)s. What you did there stays. Its owners can invite you again.")
    return _("You are no longer a member of %(seller)s") % facts, body % facts


def role_changed_email(member: Member, *, link: str) -> tuple[str, str]:
    facts = {**_told(member, link), "may": role_words(member.role)}
    body = _("The role of %(user)s (%(email)s) at %(seller)s is now: %(role)s. %(may)s\n\nAll members:\n%(link)s")
    return _("New role at %(seller)s: %(user)s") % facts, body % facts


def _told(member: Member, link: str) -> dict[str, object]:
    user, role = member.user, Member.Role(member.role).label
    return {"user": user, "email": user.email, "role": role, "seller": member.seller, "link": link}


# --- Tokens


def token_last_used(token: ApiToken) -> str:
    if token.revoked_at is not None:
        return _("revoked already")
    if token.last_used_at is None:
        return _("never used")
    return _("last used %(time)s ago") % {"time": timesince(token.last_used_at)}


def token_ends(token: ApiToken, *, now: datetime) -> str:
    """Until when a token is good, in words that show what needs another one."""
    if token.revoked_at is not None:
        return _("revoked %(moment)s") % {"moment": utc_words(token.revoked_at)}
    if token.expires_at is None:
        return _("it is revoked")
    if token.expires_at <= now:
        return _("expired %(moment)s") % {"moment": utc_words(token.expires_at)}
    if token.expires_at > now + rules.TOKEN_REMINDER:
        return utc_words(token.expires_at)
    facts = {"moment": utc_words(token.expires_at), "time": timeuntil(token.expires_at, now)}
    return _("%(moment)s (in %(time)s)") % facts


def beyond_scope() -> str:
    return _("You do not work for this market.")


def for_all_markets() -> str:
    return _("This reaches the sellers of every market: somebody who works for all markets does it.")


def say_why() -> str:
    return _("Say why; staff read it.")


def needs_approval() -> str:
    return _("It lets one person do more: propose it by “Let one person do more”, and somebody else approves it.")


def lets_nobody_do_more() -> str:
    return _("It lets nobody do more than now. Change these numbers on the market's page: that takes nobody else.")


def controls_wait() -> str:
    return _("A proposal for this market waits already: decide on it first.")


def before_proposing_controls() -> str:
    return _(
        "Above these numbers, counted over 24 hours, somebody else looks before violations are imported or voided. "
        "Higher numbers, or none, wait until somebody else approves them."
    )


def proposed_controls(proposal: ControlsProposal) -> str:
    """Who proposes it and why, and both numbers as they are now and would be."""
    market = proposal.market
    said = _(
        "%(person)s proposes it: %(reason)s Uploads: second person above %(uploads)s, now %(uploads_now)s. Mass "
        "reversals: second person above %(reversals)s, now %(reversals_now)s."
    )
    return said % {
        "person": proposal.proposed_by,
        "reason": proposal.reason,
        "uploads": _number_or_none(proposal.upload_second_person_above),
        "uploads_now": _number_or_none(market.upload_second_person_above),
        "reversals": _number_or_none(proposal.reversal_second_person_above),
        "reversals_now": _number_or_none(market.reversal_second_person_above),
    }


def _number_or_none(number: int | None) -> str:
    return _("any number (never)") if number is None else f"{number:,}"
