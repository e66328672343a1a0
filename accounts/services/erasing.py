"""Forgetting who a person was. What they did stays, as done by a former member."""

from __future__ import annotations

from datetime import datetime

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.auth.hashers import make_password
from django.db import transaction

from audit.services import erase_names

from ..models import AccountEmail, UnreachableAddress, User
from ..selectors import own_addresses
from .sessions import end_other_sessions


@transaction.atomic
def erase_identity(*, user: User, now: datetime) -> None:
    """Replace what says who a person is, take away every way in, and name them no more in the trail."""
    end_other_sessions(user=user)
    addresses = own_addresses(user)
    erase_names(person=user, names=[user.label, *addresses])
    EmailAddress.objects.filter(user=user).delete()
    Authenticator.objects.filter(user=user).delete()
    AccountEmail.objects.filter(to__in=addresses).delete()
    UnreachableAddress.objects.filter(email__in=addresses).delete()
    user.groups.clear()
    user.user_permissions.clear()
    user.email, user.name, user.language, user.time_zone, user.calendar_key = address_of_erased(user), "", "", "", ""
    user.password, user.last_login, user.is_active, user.erased_at = make_password(None), None, False, now
    user.save()


def address_of_erased(user: User) -> str:
    """Leads nowhere (RFC 2606), and is nobody else's."""
    return f"erased-{user.pk}@erased.invalid"
