"""Whoever locks several things takes them in one order, else two of them can wait for each other.

Each of these holds what comes first in that order. Whoever waits for it must not hold what comes later yet.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from django.db import connection, transaction
from django.db.models import Q

from inbox.models import Message
from inbox.services import NoticeDraft, post_notices
from kit.outcomes import Outcome, Refused, Result
from policies.models import Policy, PolicyAnnouncement, PolicyVersion
from policies.services import announce_batch, draft_version, publish_version
from sellers.models import Seller
from sellers.services import (
    ContentDraft,
    SellerDraft,
    lock_books,
    lock_seller,
    put_content,
    put_sellers,
)
from tests.factories import (
    LONG_AGO,
    NOW,
    MarketFactory,
    PolicyFactory,
    PolicyVersionFactory,
    SellerFactory,
    UserFactory,
    WorkshopFactory,
    draft,
    issue,
)
from tests.locks import background, do_not_wait_long, wait_until_somebody_waits_for_a_lock
from tests.workshops.places import member_seller, take
from violations.models import DetectorAlarm, HeldViolation, Violation
from violations.services import issue_held_batch, issue_violations
from violations.services.voiding import void_violations
from workshops.services import cancel_workshop

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def policy() -> Policy:
    return PolicyFactory(points=1)


@pytest.fixture
def sellers() -> tuple[Seller, Seller]:
    """Two sellers of a market. Only by id is the first one before the second: not on disk, nor by external id."""
    market = MarketFactory()
    second = SellerFactory(pk=7_000_002, market=market, external_id="a")
    first = SellerFactory(pk=7_000_001, market=market, external_id="b")
    return first, second


def issue_for(sellers: tuple[Seller, Seller], policy: Policy) -> object:
    drafts = [draft(seller, policy, external_id=f"of-{seller.external_id}") for seller in sellers]
    return issue_violations(market=sellers[0].market, drafts=drafts, source="test", now=NOW)


def void_of(sellers: tuple[Seller, Seller], policy: Policy) -> object:
    ids = [seller.pk for seller in sellers]
    return void_violations(
        market=sellers[0].market, seller_ids=ids, which=Q(), reason="Issued in error.", voided_by=None, now=NOW
    )


def put(sellers: tuple[Seller, Seller], policy: Policy) -> object:
    drafts = [SellerDraft(external_id=seller.external_id, name="Renamed") for seller in sellers]
    return put_sellers(market=sellers[0].market, drafts=drafts, now=NOW)


def put_content_of(sellers: tuple[Seller, Seller], policy: Policy) -> object:
    drafts = [(seller.external_id, ContentDraft("live", "c", "Sunday LIVE")) for seller in sellers]
    return put_content(market=sellers[0].market, drafts=drafts, now=NOW)


def notify(sellers: tuple[Seller, Seller], policy: Policy) -> object:
    drafts = [NoticeDraft("n", seller.external_id, "Paused", "Your LIVE was paused.") for seller in sellers]
    return post_notices(market=sellers[0].market, drafts=drafts, now=NOW)


# Without an index rows come as they lie on disk, and not in the order of ids by luck.
NO_INDEXES = "SET enable_indexscan = off; SET enable_indexonlyscan = off; SET enable_bitmapscan = off"


@pytest.mark.parametrize("job", [issue_for, void_of, put, put_content_of, notify])
def test_sellers_are_locked_in_the_order_of_their_ids(
    sellers: tuple[Seller, Seller], policy: Policy, job: Callable[[tuple[Seller, Seller], Policy], object]
) -> None:
    first, second = sellers

    def work() -> object:
        with connection.cursor() as cursor:
            cursor.execute(NO_INDEXES)
        return job(sellers, policy)

    for seller in sellers:
        issue(seller, policy, external_id=f"before-{seller.external_id}")
    with background() as start, transaction.atomic():
        lock_seller(seller_id=first.pk)
        done = start(work)
        wait_until_somebody_waits_for_a_lock()
        do_not_wait_long()
        lock_seller(seller_id=second.pk)
    assert done.result()


def test_violations_are_inserted_in_the_order_of_their_external_ids(policy: Policy) -> None:
    """Sellers' locks do not help here: two batches can name the same external ids for different sellers."""
    one, two, three = SellerFactory.create_batch(3, market=MarketFactory())
    backwards = [draft(one, policy, external_id="B"), draft(one, policy, external_id="A")]
    with background() as start, transaction.atomic():
        issue(two, policy, external_id="A")
        done = start(lambda: issue_violations(market=one.market, drafts=backwards, source="test", now=NOW))
        wait_until_somebody_waits_for_a_lock()
        do_not_wait_long()
        issue(three, policy, external_id="B")
    assert [outcome.result for outcome in done.result()] == [Result.REFUSED, Result.REFUSED]
    assert Violation.objects.count() == 2


def test_sellers_are_inserted_in_the_order_of_their_external_ids() -> None:
    market = MarketFactory()
    backwards = [SellerDraft(external_id=external_id, name="Shop") for external_id in ("B", "A")]
    with background() as start, transaction.atomic():
        SellerFactory(market=market, external_id="A")
        done = start(lambda: put_sellers(market=market, drafts=backwards, now=NOW))
        wait_until_somebody_waits_for_a_lock()
        do_not_wait_long()
        SellerFactory(market=market, external_id="B")
    assert {outcome.result for outcome in done.result()} == {Result.CHANGED}


def test_content_is_put_under_its_sellers_lock() -> None:
    """So what another one is adding is found once it is there, and brought up to date."""
    seller = SellerFactory()

    def put(title: str) -> list[Outcome]:
        return put_content(
            market=seller.market, drafts=[(seller.external_id, ContentDraft("live", "c", title))], now=NOW
        )

    with background() as start, transaction.atomic():
        put("Sunday LIVE")
        done = start(lambda: put("Monday LIVE"))
        wait_until_somebody_waits_for_a_lock()
    assert [outcome.result for outcome in done.result()] == [Result.CHANGED]
    assert seller.content.get().title == "Monday LIVE"


def test_policy_is_locked_while_it_is_drafted_and_published(policy: Policy) -> None:
    """The second one sees what the first one did, and is refused in words."""
    wording = {"requirement": "Be true.", "breach": "It was not.", "wording": "# 1", "severity": "minor", "points": 1}
    wording |= {"change_summary": "Labels count."}

    def draft_it() -> PolicyVersion:
        return draft_version(policy=policy, now=NOW, **wording)

    with background() as start, transaction.atomic():
        version = draft_it()
        done = start(draft_it)
        wait_until_somebody_waits_for_a_lock()
    with pytest.raises(Refused, match="has a draft already"):
        done.result()

    publish = partial(publish_version, effective_from=NOW, published_by=None, now=NOW, reason="A recall.")
    same = PolicyVersion.objects.get(pk=version.pk)
    with background() as start, transaction.atomic():
        publish(version=version)
        done = start(lambda: publish(version=same))
        wait_until_somebody_waits_for_a_lock()
    with pytest.raises(Refused, match="is published already"):
        done.result()


def test_announcement_that_somebody_is_at_is_left_to_them(policy: Policy) -> None:
    """Else all workers but one would wait while there is more to tell."""
    first, second = (SellerFactory(market=MarketFactory(), created_at=LONG_AGO) for _ in range(2))
    version = PolicyVersionFactory(policy=policy, number=2, effective_from=NOW)
    for seller in (first, second):
        PolicyAnnouncement.objects.create(version=version, market=seller.market, due_at=NOW)
    with background() as start, transaction.atomic():
        assert announce_batch(now=NOW) == 1
        assert start(lambda: announce_batch(now=NOW)).result() == 1
    assert set(Message.objects.values_list("seller_id", flat=True)) == {first.pk, second.pk}


def test_held_violations_of_several_markets_begin_with_the_books_of_all(policy: Policy) -> None:
    """Else who closes the books of the second would wait for whoever holds a seller of the first."""
    first, second = (SellerFactory(market=MarketFactory()) for _ in range(2))
    held = [hold_one(seller, policy) for seller in (first, second)]
    reviewer = UserFactory()
    with background() as start, transaction.atomic():
        lock_books(market_id=second.market_id)
        done = start(lambda: issue_held_batch(held=held, issued_by=reviewer, now=NOW))
        wait_until_somebody_waits_for_a_lock()
        do_not_wait_long()
        lock_seller(seller_id=first.pk)
    assert [one.refused for one in done.result()] == ["", ""]


def hold_one(seller: Seller, policy: Policy, detector: str = "vision") -> HeldViolation:
    """A violation that was sent while its detector was held."""
    jump = {"raised_at": NOW, "since": NOW, "cases": 1, "overturned": 1, "usual": 0, "last_appeal_id": 1}
    held = {"held_from": NOW, "held_by": UserFactory()}
    DetectorAlarm.objects.get_or_create(market=seller.market, detector=detector, defaults=jump | held)
    external_id = f"{detector}-{seller.pk}"
    sent = draft(seller, policy, detection="automated", automated=True, detector=detector, external_id=external_id)
    issue_violations(market=seller.market, drafts=[sent], source="test", now=NOW)
    return HeldViolation.objects.get(external_id=external_id)


def test_markets_of_a_workshop_are_told_in_the_order_of_their_ids() -> None:
    """Whoever signed up first: two workshops with sign-ups of the same markets would wait for each other."""
    first, second = MarketFactory.create_batch(2)
    workshop = WorkshopFactory(market=first)
    for market in (second, first):
        take(workshop, member_seller(market=market))
    with background() as start, transaction.atomic():
        lock_books(market_id=first.pk)
        done = start(lambda: cancel_workshop(workshop=workshop, reason="The hall is flooded.", now=NOW))
        wait_until_somebody_waits_for_a_lock()
        do_not_wait_long()
        lock_books(market_id=second.pk)
    assert done.result().cancelled_at == NOW
