"""Reads of the accounts app."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import Permission
from django.contrib.sessions.models import Session
from django.db.models import Q, QuerySet

from .models import AccountEmail, UnreachableAddress, User


def account_emails_given_up(*, since: datetime) -> QuerySet[AccountEmail]:
    """Emails about people's own accounts that were given up after that moment."""
    return AccountEmail.objects.filter(given_up_at__gte=since)


def has_confirmed(user: User, email: str) -> bool:
    """Whether a person has shown that they read what is sent to this address."""
    return bool(EmailAddress.objects.filter(user=user, email=email, verified=True).exists())


def own_addresses(user: User) -> list[str]:
    """The address that a person signs in with, and their others, confirmed or not."""
    return [user.email, *EmailAddress.objects.filter(user=user).values_list("email", flat=True)]


def find_person(email: str) -> User | None:
    """The person who signs in with this address, or has confirmed it as another of theirs."""
    own = User.objects.filter(email=email).first()
    return own or User.objects.filter(emailaddress__email=email, emailaddress__verified=True).first()


def staff_who_may(permission: str) -> QuerySet[User]:
    """The active staff who have a permission such as ``violations.decide_appeal``, by name."""
    app, codename = permission.split(".")
    given = Permission.objects.filter(content_type__app_label=app, codename=codename)
    theirs = Q(is_superuser=True) | Q(user_permissions__in=given) | Q(groups__permissions__in=given)
    return User.objects.filter(theirs, is_staff=True, is_active=True).distinct().order_by("name", "email")


def unreachable_address(user: User) -> UnreachableAddress | None:
    """What came back from a person's address, if nothing is sent to it since."""
    return UnreachableAddress.objects.filter(email=user.email, since__isnull=False).first()


def unreachable_among(emails: Collection[str]) -> set[str]:
    """Those of some addresses to which nothing is sent."""
    found = UnreachableAddress.objects.filter(email__in=emails, since__isnull=False)
    return set(found.values_list("email", flat=True))


def sessions_of(user: User, *, now: datetime) -> QuerySet[UserSession]:
    """Where a person is signed in now; where they were last comes first."""
    going_on = Session.objects.filter(expire_date__gt=now).values("session_key")
    sessions: QuerySet[UserSession] = UserSession.objects.filter(user=user, session_key__in=going_on)
    return sessions.order_by("-last_seen_at", "-pk")
