"""Certificates of attendance."""

from __future__ import annotations

import secrets
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from kit.outcomes import Refused
from sellers.rules import Right
from sellers.services import refuse_without_right

from .. import rules
from ..models import Certificate, Signup
from .locking import lock_workshop, reload_signup

CODE_LENGTH = 16
"""31 to the power of it: nobody finds one by trying."""


class NoCertificate(Refused):
    """Nobody was there with this place, or the workshop goes on."""


@transaction.atomic
def issue_certificate(*, signup: Signup, user: User, now: datetime) -> Certificate:
    """Certify that somebody was at a workshop that is over, once: asked for again, it is the same.

    Raises ``NoCertificate`` if they were not checked in, or before the end.
    """
    refuse_without_right(person=user, seller=signup.seller, right=Right.WORKSHOP)
    workshop = lock_workshop(workshop_id=signup.workshop_id)
    signup = reload_signup(signup)
    if signup.checked_in_at is None:
        raise NoCertificate(_("Certificates are for those who were checked in. Ask the host if you were there."))
    if now < workshop.ends_at:
        raise NoCertificate(_("The certificate can be had once the workshop has ended."))
    if issued := Certificate.objects.filter(signup=signup).first():
        return issued
    name, code = name_of(signup), "".join(secrets.choice(rules.CODE_ALPHABET) for _number in range(CODE_LENGTH))
    return Certificate.objects.create(
        signup=signup, code=code, name=name, title=workshop.title, place=workshop.where, issued_at=now
    )


def name_of(signup: Signup) -> str:
    """Who came, as far as it was said: else who signed up, else the seller."""
    return signup.attendee or signup.user.name or signup.seller.name
