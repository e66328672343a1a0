"""The admin's pages of endpoints and of what is sent to them."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from inbox.events.models import Event, WebhookDelivery, WebhookEndpoint
from inbox.events.services import place_events, queue_deliveries, record_event
from sellers.models import Seller
from tests.factories import SellerFactory, UserFactory
from tests.forms import fields_of, fill_in

from .endpoints import webhook

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 18, 12, tzinfo=UTC)
DELIVERIES = "/admin/events/webhookdelivery/"
TRIED = {"at": NOW.isoformat(), "status": 503, "seconds": 0.2, "answer": "Busy.", "error": ""}

STATES = {
    "waiting": {"due_at": NOW},
    "failing": {"due_at": NOW, "tries": [TRIED]},
    "given_up": {"given_up_at": NOW, "tries": [TRIED]},
    "held": {"held": True},
    "delivered": {"delivered_at": NOW, "status": 200},
}


@pytest.fixture
def endpoint() -> WebhookEndpoint:
    return webhook()


@pytest.fixture
def seller(endpoint: WebhookEndpoint) -> Seller:
    made: Seller = SellerFactory(market=endpoint.market)
    return made


def queued(seller: Seller) -> WebhookDelivery:
    record_event(seller=seller, kind=Event.Kind.VIOLATION_ISSUED, data={"violation": "v1"}, now=NOW)
    place_events(now=NOW)
    queue_deliveries(now=NOW)
    return WebhookDelivery.objects.latest("pk")


def shown(client: Client, **query: object) -> list[int]:
    found = client.get(DELIVERIES, query).context["cl"].result_list
    return sorted(delivery.pk for delivery in found)


@pytest.mark.parametrize("state", STATES)
def test_messages_are_found_by_what_became_of_them(admin_client: Client, endpoint: WebhookEndpoint, state: str) -> None:
    made = {
        name: WebhookDelivery.objects.create(endpoint=endpoint, made_at=NOW, **fields).pk
        for name, fields in STATES.items()
    }
    assert shown(admin_client, state=state) == [made[state]]
    assert shown(admin_client) == sorted(made.values())


def test_a_message_is_found_by_the_id_that_its_receiver_knows(admin_client: Client, seller: Seller) -> None:
    delivery = queued(seller)
    test = WebhookDelivery.objects.create(endpoint=delivery.endpoint, made_at=NOW, due_at=NOW)
    asked = [delivery.public_id, f" {test.public_id} ", f"test_{delivery.pk}", "evt_0", "7", "evt_" + "9" * 30]
    assert [shown(admin_client, q=term) for term in asked] == [[delivery.pk], [test.pk], [], [], [], []]
    events = admin_client.get(reverse("admin:events_event_changelist"), {"q": delivery.public_id})
    assert list(events.context["cl"].result_list) == [delivery.event]


def test_a_page_says_what_the_message_said_and_sends_it_again(admin_client: Client, seller: Seller) -> None:
    delivery = queued(seller)
    WebhookDelivery.objects.update(due_at=None, delivered_at=NOW, status=200)
    text = admin_client.get(f"{DELIVERIES}{delivery.pk}/change/").text
    assert "&quot;violation&quot;: &quot;v1&quot;" in text
    assert "Send again" in text
    sent = {"action": "resend", "_selected_action": delivery.pk, "confirmed": "1"}
    assert "1 is sent again." in admin_client.post(DELIVERIES, sent, follow=True).text
    delivery.refresh_from_db()
    assert (delivery.delivered_at, delivery.due_at is not None) == (None, True)
    WebhookEndpoint.objects.update(disabled_at=NOW, disabled_reason="By hand.")
    assert "is switched off" in admin_client.post(DELIVERIES, sent, follow=True).text
    assert "Send again" not in admin_client.get(f"{DELIVERIES}{delivery.pk}/change/").text


def test_an_endpoint_leads_to_its_messages_and_says_what_waits(admin_client: Client, seller: Seller) -> None:
    delivery, other = queued(seller), webhook()
    page = reverse("admin:events_webhookendpoint_change", args=[delivery.endpoint_id])
    text = admin_client.get(page).text
    assert "1 message" in text
    (link,) = re.findall(r'href="(/admin/events/webhookdelivery/[^"]*)">Its messages', text)
    WebhookDelivery.objects.create(endpoint=other, made_at=NOW, due_at=NOW)
    assert [one.pk for one in admin_client.get(link).context["cl"].result_list] == [delivery.pk]


def test_an_endpoint_that_is_off_is_removed_from_the_list(admin_client: Client) -> None:
    on, off = webhook(), webhook(off=True)
    listed = reverse("admin:events_webhookendpoint_changelist")
    sent = {"action": "remove", "_selected_action": [on.pk, off.pk], "confirmed": "1"}
    said = {str(one) for one in admin_client.post(listed, sent, follow=True).context["messages"]}
    assert said == {f"{on} is on. Switch it off first.", f"{off} is removed."}
    assert list(WebhookEndpoint.objects.all()) == [on]


def test_the_address_and_the_events_are_changed_on_a_page(admin_client: Client, endpoint: WebhookEndpoint) -> None:
    page = reverse("admin:events_webhookendpoint_redirect", args=[endpoint.pk])
    assert "leads inside" in fill_in(admin_client, page, address="https://10.0.0.1/").text
    answer = fill_in(admin_client, page, address="https://1.0.0.1/", kinds=["appeal.filed", "violation.issued"])
    assert answer.status_code == 302
    endpoint.refresh_from_db()
    assert (endpoint.address, endpoint.kinds) == ("https://1.0.0.1/", ["violation.issued", "appeal.filed"])
    assert endpoint.confirms_actions
    assert fill_in(admin_client, page, confirms_actions=[]).status_code == 302
    endpoint.refresh_from_db()
    assert not endpoint.confirms_actions


def test_who_may_only_look_changes_nothing(client: Client, endpoint: WebhookEndpoint, seller: Seller) -> None:
    delivery, auditor = queued(seller), UserFactory(is_staff=True)
    auditor.groups.add(Group.objects.get(name="Auditor"))
    client.force_login(auditor)
    page = reverse("admin:events_webhookendpoint_redirect", args=[endpoint.pk])
    assert client.get(page).status_code == 403
    assert (
        "Change address and events"
        not in client.get(reverse("admin:events_webhookendpoint_change", args=[endpoint.pk])).text
    )
    assert "Send again" not in client.get(f"{DELIVERIES}{delivery.pk}/change/").text


def test_who_begins_a_step_on_an_endpoints_page_comes_back_to_it(
    admin_client: Client, endpoint: WebhookEndpoint
) -> None:
    page = reverse("admin:events_webhookendpoint_change", args=[endpoint.pk])
    listed = reverse("admin:events_webhookendpoint_changelist")
    asked = admin_client.post(listed, button_of(admin_client.get(page).text, "switch_off"))
    assert re.search(rf'href="{page}"[^>]*>Back without', asked.text)
    sent = fields_of(asked.text) | {"confirmed": "1"}
    assert admin_client.post(listed, sent)["Location"] == page
    gone = button_of(admin_client.get(page).text, "remove") | {"confirmed": "1"}
    assert admin_client.post(listed, gone)["Location"] == listed
    assert not WebhookEndpoint.objects.exists()


def button_of(html: str, action: str) -> dict[str, str]:
    """What a button beside the heading of a record sends."""
    (form,) = [one for one in re.findall(r"<form.*?</form>", html, re.DOTALL) if f'value="{action}"' in one]
    return dict(re.findall(r'name="([^"]+)" value="([^"]*)"', form))
