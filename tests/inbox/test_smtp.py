"""Emails on their way over SMTP, to a real server."""

import os
import signal
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from prometheus_client import REGISTRY

from accounts.models import UnreachableAddress, User
from accounts.services import confirm_address
from inbox.delivery import deliver_pending
from inbox.emails import EmailParts, Writer, message_parts
from inbox.models import EmailDelivery, Message
from inbox.services import CAME_BACK, NO_SERVER, MessageDraft, post_messages
from kit.emails.returned import return_path
from sellers.models import Seller
from tests.factories import NOW, MemberFactory
from tests.inbox.smtp import Mailbox, free_port, mail_server

pytestmark = pytest.mark.django_db


@pytest.fixture(params=["one by one", "pipelining"])
def mailbox(settings: Any, request: pytest.FixtureRequest) -> Iterator[Mailbox]:
    with mail_server(settings) as mailbox:
        mailbox.offers_pipelining = request.param == "pipelining"
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


def test_email_loads_nothing_and_its_links_lead_to_the_portal(mailbox: Mailbox) -> None:
    delivery_to("ann@example.com", body="![A cup](https://evil.example/track.png) [policies](/policies/) a \\*b\\*")
    deliver_pending(clock=clock)
    text, html = (mailbox.taken[0].get_body((kind,)).get_content() for kind in ("plain", "html"))
    assert "<img" not in html
    assert '<a href="https://evil.example/track.png" rel="nofollow noopener"' in html
    assert 'href="http://localhost:8000/policies/"' in html
    assert "A cup (https://evil.example/track.png) policies (http://localhost:8000/policies/) a *b*" in text


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


def test_emails_leave_over_one_connection(mailbox: Mailbox) -> None:
    for number in range(45):
        delivery_to(f"person{number}@example.com")
    assert deliver_pending(clock=clock, batch=30) == 45
    assert list(mailbox.taken_in.values()) == [45]


def counted(result: str) -> float:
    return REGISTRY.get_sample_value("healthportal_emails_total", {"result": result}) or 0


def test_what_became_of_each_try_is_counted(mailbox: Mailbox, settings: Any) -> None:
    """A mail server that is away fails no email: it is counted of its own, or nobody outside would see it."""
    before = {result: counted(result) for result in ("sent", "failed", "no_server")}
    for name in ("ann", "ben", "gone"):
        delivery_to(f"{name}@example.com")
    mailbox.replies["gone@example.com"] = "451 Later"
    deliver_pending(clock=clock)
    settings.EMAIL_PORT = free_port()
    delivery_to("cho@example.com")
    deliver_pending(clock=clock)
    assert {result: counted(result) - before[result] for result in before} == {"sent": 2, "failed": 1, "no_server": 1}


def test_email_that_cannot_be_composed_keeps_no_other_from_leaving(mailbox: Mailbox, settings: Any) -> None:
    broken, fine = delivery_to("ben@example.com", kind=Message.Kind.QUIZ), delivery_to("ann@example.com")
    settings.EMAIL_WRITERS = {"quiz": "inbox.no_such_module.compose"}
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
    moments = iter([NOW] * 4 + [NOW + timedelta(minutes=6)] * 3)
    assert deliver_pending(clock=lambda: next(moments, NOW), batch=2) == 1
    assert sorted(EmailDelivery.objects.values_list("state", "attempts")) == [("pending", 0), ("sent", 1)]


@pytest.mark.parametrize("goodbye", ["", "421 4.7.0 Too many emails over this connection"])
def test_server_that_closes_the_connection_after_two_emails_gets_them_all(mailbox: Mailbox, goodbye: str) -> None:
    mailbox.per_connection, mailbox.goodbye = 2, goodbye
    for number in range(7):
        delivery_to(f"person{number}@example.com")
    assert deliver_pending(clock=clock) == 7
    assert len({email["Message-ID"] for email in mailbox.taken}) == len(mailbox.taken) == 7
    assert set(EmailDelivery.objects.values_list("state", "attempts", "last_error")) == {("sent", 1, "")}


def test_server_that_hangs_up_on_one_email_gets_the_others(mailbox: Mailbox) -> None:
    mailbox.hangs_up_on = {"ben@example.com"}
    deliveries = [delivery_to(f"{name}@example.com") for name in ("ann", "ben", "cho", "dan")]
    assert deliver_pending(clock=clock) == 3
    states = [EmailDelivery.objects.get(pk=delivery.pk).state for delivery in deliveries]
    assert states == ["sent", "pending", "sent", "sent"]
    assert EmailDelivery.objects.get(pk=deliveries[1].pk).due_at == NOW + timedelta(minutes=1)


@pytest.mark.parametrize(("goodbye", "burnt"), [("", 1), ("421 4.3.2 Shutting down", 0)])
def test_server_that_takes_nothing_burns_the_tries_of_at_most_one(mailbox: Mailbox, goodbye: str, burnt: int) -> None:
    """Hung up on without a word, nobody can tell whether the first email was the reason; the second one shows it."""
    mailbox.per_connection, mailbox.goodbye = 0, goodbye
    for number in range(5):
        delivery_to(f"person{number}@example.com")
    assert deliver_pending(clock=clock) == 0
    assert sorted(EmailDelivery.objects.values_list("state", "attempts", "claimed_at")) == [
        *[("pending", 0, None)] * (5 - burnt),
        *[("pending", 1, None)] * burnt,
    ]
    mailbox.per_connection = 5
    assert deliver_pending(clock=lambda: NOW + NO_SERVER) == 5


def ends_its_worker(deliveries: list[EmailDelivery], *, now: datetime) -> Writer:
    """What writes emails, and some email makes native code crash in."""

    def write(delivery: EmailDelivery) -> EmailParts:
        if "poison" in delivery.message.body:
            os.kill(os.getpid(), signal.SIGKILL)
        return message_parts(delivery)

    return write


def work_until_killed(moment: datetime) -> bool:
    """Deliver in a process of its own; whether it was killed."""
    if pid := os.fork():
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGKILL
    connection.connection = None  # the other end belongs to the parent
    try:
        deliver_pending(clock=lambda: moment)
    finally:
        os._exit(0)


@pytest.mark.django_db(transaction=True)
def test_email_that_kills_its_worker_is_tried_alone(mailbox: Mailbox, settings: Any) -> None:
    settings.EMAIL_WRITERS = {"policy": "tests.inbox.test_smtp.ends_its_worker"}
    for number in range(3):
        delivery_to(f"person{number}@example.com")
    poisonous = delivery_to("poison@example.com", body="poison")
    for number in range(3, 6):
        delivery_to(f"person{number}@example.com")
    assert work_until_killed(NOW)
    before = len(mailbox.taken)  # an email is composed while those before it leave: they left, and it was not noted
    assert before <= 3
    moments = [NOW + EmailDelivery.lease * tries for tries in range(1, len(EmailDelivery.waits) + 2)]
    assert [work_until_killed(moment) for moment in moments[:-1]] == [True] * len(EmailDelivery.waits)
    assert len({email["Message-ID"] for email in mailbox.taken}) == 6
    assert len(mailbox.taken) == 6 + before
    assert not work_until_killed(moments[-1])
    poisonous.refresh_from_db()
    assert (poisonous.state, poisonous.last_error) == ("dead", "Each worker that took it was lost.")


def test_address_that_can_never_be_composed_is_given_up_at_once(mailbox: Mailbox) -> None:
    lost, fine = delivery_to("a@example.com"), delivery_to("ann@example.com")
    User.objects.filter(pk=lost.user_id).update(email="a@" + "ü" * 60 + ".example")
    assert deliver_pending(clock=clock) == 1
    lost.refresh_from_db()
    assert (lost.state, lost.attempts) == ("dead", 1)
    assert "longer than 63" in lost.last_error
    assert EmailDelivery.objects.get(pk=fine.pk).state == "sent"


def test_subject_is_one_line_whose_order_no_name_turns(mailbox: Mailbox) -> None:
    delivery = delivery_to("ann@example.com")
    Seller.objects.filter(pk=delivery.message.seller_id).update(name="\u202eمتجر")
    deliver_pending(clock=clock)
    assert mailbox.taken[0]["Subject"] == "A policy changes · \u2068متجر\u2069"


def test_email_that_is_refused_on_a_connection_made_anew_is_no_fault_of_the_server(mailbox: Mailbox) -> None:
    mailbox.per_connection, mailbox.replies = 1, {"gone@example.com": "550 No such mailbox"}
    deliveries = [delivery_to(f"{name}@example.com") for name in ("ann", "gone", "cho")]
    assert deliver_pending(clock=clock) == 2
    states = [EmailDelivery.objects.get(pk=delivery.pk).state for delivery in deliveries]
    assert states == ["sent", "dead", "sent"]


def test_address_that_the_server_does_not_know_gets_no_more_emails(mailbox: Mailbox) -> None:
    gone, blocked = delivery_to("gone@example.com"), delivery_to("ann@example.com")
    mailbox.replies = {"gone@example.com": "550 5.1.1 No such user", "ann@example.com": "550 5.7.1 Blocked"}
    assert deliver_pending(clock=clock) == 0
    (unreachable,) = UnreachableAddress.objects.all()
    assert (unreachable.email, unreachable.said) == ("gone@example.com", "5.1.1 No such user")
    mailbox.replies = {}
    for delivery in (gone, blocked):
        draft = MessageDraft(seller_id=delivery.message.seller_id, kind=Message.Kind.POLICY, subject="B", body="C")
        post_messages(market=delivery.message.seller.market, drafts=[draft], now=NOW)
    assert deliver_pending(clock=clock) == 1
    later = EmailDelivery.objects.exclude(pk__in=[gone.pk, blocked.pk]).order_by("pk")
    assert [(one.state, one.last_error) for one in later] == [("dropped", CAME_BACK), ("sent", "")]
    confirm_address(email="gone@example.com")
    EmailDelivery.objects.filter(state="dropped").update(state="pending", due_at=NOW)
    assert deliver_pending(clock=clock) == 1


def test_email_comes_back_to_an_address_of_its_own(mailbox: Mailbox, settings: Any) -> None:
    settings.EMAIL_RETURN_PATH = "bounces+{seal}@portal.example"
    delivery_to("ann@example.com")
    assert deliver_pending(clock=clock) == 1
    assert mailbox.senders == [return_path("ann@example.com")]
    assert mailbox.taken[0]["From"] == settings.DEFAULT_FROM_EMAIL


def test_pipelining_sends_many_in_one_go(mailbox: Mailbox) -> None:
    for number in range(25):
        delivery_to(f"person{number}@example.com")
    mailbox.replies = {"person3@example.com": "550 5.7.1 Blocked", "person19@example.com": "451 Later"}
    assert deliver_pending(clock=clock) == 23
    assert len({email["Message-ID"] for email in mailbox.taken}) == len(mailbox.taken) == 23
    assert (mailbox.ahead > 20) == mailbox.offers_pipelining
    assert {email["To"] for email in mailbox.taken}.isdisjoint(mailbox.replies)
