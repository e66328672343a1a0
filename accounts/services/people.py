"""What people decide about themselves."""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from django.contrib.auth.hashers import make_password
from django.db import transaction

from ..models import User


@transaction.atomic
def add_person(*, email: str) -> User:
    """The person with this address; a new one has no password until they choose it. Of two at once one is new."""
    user, _is_new = User.objects.get_or_create(email=email.strip().lower(), defaults={"password": make_password(None)})
    return user


@transaction.atomic
def describe_person(*, user: User, said: Mapping[str, object]) -> None:
    """Change what a person says of themselves: their name, their language, the time they need."""
    for name, value in said.items():
        setattr(user, name, value)
    user.save(update_fields=[*said])


@transaction.atomic
def choose_language(*, user: User, language: str) -> None:
    """Write to a person in this language from now on; empty: in that of each seller's market."""
    user.language = language
    user.save(update_fields=["language"])


@transaction.atomic
def renew_calendar(*, user: User) -> None:
    """Give a person's calendar a new address; the one before, if there was one, shows nothing any more."""
    user.calendar_key = secrets.token_urlsafe(16)
    user.save(update_fields=["calendar_key"])


@transaction.atomic
def close_calendar(*, user: User) -> None:
    """From now on no address shows a person's calendar."""
    user.calendar_key = ""
    user.save(update_fields=["calendar_key"])
