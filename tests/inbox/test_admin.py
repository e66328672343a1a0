from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from inbox.models import EmailDelivery, Message
from inbox.services import read_message
from sellers.models import Seller
from tests.factories import MemberFactory, PolicyFactory, UserFactory, issue
from tests.inbox.states import as_in

pytestmark = pytest.mark.django_db

State = EmailDelivery.State


@pytest.fixture
def seller() -> Seller:
    seller: Seller = MemberFactory().seller
    return seller


def deliveries(seller: Seller, *states: str) -> list[EmailDelivery]:
    """One email in each of the states."""
    for _ in states:
        issue(seller, PolicyFactory(), now=timezone.now())
    found = list(EmailDelivery.objects.order_by("id"))
    for delivery, state in zip(found, states, strict=True):
        EmailDelivery.objects.filter(pk=delivery.pk).update(attempts=5, **as_in(state))
        delivery.refresh_from_db()
    return found


def test_message_says_how_many_people_read_it(admin_client: Client, seller: Seller) -> None:
    (delivery,) = deliveries(seller, State.SENT)
    for user in (seller.users.get(), MemberFactory(seller=seller).user):
        read_message(message=delivery.message, user=user, now=timezone.now())
    page = admin_client.get(reverse("admin:inbox_message_change", args=[delivery.message_id])).text
    assert '<div class="readonly">2</div>' in page.split("People who read it")[1]


def test_message_is_shown_with_its_emails_and_cannot_be_changed(admin_client: Client, seller: Seller) -> None:
    (delivery,) = deliveries(seller, State.DEAD)
    change_url = reverse("admin:inbox_message_change", args=[delivery.message_id])
    page = admin_client.get(change_url)
    assert page.status_code == 200
    assert b"Given up" in page.content
    assert admin_client.post(change_url, {"subject": "Other"}).status_code == 403
    assert admin_client.post(reverse("admin:inbox_message_delete", args=[delivery.message_id])).status_code == 403
    assert Message.objects.count() == 1


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(("model", "queries"), [("message", 5), ("emaildelivery", 4)])
def test_list_takes_the_same_queries_for_any_number(
    admin_client: Client, seller: Seller, rows: int, model: str, queries: int, django_assert_num_queries: Any
) -> None:
    deliveries(seller, *[State.PENDING] * rows)
    with django_assert_num_queries(queries):
        admin_client.get(reverse(f"admin:inbox_{model}_changelist"))


def test_emails_are_filtered_by_state(admin_client: Client, seller: Seller) -> None:
    _, dead = deliveries(seller, State.SENT, State.DEAD)
    page = admin_client.get(reverse("admin:inbox_emaildelivery_changelist"), {"state__exact": "dead"})
    assert list(page.context["cl"].result_list) == [dead]


def try_again(client: Client, found: list[EmailDelivery]) -> Any:
    sent = {"action": "try_again", "confirmed": "1", "_selected_action": [str(delivery.pk) for delivery in found]}
    return client.post(reverse("admin:inbox_emaildelivery_changelist"), sent, follow=True)


def test_trying_again_puts_back_what_was_given_up_and_nothing_else(admin_client: Client, seller: Seller) -> None:
    found = deliveries(seller, State.SENT, State.DEAD)
    page = try_again(admin_client, found)
    assert b"1 that had been given up will be tried again." in page.content
    assert list(EmailDelivery.objects.order_by("id").values_list("state", "attempts")) == [
        (State.SENT, 5),
        (State.PENDING, 0),
    ]


def test_trying_again_needs_its_permission(client: Client, seller: Seller) -> None:
    viewer = UserFactory(is_staff=True)
    viewer.groups.add(viewer.groups.model.objects.get(name="Auditor"))
    client.force_login(viewer)
    try_again(client, deliveries(seller, State.DEAD))
    assert EmailDelivery.objects.get().state == State.DEAD
