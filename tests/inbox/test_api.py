from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from inbox.models import EmailDelivery, Message
from sellers.models import Market, Seller
from sellers.services import record_token_use
from tests.api import Caller, in_two_orders, results
from tests.factories import ContentFactory, MarketFactory, MemberFactory, SellerFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def seller() -> Seller:
    return SellerFactory(external_id="glow-1")


@pytest.fixture
def caller(seller: Seller) -> Caller:
    return Caller(seller.market)


def post(caller: Caller, *items: Any) -> list[tuple[str, str, list[str]]]:
    return results(caller.send("POST", "messages", items))


def item(external_id: str, **changes: object) -> dict[str, object]:
    return {"external_id": external_id, "seller": "glow-1", "subject": "Featured", "body": "On the **front** page."} | (
        changes
    )


def test_message_reaches_the_inbox_and_the_outbox(caller: Caller, seller: Seller) -> None:
    MemberFactory(seller=seller)
    content = ContentFactory(seller=seller, kind="live", external_id="L-1")
    assert post(caller, item("N-1", content_kind="live", content_id="L-1")) == [("N-1", "created", [])]
    message = Message.objects.get()
    assert (message.seller, message.kind, message.content) == (seller, "notice", content)
    assert (message.subject, message.body) == ("Featured", "On the **front** page.")
    assert EmailDelivery.objects.get().message == message


def test_notice_is_in_the_language_that_it_names_else_in_that_of_the_market(caller: Caller, seller: Seller) -> None:
    Market.objects.update(language="th")
    assert post(caller, item("N-1", language="pt-BR"), item("N-2")) == [("N-1", "created", []), ("N-2", "created", [])]
    assert list(Message.objects.order_by("id").values_list("notice_language", flat=True)) == ["pt-BR", "th"]


@pytest.mark.parametrize("language", ["english", "pt_BR", "-", "e"])
def test_notice_in_something_that_is_no_language_is_refused(caller: Caller, language: str) -> None:
    assert post(caller, item("N-1", language=language)) == [("N-1", "refused", ["language"])]


def test_message_sent_again_is_already_there(caller: Caller) -> None:
    sent = [item("N-1"), item("N-1"), item("N-1", body="Another.")]
    assert post(caller, *sent) == [
        ("N-1", "created", []),
        ("N-1", "already_there", []),
        ("N-1", "refused", ["external_id"]),
    ]
    assert [result for _, result, _ in post(caller, *sent)] == ["already_there", "already_there", "refused"]
    assert Message.objects.count() == 1


def test_message_sent_again_is_already_there_when_its_content_was_renamed(caller: Caller, seller: Seller) -> None:
    content = ContentFactory(seller=seller, kind="live", external_id="L-1", title="Sunday LIVE")
    sent = item("N-1", content_kind="live", content_id="L-1")
    post(caller, sent)
    content.title = "Renamed"
    content.save()
    assert post(caller, sent, item("N-2", content_kind="live", content_id="L-1")) == [
        ("N-1", "already_there", []),
        ("N-2", "created", []),
    ]
    assert list(Message.objects.order_by("id").values_list("content_title", flat=True)) == ["Sunday LIVE", "Renamed"]


def test_same_external_id_can_go_to_several_sellers(caller: Caller, seller: Seller) -> None:
    SellerFactory(market=seller.market, external_id="glow-2")
    assert post(caller, item("N-1"), item("N-1", seller="glow-2")) == [("N-1", "created", [])] * 2


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"seller": "nobody"}, ["seller"]),
        ({"seller": "theirs"}, ["seller"]),
        ({"subject": "a\nb"}, ["subject"]),
        ({"subject": "x" * 201}, ["subject"]),
        ({"body": ""}, ["body"]),
        ({"body": "\udfff"}, ["body"]),
        ({"content_kind": "live"}, ["content_id"]),
        ({"content_id": "L-1"}, ["content_kind"]),
        ({"content_kind": "live", "content_id": "L-1"}, ["content_id"]),
        ({"kind": "enforcement"}, ["kind"]),
    ],
)
def test_bad_message_is_refused_by_key(caller: Caller, changes: dict[str, object], fields: list[str]) -> None:
    theirs = SellerFactory(external_id="theirs")
    ContentFactory(seller=theirs, kind="live", external_id="L-1")
    assert post(caller, item("bad", **changes), item("good")) == [("bad", "refused", fields), ("good", "created", [])]
    assert Message.objects.get().external_id == "good"


def test_call_takes_the_same_statements_however_many_items(caller: Caller, seller: Seller) -> None:
    MemberFactory(seller=seller)
    ContentFactory(seller=seller, kind="live", external_id="L-1")
    record_token_use(token=caller.token, now=timezone.now())
    counts = []
    for number in (1, 30):
        sent = [item(f"{number}-{n}", content_kind="live", content_id="L-1") for n in range(number)]
        with CaptureQueriesContext(connection) as queries:
            post(caller, *sent)
        counts.append(len(queries))
    assert counts[0] == counts[1]


@pytest.mark.django_db(transaction=True)
def test_same_messages_in_two_calls_at_once_are_posted_once() -> None:
    SellerFactory(external_id="glow-1", market=(market := MarketFactory()))
    caller = Caller(market)
    sent = [item(f"N-{n}") for n in range(10)]
    answers = in_two_orders(lambda items: post(caller, *items), sent)
    assert sorted(result for _, result, _ in answers) == ["already_there"] * 10 + ["created"] * 10
    assert Message.objects.count() == 10


@pytest.mark.parametrize(
    ("external_id", "name"),
    [("N-1", "message_external_id_unique_for_seller"), ("", "message_external_id_not_blank")],
)
def test_database_refuses_a_second_and_a_blank_external_id(seller: Seller, external_id: str, name: str) -> None:
    now = timezone.now()
    words = {"kind": "notice", "template": "notice", "notice_subject": "A", "notice_body": "B", "posted_at": now}
    Message.objects.create(seller=seller, **words, external_id="N-1")
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Message.objects.create(seller=seller, **words, external_id=external_id)
