"""What every service that records something needs: the books of a market, and the locks of its sellers.

Every service locks in this order:

- the books of markets in the order of their ids
- sellers in the order of theirs
- the row contended for

Whoever takes turns with others on anything else takes it after these.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import DEFAULT_DB_ALIAS, connection, transaction
from django.utils.translation import gettext as _
from prometheus_client import Histogram

from kit.database.clocks import clock_errors
from kit.database.prepared_reads import PreparedRead, id_parameter
from kit.formatting import utc_words
from kit.outcomes import Refused

from ..models import Market, Seller

BOOKS_WAIT = Histogram(
    "healthportal_books_wait_seconds",
    "How long transactions waited for the books of their market.",
    buckets=(0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30),
)


def recording_time(*, market_id: int, now: datetime) -> datetime:
    """The moment (UTC) under which this transaction records things of a market: ``now``, or the end of closed books.

    Call it first in a transaction that records violations, points entries or messages. It keeps the week's books from
    being closed until the transaction ends. So each of them is in exactly one weekly report. If somebody waits to close
    them, it waits until they are closed. Raises ``ClockAhead`` if ``now`` has not come by the database's clock.
    """
    with clock_errors(), BOOKS_WAIT.time(), connection.cursor() as cursor:
        cursor.execute("SELECT recording_time(%s, %s)", [market_id, now])
        (moment,) = cursor.fetchone()
    return moment  # type: ignore[no-any-return]  # cursors are untyped


def keep_books_open(*, market_ids: Iterable[int]) -> None:
    """Keep the books of several markets from being closed until the transaction ends.

    Call it first in a transaction that records things of more than one market. Also in one that locks something before
    it knows what it records.
    """
    with BOOKS_WAIT.time(), connection.cursor() as cursor:
        cursor.execute("SELECT keep_books_open(%s)", [list(market_ids)])


def lock_seller_to_record(*, seller_id: int, now: datetime) -> tuple[Seller, datetime]:
    """Lock one seller, as ``lock_seller`` does, and give it with the moment under which things of it are recorded.

    As ``recording_time``, it comes first in a transaction: the books are locked before the seller.
    """
    with clock_errors(), BOOKS_WAIT.time(), connection.cursor() as cursor:
        cursor.execute("SELECT recording_time(market_id, %s) FROM sellers_seller WHERE id = %s", [now, seller_id])
        (moment,) = cursor.fetchone()
    return lock_seller(seller_id=seller_id), moment


def lock_seller(*, seller_id: int) -> Seller:
    """Lock one seller's row until the transaction ends; writes that contend for a seller's points take turns on it.

    Whoever records something afterwards takes ``lock_seller_to_record``.
    """
    return _locked.get(using=DEFAULT_DB_ALIAS, seller=seller_id)


_locked = PreparedRead(
    lambda: (
        Seller.objects.select_for_update(no_key=True, of=("self",))
        .select_related("market")
        .filter(pk=id_parameter("seller"))
    )
)


def lock_sellers(*, market: Market, external_ids: Iterable[str]) -> dict[str, Seller]:
    """Lock those sellers of a market, in id order, and give them by external id; unknown ones are left out."""
    sellers = Seller.objects.filter(market=market, external_id__in=set(external_ids)).order_by("id")
    return {seller.external_id: seller for seller in sellers.select_for_update(no_key=True)}


def lock_sellers_by_id(*, seller_ids: Iterable[int]) -> dict[int, Seller]:
    """Lock sellers of any market in the order of their ids, with their markets, and give them by id."""
    sellers = Seller.objects.filter(pk__in=seller_ids).select_related("market").order_by("id")
    return {seller.pk: seller for seller in sellers.select_for_update(no_key=True, of=("self",))}


def lock_seller_ids(*, market: Market, external_ids: Iterable[str]) -> dict[str, int]:
    """As ``lock_sellers``, for a caller that needs no more than their ids."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK_SELLERS, [market.pk, list(set(external_ids))])
        return dict(cursor.fetchall())


LOCK_SELLERS = """
SELECT external_id, id FROM sellers_seller WHERE market_id = %s AND external_id = ANY(%s) ORDER BY id FOR NO KEY UPDATE
"""


@transaction.atomic
def lock_books(*, market_id: int) -> Market:
    """Lock a market's books until the transaction ends: nobody records in the market meanwhile, or changes its rules.

    Waits for transactions that are recording; recorders that come later wait in turn, else closing might never get one.
    """
    with BOOKS_WAIT.time(), connection.cursor() as cursor:
        cursor.execute("SELECT lock_books(%s)", [market_id])
    return Market.objects.get(pk=market_id)


@transaction.atomic
def close_books(*, market_id: int, until: datetime) -> Market:
    """Close a market's books: nothing can be recorded before ``until`` any more.

    Waits as ``lock_books`` does, so what was being recorded is seen by whoever closes. Raises ``Refused`` if the books
    are closed further already. Raises ``ClockAhead`` for a moment that has not come by the database's clock.
    """
    market = lock_books(market_id=market_id)
    if until < market.books_closed_until:
        raise Refused(
            _("The books of %(market)s are closed until %(moment)s already.")
            % {"market": market, "moment": utc_words(market.books_closed_until)}
        )
    market.books_closed_until = until
    with clock_errors():
        market.save(update_fields=["books_closed_until"])
    return market
