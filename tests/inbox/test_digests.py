"""The weekly digest: one email a week about all sellers of a person, whoever dies or asks twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone

from accounts.models import User
from healthportal.celery import app
from inbox.digests import compose_digest, deliver_digests, digest_composer
from inbox.models import Digest, EmailDelivery, Message
from inbox.selectors import channels_of
from inbox.services import (
    MessageDraft,
    claim_digests,
    post_messages,
    queue_digests,
    unsubscribe,
)
from inbox.tasks import send_digests
from kit.dates import Week
from kit.jobs.claims import fail
from sellers.models import Member
from tests.factories import LONG_AGO, NOW, MarketFactory, MemberFactory

pytestmark = pytest.mark.django_db

MONDAY = datetime(2026, 11, 23, tzinfo=UTC)
LATER = MONDAY + timedelta(minutes=1)


def post(member: Member, subject: str = "A policy changes", kind: str = "policy", *, now: datetime = NOW) -> None:
    draft = MessageDraft(seller_id=member.seller_id, kind=Message.Kind(kind), subject=subject, body="Soon.")
    post_messages(market=member.seller.market, drafts=[draft], now=now)


def weekly(kinds: tuple[str, ...] = ("policy",), **fields: Any) -> Member:
    """A member who reads these kinds once a week."""
    member: Member = MemberFactory(**fields)
    for kind in kinds:
        unsubscribe(member=member, kind=Message.Kind(kind), in_digest=True)
    return member


def queued(member: Member) -> Digest:
    queue_digests(now=LATER)
    return Digest.objects.get(user=member.user)


def sent(*, at: datetime = LATER) -> int:
    return deliver_digests(clock=lambda: at)


def test_a_week_is_one_email_about_all_sellers_of_a_person() -> None:
    member = weekly(seller__name="Ann & Sons")
    other = weekly(("quiz",), user=member.user, seller__name="Zoe")
    post(member, "Gifts change")
    post(member, "Prices change")
    post(other, "A quiz opens", "quiz")
    assert not EmailDelivery.objects.exists()
    assert queue_digests(now=LATER) == 1
    assert sent() == 1
    (email,) = mail.outbox
    assert (email.to, email.subject) == ([member.user.email], "Your week: 3 messages about 2 sellers")
    text = str(email.body)
    places = [text.index(part) for part in ("Ann & Sons", "Gifts change", "Prices change", "Zoe", "A quiz opens")]
    assert places == sorted(places)
    html = str(email.alternatives[0].content)
    assert html.count(f"/s/{member.seller_id}/inbox/") == 4  # its two messages, its inbox, and where to choose


def test_what_comes_at_once_or_is_not_wanted_is_not_named() -> None:
    member = weekly()
    unsubscribe(member=member, kind=Message.Kind.QUIZ)
    for kind in ("policy", "quiz", "violation", "workshop"):
        post(member, f"About {kind}", kind)
    assert sorted(EmailDelivery.objects.values_list("message__kind", flat=True)) == ["violation", "workshop"]
    text = str(compose_digest(queued(member), now=LATER).body)
    assert "About policy" in text
    assert not [kind for kind in ("quiz", "violation", "workshop") if f"About {kind}" in text]


def test_a_week_without_messages_is_no_email() -> None:
    member = weekly()
    post(member, "Before", now=datetime(2026, 11, 15, 23, 59, tzinfo=UTC))
    post(member, "After", now=MONDAY)
    assert queue_digests(now=LATER) == 0


def test_the_week_is_from_monday_to_monday() -> None:
    member = weekly()
    first = datetime(2026, 11, 16, tzinfo=UTC)
    post(member, "First", now=first)
    post(member, "Last", now=MONDAY - timedelta(microseconds=1))
    digest = queued(member)
    assert (digest.starts_at, digest.ends_at) == (first, MONDAY)
    assert compose_digest(digest, now=LATER).subject == "Your week: 2 messages"


def test_asked_again_it_is_not_queued_or_sent_again() -> None:
    member = weekly()
    post(member)
    assert [queue_digests(now=LATER + timedelta(hours=hours)) for hours in range(3)] == [1, 0, 0]
    assert (sent(), sent(), sent(at=LATER + Digest.lease)) == (1, 0, 0)
    digest = Digest.objects.get()
    assert (digest.state, digest.sent_at) == ("sent", LATER)
    assert queue_digests(now=LATER) == 0


def test_a_worker_that_dies_leaves_the_digest_to_another_one() -> None:
    member = weekly()
    post(member)
    digest = queued(member)
    assert claim_digests(limit=9, now=LATER) == [digest]
    assert claim_digests(limit=9, now=LATER + Digest.lease - timedelta(seconds=1)) is None
    assert sent(at=LATER + Digest.lease) == 1
    first, second = compose_digest(digest, now=LATER), mail.outbox[0]
    assert first.extra_headers["Message-ID"] == second.extra_headers["Message-ID"] == f"<digest-{digest.pk}@localhost>"


def test_one_that_no_worker_survives_is_given_up() -> None:
    member = weekly()
    post(member)
    digest, moment = queued(member), LATER
    for _ in range(len(Digest.waits) + 1):
        assert claim_digests(limit=9, now=moment) == [digest]
        moment += Digest.lease
    assert claim_digests(limit=9, now=moment) is None
    digest.refresh_from_db()
    assert digest.state == "dead"


def test_one_that_fails_is_tried_again_later() -> None:
    member = weekly()
    post(member)
    queued(member)
    (digest,) = claim_digests(limit=9, now=LATER)
    fail(digest, error="Mailbox full.", now=LATER)
    digest.refresh_from_db()
    assert (digest.state, digest.last_error, digest.due_at) == (
        "pending",
        "Mailbox full.",
        LATER + timedelta(minutes=1),
    )
    assert sent(at=LATER + timedelta(minutes=1)) == 1


def test_it_keeps_to_the_pace_of_all_emails(settings: Any) -> None:
    settings.EMAILS_PER_MINUTE = 1
    for member in (weekly(), weekly()):
        post(member)
    queue_digests(now=LATER)
    assert len(claim_digests(limit=9, now=LATER)) == 1
    assert claim_digests(limit=9, now=LATER) is None
    assert len(claim_digests(limit=9, now=LATER + timedelta(minutes=1))) == 1


@pytest.mark.parametrize("change", ["leave", "remove", "switch off"])
def test_who_does_not_want_it_any_more_gets_none(change: str) -> None:
    member = weekly()
    MemberFactory(seller=member.seller)
    post(member)
    digest = queued(member)
    if change == "leave":
        unsubscribe(member=member, kind=Message.Kind.POLICY)
    elif change == "remove":
        Member.objects.filter(pk=member.pk).delete()
    else:
        User.objects.filter(pk=member.user_id).update(is_active=False)
    assert sent() == 0
    digest.refresh_from_db()
    assert digest.state == "dropped"


def test_a_long_week_is_named_in_part() -> None:
    member = weekly()
    drafts = [
        MessageDraft(seller_id=member.seller_id, kind=Message.Kind.POLICY, subject=f"No. {number}", body="Soon.")
        for number in range(103)
    ]
    post_messages(market=member.seller.market, drafts=drafts, now=NOW)
    email = compose_digest(queued(member), now=LATER)
    assert email.subject == "Your week: 103 messages"
    assert str(email.body).count("No. ") == 100
    assert "3 more" in str(email.body)


@pytest.mark.parametrize("people", [1, 20])
def test_composing_a_batch_takes_the_same_queries_for_any_number(people: int, django_assert_num_queries: Any) -> None:
    """Of people with one seller and with two, in one market and in several."""
    members = [weekly() for _ in range(people)]
    members += [weekly(user=member.user) for member in members[::2]]
    for member in members:
        post(member)
    queue_digests(now=LATER)
    digests = claim_digests(limit=2 * people, now=LATER) or []
    assert len(digests) == people
    with django_assert_num_queries(5):
        compose_one = digest_composer(digests, now=LATER)
    with django_assert_num_queries(0):
        together = [str(compose_one(digest).body) for digest in digests]
    assert together == [str(compose_digest(digest, now=LATER).body) for digest in digests]


def test_a_batch_may_be_of_several_weeks() -> None:
    early, late = weekly(), weekly()
    post(early, "Early", now=NOW - timedelta(days=7))
    queue_digests(now=LATER - timedelta(days=7))
    post(early, "Also early")
    post(late, "Late")
    queue_digests(now=LATER)
    assert sent() == 3
    told = sorted((email.to[0] == early.user.email, str(email.body).splitlines()[4]) for email in mail.outbox)
    assert [said.partition(" (")[0] for _, said in told] == ["- Late", "- Also early", "- Early"]


def test_task_sends_the_week_that_ended() -> None:
    member = weekly(seller__market=MarketFactory(books_closed_until=LONG_AGO))
    week = Week.of(timezone.now(), zone=ZoneInfo("UTC")).previous
    post(member, now=week.starts_at(zone=ZoneInfo("UTC")) + timedelta(days=2))
    for _ in range(2):
        send_digests.apply()
    assert [email.to for email in mail.outbox] == [[member.user.email]]


def test_task_calls_another_worker_while_more_are_due_than_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inbox.tasks.BATCH", 1)
    for _ in range(2):
        member = weekly(seller__market=MarketFactory(books_closed_until=LONG_AGO))
        week = Week.of(timezone.now(), zone=ZoneInfo("UTC")).previous
        post(member, now=week.starts_at(zone=ZoneInfo("UTC")) + timedelta(days=2))
    app.control.purge()
    send_digests()
    with app.connection_for_read() as queue:
        called = queue.SimpleQueue("celery").get(timeout=10)
        assert called.headers["task"] == "inbox.tasks.send_digests"
        called.ack()
    assert len(mail.outbox) == 2
    send_digests()
    assert app.control.purge() == 0


def test_the_link_leaves_the_digests_of_all_sellers_in_one_click(client: Client) -> None:
    member = weekly()
    other = weekly(("quiz",), user=member.user)
    post(member)
    headers = compose_digest(queued(member), now=LATER).extra_headers
    link = headers["List-Unsubscribe"].strip("<>").removeprefix("http://localhost:8000")
    assert "Stop weekly emails?" in client.get(link).text
    assert channels_of(member)["policy"] == "digest"
    strict = Client(enforce_csrf_checks=True)
    assert "You no longer get weekly emails" in strict.post(link, {"List-Unsubscribe": "One-Click"}).text
    assert (channels_of(member)["policy"], channels_of(other)["quiz"]) == ("inbox", "inbox")


def test_a_link_that_was_changed_leads_nowhere(client: Client) -> None:
    assert client.post("/unsubscribe/week/of-nobody/").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_workers_at_once_queue_and_claim_each_digest_once() -> None:
    members = [weekly() for _ in range(6)]
    for member in members:
        post(member)
    barrier, claimed = Barrier(3), []

    def work() -> None:
        barrier.wait()
        queue_digests(now=LATER)
        claimed.extend(digest.user_id for digest in claim_digests(limit=9, now=LATER) or ())
        connection.close()

    threads = [Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(claimed) == sorted(member.user_id for member in members)


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("state = 'lost', due_at = NULL", "digest_state_known"),
        ("state = 'sent', due_at = NULL", "digest_sent_has_time"),
        ("state = 'dropped'", "digest_due_while_pending"),
        ("due_at = NULL, given_up_at = now()", "digest_due_while_pending"),
        ("state = 'dead', due_at = NULL", "digest_given_up_is_dead"),
        ("sent_at = now()", "digest_sent_has_time"),
        ("ends_at = starts_at", "digest_is_of_a_time"),
    ],
)
def test_the_database_refuses(change: str, constraint: str) -> None:
    member = weekly()
    post(member)
    digest = queued(member)
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE inbox_digest SET {change} WHERE id = %s", [digest.pk])


def test_the_database_refuses_two_of_a_week() -> None:
    member = weekly()
    post(member)
    digest = queued(member)
    with pytest.raises(IntegrityError, match="digest_once_a_week"), transaction.atomic():
        Digest.objects.create(user=member.user, starts_at=digest.starts_at, ends_at=digest.ends_at, due_at=LATER)
