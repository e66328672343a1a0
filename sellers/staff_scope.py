"""The one place that decides for which markets a person of the staff works."""

from __future__ import annotations

from typing import TypeVar

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import User
from kit.backoffice import scopes
from kit.scopes import Scope

from .models import StaffMarket

Records = TypeVar("Records", bound="QuerySet")  # type: ignore[type-arg]  # of any records


def markets_of(person: User) -> Scope:
    """The ids of the markets that a person works for, ``None`` if for all; read once for each page (1 query).

    Superusers work for all, as do people for whom no market is named.
    """
    if person.is_superuser or person.pk is None:
        return None
    if not hasattr(person, "markets_of"):
        named = StaffMarket.objects.filter(user=person.pk).order_by("market_id")
        person.markets_of = frozenset(named.values_list("market_id", flat=True)) or None  # type: ignore[attr-defined]  # kept here
    found: Scope = person.markets_of  # type: ignore[attr-defined]  # set above
    return found


def works_for(person: User, market_id: int) -> bool:
    markets = markets_of(person)
    return markets is None or market_id in markets


def who_work_for(people: QuerySet[User], market_id: int) -> QuerySet[User]:
    """Those of some people who work for a market; in the database what ``works_for`` says of one."""
    everywhere = Q(is_superuser=True) | ~Exists(StaffMarket.objects.filter(user=OuterRef("pk")))
    return people.filter(everywhere | Exists(StaffMarket.objects.filter(user=OuterRef("pk"), market=market_id)))


def for_staff(queryset: Records, person: User) -> Records:
    """The records that a person of the staff may work on, whatever they are."""
    return scopes.in_scope(queryset, markets_of(person))
