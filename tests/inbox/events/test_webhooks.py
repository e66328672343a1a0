"""Endpoints, their secrets, and what is sent to them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from standardwebhooks import Webhook

from accounts.models import User
from healthportal.celery import app
from inbox.events import encryption
from inbox.events.models import Event, WebhookDelivery, WebhookEndpoint, WebhookSecret
from inbox.events.selectors import endpoints_switched_off
from inbox.events.services import (
    change_endpoint,
    create_endpoint,
    place_events,
    prune_events,
    queue_deliveries,
    record_event,
    reencrypt_secrets,
    remove_endpoint,
    resend,
    rotate_secret,
    send_test,
    send_webhooks,
    switch_off,
    switch_on,
)
from inbox.events.services.delivering import BATCH, GIVEN_UP_AFTER
from inbox.events.services.placing import _queue
from inbox.events.tasks import send_webhooks as task
from kit.jobs.claims import retry_job
from kit.outcomes import Refused
from sellers.models import Seller
from tests.factories import SellerFactory, UserFactory

from .receiver import Receiver, receiving

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 18, 12, tzinfo=UTC)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def seller() -> Seller:
    seller: Seller = SellerFactory()
    return seller


def endpoint_for(receiver: Receiver, seller: Seller, **fields: Any) -> tuple[WebhookEndpoint, str]:
    values: dict[str, Any] = {"name": "trust", "address": receiver.url, "now": NOW} | fields
    return create_endpoint(market=seller.market, **values)


def happen(seller: Seller, *, number: int = 1, kind: Event.Kind = Event.Kind.VIOLATION_ISSUED) -> None:
    record_event(seller=seller, kind=kind, data={"violation": f"v{number}"}, now=NOW)


def send(at: datetime | None = None) -> int:
    return send_webhooks(clock=lambda: at or timezone.now())


def test_an_event_is_sent_once_signed_and_says_ids_alone(receiver: Receiver, seller: Seller) -> None:
    _endpoint, secret = endpoint_for(receiver, seller)
    happen(seller)
    assert (send(), send()) == (1, 0)
    ((headers, body),) = receiver.came
    payload = Webhook(secret).verify(body, headers)
    assert payload == {
        "type": "violation.issued",
        "timestamp": NOW.isoformat(),
        "data": {"market": seller.market.code, "seller": seller.external_id, "violation": "v1"},
    }
    assert headers["webhook-id"] == Event.objects.get().public_id
    assert headers["path"] == "/hooks?from=portal"
    delivery = WebhookDelivery.objects.get()
    assert (delivery.status, delivery.due_at, delivery.attempts, delivery.tries) == (200, None, 1, [])
    assert delivery.delivered_at is not None


def test_an_endpoint_gets_what_happens_after_it_was_made(receiver: Receiver, seller: Seller) -> None:
    happen(seller, number=1)
    place_events(now=NOW)
    endpoint_for(receiver, seller)
    happen(seller, number=2)
    assert send() == 1
    assert json.loads(receiver.came[0][1])["data"]["violation"] == "v2"


def test_an_endpoint_gets_the_kinds_it_chose_of_its_own_market(receiver: Receiver, seller: Seller) -> None:
    endpoint, _ = endpoint_for(receiver, seller, kinds=["violation.voided"])
    happen(seller)
    happen(SellerFactory(), kind=Event.Kind.VIOLATION_VOIDED)
    happen(seller, kind=Event.Kind.VIOLATION_VOIDED)
    assert send() == 1
    assert [json.loads(body)["type"] for _, body in receiver.came] == ["violation.voided"]
    assert endpoint.kinds == ["violation.voided"]


def test_what_fails_is_tried_again_at_the_waits_and_then_given_up(receiver: Receiver, seller: Seller) -> None:
    receiver.status, receiver.body = 503, b"Busy."
    endpoint_for(receiver, seller)
    happen(seller)
    at = NOW
    waits = WebhookDelivery.waits
    for wait in waits:
        assert send(at) == 0
        delivery = WebhookDelivery.objects.get()
        assert delivery.due_at == at + wait
        at += wait
        WebhookEndpoint.objects.update(failing_since=at)  # else it would be switched off in the end
    send(at)
    delivery = WebhookDelivery.objects.get()
    assert (delivery.due_at, delivery.given_up_at, len(delivery.tries)) == (None, at, len(waits) + 1)
    assert delivery.tries[0]["answer"] == "Busy."
    assert (delivery.tries[0]["status"], delivery.last_error) == (503, "HTTP 503")
    assert {headers["webhook-id"] for headers, _ in receiver.came} == {delivery.public_id}


@pytest.mark.parametrize(
    "raw", [b"\x00\x00\r\n\r\n", b"HTTP/1.1 20\x00 OK\r\n\r\n", b"HTTP/1.1 500 No\r\n\r\n\x00\x01\x7f\xff\xed\xa0\x80"]
)
def test_an_answer_that_nobody_can_keep_fails_alone(receiver: Receiver, seller: Seller, raw: bytes) -> None:
    """Another endpoint's delivery of the same batch is noted all the same, and so not sent again."""
    with receiving(Receiver(raw=raw)) as odd:
        endpoint_for(odd, seller, name="odd")
        endpoint_for(receiver, seller)
        happen(seller)
        assert (send(NOW), send(NOW)) == (1, 0)
    assert (len(odd.came), len(receiver.came)) == (1, 1)
    failed = WebhookDelivery.objects.get(endpoint__name="odd")
    assert failed.due_at == NOW + WebhookDelivery.waits[0]
    assert failed.last_error
    assert len(failed.tries) == 1


def test_an_endpoint_that_takes_nothing_for_days_is_switched_off_and_staff_are_told(
    receiver: Receiver, seller: Seller
) -> None:
    receiver.status = 500
    endpoint, _ = endpoint_for(receiver, seller)
    happen(seller)
    send(NOW)
    endpoint.refresh_from_db()
    assert (endpoint.failing_since, endpoint.disabled_at) == (NOW, None)
    later = NOW + GIVEN_UP_AFTER
    send(later)
    endpoint.refresh_from_db()
    assert (endpoint.disabled_at, endpoint.disabled_reason) == (later, "It took nothing for 5 days.")
    assert list(endpoints_switched_off(as_of=later)) == [endpoint]
    assert WebhookDelivery.objects.get().held
    receiver.status = 200
    happen(seller, number=2)
    assert send(later) == 0
    assert switch_on(endpoint=endpoint, now=later)
    assert send(later) == 2
    endpoint.refresh_from_db()
    assert (endpoint.failing_since, endpoint.disabled_at) == (None, None)


def test_gone_switches_off_at_once(receiver: Receiver, seller: Seller) -> None:
    receiver.status = 410
    endpoint, _ = endpoint_for(receiver, seller)
    happen(seller)
    send()
    endpoint.refresh_from_db()
    assert endpoint.disabled_reason == "It answered 410 Gone."


def test_one_answer_ends_failing(receiver: Receiver, seller: Seller) -> None:
    receiver.status = 500
    endpoint, _ = endpoint_for(receiver, seller)
    happen(seller)
    send(NOW)
    receiver.status = 204
    send(NOW + timedelta(minutes=1))
    endpoint.refresh_from_db()
    assert endpoint.failing_since is None


def test_for_a_day_after_a_rotation_both_secrets_verify(receiver: Receiver, seller: Seller) -> None:
    endpoint, first = endpoint_for(receiver, seller)
    now = timezone.now()
    second = rotate_secret(endpoint=endpoint, now=now)
    third = rotate_secret(endpoint=endpoint, now=now)
    happen(seller)
    send()
    ((headers, body),) = receiver.came
    assert [verifies(secret, headers, body) for secret in (first, second, third)] == [False, True, True]
    WebhookSecret.objects.filter(expires_at__isnull=False).update(created_at=NOW, expires_at=now)
    happen(seller)
    send()
    headers, body = receiver.came[-1]
    assert [verifies(secret, headers, body) for secret in (second, third)] == [False, True]


def verifies(secret: str, headers: dict[str, str], body: bytes) -> bool:
    try:
        Webhook(secret).verify(body, headers)
    except Exception:
        return False
    return True


def test_a_test_message_goes_first(receiver: Receiver, seller: Seller) -> None:
    endpoint, secret = endpoint_for(receiver, seller)
    delivery = send_test(endpoint=endpoint, now=NOW)
    send()
    headers, body = receiver.came[0]
    assert Webhook(secret).verify(body, headers)["type"] == "test"
    assert headers["webhook-id"] == f"test_{delivery.pk}" == str(delivery).split()[0]


def test_who_is_switched_off_is_not_tested_and_off_once(receiver: Receiver, seller: Seller) -> None:
    endpoint, _ = endpoint_for(receiver, seller)
    assert not switch_on(endpoint=endpoint, now=NOW)
    assert switch_off(endpoint=endpoint, reason="By hand.", now=NOW)
    assert not switch_off(endpoint=endpoint, reason="By hand.", now=NOW)
    with pytest.raises(Refused, match="is switched off"):
        send_test(endpoint=endpoint, now=NOW)


def test_what_a_worker_has_claimed_of_an_endpoint_that_was_switched_off_is_held(
    receiver: Receiver, seller: Seller
) -> None:
    _endpoint, _ = endpoint_for(receiver, seller)
    happen(seller)
    place_events(now=NOW)
    queue_deliveries(now=NOW)
    WebhookEndpoint.objects.update(disabled_at=NOW, disabled_reason="By hand.")
    assert send() == 0
    assert (receiver.came, WebhookDelivery.objects.get().held) == ([], True)


def test_no_more_waits_than_there_is_room_for(
    receiver: Receiver, seller: Seller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inbox.events.services.placing.MAX_WAITING_DELIVERIES", 2)
    endpoint_for(receiver, seller)
    for number in range(5):
        happen(seller, number=number)
    place_events(now=NOW)
    assert (queue_deliveries(now=NOW), queue_deliveries(now=NOW)) == (2, 0)
    assert send() == 5


def test_one_that_cannot_be_composed_keeps_no_other_back(receiver: Receiver, seller: Seller) -> None:
    endpoint_for(receiver, seller)
    other, _ = endpoint_for(receiver, seller, name="other")
    other.secrets.update(encrypted="nothing")
    happen(seller)
    assert send() == 1
    assert WebhookDelivery.objects.get(delivered_at=None).tries[0]["error"].startswith("InvalidToken")


@pytest.mark.parametrize(
    ("fields", "field", "said"),
    [
        ({"address": "https://10.0.0.1/"}, "address", "leads inside"),
        ({"address": "nothing"}, "address", "https://"),
        ({"name": ""}, "name", "blank"),
        ({"name": "a\u200bb"}, "name", "character"),
    ],
)
def test_an_endpoint_that_cannot_be_is_refused(
    receiver: Receiver, seller: Seller, fields: dict[str, Any], field: str, said: str
) -> None:
    with pytest.raises(Refused, match=said) as error:
        endpoint_for(receiver, seller, **fields)
    assert error.value.field == field


def test_a_name_is_taken_once_and_a_market_has_so_many(
    receiver: Receiver, seller: Seller, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint_for(receiver, seller)
    with pytest.raises(Refused, match="choose another"):
        endpoint_for(receiver, seller)
    monkeypatch.setattr("inbox.events.services.endpoints.MAX_ENDPOINTS", 1)
    with pytest.raises(Refused, match="at most 1"):
        endpoint_for(receiver, seller, name="other")


def test_an_endpoint_gets_what_waits_at_its_new_address_with_the_same_secret(
    receiver: Receiver, seller: Seller
) -> None:
    now = timezone.now()
    with receiving(Receiver(status=500)) as former:
        endpoint, secret = endpoint_for(former, seller)
        happen(seller, number=1)
        send(now)
        changed = change_endpoint(
            endpoint=endpoint,
            address=f" {receiver.url}",
            kinds=["violation.issued"],
            confirms_actions=False,
            now=NOW,
            changed_by=None,
        )
        happen(seller, number=2)
        happen(seller, number=3, kind=Event.Kind.VIOLATION_VOIDED)
        assert send(now + WebhookDelivery.waits[0]) == 2
    assert (changed.failing_since, changed.kinds, len(former.came)) == (None, ["violation.issued"], 1)
    assert not WebhookEndpoint.objects.get().confirms_actions
    said = [Webhook(secret).verify(body, headers)["data"]["violation"] for headers, body in receiver.came]
    assert sorted(said) == ["v1", "v2"]


def test_an_endpoint_that_is_switched_off_stays_on_the_page_of_staff_at_a_new_address(seller: Seller) -> None:
    endpoint, _ = create_endpoint(market=seller.market, name="trust", address="https://1.1.1.1/", now=NOW)
    WebhookEndpoint.objects.update(failing_since=NOW, disabled_at=NOW, disabled_reason="It took nothing.")
    change_endpoint(endpoint=endpoint, address="https://1.0.0.1/", kinds=[], confirms_actions=True, now=NOW)
    assert list(endpoints_switched_off(as_of=NOW)) == [endpoint]


def test_an_endpoint_is_not_sent_inside_and_stays_what_it_was(seller: Seller) -> None:
    endpoint, _ = create_endpoint(market=seller.market, name="trust", address="https://1.1.1.1/", now=NOW)
    with pytest.raises(Refused, match="leads inside") as error:
        change_endpoint(endpoint=endpoint, address="https://10.0.0.1/", kinds=[], confirms_actions=True, now=NOW)
    assert error.value.field == "address"
    assert WebhookEndpoint.objects.get().address == "https://1.1.1.1/"


def test_an_endpoint_that_is_off_is_removed_with_what_belongs_to_it(receiver: Receiver, seller: Seller) -> None:
    endpoint, _ = endpoint_for(receiver, seller)
    other, _ = endpoint_for(receiver, seller, name="other")
    happen(seller)
    send()
    with pytest.raises(Refused, match="is on"):
        remove_endpoint(endpoint=endpoint, now=NOW)
    switch_off(endpoint=endpoint, reason="By hand.", now=NOW)
    assert [remove_endpoint(endpoint=endpoint, now=NOW) for _ in range(2)] == [True, False]
    assert list(WebhookEndpoint.objects.all()) == [other]
    assert set(WebhookDelivery.objects.values_list("endpoint", flat=True)) == {other.pk}
    assert Event.objects.count() == 1


def test_a_message_that_was_taken_or_given_up_is_sent_again_under_its_id(receiver: Receiver, seller: Seller) -> None:
    endpoint_for(receiver, seller)
    happen(seller)
    send(NOW)
    taken = WebhookDelivery.objects.get()
    resend(delivery=taken, now=NOW)
    assert send(NOW) == 1
    receiver.status = 503
    WebhookDelivery.objects.update(delivered_at=None, given_up_at=NOW, attempts=9)
    resend(delivery=taken, now=NOW)
    assert send(NOW) == 0
    taken.refresh_from_db()
    assert (taken.attempts, taken.due_at, taken.given_up_at) == (1, NOW + WebhookDelivery.waits[0], None)
    assert {headers["webhook-id"] for headers, _ in receiver.came} == {taken.public_id}
    assert len(receiver.came) == 3


def test_a_message_on_its_way_or_to_who_is_off_is_not_sent_again(receiver: Receiver, seller: Seller) -> None:
    endpoint, _ = endpoint_for(receiver, seller)
    delivery = send_test(endpoint=endpoint, now=NOW)
    WebhookDelivery.objects.update(claimed_at=NOW)
    with pytest.raises(Refused, match="on its way at this moment"):
        resend(delivery=delivery, now=NOW)
    WebhookDelivery.objects.update(claimed_at=None)
    switch_off(endpoint=endpoint, reason="By hand.", now=NOW)
    with pytest.raises(Refused, match="is switched off"):
        resend(delivery=delivery, now=NOW)
    delivery.refresh_from_db()
    assert (delivery.due_at, delivery.held) == (None, True)


def test_another_worker_is_called_while_more_waits_than_a_batch(receiver: Receiver, seller: Seller) -> None:
    endpoint_for(receiver, seller)
    for number in range(BATCH + 1):
        happen(seller, number=number)
    place_events(now=NOW)
    assert queue_deliveries(now=NOW) == BATCH + 1
    app.control.purge()
    task()
    with app.connection_for_read() as queue:
        called = queue.SimpleQueue("celery").get(timeout=10)
        assert called.headers["task"] == "inbox.events.tasks.send_webhooks"
        called.ack()
    assert len(receiver.came) == BATCH + 1
    task()
    assert app.control.purge() == 0


def test_secrets_are_encrypted_and_survive_another_key(receiver: Receiver, seller: Seller, settings: Any) -> None:
    _endpoint, secret = endpoint_for(receiver, seller)
    encrypted = WebhookSecret.objects.get().encrypted
    assert secret not in encrypted
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another key that is long enough"
    assert encryption.decrypt(encrypted) == secret
    reencrypt_secrets()
    settings.SECRET_KEY_FALLBACKS = []
    assert encryption.decrypt(WebhookSecret.objects.get().encrypted) == secret


def test_who_made_it_is_kept(receiver: Receiver, seller: Seller) -> None:
    person: User = UserFactory(is_staff=True)
    endpoint, _ = endpoint_for(receiver, seller, created_by=person)
    assert (endpoint.created_by, str(endpoint)) == (person, f"trust ({seller.market.code})")
    assert str(WebhookSecret.objects.get()) == f"Secret of {endpoint}"


def test_what_was_kept_for_thirty_days_is_forgotten_with_its_deliveries(receiver: Receiver, seller: Seller) -> None:
    endpoint, _ = endpoint_for(receiver, seller)
    for number in range(3):
        happen(seller, number=number)
    send()
    send_test(endpoint=endpoint, now=NOW)
    old = timezone.now() - timedelta(days=31)
    Event.objects.filter(position__lte=2).update(recorded_at=old)
    assert prune_events(now=timezone.now()) == 2
    assert list(Event.objects.values_list("position", flat=True)) == [3]
    assert WebhookDelivery.objects.filter(event__isnull=False).count() == 1


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"held": True, "due_at": NOW}, "webhook_held_is_not_due"),
        ({"delivered_at": NOW, "due_at": NOW}, "webhook_delivered_is_not_due"),
        ({"claimed_at": NOW, "due_at": None}, "webhookdelivery_claimed_while_due"),
        ({"given_up_at": NOW, "due_at": NOW}, "webhookdelivery_given_up_is_not_due"),
    ],
)
def test_the_database_refuses_deliveries(receiver: Receiver, seller: Seller, fields: dict[str, Any], name: str) -> None:
    endpoint, _ = endpoint_for(receiver, seller)
    send_test(endpoint=endpoint, now=NOW)
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        WebhookDelivery.objects.update(**fields)


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"name": "a\u200bb"}, "webhook_name_is_one"),
        ({"address": "ftp://example.com"}, "webhook_address_is_of_the_web"),
        ({"address": "https://me@example.com"}, "webhook_address_is_of_the_web"),
        ({"disabled_at": NOW}, "webhook_switched_off_says_why"),
    ],
)
def test_the_database_refuses_endpoints(receiver: Receiver, seller: Seller, fields: dict[str, Any], name: str) -> None:
    endpoint_for(receiver, seller)
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        WebhookEndpoint.objects.update(**fields)


def test_the_database_refuses_two_current_secrets_and_one_that_was_over(receiver: Receiver, seller: Seller) -> None:
    endpoint, _ = endpoint_for(receiver, seller)
    with pytest.raises(IntegrityError, match="webhook_secret_one_current"), transaction.atomic():
        WebhookSecret.objects.create(endpoint=endpoint, encrypted="x", created_at=NOW)
    with pytest.raises(IntegrityError, match="webhook_secret_expires_after_it_was_made"), transaction.atomic():
        WebhookSecret.objects.update(expires_at=NOW - timedelta(days=1))


def test_an_event_is_delivered_once_to_an_endpoint(receiver: Receiver, seller: Seller) -> None:
    endpoint, _ = endpoint_for(receiver, seller)
    happen(seller)
    send()
    with pytest.raises(IntegrityError, match="webhook_delivery_once"), transaction.atomic():
        WebhookDelivery.objects.create(endpoint=endpoint, event=Event.objects.get(), made_at=NOW, due_at=NOW)


def test_an_endpoint_that_another_worker_brought_up_stays_where_it_is(receiver: Receiver, seller: Seller) -> None:
    endpoint, _ = endpoint_for(receiver, seller)
    happen(seller)
    send()
    endpoint.refresh_from_db()
    assert _queue(endpoint.pk, now=timezone.now()) == 0
    assert WebhookEndpoint.objects.get().position == endpoint.position


def test_a_delivery_that_was_given_up_can_be_tried_again(receiver: Receiver, seller: Seller) -> None:
    endpoint, _ = endpoint_for(receiver, seller)
    given_up = WebhookDelivery.objects.create(endpoint=endpoint, made_at=NOW, due_at=None, given_up_at=NOW)
    assert retry_job(given_up, now=NOW)
    given_up.refresh_from_db()
    assert (given_up.due_at, given_up.given_up_at, given_up.attempts) == (NOW, None, 0)
