"""How reviewers are told who has an appeal."""

from __future__ import annotations

from django.utils.translation import gettext as _

from accounts.models import User
from kit.formatting import utc_words

from ..models import Appeal, AppealClaim


def who_has_it(claim: AppealClaim, *, viewer: User) -> str:
    """Who works on an appeal, until when."""
    names = {"person": claim.person, "until": utc_words(claim.until) if claim.until else ""}
    if claim.person == viewer:
        words = _("You have it until %(until)s.") if claim.until else _("You have it: it is assigned to you.")
    else:
        words = _("%(person)s has it until %(until)s.") if claim.until else _("It is assigned to %(person)s.")
    return words % names


def somebody_has_it(claim: AppealClaim) -> str:
    """Why somebody cannot take an appeal."""
    names = {"person": claim.person, "until": utc_words(claim.until) if claim.until else ""}
    if claim.until:
        return _("%(person)s has this appeal until %(until)s. Take it over, or take the next one.") % names
    return _("This appeal is assigned to %(person)s. Take it over, or take the next one.") % names


def to_assign(appeal: Appeal, *, viewer: User, claim: AppealClaim | None) -> str:
    """What whoever assigns an appeal has to know of it."""
    facts = {"seller": appeal.seller, "policy": appeal.violation.policy_name, "moment": utc_words(appeal.decide_by)}
    said = _("It is of %(seller)s, about %(policy)s, and is to be decided by %(moment)s.") % facts
    who = who_has_it(claim, viewer=viewer) if claim else _("Nobody has it.")
    return f"{said} {who}"


def may_not_decide(person: User) -> str:
    return _("%(person)s may not decide on appeals. Choose somebody with the role Reviewer.") % {"person": person}


def not_for(person: User) -> str:
    return _(
        "%(person)s cannot decide on this appeal: they issued the violation, filed the appeal or act for the seller. "
        "Choose somebody else."
    ) % {"person": person}
