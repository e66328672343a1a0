import json
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from sellers.models import Content, Seller
from sellers.services import record_token_use
from tests.api import Caller, in_two_orders, results
from tests.factories import ContentFactory, MarketFactory, SellerFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def caller() -> Caller:
    return Caller(MarketFactory(code="US"))


def put(caller: Caller, *items: Any) -> list[tuple[str, str, list[str]]]:
    return results(caller.send("PUT", "sellers", items))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"external_id": "zw\u200b"}, "external_id"),
        ({"external_id": "\u202egnp"}, "external_id"),
        ({"name": "\u200b\u200b"}, "name"),
        ({"name": "\u2800 \u3164"}, "name"),
        ({"name": "a\u0090b"}, "name"),
        ({"city": "\ufdd0"}, "city"),
    ],
)
def test_what_nobody_sees_is_no_seller(caller: Caller, changes: dict[str, str], field: str) -> None:
    item = {"external_id": "zw", "name": "Seller"} | changes
    assert [wrong for _, _, wrong in results(caller.send("PUT", "sellers", [item]))] == [[field]]
    assert not Seller.objects.exists()


def test_id_in_two_forms_of_unicode_is_one_seller(caller: Caller) -> None:
    items = [{"external_id": external_id, "name": "Café"} for external_id in ("cafe\u0301", "caf\u00e9")]
    assert [result for _, result, _ in results(caller.send("PUT", "sellers", items))] == ["created", "already_there"]
    assert caller.get("sellers/cafe\u0301/capabilities").status_code == 200


def test_content_far_ahead_is_refused(caller: Caller, seller: Seller) -> None:
    told = put_content(caller, live("far", published_at="2199-01-01T00:00:00Z"), live("near"))
    assert [(result, fields) for _, result, fields in told] == [("refused", ["published_at"]), ("created", [])]
    assert Content.objects.get().external_id == "near"


def put_content(caller: Caller, *items: Any) -> list[tuple[str, str, list[str]]]:
    return results(caller.send("PUT", "content", items))


def live(external_id: str, **changes: object) -> dict[str, object]:
    return {"external_id": external_id, "seller": "glow-1", "kind": "live", "title": "Sunday LIVE"} | changes


# --- Sellers


def test_new_seller_is_provisioned(caller: Caller) -> None:
    sent = {"external_id": "C-1", "name": "Nina", "kind": "creator", "city": "Austin", "signed_up_to_sell": False}
    assert put(caller, sent, {"external_id": 2, "name": "Two"}) == [("C-1", "created", []), ("2", "created", [])]
    nina, two = Seller.objects.order_by("name")
    assert (nina.market, nina.name, nina.kind, nina.city) == (caller.token.market, "Nina", "creator", "Austin")
    assert (nina.signed_up_to_sell, two.signed_up_to_sell, two.kind) == (False, True, "shop")


def test_seller_that_is_there_is_brought_up_to_date(caller: Caller) -> None:
    seller = SellerFactory(market=caller.token.market, external_id="glow-1", name="Old", city="Austin")
    other = SellerFactory(market=caller.token.market, name="Other")
    assert put(caller, {"external_id": "glow-1", "name": "New"}) == [("glow-1", "changed", [])]
    assert put(caller, {"external_id": "glow-1", "name": "New"}) == [("glow-1", "already_there", [])]
    assert put(caller, {"external_id": "glow-1", "name": "New", "city": None}) == [("glow-1", "already_there", [])]
    seller.refresh_from_db()
    other.refresh_from_db()
    assert (seller.name, seller.city, seller.signed_up_to_sell, other.name) == ("New", "Austin", True, "Other")


def test_seller_twice_in_one_call_is_taken_in_order(caller: Caller) -> None:
    one, two = ({"external_id": "glow-1", "name": name} for name in ("One", "Two"))
    assert [result for _, result, _ in put(caller, one, one, two, two)] == [
        "created",
        "already_there",
        "changed",
        "already_there",
    ]
    assert Seller.objects.get().name == "Two"


def test_seller_of_another_market_is_not_touched(caller: Caller) -> None:
    theirs = SellerFactory(external_id="glow-1", name="Theirs")
    assert put(caller, {"external_id": "glow-1", "name": "Ours"}) == [("glow-1", "created", [])]
    theirs.refresh_from_db()
    assert (theirs.name, Seller.objects.count()) == ("Theirs", 2)


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"name": "x" * 121}, ["name"]),
        ({"name": ""}, ["name"]),
        ({"name": ["x"]}, ["name"]),
        ({"kind": "guild"}, ["kind"]),
        ({"city": "a\nb"}, ["city"]),
        ({"signed_up_to_sell": "perhaps"}, ["signed_up_to_sell"]),
        ({"market": "DE"}, ["market"]),
    ],
)
def test_bad_seller_is_refused_by_key(caller: Caller, changes: dict[str, object], fields: list[str]) -> None:
    bad = {"external_id": "bad", "name": "Bad"} | changes
    assert put(caller, bad, {"external_id": "good", "name": "Good"}) == [
        ("bad", "refused", fields),
        ("good", "created", []),
    ]


@pytest.mark.django_db(transaction=True)
def test_same_sellers_in_two_calls_at_once_are_created_once() -> None:
    caller = Caller(MarketFactory())
    sent = [{"external_id": f"shop-{n}", "name": f"Shop {n}"} for n in range(30)]
    answers = in_two_orders(lambda items: put(caller, *items), sent)
    assert sorted(result for _, result, _ in answers) == ["already_there"] * 30 + ["created"] * 30
    assert Seller.objects.count() == 30


# --- Content


@pytest.fixture
def seller(caller: Caller) -> Seller:
    return SellerFactory(market=caller.token.market, external_id="glow-1")


def test_new_content_is_added(caller: Caller, seller: Seller) -> None:
    full = live("L-1", url="https://shop.example/1", published_at="2026-11-16T19:00:00-05:00")
    assert put_content(caller, full, live("L-1", kind="video")) == [("L-1", "created", []), ("L-1", "created", [])]
    content = Content.objects.get(kind="live")
    assert (content.seller, content.title, content.url) == (seller, "Sunday LIVE", "https://shop.example/1")
    assert content.published_at == datetime(2026, 11, 17, tzinfo=UTC)


def test_content_that_is_there_is_brought_up_to_date(caller: Caller, seller: Seller) -> None:
    content = ContentFactory(seller=seller, external_id="L-1", title="Old", url="https://shop.example/1")
    assert put_content(caller, live("L-1", title="New")) == [("L-1", "changed", [])]
    assert put_content(caller, live("L-1", title="New")) == [("L-1", "already_there", [])]
    content.refresh_from_db()
    assert (content.title, content.url) == ("New", "https://shop.example/1")


def test_content_twice_in_one_call_is_taken_in_order(caller: Caller, seller: Seller) -> None:
    told = put_content(caller, live("L-1"), live("L-1"), live("L-1", title="Two"))
    assert [result for _, result, _ in told] == ["created", "already_there", "changed"]
    assert Content.objects.get().title == "Two"


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"seller": "nobody"}, ["seller"]),
        ({"seller": "theirs"}, ["seller"]),
        ({"kind": "story"}, ["kind"]),
        ({"title": "a\x00b"}, ["title"]),
        ({"url": "javascript:alert(1)"}, ["url"]),
        ({"published_at": "2026-11-16T19:00:00"}, ["published_at"]),
        ({"published_at": "9999-12-31T23:59:59-12:00"}, ["published_at"]),
        ({"published_at": "9998-12-31T23:59:59Z"}, ["published_at"]),
        ({"published_at": 10**400}, ["published_at"]),
    ],
)
def test_bad_content_is_refused_by_key(
    caller: Caller, seller: Seller, changes: dict[str, object], fields: list[str]
) -> None:
    SellerFactory(external_id="theirs")
    assert put_content(caller, live("bad", **changes), live("good")) == [
        ("bad", "refused", fields),
        ("good", "created", []),
    ]
    assert Content.objects.get().external_id == "good"


@pytest.mark.parametrize("path", ["sellers", "content"])
def test_call_takes_the_same_statements_however_many_items(caller: Caller, seller: Seller, path: str) -> None:
    record_token_use(token=caller.token, now=timezone.now())
    counts = []
    for number in (1, 30):
        new = [live(f"{number}-{n}", name="A") for n in range(number)]
        keys = ["external_id", "name"] if path == "sellers" else ["external_id", "seller", "kind", "title"]
        sent = [{key: item[key] for key in keys} for item in new]
        changed = [item | {keys[-1]: "Changed"} for item in sent]
        with CaptureQueriesContext(connection) as queries:
            answer = results(caller.send("PUT", path, json.dumps(sent + changed)))
        assert {result for _, result, _ in answer} == {"created", "changed"}
        counts.append(len(queries))
    assert counts[0] == counts[1]
