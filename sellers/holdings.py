"""What the portal holds about a seller, for the seller's own download: a file for each kind of record.

Each app adds its own kinds to ``HOLDINGS`` when the portal starts, as it does with the links of messages. What one
member did in private (read messages, drafted an appeal) is no record of the seller's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from kit.documents.records import Record, exact

from .models import Content, Member, Seller


@dataclass(frozen=True)
class HeldFile:
    """A file in private storage, and what it is called in the download."""

    path: str
    stored_name: str


def no_files(seller: Seller) -> Iterable[HeldFile]:
    return ()


@dataclass(frozen=True)
class Holding:
    """One kind of record: ``record(row, zone=…)`` gives the ``fields`` of a row of ``rows(seller, now)``."""

    fields: Sequence[str]
    rows: Callable[[Seller, datetime], QuerySet[Any]]
    record: Callable[..., Record]
    files: Callable[[Seller], Iterable[HeldFile]] = no_files


def sellers_own(seller: Seller, now: datetime) -> QuerySet[Seller]:
    return Seller.objects.filter(pk=seller.pk).select_related("market")


def seller_record(seller: Seller, *, zone: ZoneInfo) -> Record:
    return {
        "seller": seller.external_id,
        "name": seller.name,
        "kind": seller.kind,
        "city": seller.city,
        "market": seller.market.code,
        "market_name": seller.market.name,
        "time_zone": seller.market.time_zone,
        "signed_up_to_sell": seller.signed_up_to_sell,
        "since": exact(seller.created_at, zone=zone),
    }


def members_of(seller: Seller, now: datetime) -> QuerySet[Member]:
    return Member.objects.filter(seller=seller).select_related("user").order_by("pk")


def member_record(member: Member, *, zone: ZoneInfo) -> Record:
    return {
        "name": member.user.name,
        "email": member.user.email,
        "role": member.role,
        "since": exact(member.created_at, zone=zone),
    }


def content_of(seller: Seller, now: datetime) -> QuerySet[Content]:
    return Content.objects.filter(seller=seller).order_by("pk")


def content_record(content: Content, *, zone: ZoneInfo) -> Record:
    return {
        "kind": content.kind,
        "content": content.external_id,
        "title": content.title,
        "url": content.url,
        "published_at": exact(content.published_at, zone=zone),
    }


SELLER_FIELDS = [
    "seller", "name", "kind", "city", "market", "market_name", "time_zone", "signed_up_to_sell", "since",
]  # fmt: skip

HOLDINGS: dict[str, Holding] = {
    "seller": Holding(SELLER_FIELDS, sellers_own, seller_record),
    "members": Holding(["name", "email", "role", "since"], members_of, member_record),
    "content": Holding(["kind", "content", "title", "url", "published_at"], content_of, content_record),
}
"""By the name of its files, in the order in which they stand in the download."""
