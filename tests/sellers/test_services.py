import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction

from sellers.models import Market, Seller
from sellers.selectors import get_seller, sellers_of
from sellers.services import Refused, add_member, close_books, lock_seller, recording_time, remove_member
from tests.factories import NOW, MarketFactory, SellerFactory, UserFactory

pytestmark = pytest.mark.django_db


def test_member_can_be_added_twice_and_removed() -> None:
    seller, user = SellerFactory(), UserFactory()
    assert add_member(seller=seller, user=user, now=NOW) == add_member(seller=seller, user=user, now=NOW)
    assert list(sellers_of(user)) == [seller]
    assert get_seller(user=user, seller_id=seller.pk) == seller
    remove_member(seller=seller, user=user, now=NOW)
    with pytest.raises(Seller.DoesNotExist):
        get_seller(user=user, seller_id=seller.pk)


def test_recording_time_is_now_while_the_books_are_open() -> None:
    assert recording_time(market_id=MarketFactory().pk, now=NOW) == NOW


def test_recording_time_is_the_end_of_closed_books_afterwards() -> None:
    market = MarketFactory(books_closed_until=NOW + timedelta(hours=1))
    assert recording_time(market_id=market.pk, now=NOW) == NOW + timedelta(hours=1)


def test_lock_seller_brings_its_market() -> None:
    seller = SellerFactory()
    assert lock_seller(seller_id=seller.pk).market == seller.market


def test_books_close_forward_only() -> None:
    market = MarketFactory()
    close_books(market_id=market.pk, until=NOW)
    with pytest.raises(Refused, match="closed until"):
        close_books(market_id=market.pk, until=NOW - timedelta(seconds=1))
    market.refresh_from_db()
    assert market.books_closed_until == NOW


@pytest.mark.django_db(transaction=True)
def test_closing_waits_for_a_transaction_that_records() -> None:
    market = MarketFactory()
    recording, closed = threading.Event(), threading.Event()

    def close() -> None:
        recording.wait()
        close_books(market_id=market.pk, until=NOW)
        closed.set()
        connection.close()

    thread = threading.Thread(target=close)
    thread.start()
    with transaction.atomic():
        recording_time(market_id=market.pk, now=NOW - timedelta(minutes=1))
        recording.set()
        assert not closed.wait(0.3)
        assert Market.objects.get(pk=market.pk).books_closed_until < NOW
    thread.join()
    assert closed.is_set()
