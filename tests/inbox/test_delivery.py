import re
from datetime import datetime, timedelta

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.utils import timezone

from healthportal.celery import app
from inbox.delivery import BATCH, compose, deliver_pending
from inbox.models import EmailDelivery, Message
from inbox.services import MessageDraft, post_messages
from inbox.tasks import RUN, deliver_emails
from sellers.services import ContentDraft
from tests.factories import NOW, MemberFactory, PolicyFactory, issue

pytestmark = pytest.mark.django_db


class RefusingBackend(EmailBackend):
    """A mail server that takes no email for one address."""

    def send_messages(self, messages: list) -> int:
        if any("refused@example.com" in message.to for message in messages):
            raise ConnectionRefusedError("mailbox unavailable")
        return super().send_messages(messages)


def clock() -> datetime:
    return NOW


def test_email_says_in_short_what_the_message_says_and_leads_there() -> None:
    member = MemberFactory(seller__name="Ann & Sons")
    violation = issue(member.seller, PolicyFactory(points=2, name="Misleading claims"))
    email = compose(EmailDelivery.objects.get(), now=NOW)
    (html,) = email.alternatives
    assert email.subject == "New violation: Misleading claims · LIVE “Sunday LIVE” · Ann & Sons"
    assert violation.get_absolute_url() in email.body
    assert "Ann & Sons" in email.body
    for said in (email.body, str(html.content)):
        assert "2 points count in the market" in said
        assert "What was found" not in said
        assert said.count(violation.get_absolute_url()) == 1


def test_emails_about_three_violations_of_one_policy_have_three_subjects() -> None:
    """Where a mail program lists no more than subjects. A title that runs right to left turns nothing around."""
    member, policy = MemberFactory(seller__name="Ann & Sons"), PolicyFactory(name="Misleading claims")
    for title in ("This knee brace", "متجر الضوء", "x" * 200):
        issue(member.seller, policy, content=ContentDraft(kind="video", external_id=title[:20], title=title))
    issue(member.seller, policy, content=None)
    subjects = [compose(one, now=NOW).subject for one in EmailDelivery.objects.order_by("pk")]
    assert subjects == [
        "New violation: Misleading claims · Video “This knee brace” · Ann & Sons",
        "New violation: Misleading claims · Video “\u2068متجر الضوء\u2069” · Ann & Sons",
        f"New violation: Misleading claims · Video “{'x' * 59}…” · Ann & Sons",
        "New violation: Misleading claims · Ann & Sons",
    ]


def test_email_has_one_button_no_picture_and_colours_for_the_dark() -> None:
    issue(MemberFactory().seller, PolicyFactory())
    html = str(compose(EmailDelivery.objects.get(), now=NOW).alternatives[0].content)
    assert html.count('class="button" ') == 1
    assert "<img" not in html
    assert '<meta name="color-scheme" content="light dark">' in html
    assert re.findall(r"<style>\s*@media ([^{]+?) *{", html) == ["(prefers-color-scheme: dark)"]


def test_message_id_is_derived_from_the_row() -> None:
    issue(MemberFactory().seller, PolicyFactory())
    delivery = EmailDelivery.objects.get()
    sent_twice = {compose(delivery, now=NOW).extra_headers["Message-ID"] for _ in range(2)}
    assert sent_twice == {f"<delivery-{delivery.pk}@localhost>"}


def test_delivering_sends_each_email_once() -> None:
    for _ in range(3):
        issue(MemberFactory().seller, PolicyFactory())
    assert deliver_pending(clock=clock, batch=2) == 3
    assert deliver_pending(clock=clock) == 0
    assert len(mail.outbox) == 3
    assert set(EmailDelivery.objects.values_list("state", "sent_at")) == {("sent", NOW)}


def test_failure_of_one_email_keeps_none_of_the_others(settings: object) -> None:
    settings.EMAIL_BACKEND = "tests.inbox.test_delivery.RefusingBackend"
    issue(MemberFactory(user__email="refused@example.com").seller, PolicyFactory())
    issue(MemberFactory(user__email="fine@example.com").seller, PolicyFactory())
    assert deliver_pending(clock=clock) == 1
    failed = EmailDelivery.objects.get(user__email="refused@example.com")
    assert (failed.state, failed.last_error) == ("pending", "mailbox unavailable")
    assert [message.to for message in mail.outbox] == [["fine@example.com"]]


def test_task_delivers_what_is_due() -> None:
    issue(MemberFactory().seller, PolicyFactory())
    deliver_emails()
    assert len(mail.outbox) == 1


def test_task_calls_another_worker_while_more_is_due_than_it_takes() -> None:
    """Each that starts calls one, so in the end all workers send; with nothing left nobody is called."""
    seller = MemberFactory().seller
    drafts = [
        MessageDraft(seller_id=seller.pk, kind=Message.Kind.NOTICE, subject=f"{n}", body="…") for n in range(BATCH + 1)
    ]
    post_messages(market=seller.market, drafts=drafts, now=NOW)
    app.control.purge()
    deliver_emails()
    with app.connection_for_read() as queue:
        called = queue.SimpleQueue("celery").get(timeout=10)
        assert called.headers["task"] == "inbox.tasks.deliver_emails"
        expires = datetime.fromisoformat(called.headers["expires"])
        called.ack()
    last_batch = timedelta(seconds=10)
    assert expires > timezone.now() + RUN + last_batch, "who is called when all are busy must find the call afterwards"
    assert len(mail.outbox) == BATCH + 1
    deliver_emails()
    assert app.control.purge() == 0


def test_email_says_the_zone_once_and_deadlines_in_that_of_its_reader_too() -> None:
    member = MemberFactory(user__time_zone="Europe/Berlin")
    data = {"policy": "Gifts", "points": 1, "closes_at": "2026-12-01T05:00:00+00:00", "zone": "America/New_York"}
    draft = MessageDraft(
        seller_id=member.seller_id, kind=Message.Kind.QUIZ, template=Message.Template.QUIZ_INVITED, data=data,
        about_kind="quizzes", about_id=member.seller_id,
    )  # fmt: skip
    post_messages(market=member.seller.market, drafts=[draft], now=NOW)
    delivery = EmailDelivery.objects.get()
    email = compose(delivery, now=NOW)
    for content in (str(email.body), str(email.alternatives[0].content)):
        assert "until the end of 30 Nov 2026 (1 Dec 2026, 06:00 CET for you)" in content
        assert content.lower().count("times are in e") == 1
    delivery.user.time_zone = ""
    assert "for you" not in str(compose(delivery, now=NOW).body)


REACHED = {
    "kind": "restriction", "milestone": 12, "total": 12, "capabilities": [], "has_quiz": False, "ends_at": "",
    "starts_at": "2026-12-01T05:00:00+00:00", "zone": "America/New_York",
}  # fmt: skip


def test_email_names_no_zone_where_none_is_needed() -> None:
    member = MemberFactory()
    wanted = [
        (Message.Template.VIOLATION_VOIDED, {"policy": "Gifts", "reason": "On 3 Dec 2026.", "points": 0, "lifted": []}),
        (Message.Template.MILESTONE_REACHED, REACHED),
    ]
    for template, data in wanted:
        draft = MessageDraft(seller_id=member.seller_id, kind=Message.Kind.POINTS, template=template, data=data)
        post_messages(market=member.seller.market, drafts=[draft], now=NOW)
        email = compose(EmailDelivery.objects.latest("pk"), now=NOW)
        for content in (str(email.body), str(email.alternatives[0].content)):
            assert "times are in" not in content.lower(), content
    assert "from 1 Dec 2026, 00:00 EST until" in content
