"""Emails on their way over SMTP, to a real server."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from inbox.delivery import deliver_pending
from inbox.models import EmailDelivery, Message
from inbox.services import NO_SERVER, MessageDraft, post_messages
from tests.factories import NOW, MemberFactory
from tests.inbox.smtp import Mailbox, free_port, mail_server

pytestmark = pytest.mark.django_db


@pytest.fixture
def mailbox(settings: Any) -> Iterator[Mailbox]:
    with mail_server(settings) as mailbox:
        yield mailbox


def clock() -> datetime:
    return NOW


def delivery_to(address: str, kind: Message.Kind = Message.Kind.POLICY, body: str = "It *changes*.") -> EmailDelivery:
    member = MemberFactory(user__email=address)
    draft = MessageDraft(seller_id=member.seller.pk, kind=kind, subject="A policy changes", body=body)
    post_messages(market=member.seller.market, drafts=[draft], now=NOW)
    return EmailDelivery.objects.get(user=member.user)


def test_email_arrives_as_text_and_html_with_a_way_out(mailbox: Mailbox) -> None:
    delivery = delivery_to("ann@example.com")
    assert deliver_pending(clock=clock) == 1
    (email,) = mailbox.taken
    text, html = email.get_body(("plain",)), email.get_body(("html",))
    assert text is not None
    assert html is not None
    assert "It *changes*." in text.get_content()
    assert "<em>changes</em>" in html.get_content()
    assert email["Message-ID"] == f"<delivery-{delivery.pk}@localhost>"
    assert email["Auto-Submitted"] == "auto-generated"
    assert email["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert email["List-Unsubscribe"].strip().startswith("<http://localhost:8000/unsubscribe/")


def test_email_that_is_always_sent_offers_no_unsubscribing(mailbox: Mailbox) -> None:
    delivery_to("ann@example.com", kind=Message.Kind.ENFORCEMENT)
    deliver_pending(clock=clock)
    (email,) = mailbox.taken
    assert email["List-Unsubscribe"] is None
    assert "unsubscribe" not in email.as_string()


def test_one_click_of_the_header_ends_the_emails(mailbox: Mailbox, client: Any) -> None:
    delivery = delivery_to("ann@example.com")
    deliver_pending(clock=clock)
    (email,) = mailbox.taken
    path = email["List-Unsubscribe"].strip(" <>").removeprefix("http://localhost:8000")
    assert client.post(path, {"List-Unsubscribe": "One-Click"}).status_code == 200
    EmailDelivery.objects.update(state="pending", sent_at=None, due_at=NOW)
    assert deliver_pending(clock=clock) == 0
    delivery.refresh_from_db()
    assert delivery.state == "dropped"


@pytest.mark.parametrize(("reply", "state"), [("550 No such mailbox", "dead"), ("451 Try again later", "pending")])
def test_refusal_of_the_server_decides_whether_to_try_again(mailbox: Mailbox, reply: str, state: str) -> None:
    refused, taken = delivery_to("gone@example.com"), delivery_to("ann@example.com")
    mailbox.replies["gone@example.com"] = reply
    assert deliver_pending(clock=clock) == 1
    refused.refresh_from_db()
    taken.refresh_from_db()
    assert (refused.state, taken.state) == (state, "sent")
    assert reply[4:] in refused.last_error


def test_server_that_is_away_counts_against_no_email(mailbox: Mailbox, settings: Any) -> None:
    delivery = delivery_to("ann@example.com")
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, free_port()
    assert deliver_pending(clock=clock) == 0
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts, delivery.due_at) == ("pending", 0, NOW + NO_SERVER)
    settings.EMAIL_PORT = port
    assert deliver_pending(clock=lambda: NOW + NO_SERVER) == 1


def test_email_that_cannot_be_composed_keeps_no_other_from_leaving(mailbox: Mailbox, settings: Any) -> None:
    broken, fine = delivery_to("ben@example.com", kind=Message.Kind.QUIZ), delivery_to("ann@example.com")
    settings.EMAIL_COMPOSERS = {"quiz": "inbox.no_such_module.compose"}
    assert deliver_pending(clock=clock) == 1
    broken.refresh_from_db()
    fine.refresh_from_db()
    assert (broken.state, fine.state) == ("pending", "sent")
    assert "no_such_module" in broken.last_error


def test_emails_keep_to_the_pace(mailbox: Mailbox, settings: Any) -> None:
    settings.EMAILS_PER_MINUTE = 2
    for name in ("ann", "ben", "cho"):
        delivery_to(f"{name}@example.com")
    assert deliver_pending(clock=clock, batch=1) == 2
    assert deliver_pending(clock=lambda: NOW + timedelta(seconds=59)) == 0
    assert deliver_pending(clock=lambda: NOW + timedelta(seconds=60)) == 1
    assert len({email["Message-ID"] for email in mailbox.taken}) == 3


def test_claim_that_grows_old_while_sending_is_given_back(mailbox: Mailbox) -> None:
    for name in ("ann", "ben"):
        delivery_to(f"{name}@example.com")
    moments = iter([NOW, NOW, NOW, NOW + timedelta(minutes=6), NOW + timedelta(minutes=6), NOW + timedelta(minutes=6)])
    assert deliver_pending(clock=lambda: next(moments, NOW), batch=2) == 1
    assert sorted(EmailDelivery.objects.values_list("state", "attempts")) == [("pending", 0), ("sent", 1)]
