"""What people decide about themselves."""

from __future__ import annotations

from django.db import transaction

from ..models import User


@transaction.atomic
def choose_language(*, user: User, language: str) -> None:
    """Write to a person in this language from now on; empty: in that of each seller's market."""
    user.language = language
    user.save(update_fields=["language"])
