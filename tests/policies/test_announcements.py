"""Telling sellers of a policy's new version: everybody once, whatever dies and however many work at it."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from inbox.models import EmailDelivery, Message
from policies import tasks
from policies.models import Policy, PolicyAnnouncement, PolicyVersion
from policies.services import announce_batch, announce_changes, draft_version, publish_version
from sellers.models import Market, Seller
from tests.factories import LONG_AGO, NOW, MarketFactory, MemberFactory, PolicyFactory, SellerFactory

LATER = NOW + timedelta(minutes=5)


def sellers(market: Market, count: int = 1, *, created_at: datetime = LONG_AGO) -> list[Seller]:
    made: list[Seller] = SellerFactory.create_batch(count, market=market, created_at=created_at)
    return made


def publish(policy: Policy, *, days: int = 40, reason: str = "", **fields: Any) -> PolicyVersion:
    wording = {"requirement": "Be true.", "breach": "It was not.", "wording": "## 1. Truth", "severity": "moderate"}
    draft = draft_version(
        policy=policy, now=NOW, **wording | {"points": 2, "change_summary": "Labels count as proof."} | fields
    )
    effective_from = NOW + timedelta(days=days)
    return publish_version(version=draft, effective_from=effective_from, published_by=None, now=NOW, reason=reason)


def told() -> Counter[int]:
    return Counter(Message.objects.filter(kind="policy").values_list("seller_id", flat=True))


@pytest.mark.django_db
def test_every_seller_of_every_market_gets_one_message_after_the_publication() -> None:
    markets = MarketFactory.create_batch(3)
    expected = [seller.pk for market in markets[:2] for seller in sellers(market, 3)]
    policy = PolicyFactory()
    publish(policy)
    assert told() == {}
    assert announce_changes(clock=lambda: LATER, batch=2) == 6
    assert told() == dict.fromkeys(expected, 1)
    assert [(a.market, a.told, a.done_at) for a in PolicyAnnouncement.objects.order_by("id")] == [
        (markets[0], 3, LATER), (markets[1], 3, LATER), (markets[2], 0, LATER)
    ]  # fmt: skip
    assert announce_changes(clock=lambda: LATER) == 0
    assert sum(told().values()) == 6


@pytest.mark.django_db
def test_message_says_what_changes_and_from_when_in_the_markets_time_zone() -> None:
    [seller] = sellers(MarketFactory(time_zone="Asia/Bangkok"))
    member = MemberFactory(seller=seller)
    policy = PolicyFactory(name="Giveaways")
    publish(policy, days=25, severity="serious", points=3)
    announce_changes(clock=lambda: LATER)
    message = Message.objects.get()
    assert message.subject == "Policy change on 13 Dec 2026: Giveaways"
    assert message.body.split("\n\n") == [
        "A new wording of **Giveaways** takes effect on 13 Dec 2026, 19:00 UTC+07.",
        "What changes: Labels count as proof.",
        "From then on a violation counts as serious instead of moderate and assesses 3 points instead of 2.",
        "Content is judged by the wording that was in force when it was live.",
    ]
    assert (message.path, message.posted_at) == (f"/policies/{policy.code}/versions/2/#changes", LATER)
    assert EmailDelivery.objects.get().user == member.user


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("days", "subject", "words"),
    [
        (0, "Policy changed: Giveaways", "It takes effect at once because: A recall."),
        (3, "Policy change on 21 Nov 2026: Giveaways", "earlier than the usual notice allows because: A recall."),
    ],
)
def test_message_says_why_there_is_no_notice(days: int, subject: str, words: str) -> None:
    sellers(MarketFactory())
    publish(PolicyFactory(name="Giveaways"), days=days, reason="A recall.")
    announce_changes(clock=lambda: LATER)
    message = Message.objects.get()
    assert message.subject == subject
    assert words in message.body
    assert "What changes: Labels count as proof." in message.body


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("days", "since"), [(40, "takes effect on 28 Dec 2026"), (0, "has been in force since 18 Nov 2026")]
)
def test_first_wording_of_a_policy_is_announced_as_a_new_policy(days: int, since: str) -> None:
    sellers(MarketFactory())
    policy = PolicyFactory(name="Giveaways", points=False)
    publish(policy, days=days, reason="A recall.", change_summary="")
    announce_changes(clock=lambda: LATER)
    message = Message.objects.get()
    assert message.subject == "New policy: Giveaways"
    assert f"A new policy, **Giveaways**, {since}" in message.body
    assert "What it asks: Be true." in message.body
    assert "From then on a violation assesses 2 points." in message.body
    assert message.path == f"/policies/{policy.code}/versions/1/"


@pytest.mark.django_db
def test_sellers_who_came_after_the_publication_are_not_told() -> None:
    market = MarketFactory()
    sellers(market, created_at=NOW + timedelta(seconds=1))
    publish(PolicyFactory())
    announce_changes(clock=lambda: LATER)
    assert told() == {}
    assert PolicyAnnouncement.objects.count() == 1


@pytest.mark.django_db
def test_message_is_recorded_in_open_books() -> None:
    closed = NOW + timedelta(hours=1)
    sellers(MarketFactory(books_closed_until=closed))
    publish(PolicyFactory())
    announce_changes(clock=lambda: LATER)
    assert Message.objects.get().posted_at == closed


CUT = """
CREATE FUNCTION cut() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'Power cut.'; END $$;
CREATE TRIGGER cut BEFORE UPDATE ON policies_policyannouncement
    FOR EACH ROW WHEN (NEW.last_seller_id > OLD.last_seller_id) EXECUTE FUNCTION cut();
"""


@pytest.mark.django_db
def test_batch_that_died_after_its_messages_is_posted_again_as_a_whole() -> None:
    everybody = sellers(MarketFactory(), 5)
    publish(PolicyFactory())
    assert announce_batch(now=LATER, limit=2) == 2
    with connection.cursor() as cursor:
        cursor.execute(CUT)
        assert announce_batch(now=LATER, limit=2) == 0
        cursor.execute("DROP FUNCTION cut CASCADE")
    assert sum(told().values()) == 2
    assert "Power cut" in PolicyAnnouncement.objects.get().last_error
    assert announce_changes(clock=lambda: LATER, batch=2) == 0
    announce_changes(clock=lambda: LATER + PolicyAnnouncement.waits[0], batch=2)
    assert told() == {seller.pk: 1 for seller in everybody}


@pytest.mark.django_db
@pytest.mark.parametrize("count", [1, 3])
def test_batch_takes_the_same_queries_for_any_number(django_assert_num_queries: Any, count: int) -> None:
    sellers(MarketFactory(), count)
    publish(PolicyFactory())
    with django_assert_num_queries(18):
        announce_batch(now=LATER)


@pytest.mark.django_db
@pytest.mark.parametrize("change", ["done_at = now()", "due_at = NULL"])
def test_the_database_refuses_one_that_is_neither_done_nor_to_do(change: str) -> None:
    sellers(MarketFactory())
    publish(PolicyFactory())
    with pytest.raises(IntegrityError, match="policy_announcement_done_or_to_do"), transaction.atomic():
        connection.cursor().execute(f"UPDATE policies_policyannouncement SET {change}")


@pytest.mark.django_db
def test_beat_tells_what_is_pending() -> None:
    [seller] = sellers(MarketFactory())
    publish(PolicyFactory())
    tasks.announce_policies()
    assert told() == {seller.pk: 1}


@pytest.mark.django_db(transaction=True)
def test_workers_at_once_tell_everybody_once() -> None:
    markets = MarketFactory.create_batch(3)
    everybody = [seller.pk for market in markets for seller in sellers(market, 7)]
    for _ in range(2):
        publish(PolicyFactory())
    barrier = Barrier(4)

    def work() -> int:
        try:
            barrier.wait()
            return announce_changes(clock=lambda: LATER, batch=2)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        numbers = list(pool.map(lambda _: work(), range(4)))
    assert announce_changes(clock=lambda: LATER) + sum(numbers) == 2 * len(everybody)
    assert told() == dict.fromkeys(everybody, 2)
