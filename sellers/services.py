"""Writes of the sellers app, and the error that every service raises when a rule says no."""

from __future__ import annotations

from datetime import datetime

from django.db import connection, transaction

from .models import Market, Member, Seller, User


class Refused(Exception):
    """A rule says no. The message is for the person who asked; ``field`` names the input it is about, if one."""

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field


def recording_time(*, market_id: int, now: datetime) -> datetime:
    """The moment (UTC) under which this transaction records things of a market: ``now``, or the end of closed books.

    Call it first in a transaction that records violations, points entries or messages: it keeps the week's books from
    being closed until the transaction ends, so that each of them is in exactly one weekly report.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT recording_time(%s, %s)", [market_id, now])
        (moment,) = cursor.fetchone()
    return moment  # type: ignore[no-any-return]  # cursors are untyped


def lock_seller(*, seller_id: int) -> Seller:
    """Lock one seller's row until the transaction ends; writes that contend for a seller's points take turns on it."""
    return Seller.objects.select_for_update(no_key=True, of=("self",)).select_related("market").get(pk=seller_id)


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
def close_books(*, market_id: int, until: datetime) -> Market:
    """Close a market's books: nothing can be recorded before ``until`` any more.

    Waits for transactions that are recording in this market, so what they recorded is seen by whoever closes.
    Raises ``Refused`` if the books are closed further already.
    """
    market = Market.objects.select_for_update(no_key=True).get(pk=market_id)
    if until < market.books_closed_until:
        raise Refused(f"The books of {market} are closed until {market.books_closed_until:%d %B %Y %H:%M} UTC already.")
    market.books_closed_until = until
    market.save(update_fields=["books_closed_until"])
    return market
