from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from audit.models import AuditEntry
from inbox.models import EmailDelivery, EmailPace, Message, MessageRead
from inbox.services import (
    NO_SERVER,
    Concern,
    MessageDraft,
    claim_deliveries,
    claimable,
    post_messages,
    read_message,
    read_messages,
    record_sent,
    retry_delivery,
)
from kit.jobs.claims import fail, release
from kit.outcomes import Refused
from sellers.models import Market, Seller
from tests.factories import NOW, ContentFactory, MarketFactory, MemberFactory, SellerFactory, UserFactory
from tests.locks import background, wait_until_somebody_waits_for_a_lock
from tests.threads import at_once

pytestmark = pytest.mark.django_db

GIVEN_UP = {"due_at": None, "given_up_at": NOW}


def post(*sellers: Seller, **fields: object) -> list[Message]:
    return [Message.objects.get(pk=pk) for pk in post_ids(*sellers, **fields)]


def post_ids(*sellers: Seller, **fields: object) -> list[int]:
    words = {"kind": Message.Kind.NOTICE, "subject": "Hello", "body": "Hi"} | fields
    drafts = [MessageDraft(seller_id=seller.pk, **words) for seller in sellers]
    return post_messages(market=sellers[0].market, drafts=drafts, now=NOW)


def test_posting_puts_an_email_to_each_active_member_into_the_outbox() -> None:
    ann = MemberFactory()
    ben = MemberFactory(seller=ann.seller)
    MemberFactory(seller=ann.seller, user__is_active=False)
    MemberFactory()
    (message,) = post(ann.seller)
    assert list(message.deliveries.values_list("user", "state")) == [(ann.user.pk, "pending"), (ben.user.pk, "pending")]


def test_posting_nothing_does_nothing() -> None:
    assert post_messages(market=MarketFactory(), drafts=[], now=NOW) == []


def test_posting_takes_the_same_statements_for_one_and_for_many() -> None:
    market = MarketFactory()
    sellers = [MemberFactory(seller__market=market).seller for _ in range(5)]
    with CaptureQueriesContext(connection) as one:
        post_ids(sellers[0])
    with CaptureQueriesContext(connection) as many:
        post_ids(*sellers)
    assert len(one) == len(many) == 4  # books, ids, messages, emails


def test_posting_into_closed_books_is_recorded_when_they_end() -> None:
    seller = SellerFactory(market__books_closed_until=NOW + timedelta(days=1))
    (message,) = post(seller)
    assert message.posted_at == NOW + timedelta(days=1)


def test_message_in_closed_books_is_refused_by_the_database() -> None:
    seller = SellerFactory()
    with pytest.raises(IntegrityError, match="books are closed"), transaction.atomic():
        Message.objects.create(
            seller=seller,
            kind="notice",
            template="notice",
            notice_subject="Late",
            notice_body="Late",
            posted_at=seller.market.books_closed_until - timedelta(seconds=1),
        )


def test_message_about_another_sellers_content_is_refused_by_the_database() -> None:
    seller, content = SellerFactory(), ContentFactory()
    with pytest.raises(IntegrityError, match="message_content_is_the_sellers"), transaction.atomic():
        post(seller, concerns=Concern.of(content))


@pytest.mark.parametrize("kept", [{"content_kind": ""}, {"content_kind": "shop"}, {"content_id": None}])
def test_message_without_what_it_concerns_is_refused_by_the_database(kept: dict[str, Any]) -> None:
    concern = Concern.of(ContentFactory(title="Sunday LIVE"))
    with pytest.raises(IntegrityError, match="message_keeps_what_it_concerns"), transaction.atomic():
        post(SellerFactory(), concerns=replace(concern, **kept))


@pytest.mark.parametrize(
    "change",
    [
        {"notice_body": "Something else"},
        {"notice_subject": "Something else"},
        {"data": {"points": 1}},
        {"about_kind": "violation", "about_id": 1},
        {"template": "quiz_passed", "notice_subject": "", "notice_body": ""},
    ],
)
def test_message_stays_as_it_was_posted(change: dict[str, Any]) -> None:
    (message,) = post(SellerFactory())
    with pytest.raises(IntegrityError, match="stays as it was posted"), transaction.atomic():
        Message.objects.filter(pk=message.pk).update(**change)


@pytest.mark.parametrize("language", ["english", "pt_BR", "e", "en\nth"])
def test_language_of_a_notice_is_a_tag(language: str) -> None:
    with pytest.raises(IntegrityError, match="message_language_is_a_tag"), transaction.atomic():
        post(SellerFactory(), language=language)


def test_message_without_words_of_its_own_has_no_language() -> None:
    (message,) = post(SellerFactory())
    facts = {"seller_id": message.seller_id, "kind": "quiz", "template": "quiz_passed", "posted_at": message.posted_at}
    with pytest.raises(IntegrityError, match="message_only_a_notice_has_words"), transaction.atomic():
        Message.objects.create(notice_language="en", **facts)


@pytest.mark.parametrize("words", [{"subject": ""}, {"subject": " "}, {"body": ""}, {"template": "quiz_passed"}])
def test_only_a_notice_has_words_of_its_own_and_both_of_them(words: dict[str, str]) -> None:
    with pytest.raises(IntegrityError, match="message_only_a_notice_has_words"), transaction.atomic():
        post(SellerFactory(), **words)


@pytest.mark.parametrize("about", [{"about_kind": "violation"}, {"about_id": 1}])
def test_what_a_message_is_about_has_a_kind_and_an_id(about: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError, match="message_is_about_one_thing"), transaction.atomic():
        post(SellerFactory(), **about)


def test_reading_counts_the_first_time() -> None:
    ann = MemberFactory()
    (message,) = post(ann.seller)
    read_message(message=message, user=ann.user, now=NOW)
    read_message(message=message, user=ann.user, now=NOW + timedelta(hours=1))
    assert message.reads.get().read_at == NOW
    assert not Message.objects.unread(user=ann.user).exists()


def test_each_member_reads_for_themselves() -> None:
    ann = MemberFactory()
    ben = MemberFactory(seller=ann.seller)
    first, second = post(ann.seller, ann.seller)
    read_message(message=first, user=ann.user, now=NOW)
    assert list(Message.objects.unread(user=ann.user)) == [second]
    assert set(Message.objects.unread(user=ben.user)) == {first, second}
    assert [len(Message.objects.read(user=member.user)) for member in (ann, ben)] == [1, 0]
    assert read_messages(seller=ann.seller, user=ben.user, posted_until=NOW, now=NOW) == 2
    assert list(Message.objects.unread(user=ann.user)) == [second]
    assert read_messages(seller=ann.seller, user=ann.user, posted_until=NOW, now=NOW) == 1


def test_reading_all_reads_those_of_one_seller_alone() -> None:
    ann = MemberFactory()
    other = MemberFactory(user=ann.user).seller
    own, elsewhere = post(ann.seller), post(other)
    assert read_messages(seller=ann.seller, user=ann.user, posted_until=NOW, now=NOW) == len(own)
    assert list(Message.objects.unread(user=ann.user)) == elsewhere


@pytest.mark.django_db(transaction=True)
def test_a_message_that_is_opened_and_marked_at_once_is_read_once() -> None:
    ann = MemberFactory()
    first, second = post(ann.seller, ann.seller)

    def read() -> int:
        read_message(message=first, user=ann.user, now=NOW)
        return read_messages(seller=ann.seller, user=ann.user, posted_until=NOW, now=NOW)

    assert sum(at_once(4, read)) == 1
    assert set(MessageRead.objects.values_list("message", "user")) == {
        (message.pk, ann.user.pk) for message in (first, second)
    }
    assert MessageRead.objects.count() == 2


def test_who_comes_back_has_read_what_they_had_read() -> None:
    ann = MemberFactory()
    (message,) = post(ann.seller)
    read_message(message=message, user=ann.user, now=NOW)
    ann.delete()
    MemberFactory(seller=ann.seller, user=ann.user)
    assert not Message.objects.unread(user=ann.user).exists()


def test_the_database_keeps_one_reading_of_a_person() -> None:
    ann = MemberFactory()
    (message,) = post(ann.seller)
    read_message(message=message, user=ann.user, now=NOW)
    with pytest.raises(IntegrityError, match="message_read_once_per_person"), transaction.atomic():
        MessageRead.objects.create(message=message, user=ann.user, read_at=NOW)


def delivery(seller: Seller | None = None, **fields: object) -> EmailDelivery:
    """One that waits, in the only market unless its ``seller`` is of another one."""
    post(seller or MemberFactory(seller__market=the_market()).seller)
    found = EmailDelivery.objects.latest("id")
    EmailDelivery.objects.filter(pk=found.pk).update(**fields)
    found.refresh_from_db()
    return found


def the_market() -> Market:
    """Emails of several markets take turns; these leave in the order of time."""
    return Market.objects.first() or MarketFactory()


def test_claim_takes_what_is_due_in_order_and_once() -> None:
    first, second = delivery(), delivery()
    delivery(due_at=NOW + timedelta(hours=1))
    assert claim_deliveries(limit=1, now=NOW) == [first]
    assert claim_deliveries(limit=5, now=NOW) == [second]
    assert claim_deliveries(limit=5, now=NOW) is None


def test_claim_that_grew_old_is_taken_up_again() -> None:
    lost = delivery()
    claim_deliveries(limit=5, now=NOW)
    assert claim_deliveries(limit=5, now=NOW + EmailDelivery.lease) == [lost]


def test_batch_ends_before_one_whose_worker_was_lost_which_is_taken_alone() -> None:
    lost = [delivery() for _ in range(2)]
    claim_deliveries(limit=5, now=NOW)
    fresh = delivery()
    claimed = claim_deliveries(limit=5, now=NOW + timedelta(minutes=1))
    assert claimed == [fresh]
    record_sent(deliveries=[claimed[0]], now=NOW)
    later = [delivery(due_at=NOW + EmailDelivery.lease * 2) for _ in range(2)]
    assert claim_deliveries(limit=5, now=NOW + EmailDelivery.lease * 2) == [lost[0]]
    assert claim_deliveries(limit=5, now=NOW + EmailDelivery.lease * 2) == [lost[1]]
    assert claim_deliveries(limit=5, now=NOW + EmailDelivery.lease * 2) == later


def test_claim_that_grew_old_is_dropped_when_nobody_wants_it_any_more() -> None:
    lost = delivery()
    claim_deliveries(limit=5, now=NOW)
    User.objects.filter(pk=lost.user_id).update(is_active=False)
    assert [claim_deliveries(limit=5, now=NOW + EmailDelivery.lease) for _ in range(2)] == [[], None]
    lost.refresh_from_db()
    assert (lost.state, lost.claimed_at, lost.attempts) == ("dropped", None, 2)


def test_what_is_dropped_or_given_up_takes_nothing_of_the_pace(settings: Any) -> None:
    settings.EMAILS_PER_MINUTE = 2
    unwanted, fresh = delivery(), delivery()
    hopeless = delivery(attempts=len(EmailDelivery.waits) + 1, due_at=NOW - timedelta(hours=1))
    User.objects.filter(pk=unwanted.user_id).update(is_active=False)
    assert claim_deliveries(limit=5, now=NOW) == [fresh]
    hopeless.refresh_from_db()
    assert (hopeless.state, hopeless.claimed_at) == ("dead", None)
    assert EmailPace.objects.get().claimed == 1


def test_last_try_is_one_more_than_the_waits() -> None:
    last = delivery(attempts=len(EmailDelivery.waits))
    assert claim_deliveries(limit=5, now=NOW) == [last]
    last.refresh_from_db()
    assert (last.attempts, last.claimed_at, last.due_at) == (
        len(EmailDelivery.waits) + 1,
        NOW,
        NOW + EmailDelivery.lease,
    )


def test_clock_that_is_behind_keeps_to_the_pace_of_the_minute_that_is_ahead(settings: Any) -> None:
    settings.EMAILS_PER_MINUTE = 2
    deliveries = [delivery() for _ in range(4)]
    minute = timedelta(minutes=1)
    assert claim_deliveries(limit=1, now=NOW + minute) == deliveries[:1]
    assert claim_deliveries(limit=5, now=NOW) == deliveries[1:2]
    assert claimable(limit=5, now=NOW) == 0
    assert claim_deliveries(limit=5, now=NOW + minute) is None
    assert claim_deliveries(limit=5, now=NOW + 2 * minute) == deliveries[2:]


def test_a_kind_and_a_domain_have_paces_of_their_own(settings: Any) -> None:
    """What is beyond a pace holds nothing else up: it leaves in the first minute that has room for it."""
    settings.EMAIL_PACES = {"gmail.example": 2, "notice": 9}
    big = [
        delivery(MemberFactory(seller__market=the_market(), user__email=f"{n}@gmail.example").seller) for n in range(5)
    ]
    small = delivery()
    assert claim_deliveries(limit=9, now=NOW) == [*big[:2], small]
    minute = timedelta(minutes=1)
    assert list(EmailDelivery.objects.filter(claimed_at=None).values_list("due_at", "attempts")) == [
        (NOW + minute, 0), (NOW + minute, 0), (NOW + 2 * minute, 0),
    ]  # fmt: skip
    assert claim_deliveries(limit=9, now=NOW + minute) == big[2:4]
    assert claim_deliveries(limit=9, now=NOW + 2 * minute) == big[4:]
    paces = dict(EmailPace.objects.values_list("of", "claimed"))
    assert paces == {"": 1, "gmail.example": 1, "notice": 1}


def test_the_pace_of_a_kind_holds_up_no_other_kind(settings: Any) -> None:
    settings.EMAIL_PACES = {"report": 1}
    seller = MemberFactory().seller
    kinds = [Message.Kind.REPORT, Message.Kind.REPORT, Message.Kind.REPORT, Message.Kind.POLICY]
    drafts = [MessageDraft(seller_id=seller.pk, kind=kind, subject="Hello", body="Hi") for kind in kinds]
    post_messages(market=seller.market, drafts=drafts, now=NOW)
    assert [one.message.kind for one in claim_deliveries(limit=9, now=NOW) or ()] == ["report", "policy"]
    assert claim_deliveries(limit=9, now=NOW) is None
    late = NOW + timedelta(minutes=9)
    assert [one.message.kind for one in claim_deliveries(limit=9, now=late) or ()] == ["report"]
    assert claim_deliveries(limit=9, now=late) is None


def test_markets_take_turns() -> None:
    first, second = MarketFactory(), MarketFactory()
    many = [delivery(MemberFactory(seller__market=first).seller) for _ in range(4)]
    few = delivery(MemberFactory(seller__market=second).seller)
    assert claim_deliveries(limit=2, now=NOW) == [many[0], few]
    assert claim_deliveries(limit=2, now=NOW) == many[1:3]


@pytest.mark.django_db(transaction=True)
def test_workers_that_claim_at_once_keep_to_the_pace_together(settings: Any) -> None:
    settings.EMAILS_PER_MINUTE = 3
    for _ in range(5):
        delivery()
    with background() as start:
        with transaction.atomic():
            first = claim_deliveries(limit=2, now=NOW)
            second = start(lambda: claim_deliveries(limit=5, now=NOW))
            wait_until_somebody_waits_for_a_lock()
        assert (len(first), len(second.result())) == (2, 1)


def test_claims_given_back_wait_a_little_and_count_against_none_that_is_still_to_be_sent() -> None:
    given_back, sent = delivery(), delivery()
    claimed = claim_deliveries(limit=5, now=NOW)
    record_sent(deliveries=[claimed[1]], now=NOW)
    release(claimed, now=NOW, wait=NO_SERVER)
    rows = EmailDelivery.objects.order_by("id").values_list("pk", "state", "attempts", "claimed_at")
    assert list(rows) == [(given_back.pk, "pending", 0, None), (sent.pk, "sent", 1, None)]
    given_back.refresh_from_db()
    assert given_back.due_at == NOW + NO_SERVER


def test_claims_of_others_are_not_given_back() -> None:
    mine, other = delivery(), delivery()
    claimed = claim_deliveries(limit=5, now=NOW)
    assert claimed == [mine, other]
    release(claimed[:1], now=NOW, wait=NO_SERVER)
    other.refresh_from_db()
    assert (other.claimed_at, other.attempts) == (NOW, 1)


def test_email_that_was_dropped_is_neither_sent_nor_given_up() -> None:
    dropped = delivery(state="dropped", due_at=None)
    record_sent(deliveries=[dropped], now=NOW)
    fail(dropped, error="late", now=NOW, for_good=True)
    dropped.refresh_from_db()
    assert (dropped.state, dropped.sent_at, dropped.last_error) == ("dropped", None, "")


def test_email_that_is_sent_at_last_has_no_error_any_more() -> None:
    failing, other = delivery(), delivery()
    (claimed,) = claim_deliveries(limit=1, now=NOW)
    fail(claimed, error="refused", now=NOW)
    failing.refresh_from_db()
    assert (failing.last_error, failing.claimed_at) == ("refused", None)
    claimed = claim_deliveries(limit=5, now=NOW + timedelta(minutes=1))
    assert claimed == [other, failing]
    record_sent(deliveries=[claimed[1]], now=NOW)
    failing.refresh_from_db()
    other.refresh_from_db()
    assert (failing.state, failing.last_error, failing.claimed_at, other.state) == ("sent", "", None, "pending")


def test_failure_for_good_is_given_up_at_once() -> None:
    failing = delivery()
    (claimed,) = claim_deliveries(limit=1, now=NOW)
    fail(claimed, error="no such mailbox", now=NOW, for_good=True)
    failing.refresh_from_db()
    assert (failing.state, failing.claimed_at, failing.last_error) == ("dead", None, "no such mailbox")


def test_failure_is_no_lost_worker() -> None:
    failed, fresh = delivery(), delivery(due_at=NOW + timedelta(minutes=1))
    (claimed,) = claim_deliveries(limit=1, now=NOW)
    fail(claimed, error="refused", now=NOW)
    assert claim_deliveries(limit=5, now=NOW + timedelta(minutes=1)) == [failed, fresh]


def test_what_is_told_to_a_whole_market_leaves_last() -> None:
    seller = MemberFactory().seller
    kinds = [Message.Kind.REPORT, Message.Kind.VIOLATION, Message.Kind.POLICY, Message.Kind.WORKSHOP]
    drafts = [MessageDraft(seller_id=seller.pk, kind=kind, subject="Hello", body="Hi") for kind in kinds]
    post_messages(market=seller.market, drafts=drafts, now=NOW)
    claimed = claim_deliveries(limit=3, now=NOW) + claim_deliveries(limit=3, now=NOW)
    assert [one.message.kind for one in claimed] == ["violation", "workshop", "report", "policy"]


def test_claimable_counts_what_is_due_up_to_a_limit_and_the_pace(settings: Any) -> None:
    for _ in range(3):
        delivery()
    delivery(due_at=NOW + timedelta(hours=1))
    assert [claimable(limit=limit, now=NOW) for limit in (2, 9)] == [2, 3]
    settings.EMAILS_PER_MINUTE = 2
    assert claimable(limit=9, now=NOW) == 2
    claim_deliveries(limit=1, now=NOW)
    assert claimable(limit=9, now=NOW) == 1
    assert claimable(limit=9, now=NOW + timedelta(minutes=1)) == 2


def test_only_what_waits_can_be_claimed() -> None:
    with pytest.raises(IntegrityError, match="emaildelivery_claimed_while_due"), transaction.atomic():
        delivery(state="dropped", due_at=None, claimed_at=NOW)


@pytest.mark.django_db(transaction=True)
def test_claim_skips_what_another_worker_holds() -> None:
    held, free = delivery(), delivery()
    other = connection.copy()
    other.ensure_connection()
    other.set_autocommit(False)
    with other.cursor() as cursor:
        cursor.execute("SELECT FROM inbox_emaildelivery WHERE id = %s FOR UPDATE", [held.pk])
    assert claim_deliveries(limit=5, now=NOW) == [free]
    other.rollback()
    other.close()


def test_sent_is_sent_once() -> None:
    delivery()
    (sent,) = claim_deliveries(limit=1, now=NOW) or []
    record_sent(deliveries=[sent], now=NOW)
    fail(sent, error="late", now=NOW)
    sent.refresh_from_db()
    assert (sent.state, sent.sent_at, sent.last_error) == ("sent", NOW, "")


def test_failure_waits_longer_each_time_and_gives_up_at_last() -> None:
    failing, moment = delivery(), NOW
    for wait in EmailDelivery.waits:
        (claimed,) = claim_deliveries(limit=1, now=moment)
        fail(claimed, error="refused", now=moment)
        failing.refresh_from_db()
        assert (failing.state, failing.due_at) == ("pending", moment + wait)
        moment = failing.due_at
    (claimed,) = claim_deliveries(limit=1, now=moment)
    fail(claimed, error="refused", now=moment)
    failing.refresh_from_db()
    assert (failing.state, failing.last_error) == ("dead", "refused")
    retry_delivery(delivery=failing, now=moment)
    assert claim_deliveries(limit=1, now=moment) == [failing]


def test_waits_between_the_tries_add_up_to_most_of_a_day() -> None:
    """A mail server may be away for a night; a mailbox that is full has hours to be emptied."""
    failing, moment, waits = delivery(), NOW, []
    while failing.state == "pending":
        (claimed,) = claim_deliveries(limit=1, now=moment)
        fail(claimed, error="refused", now=moment)
        failing.refresh_from_db()
        if failing.due_at:
            waits.append(failing.due_at - moment)
            moment = failing.due_at
    assert [wait // timedelta(minutes=1) for wait in waits] == [1, 5, 15, 60, 240, 720]


def test_retry_is_for_emails_given_up() -> None:
    with pytest.raises(Refused, match="given up"):
        retry_delivery(delivery=delivery(), now=NOW)


def test_retry_begins_anew_and_is_in_the_trail() -> None:
    dead, other, staff = (
        delivery(state="dead", attempts=7, **GIVEN_UP),
        delivery(state="dead", **GIVEN_UP),
        UserFactory(),
    )
    retry_delivery(delivery=dead, now=NOW, retried_by=staff)
    dead.refresh_from_db()
    other.refresh_from_db()
    assert (dead.state, dead.attempts, dead.due_at, other.state) == ("pending", 0, NOW, "dead")
    entry = AuditEntry.objects.get()
    assert (entry.person, entry.action, entry.kind, entry.object_id, entry.note) == (
        staff, "retry", "inbox.emaildelivery", str(dead.pk), "To be sent again."
    )  # fmt: skip
    assert {"field": "state", "from": "dead", "to": "pending"} in entry.changes


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"state": "lost", "due_at": None}, "emaildelivery_state_known"),
        ({"state": "sent", "due_at": None}, "sent_has_time"),
        ({"state": "dropped"}, "emaildelivery_due_while_pending"),
        ({"state": "dead", "due_at": None}, "emaildelivery_given_up_is_dead"),
        ({"due_at": None, "given_up_at": NOW}, "emaildelivery_due_while_pending"),
        ({"sent_at": NOW}, "sent_has_time"),
    ],
)
def test_delivery_refuses_what_makes_no_sense(fields: dict[str, object], name: str) -> None:
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        delivery(**fields)


def test_delivery_goes_to_a_person_once() -> None:
    first = delivery()
    with pytest.raises(IntegrityError, match="email_delivery_once_per_person"), transaction.atomic():
        EmailDelivery.objects.create(message=first.message, user=first.user, due_at=NOW)
