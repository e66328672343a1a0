"""The marketplace's system confirms an action: by the API, or in its answer to a webhook."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from inbox.events.models import Event, WebhookEndpoint
from inbox.events.services import create_endpoint, send_webhooks
from kit.outcomes import Refused
from sellers.models import Seller
from sellers.services import create_api_token
from tests.factories import MemberFactory, PolicyFactory, SellerFactory, UserFactory, issue
from tests.inbox.events.receiver import Receiver, receiving
from tests.pages import LONG_AGO, ago
from violations.models import EnforcementAction
from violations.services import acknowledge_action, lift_action, record_starts

pytestmark = pytest.mark.django_db


@pytest.fixture
def action() -> EnforcementAction:
    seller = MemberFactory(seller__market__books_closed_until=LONG_AGO).seller
    issue(seller, PolicyFactory(points=12), now=ago(hours=1))
    action: EnforcementAction = EnforcementAction.objects.get()
    return action


def caller(seller: Seller) -> Client:
    _, secret = create_api_token(market=seller.market, name="trust", created_by=None, now=timezone.now())
    return Client(headers={"Authorization": f"Bearer {secret}"})


def put(client: Client, action: EnforcementAction, body: object) -> Any:
    text = body if isinstance(body, str) else json.dumps(body)
    return client.put(f"/api/v1/actions/{action.pk}/acknowledgement", text, content_type="application/json")


def test_a_system_confirms_once(action: EnforcementAction) -> None:
    client, since = caller(action.seller), ago(minutes=5)
    answer = put(client, action, {"in_effect_since": since.isoformat()})
    assert answer.status_code == 200, answer.text
    assert put(client, action, {}).json() == answer.json() == client.get(f"/api/v1/actions/{action.pk}").json()
    action.refresh_from_db()
    assert (action.in_effect_since, action.acknowledged_by) == (since, "API token trust")
    assert answer.json()["violation"] == action.violation.external_id


def test_without_a_moment_it_is_in_effect_now_and_never_before_it_starts(action: EnforcementAction) -> None:
    assert put(caller(action.seller), action, {}).status_code == 200
    action.refresh_from_db()
    assert action.in_effect_since == action.acknowledged_at
    EnforcementAction.objects.update(in_effect_since=None, acknowledged_at=None, acknowledged_by="")
    before = action.starts_at - timedelta(days=1)
    done = acknowledge_action(action=action, source="x", in_effect_since=before, now=timezone.now())
    assert done.in_effect_since == action.starts_at


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ("[", 400, "JSON object"),
        ("[]", 400, "JSON object"),
        ("\xff", 400, "JSON object"),
        ({"since": 1}, 422, "Unknown key"),
        ({"in_effect_since": "yesterday"}, 422, "in_effect_since"),
        ({"in_effect_since": 7}, 422, "in_effect_since"),
        ({"in_effect_since": "2026-01-01T00:00:00"}, 422, "in_effect_since"),
        ({"in_effect_since": "2199-01-01T00:00:00+00:00"}, 422, "in the future"),
    ],
)
def test_what_cannot_be_confirmed_so_is_refused(
    action: EnforcementAction, body: object, status: int, said: str
) -> None:
    answer = put(caller(action.seller), action, body)
    assert (answer.status_code, said in answer.json()["detail"]) == (status, True), answer.text


@pytest.mark.parametrize(
    "said", [{"Content-Type": "application/json; charset=utf-16"}, {"Content-Encoding": "gzip"}], ids=str
)
def test_a_confirmation_is_plain_utf_8(action: EnforcementAction, said: dict[str, str]) -> None:
    answer = caller(action.seller).generic("PUT", f"/api/v1/actions/{action.pk}/acknowledgement", "{}", headers=said)
    assert (answer.status_code, "Send" in answer.json()["detail"]) == (415, True)
    action.refresh_from_db()
    assert action.acknowledged_at is None


def test_what_was_lifted_is_not_confirmed_any_more(action: EnforcementAction) -> None:
    lift_action(action=action, reason="A mistake.", lifted_by=UserFactory(is_staff=True), now=timezone.now())
    answer = put(caller(action.seller), action, {})
    assert (answer.status_code, "nothing to hold" in answer.json()["detail"]) == (409, True)


def test_an_action_of_another_market_does_not_exist(action: EnforcementAction) -> None:
    client = caller(SellerFactory())
    assert put(client, action, {}).status_code == 404
    assert client.get(f"/api/v1/actions/{action.pk}").status_code == 404
    assert client.get(f"/api/v1/actions/{2**70}").status_code == 404


def test_the_answer_to_a_webhook_confirms(action: EnforcementAction) -> None:
    create_endpoint(market=action.seller.market, name="trust", address="https://1.1.1.1/", now=timezone.now())
    since = timezone.now().replace(microsecond=0)
    with receiving(Receiver(body=json.dumps({"in_effect_since": since.isoformat()}).encode())) as receiver:
        WebhookEndpoint.objects.update(address=receiver.url)
        record_starts(now=timezone.now())
        assert send_webhooks(clock=timezone.now) == 3
    action.refresh_from_db()
    assert (action.in_effect_since, action.acknowledged_by) == (since, "webhook trust")


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"{}", b'{"in_effect_since": 7}', b"[" * 3_000])
def test_another_answer_confirms_nothing(action: EnforcementAction, body: bytes) -> None:
    create_endpoint(market=action.seller.market, name="trust", address="https://1.1.1.1/", now=timezone.now())
    with receiving(Receiver(body=body)) as receiver:
        WebhookEndpoint.objects.update(address=receiver.url)
        record_starts(now=timezone.now())
        send_webhooks(clock=timezone.now)
    action.refresh_from_db()
    assert action.acknowledged_at is None


def test_an_answer_about_an_action_that_was_lifted_meanwhile_is_passed_over(action: EnforcementAction) -> None:
    create_endpoint(market=action.seller.market, name="trust", address="https://1.1.1.1/", now=timezone.now())
    lift_action(action=action, reason="A mistake.", lifted_by=UserFactory(is_staff=True), now=timezone.now())
    body = json.dumps({"in_effect_since": timezone.now().isoformat()}).encode()
    with receiving(Receiver(body=body)) as receiver:
        WebhookEndpoint.objects.update(address=receiver.url)
        assert send_webhooks(clock=timezone.now) == 4
    action.refresh_from_db()
    assert action.acknowledged_at is None


def test_staff_find_what_is_not_confirmed_where_systems_confirm(
    action: EnforcementAction, admin_client: Client
) -> None:
    home, page = reverse("admin:index"), reverse("admin:violations_enforcementaction_changelist")
    assert "has not confirmed" not in admin_client.get(home).text
    before, after = (MemberFactory(seller__market=action.seller.market).seller for _ in range(2))
    issue(before, PolicyFactory(points=12), now=ago(hours=2))
    issue(after, PolicyFactory(points=12), now=ago(minutes=30))
    acknowledge_action(action=action, source="API token trust", now=timezone.now())
    action = EnforcementAction.objects.get(seller=after)
    assert "has not confirmed 1 action" in admin_client.get(home).text
    assert list(EnforcementAction.objects.to_acknowledge(as_of=timezone.now())) == [action]
    assert action.get_kind_display() in admin_client.get(page, {"state": "unconfirmed"}).text
    assert not EnforcementAction.objects.to_acknowledge(as_of=action.starts_at + timedelta(minutes=14)).exists()


def to_acknowledge() -> list[EnforcementAction]:
    return list(EnforcementAction.objects.to_acknowledge(as_of=timezone.now()))


def test_staff_find_what_a_system_that_is_to_confirm_never_confirmed(
    action: EnforcementAction, admin_client: Client
) -> None:
    market, long_before = action.seller.market, action.starts_at - timedelta(days=1)
    create_endpoint(market=market, name="trust", address="https://1.1.1.1/", now=long_before)
    assert to_acknowledge() == [action]
    assert "has not confirmed 1 action" in admin_client.get(reverse("admin:index")).text
    WebhookEndpoint.objects.update(disabled_at=timezone.now(), disabled_reason="It took nothing.")
    assert to_acknowledge() == [action]
    EnforcementAction.objects.update(kind="warning", capabilities=[])
    assert to_acknowledge() == []


@pytest.mark.parametrize(
    "fields",
    [
        {"confirms_actions": False},
        {"kinds": ["report.published", "action.lifted"]},
        {"created_at": timezone.now() + timedelta(days=1)},
    ],
    ids=["it confirms nothing", "it is not told of starts", "it was made later"],
)
def test_nothing_is_expected_of_a_system_that_does_not_confirm_or_was_not_told(
    action: EnforcementAction, fields: dict[str, Any]
) -> None:
    create_endpoint(market=action.seller.market, name="trust", address="https://1.1.1.1/", now=LONG_AGO)
    create_endpoint(market=SellerFactory().market, name="trust", address="https://1.1.1.1/", now=LONG_AGO)
    WebhookEndpoint.objects.filter(kinds=[], market=action.seller.market).update(**fields)
    assert to_acknowledge() == []


def test_an_endpoint_that_gets_starts_alone_is_to_confirm(action: EnforcementAction) -> None:
    kinds = [Event.Kind.ACTION_STARTED]
    create_endpoint(market=action.seller.market, name="trust", address="https://1.1.1.1/", kinds=kinds, now=LONG_AGO)
    assert to_acknowledge() == [action]


def test_the_seller_reads_since_when_it_is_in_effect(action: EnforcementAction, client: Client) -> None:
    client.force_login(action.seller.members.get().user)
    page = reverse("violations:enforcement", kwargs={"seller_id": action.seller_id})
    assert "In effect since" not in client.get(page).text
    acknowledge_action(action=action, source="API token trust", now=timezone.now())
    assert "In effect since" in client.get(page).text


@pytest.mark.parametrize(
    "fields",
    [
        {"acknowledged_at": datetime(2026, 11, 18, tzinfo=UTC)},
        {"acknowledged_by": "x"},
        {"in_effect_since": LONG_AGO, "acknowledged_at": datetime(2100, 1, 1, tzinfo=UTC), "acknowledged_by": "x"},
    ],
)
def test_the_database_refuses_half_a_confirmation(action: EnforcementAction, fields: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError, match="action_acknowledged_whole"), transaction.atomic():
        EnforcementAction.objects.update(**fields)


def test_refusals_name_their_field(action: EnforcementAction) -> None:
    later = timezone.now() + timedelta(days=1)
    with pytest.raises(Refused) as error:
        acknowledge_action(action=action, source="x", in_effect_since=later, now=timezone.now())
    assert error.value.field == "in_effect_since"
