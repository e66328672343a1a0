"""Who may act for whom: people for sellers, and the marketplace's systems for a market; and who did what."""

from __future__ import annotations

from django.db.models import Model, QuerySet

from .models import ApiToken, AuditEntry, Seller, SellerQuerySet, User


def sellers_of(user: User) -> SellerQuerySet:
    """The sellers that a person may act for, by name."""
    return Seller.objects.for_member(user).select_related("market")


def get_seller(*, user: User, seller_id: int) -> Seller:
    """The seller, if the person may act for it. Raises ``Seller.DoesNotExist`` otherwise: nobody learns it exists."""
    return sellers_of(user).get(pk=seller_id)


def find_token(secret: str) -> ApiToken | None:
    """The API token with this secret, with its market; none if there is no such token or it is revoked."""
    tokens = ApiToken.objects.filter(secret_hash=ApiToken.hash_of(secret), revoked_at=None)
    return tokens.select_related("market").first()


def trail_of(record: Model) -> QuerySet[AuditEntry]:
    """What staff did to a record, newest first, with the people who did it."""
    about = AuditEntry.objects.filter(kind=record._meta.label_lower, object_id=str(record.pk))
    return about.select_related("person")
