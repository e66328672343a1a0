"""The outbox of emails about people's own accounts, with a real mail server."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import settings as configured
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from accounts.delivery import deliver_account_emails
from accounts.models import AccountEmail
from accounts.selectors import unreachable_among
from accounts.services import (
    claim_account_email,
    forget_account_emails,
    queue_account_email,
    record_account_email_sent,
)
from accounts.tasks import deliver_account_emails as task
from kit.jobs.claims import fail, retry_job
from kit.outcomes import Refused
from tests.factories import NOW, UserFactory
from tests.inbox.smtp import Mailbox, free_port, mail_server
from tests.locks import background
from tests.threads import at_once

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


@pytest.fixture
def mailbox(settings: Any) -> Iterator[Mailbox]:
    with mail_server(settings) as mailbox:
        yield mailbox


@pytest.fixture
def no_server(settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()


def queued(to: str = "ann@example.com", **fields: Any) -> AccountEmail:
    wanted = {"subject": "Password", "body": "The link: https://portal.example/secret", "now": NOW}
    return queue_account_email(to=to, **{**wanted, "expires_at": NOW + HOUR, **fields})


def deliver(at: datetime = NOW) -> int:
    return deliver_account_emails(clock=lambda: at)


def test_it_leaves_and_nothing_of_it_is_kept(mailbox: Mailbox) -> None:
    email = queued()
    assert deliver() == 1
    (sent,) = mailbox.taken
    assert (sent["To"], sent["Subject"]) == ("ann@example.com", "Password")
    assert (sent["Message-ID"], sent["Auto-Submitted"]) == (f"<account-{email.pk}@localhost>", "auto-generated")
    text, html = (part.get_content() for part in sent.iter_parts())
    assert "The link: https://portal.example/secret" in text
    assert '<a href="https://portal.example/secret"' in html
    assert not AccountEmail.objects.exists()


@pytest.mark.usefixtures("no_server")
def test_without_a_mail_server_it_waits_and_then_is_given_up_without_its_text() -> None:
    email = queued()
    assert deliver() == 0
    email.refresh_from_db()
    assert (email.due_at, email.attempts, bool(email.last_error)) == (NOW + timedelta(minutes=1), 1, True)
    assert deliver(NOW + HOUR) == 0
    email.refresh_from_db()
    assert (email.body, email.given_up_at, email.attempts) == ("", NOW + HOUR, 1)
    forget_account_emails(now=NOW + timedelta(days=32))
    assert not AccountEmail.objects.exists()


def test_one_that_is_refused_for_good_keeps_none_of_the_others(mailbox: Mailbox) -> None:
    refused, queued_too = queued("refused@example.com"), queued("fine@example.com")
    mailbox.replies["refused@example.com"] = "550 Nobody here"
    assert deliver() == 1
    refused.refresh_from_db()
    assert (refused.body, refused.given_up_at) == ("", NOW)
    assert not AccountEmail.objects.filter(pk=queued_too.pk).exists()


def test_an_address_that_the_server_does_not_know_gets_nothing_else_either(mailbox: Mailbox) -> None:
    """As with emails of messages; a server that takes nothing for another reason says nothing of the address."""
    people = [UserFactory(email=f"{name}@example.com") for name in ("gone", "blocked")]
    queued("Gone@example.com")
    queued(people[1].email)
    mailbox.replies = {"Gone@example.com": "550 5.1.1 No such user", people[1].email: "550 5.7.1 Blocked"}
    assert deliver() == 0
    assert unreachable_among({person.email for person in people}) == {"gone@example.com"}


def test_one_to_an_address_that_nobody_can_write_to_keeps_none_of_the_others(mailbox: Mailbox) -> None:
    unusable, fine = queued("ann@straße.example"), queued("fine@example.com")
    assert deliver() == 1
    unusable.refresh_from_db()
    assert (unusable.body, unusable.given_up_at) == ("", NOW)
    assert "Mail servers read ß" in unusable.last_error
    assert not AccountEmail.objects.filter(pk=fine.pk).exists()


def test_one_that_cannot_be_sent_now_is_tried_again_in_a_minute(mailbox: Mailbox) -> None:
    email = queued("busy@example.com")
    mailbox.replies["busy@example.com"] = "451 Later"
    assert deliver() == 0
    email.refresh_from_db()
    assert (email.due_at, email.given_up_at) == (NOW + timedelta(minutes=1), None)
    mailbox.replies.clear()
    assert deliver(NOW + timedelta(minutes=1)) == 1


def test_a_claim_whose_worker_died_is_taken_up_again() -> None:
    queued()
    assert claim_account_email(now=NOW) is not None
    assert claim_account_email(now=NOW) is None
    again = claim_account_email(now=NOW + AccountEmail.lease)
    assert again is not None
    assert again.attempts == 2


@pytest.mark.django_db(transaction=True)
def test_workers_that_come_together_take_each_once() -> None:
    for _ in range(3):
        queued()
    claimed = [email.pk for email in at_once(8, lambda: claim_account_email(now=NOW)) if email is not None]
    assert sorted(claimed) == sorted(set(claimed))


def test_the_one_that_has_been_due_longest_leaves_first() -> None:
    later, first, second = queued(now=NOW + timedelta(seconds=1)), queued(), queued()
    at = NOW + timedelta(minutes=1)
    assert [claim_account_email(now=at) for _ in range(4)] == [first, second, later, None]


@pytest.mark.django_db(transaction=True)
def test_one_that_another_worker_holds_is_left_to_it() -> None:
    held, free = queued(), queued()
    with background() as start, transaction.atomic():
        assert claim_account_email(now=NOW) == held
        assert start(lambda: claim_account_email(now=NOW)).result() == free


def test_one_that_is_of_no_use_any_more_is_not_claimed() -> None:
    queued()
    assert claim_account_email(now=NOW + HOUR - timedelta(microseconds=1)) is not None
    queued()
    assert claim_account_email(now=NOW + HOUR) is None


def test_subject_that_is_too_long_is_cut() -> None:
    assert queued(subject="x" * 201).subject == "x" * 200


def test_only_what_left_is_forgotten_and_only_what_failed_waits() -> None:
    sent, failed, other = queued(), queued(), queued()
    record_account_email_sent(email=sent)
    fail(failed, error="Later.", now=NOW)
    rows = AccountEmail.objects.order_by("id").values_list("pk", "due_at", "last_error")
    assert list(rows) == [(failed.pk, NOW + timedelta(minutes=1), "Later."), (other.pk, NOW, "")]


def test_what_came_too_late_is_given_up_as_of_then_and_forgotten_after_a_month() -> None:
    late, given_up, waiting = queued(), queued(), queued(expires_at=NOW + timedelta(days=99))
    fail(given_up, error="No.", now=NOW, for_good=True)
    forget_account_emails(now=NOW + HOUR * 2)
    late.refresh_from_db()
    given_up.refresh_from_db()
    assert [(email.given_up_at, email.body) for email in (late, given_up)] == [(NOW + HOUR, ""), (NOW, "")]
    month = timedelta(days=30)
    forget_account_emails(now=NOW + month)
    assert set(AccountEmail.objects.all()) == {late, given_up, waiting}
    forget_account_emails(now=NOW + HOUR + month)
    assert set(AccountEmail.objects.all()) == {late, waiting}
    waiting.refresh_from_db()
    assert (waiting.given_up_at, bool(waiting.body)) == (None, True)


def test_what_was_given_up_stays_given_up() -> None:
    email = queued()
    fail(email, error="No.", now=NOW, for_good=True)
    fail(email, error="Again.", now=NOW)
    email.refresh_from_db()
    assert (email.last_error, email.given_up_at) == ("No.", NOW)


def test_the_database_keeps_no_text_of_what_was_given_up() -> None:
    for said in ({"body": "The link"}, {"body": "", "calendar": "METHOD:REQUEST"}):
        email = queued(**said)
        with pytest.raises(IntegrityError, match="account_email_given_up_says_nothing"), transaction.atomic():
            AccountEmail.objects.filter(pk=email.pk).update(given_up_at=NOW, due_at=None)


def test_what_was_given_up_cannot_be_tried_again() -> None:
    email = queued()
    fail(email, error="No.", now=NOW, for_good=True)
    with pytest.raises(Refused, match="What it said is gone"):
        retry_job(email, now=NOW)


def test_it_is_tried_every_minute_as_long_as_it_is_of_use() -> None:
    queued(expires_at=NOW + timedelta(days=1))
    for tries in (1, 60, 1_439):
        AccountEmail.objects.update(due_at=NOW, claimed_at=None, attempts=tries - 1)
        email = claim_account_email(now=NOW)
        assert email is not None
        fail(email, error="Later.", now=NOW)
        assert AccountEmail.objects.get().due_at == NOW + timedelta(minutes=1)


def test_it_has_a_queue_of_its_own() -> None:
    assert configured.CELERY_TASK_ROUTES[task.name] == {"queue": "account"}
    assert {queue.name for queue in configured.CELERY_TASK_QUEUES} == {"celery", "account"}
    task()


# --- From the pages


@pytest.mark.usefixtures("no_server")
def test_a_mail_server_that_is_away_is_nobodys_error(client: Client) -> None:
    user = UserFactory()
    for email in [user.email, "nobody@example.com"]:
        answer = client.post(reverse("account_reset_password"), {"email": email})
        assert answer.url == reverse("account_reset_password_done")
    assert [email.to for email in AccountEmail.objects.all()] == [user.email]
    assert client.post(reverse("account_login"), {"login": user.email, "password": "x"}).status_code == 200
