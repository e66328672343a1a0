"""Who gets which emails, and how one leaves them."""

from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client

from inbox.delivery import compose, language_of
from inbox.models import Channel, EmailDelivery, Message, Unsubscription
from inbox.selectors import channels_of
from inbox.services import (
    MessageDraft,
    choose_emails,
    claim_deliveries,
    leave_digest,
    post_messages,
    subscribe,
    unsubscribe,
)
from inbox.subscriptions import subscription_links
from kit.outcomes import Refused
from sellers.models import Member
from sellers.services import remove_member
from tests.factories import NOW, MemberFactory

pytestmark = pytest.mark.django_db

CHOSEN = {"report": "digest", "points": "inbox", "quiz": "at_once", "workshop": "at_once", "policy": "digest"}
TWO_LANGUAGES = [("en", "English"), ("th", "ไทย")]


def delivery_to(member: Member, kind: Message.Kind = Message.Kind.REPORT) -> EmailDelivery:
    draft = MessageDraft(seller_id=member.seller_id, kind=kind, subject="Your week", body="Quiet.")
    post_messages(market=member.seller.market, drafts=[draft], now=NOW)
    return EmailDelivery.objects.latest("id")


def state_after_claim(delivery: EmailDelivery) -> str:
    claim_deliveries(limit=10, now=NOW)
    delivery.refresh_from_db()
    return delivery.state


def test_person_who_unsubscribes_gets_no_email_that_was_waiting() -> None:
    member = MemberFactory()
    waiting = delivery_to(member)
    unsubscribe(member=member, kind=Message.Kind.REPORT)
    assert state_after_claim(waiting) == "dropped"


def test_nothing_waits_for_a_person_who_unsubscribed_before() -> None:
    member = MemberFactory()
    unsubscribe(member=member, kind=Message.Kind.REPORT)
    draft = MessageDraft(seller_id=member.seller_id, kind=Message.Kind.REPORT, subject="Your week", body="Quiet.")
    post_messages(market=member.seller.market, drafts=[draft], now=NOW)
    assert Message.objects.count() == 1
    assert not EmailDelivery.objects.exists()


def test_other_kinds_other_sellers_and_other_people_are_still_written_to() -> None:
    member = MemberFactory()
    elsewhere, colleague = MemberFactory(user=member.user), MemberFactory(seller=member.seller)
    unsubscribe(member=member, kind=Message.Kind.REPORT)
    delivery_to(member, Message.Kind.VIOLATION)
    delivery_to(elsewhere)
    delivery_to(colleague)
    claimed = {(d.user_id, d.message.seller_id, d.message.kind) for d in claim_deliveries(limit=10, now=NOW)}
    assert claimed == {
        (member.user_id, member.seller_id, "violation"),
        (colleague.user_id, member.seller_id, "violation"),
        (member.user_id, elsewhere.seller_id, "report"),
        (colleague.user_id, colleague.seller_id, "report"),
    }


def leave(member: Member) -> None:
    """Somebody else owns the seller from then on."""
    MemberFactory(seller=member.seller)
    remove_member(seller=member.seller, user=member.user, now=NOW, removed_by=member.user)


def test_person_who_acts_for_the_seller_no_longer_gets_nothing() -> None:
    member = MemberFactory()
    waiting = delivery_to(member, Message.Kind.VIOLATION)
    leave(member)
    assert state_after_claim(waiting) == "dropped"


def test_person_who_was_switched_off_gets_nothing() -> None:
    member = MemberFactory()
    waiting = delivery_to(member, Message.Kind.VIOLATION)
    member.user.is_active = False
    member.user.save()
    assert state_after_claim(waiting) == "dropped"


def test_email_that_no_worker_survives_is_given_up() -> None:
    waiting, moment = delivery_to(MemberFactory()), NOW
    for _ in range(len(EmailDelivery.waits) + 1):
        assert claim_deliveries(limit=10, now=moment) == [waiting]
        moment += EmailDelivery.lease
    assert claim_deliveries(limit=10, now=moment) is None
    waiting.refresh_from_db()
    assert (waiting.state, waiting.last_error) == ("dead", "Each worker that took it was lost.")


def test_what_can_cost_something_is_always_sent() -> None:
    with pytest.raises(Refused, match="always sent"):
        unsubscribe(member=MemberFactory(), kind=Message.Kind.VIOLATION)
    with pytest.raises(IntegrityError, match="unsubscription_of_an_optional_kind"), transaction.atomic():
        Unsubscription.objects.create(member=MemberFactory(), kind="violation")


def test_choosing_leaves_exactly_the_others() -> None:
    member = MemberFactory()
    unsubscribe(member=member, kind=Message.Kind.QUIZ)
    chosen = dict.fromkeys(Unsubscription.KINDS, Channel.INBOX) | {Message.Kind.QUIZ: Channel.AT_ONCE}
    choose_emails(member=member, channels=chosen | {Message.Kind.POLICY: Channel.DIGEST})
    assert channels_of(member) == {
        "report": "inbox", "points": "inbox", "quiz": "at_once", "workshop": "inbox", "policy": "digest",
    }  # fmt: skip
    subscribe(member=member, kind=Message.Kind.REPORT)
    unsubscribe(member=member, kind=Message.Kind.POLICY)
    assert channels_of(member)["report"] == "at_once"
    assert channels_of(member)["policy"] == "inbox"


@pytest.mark.django_db(transaction=True)
def test_workers_that_claim_at_once_keep_to_one_pace(settings: Any) -> None:
    settings.EMAILS_PER_MINUTE = 5
    member = MemberFactory()
    for _ in range(12):
        delivery_to(member)
    barrier, claimed = Barrier(4), []

    def claim() -> None:
        barrier.wait()
        claimed.extend(delivery.pk for delivery in claim_deliveries(limit=3, now=NOW) or ())
        connection.close()

    threads = [Thread(target=claim) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(claimed) == len(set(claimed)) == 5
    assert len(claim_deliveries(limit=10, now=NOW + timedelta(minutes=1))) == 5


@pytest.mark.parametrize(
    ("person", "market", "language"), [("", "th", "th"), ("en", "th", "en"), ("th", "en", "th"), ("", "xx", "en")]
)
def test_language_is_the_persons_else_the_markets(person: str, market: str, language: str, settings: Any) -> None:
    settings.LANGUAGES = TWO_LANGUAGES
    member = MemberFactory(user__language=person, seller__market__language=market)
    delivery = delivery_to(member, Message.Kind.QUIZ)
    assert language_of(delivery) == language
    assert compose(delivery, now=NOW).extra_headers["Content-Language"] == language
    assert f'lang="{language}"' in str(compose(delivery, now=NOW).alternatives[0].content)


# --- The pages


def link_of(delivery: EmailDelivery) -> str:
    return subscription_links(delivery).unsubscribe.removeprefix("http://localhost:8000")


def test_opening_the_link_changes_nothing_until_the_button(client: Client) -> None:
    member = MemberFactory(seller__name="Ann & Sons")
    link = link_of(delivery_to(member))
    page = client.get(link).content.decode()
    assert "Stop these emails?" in page
    assert "Ann &amp; Sons" in page
    assert not member.unsubscriptions.exists()
    assert "You no longer get these emails" in client.post(link).content.decode()
    assert member.unsubscriptions.get().kind == "report"
    client.post(link, {"again": "1"})
    assert not member.unsubscriptions.exists()


def test_one_click_needs_no_page_and_no_token_of_a_form() -> None:
    member = MemberFactory()
    link = link_of(delivery_to(member))
    strict = Client(enforce_csrf_checks=True)
    for _ in range(2):
        assert strict.post(link, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert member.unsubscriptions.get().kind == "report"


def test_link_that_was_changed_or_outlived_the_member_changes_nothing(client: Client) -> None:
    member = MemberFactory()
    link = link_of(delivery_to(member))
    assert client.post(link.replace("/unsubscribe/", "/unsubscribe/x")).status_code == 404
    leave(member)
    assert client.post(link).status_code == 404
    assert not Unsubscription.objects.exists()


def test_page_of_emails_saves_kinds_and_language(client: Client, settings: Any) -> None:
    settings.LANGUAGES = TWO_LANGUAGES
    member = MemberFactory()
    client.force_login(member.user)
    page = f"/s/{member.seller_id}/inbox/emails/"
    assert client.get(page).text.count('<option value="at_once" selected>') == 5
    assert client.post(page, CHOSEN | {"language": "th"}).status_code == 302
    member.user.refresh_from_db()
    assert member.user.language == "th"
    assert channels_of(member) == CHOSEN
    assert client.get(page).text.count('<option value="digest" selected>') == 2


def test_page_of_emails_refuses_what_is_no_choice(client: Client, settings: Any) -> None:
    settings.LANGUAGES = TWO_LANGUAGES
    member = MemberFactory()
    client.force_login(member.user)
    response = client.post(f"/s/{member.seller_id}/inbox/emails/", CHOSEN | {"quiz": "fax", "language": "xx"})
    assert response.status_code == 200
    assert set(response.context["form"].errors) == {"quiz", "language"}
    assert not Unsubscription.objects.exists()


def test_page_of_emails_asks_for_no_language_where_there_is_one(client: Client) -> None:
    member = MemberFactory()
    client.force_login(member.user)
    page = f"/s/{member.seller_id}/inbox/emails/"
    assert "Language" not in client.get(page).content.decode()
    assert client.post(page, CHOSEN | {"language": "th"}).status_code == 302
    member.user.refresh_from_db()
    assert member.user.language == ""


def test_page_of_emails_of_somebody_elses_seller_is_not_found(client: Client) -> None:
    client.force_login(MemberFactory().user)
    assert client.get(f"/s/{MemberFactory().seller_id}/inbox/emails/").status_code == 404


def test_token_of_a_link_that_leads_nowhere_is_not_logged(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    assert client.get("/unsubscribe/of-somebody-who-left/").status_code == 404
    assert "of-somebody-who-left" not in caplog.text


def test_each_member_chooses_for_themselves() -> None:
    """A person of two sellers, and two people of one, choose apart; who leaves the digest leaves their own."""
    member = MemberFactory()
    colleague, elsewhere = MemberFactory(seller=member.seller), MemberFactory(user=member.user)
    for one in (member, colleague, elsewhere):
        unsubscribe(member=one, kind=Message.Kind.REPORT, in_digest=True)
        unsubscribe(member=one, kind=Message.Kind.QUIZ)
    subscribe(member=member, kind=Message.Kind.REPORT)
    left = Unsubscription.objects.filter(kind="report").values_list("member", flat=True)
    assert sorted(left) == sorted([colleague.pk, elsewhere.pk])
    leave_digest(user=member.user)
    kept = Unsubscription.objects.order_by("member", "kind").values_list("member", "kind", "in_digest")
    assert list(kept) == [
        (member.pk, "quiz", False),
        (colleague.pk, "quiz", False),
        (colleague.pk, "report", True),
        (elsewhere.pk, "quiz", False),
        (elsewhere.pk, "report", False),
    ]


def test_refusal_names_the_kind_that_is_always_sent() -> None:
    with pytest.raises(Refused) as caught:
        unsubscribe(member=MemberFactory(), kind=Message.Kind.VIOLATION)
    assert caught.value.field == "kind"
