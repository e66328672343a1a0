"""What people decide about themselves."""

from __future__ import annotations

import secrets

from django.db import transaction

from ..models import User


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
