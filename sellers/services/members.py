"""Who may act for whom."""

from __future__ import annotations

from django.db import transaction

from ..models import Member, Seller, User


@transaction.atomic
def add_member(*, seller: Seller, user: User) -> Member:
    """Let a person act for a seller. Adding somebody twice changes nothing."""
    member, _ = Member.objects.get_or_create(seller=seller, user=user)
    return member


@transaction.atomic
def remove_member(*, seller: Seller, user: User) -> None:
    """Take the right to act for a seller from a person; what they did stays."""
    Member.objects.filter(seller=seller, user=user).delete()


@transaction.atomic
def choose_language(*, user: User, language: str) -> None:
    """Write to a person in this language from now on; empty: in that of each seller's market."""
    user.language = language
    user.save(update_fields=["language"])
