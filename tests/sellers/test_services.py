import threading
from contextlib import suppress
from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, OperationalError, connection, transaction

from audit.models import AuditEntry
from kit.database.inserting import next_ids
from kit.outcomes import Refused
from sellers.models import Content, Market, Seller
from sellers.services import (
    ContentDraft,
    SellerDraft,
    change_market,
    close_books,
    keep_books_open,
    lock_seller,
    put_content,
    put_sellers,
    recording_time,
)
from sellers.services.provisioning import KnownContent, keep_content, known_content
from tests.factories import NOW, MarketFactory, SellerFactory, UserFactory
from tests.locks import background, wait_until_somebody_waits_for_a_lock

pytestmark = pytest.mark.django_db


def test_recording_time_is_now_while_the_books_are_open() -> None:
    assert recording_time(market_id=MarketFactory().pk, now=NOW) == NOW


def test_recording_time_is_the_end_of_closed_books_afterwards() -> None:
    market = MarketFactory(books_closed_until=NOW + timedelta(hours=1))
    assert recording_time(market_id=market.pk, now=NOW) == NOW + timedelta(hours=1)


def test_lock_seller_finds_nobody_by_an_unknown_id() -> None:
    with pytest.raises(Seller.DoesNotExist), transaction.atomic():
        lock_seller(seller_id=0)


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


PLAIN_MESSAGE = """
INSERT INTO inbox_message (seller_id, kind, template, notice_subject, notice_body, posted_at)
VALUES (%s, 'notice', 'notice', 'By hand', 'By hand', %s)
"""


@pytest.mark.django_db(transaction=True)
def test_closing_waits_for_plain_sql_that_has_not_asked_for_the_recording_time() -> None:
    seller, closed = SellerFactory(), threading.Event()

    def close() -> None:
        close_books(market_id=seller.market_id, until=NOW)
        closed.set()
        connection.close()

    thread = threading.Thread(target=close)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(PLAIN_MESSAGE, [seller.pk, NOW - timedelta(minutes=1)])
        thread.start()
        wait_until_somebody_waits_for_a_lock()
        assert not closed.is_set()
    thread.join(timeout=20)
    assert closed.is_set()
    with pytest.raises(IntegrityError, match="books are closed"), connection.cursor() as cursor:
        cursor.execute(PLAIN_MESSAGE, [seller.pk, NOW - timedelta(seconds=1)])


@pytest.mark.django_db(transaction=True)
def test_plain_sql_that_began_before_the_books_closed_is_refused_after_it_waited() -> None:
    """Its statement sees the books open; what counts is how they are once it has them in its hands."""
    seller, refused = SellerFactory(), threading.Event()

    def record() -> None:
        with suppress(IntegrityError), connection.cursor() as cursor:
            cursor.execute(PLAIN_MESSAGE, [seller.pk, NOW - timedelta(minutes=1)])
            connection.close()
            return
        refused.set()
        connection.close()

    thread = threading.Thread(target=record)
    with transaction.atomic():
        close_books(market_id=seller.market_id, until=NOW)
        thread.start()
        wait_until_somebody_waits_for_a_lock()
    thread.join(timeout=20)
    assert refused.is_set()


@pytest.mark.django_db(transaction=True)
def test_nobody_closes_books_by_plain_sql_while_somebody_records() -> None:
    market, recording, finish = MarketFactory(), threading.Event(), threading.Event()

    def record() -> None:
        with transaction.atomic():
            recording_time(market_id=market.pk, now=NOW)
            recording.set()
            finish.wait(timeout=20)
        connection.close()

    thread = threading.Thread(target=record)
    thread.start()
    assert recording.wait(timeout=20)
    try:
        with pytest.raises(OperationalError, match="Somebody is recording"):
            Market.objects.filter(pk=market.pk).update(books_closed_until=NOW)
    finally:
        finish.set()
        thread.join(timeout=20)
    Market.objects.filter(pk=market.pk).update(books_closed_until=NOW)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("level", ["REPEATABLE READ", "SERIALIZABLE"])
def test_nothing_is_recorded_under_an_isolation_level_that_shows_the_books_as_they_were(level: str) -> None:
    seller = SellerFactory()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET TRANSACTION ISOLATION LEVEL {level}")
        with pytest.raises(DatabaseError, match="READ COMMITTED"):
            recording_time(market_id=seller.market_id, now=NOW)
        transaction.set_rollback(True)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET TRANSACTION ISOLATION LEVEL {level}")
        with pytest.raises(DatabaseError, match="READ COMMITTED"):
            cursor.execute(PLAIN_MESSAGE, [seller.pk, NOW])
        transaction.set_rollback(True)


# --- A market


def test_market_of_which_nothing_is_changed_leaves_no_entry() -> None:
    market, staff = MarketFactory(), UserFactory(is_staff=True)
    assert change_market(market=market, changes={}, changed_by=staff, now=NOW) == market
    assert not AuditEntry.objects.exists()
    change_market(market=market, changes={"name": "Elsewhere"}, changed_by=staff, now=NOW)
    assert AuditEntry.objects.get().person == staff


def test_market_changes_only_in_the_fields_named() -> None:
    """Whoever opened the market's form before the books were closed, or somebody else changed it, undoes neither."""
    market = MarketFactory(appeal_days=30)
    stale = Market.objects.get(pk=market.pk)
    close_books(market_id=market.pk, until=NOW)
    change_market(market=market, changes={"appeal_days": 180}, now=NOW)
    changed = change_market(market=stale, changes={"name": "Elsewhere", "rewarded_passes_per_month": 1}, now=NOW)
    market.refresh_from_db()
    assert (market.name, market.appeal_days, market.rewarded_passes_per_month) == ("Elsewhere", 180, 1)
    assert (market.books_closed_until, changed) == (NOW, market)


@pytest.mark.parametrize(
    ("name", "value"),
    [("code", "XX"), ("time_zone", "Asia/Bangkok"), ("books_closed_until", NOW), ("id", 7), ("nonsense", 1)],
)
def test_market_keeps_what_its_records_rest_on(name: str, value: object) -> None:
    with pytest.raises(Refused) as refused:
        change_market(market=MarketFactory(), changes={"name": "Elsewhere", name: value}, now=NOW)
    assert refused.value.field == name


@pytest.mark.parametrize(("name", "value"), [("appeal_days", 0), ("name", ""), ("points_expiry", "never")])
def test_market_refuses_what_does_not_fit_by_its_name(name: str, value: object) -> None:
    with pytest.raises(Refused) as refused:
        change_market(market=MarketFactory(), changes={name: value}, now=NOW)
    assert refused.value.field == name


def test_content_that_cannot_be_added_is_refused_beside_what_can() -> None:
    seller = SellerFactory(market__code="US", external_id="shop-1")
    ahead = NOW + timedelta(days=366)
    drafts = [
        ("nobody", ContentDraft("live", "live-1", "Sunday LIVE")),
        ("shop-1", ContentDraft("live", "live-2", "Much later", published_at=ahead + timedelta(seconds=1))),
        ("shop-1", ContentDraft("live", "live-3", "Next year", published_at=ahead)),
    ]
    outcomes = put_content(market=seller.market, drafts=drafts, now=NOW)
    assert [(one.result.value, one.field, one.reason) for one in outcomes] == [
        ("refused", "seller", "No seller 'nobody' in market US."),
        ("refused", "published_at", "It lies more than 366 days ahead."),
        ("created", "", ""),
    ]
    assert seller.content.get().external_id == "live-3"


def test_numbers_of_a_market_with_sellers_change_with_a_notice_only() -> None:
    market = SellerFactory().market
    with pytest.raises(Refused, match="Sellers live by it") as refused:
        change_market(market=market, changes={"name": "Elsewhere", "appeal_days": 60, "approach_points": 3}, now=NOW)
    assert refused.value.field == "appeal_days"
    change_market(market=market, changes={"name": "Elsewhere"}, now=NOW)
    change_market(market=market, changes={"appeal_days": 60}, with_notice=True, now=NOW)
    market.refresh_from_db()
    assert (market.name, market.appeal_days) == ("Elsewhere", 60)


def test_books_close_twice_at_the_same_moment() -> None:
    """Whoever closed them and was interrupted does it again."""
    market = MarketFactory()
    for _ in range(2):
        assert close_books(market_id=market.pk, until=NOW).books_closed_until == NOW


@pytest.mark.django_db(transaction=True)
def test_books_of_several_markets_are_kept_open_until_the_transaction_ends() -> None:
    first, second, other = MarketFactory(), MarketFactory(), MarketFactory()
    with background() as start:
        with transaction.atomic():
            keep_books_open(market_ids=[first.pk, second.pk])
            closing = [start(lambda pk=pk: close_books(market_id=pk, until=NOW)) for pk in (first.pk, second.pk)]
            wait_until_somebody_waits_for_a_lock(2)
            assert start(lambda: close_books(market_id=other.pk, until=NOW)).result().books_closed_until == NOW
            assert not any(one.done() for one in closing)
        assert [one.result().books_closed_until for one in closing] == [NOW, NOW]


# --- Provisioning


def test_seller_is_there_since_it_was_provisioned() -> None:
    market = MarketFactory()
    later = NOW + timedelta(days=3)
    put_sellers(market=market, drafts=[SellerDraft("shop-1", "Daylight", kind="shop")], now=NOW)
    put_sellers(market=market, drafts=[SellerDraft("shop-1", "Daylight Ltd")], now=later)
    seller = market.sellers.get()
    assert (seller.name, seller.created_at) == ("Daylight Ltd", NOW)


def test_what_was_left_out_of_content_is_completed_and_what_is_known_stays() -> None:
    bare = KnownContent(7, "live", "live-1", "Sunday LIVE", "", None)
    address, day = "https://shop.example/live-1", NOW - timedelta(days=3)
    whole = ContentDraft("live", "live-1", "Another title", address, day)
    assert bare.completed(whole) == bare._replace(url=address, published_at=day)
    assert bare.completed(ContentDraft("live", "live-1", "", address)) == bare._replace(url=address)
    assert bare.completed(ContentDraft("live", "live-1", "", "", day)) == bare._replace(published_at=day)
    known = bare._replace(url="https://shop.example/first", published_at=NOW)
    assert known.completed(whole) is known
    assert bare._replace(url=address).completed(whole) == bare._replace(url=address, published_at=day)
    assert bare._replace(published_at=NOW).completed(whole) == bare._replace(url=address, published_at=NOW)
    assert bare.completed(ContentDraft("live", "live-1", "Sunday LIVE")) is bare


def test_known_content_is_kept_once_and_completed_in_its_row() -> None:
    seller = SellerFactory()
    key, other = (seller.pk, "live", "live-1"), (seller.pk, "video", "video-1")
    old = Content.objects.create(seller=seller, kind="live", external_id="live-1", title="Sunday LIVE")
    before = known_content([key, other])
    assert before == {key: KnownContent(old.pk, "live", "live-1", "Sunday LIVE", "", None)}
    (new_id,) = next_ids(Content, 1)
    new = KnownContent(new_id, "video", "video-1", "Unboxing", "", NOW)
    done = before[key].completed(ContentDraft("live", "live-1", "", "https://shop.example/live-1", NOW))
    keep_content({key: done, other: new}, before=before)
    assert known_content([key, other]) == {key: done, other: new}
    assert known_content([]) == {}
