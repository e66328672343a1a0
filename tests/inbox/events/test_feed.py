"""The feed: in order, and nothing is left out, whenever transactions commit."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone

from inbox.events.models import Event, Feed
from inbox.events.schema import DATA
from inbox.events.selectors import CursorTooOld, events_after
from inbox.events.services import place_events, prune_events, record_event
from sellers.models import Market, Seller
from sellers.services import create_api_token, lock_seller
from tests.factories import MarketFactory, SellerFactory

NOW = datetime(2026, 11, 18, 12, tzinfo=UTC)


def happen(seller: Seller, number: int = 1) -> None:
    record_event(seller=seller, kind=Event.Kind.VIOLATION_ISSUED, data={"violation": f"v{number}"}, now=NOW)


def caller(market: Market) -> Any:
    _, secret = create_api_token(market=market, name="feed", created_by=None, now=timezone.now())
    client = Client(headers={"Authorization": f"Bearer {secret}"})

    def ask(**query: object) -> Any:
        return client.get("/api/v1/events", query)

    return ask


@pytest.mark.django_db
def test_a_reader_is_given_each_event_once_in_order() -> None:
    seller = SellerFactory()
    ask = caller(seller.market)
    for number in range(5):
        happen(seller, number)
    happen(SellerFactory())
    place_events(now=NOW)
    first = ask(limit=3).json()
    assert first["events"][0] == {
        "id": Event.objects.order_by("id")[0].public_id,
        "cursor": 1,
        "type": "violation.issued",
        "timestamp": NOW.isoformat(),
        "data": {"market": seller.market.code, "seller": seller.external_id, "violation": "v0"},
    }
    rest = ask(after=first["next"]).json()
    assert [one["data"]["violation"] for one in first["events"] + rest["events"]] == [f"v{n}" for n in range(5)]
    assert (first["more"], rest["more"], rest["next"]) == (True, False, 5)
    assert ask(after=5).json() == {"events": [], "next": 5, "more": False}


@pytest.mark.django_db
@pytest.mark.parametrize("count", [1, 3])
def test_reading_takes_the_same_statements_however_much_there_is(count: int, django_assert_num_queries: Any) -> None:
    seller = SellerFactory()
    for number in range(count):
        happen(seller, number)
    place_events(now=NOW)
    with django_assert_num_queries(2):
        page = events_after(market=seller.market, position=None, limit=10)
        assert [event.seller.external_id for event in page.events] == [seller.external_id] * count


@pytest.mark.django_db
@pytest.mark.parametrize("query", [{"after": -1}, {"after": "x"}, {"limit": 0}, {"limit": 1_001}, {"after": 2**64}])
def test_what_cannot_be_asked_is_refused(query: dict[str, object]) -> None:
    assert caller(MarketFactory())(**query).status_code == 422


@pytest.mark.django_db
def test_a_place_that_nobody_was_given_is_refused_and_nothing_passed_over_in_silence() -> None:
    """A cursor of another market, or of before a backup was restored: it would wait for places that others have."""
    seller = SellerFactory()
    ask = caller(seller.market)
    assert (ask(after=0).status_code, ask(after=1).status_code) == (200, 422)
    happen(seller)
    assert ask(after=1).status_code == 422
    place_events(now=NOW)
    assert ask(after=1).json() == {"events": [], "next": 1, "more": False}
    answer = ask(after=2)
    assert (answer.status_code, "the last is 1." in answer.json()["detail"]) == (422, True)


@pytest.mark.django_db
def test_who_asks_without_a_token_is_refused() -> None:
    assert Client().get("/api/v1/events").status_code == 401


@pytest.mark.django_db
def test_a_reader_who_comes_too_late_is_told_so_and_never_misses_in_silence() -> None:
    seller = SellerFactory()
    ask = caller(seller.market)
    for number in range(4):
        happen(seller, number)
    place_events(now=NOW)
    Event.objects.filter(position__lte=2).update(recorded_at=timezone.now() - timedelta(days=31))
    prune_events(now=timezone.now())
    answer = ask(after=1)
    assert answer.status_code == 410
    assert answer.json()["detail"].endswith("Read on with after=2.")
    assert [one["cursor"] for one in ask(after=2).json()["events"]] == [3, 4]
    assert [one["cursor"] for one in ask().json()["events"]] == [3, 4]
    with pytest.raises(CursorTooOld):
        events_after(market=seller.market, position=0, limit=1)


@pytest.mark.django_db
def test_what_has_no_place_is_never_forgotten() -> None:
    happen(SellerFactory())
    Event.objects.update(recorded_at=timezone.now() - timedelta(days=99))
    assert prune_events(now=timezone.now()) == 0


@pytest.mark.django_db
def test_a_feed_does_not_delete_what_has_no_place() -> None:
    feed = Feed.objects.create(market=MarketFactory())
    assert str(feed) == f"{feed.market} 0"
    with pytest.raises(IntegrityError, match="feed_deletes_what_has_a_place"), transaction.atomic():
        Feed.objects.update(deleted_until=1)


@pytest.mark.django_db(transaction=True)
def test_what_commits_late_comes_after_what_was_read_and_is_not_left_out() -> None:
    first, second = (SellerFactory(market=market) for market in [MarketFactory()] * 2)
    written, may_commit = threading.Event(), threading.Event()

    def late() -> None:
        with transaction.atomic():
            happen(first, 1)
            written.set()
            may_commit.wait(10)
        connection.close()

    thread = threading.Thread(target=late)
    thread.start()
    written.wait(10)
    happen(second, 2)
    place_events(now=NOW)
    page = events_after(market=first.market, position=None, limit=10)
    may_commit.set()
    thread.join()
    place_events(now=NOW)
    rest = events_after(market=first.market, position=page.position, limit=10)
    assert [event.data["violation"] for event in [*page.events, *rest.events]] == ["v2", "v1"]
    assert page.events[0].pk > rest.events[0].pk  # by id it would have been left out


@pytest.mark.django_db(transaction=True)
def test_readers_miss_nothing_and_see_each_seller_in_order_while_many_write() -> None:  # noqa: C901  # four kinds of threads
    """Writers commit at random moments, two give places, one reads on: each event once, each seller's in order."""
    market = MarketFactory()
    sellers = [SellerFactory(market=market) for _ in range(3)]
    stop, failures, read = threading.Event(), [], []
    counts = dict.fromkeys((seller.pk for seller in sellers), 0)
    guard = threading.Lock()

    def write(seed: int) -> None:
        random = Random(seed)
        for _ in range(15):
            with transaction.atomic():
                seller = lock_seller(seller_id=random.choice(sellers).pk)
                with guard:
                    counts[seller.pk] += 1
                    number = counts[seller.pk]
                happen(seller, number)
                stop.wait(random.uniform(0, 0.01))

    def place(_: int) -> None:
        while not stop.is_set():
            place_events(now=NOW)

    def follow(_: int) -> None:
        position = 0
        while True:
            is_last = stop.is_set()
            page = events_after(market=market, position=position, limit=4)
            read.extend(page.events)
            position = page.position
            if is_last and not page.more:
                return

    def run(work: Any, seed: int) -> threading.Thread:
        def guarded() -> None:
            try:
                work(seed)
            except Exception as error:
                failures.append(error)
            finally:
                connection.close()

        thread = threading.Thread(target=guarded)
        thread.start()
        return thread

    others = [run(place, 0), run(place, 1), run(follow, 0)]
    for writer in [run(write, seed) for seed in range(4)]:
        writer.join()
    place_events(now=NOW)
    stop.set()
    for thread in others:
        thread.join()
    assert failures == []
    assert sorted(event.pk for event in read) == sorted(Event.objects.values_list("pk", flat=True))
    assert len(read) == 60
    for seller in sellers:
        own = [event.data["violation"] for event in read if event.seller_id == seller.pk]
        assert own == [f"v{number}" for number in range(1, len(own) + 1)]


def test_the_description_of_the_api_has_each_webhook(client: Client) -> None:
    webhooks = client.get("/api/v1/openapi.json").json()["webhooks"]
    assert webhooks.keys() == {kind.value for kind in Event.Kind}
    for kind in Event.Kind:
        schema = webhooks[kind.value]["post"]["requestBody"]["content"]["application/json"]["schema"]
        assert schema["properties"]["type"]["const"] == kind.value
        assert schema["properties"]["data"]["properties"].keys() == {"market", "seller", *DATA[kind]}
