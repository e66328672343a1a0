"""A form of the admin that is sent twice is carried out once, whatever it is about."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests.factories import UserFactory, city_called
from tests.forms import fields_of
from tests.threads import at_once
from violations.models import Macro
from workshops.models import Workshop

from . import test_trail_is_complete as trail

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("attachments_root")]

Sent = dict[str, Any]
SHOWN_ONCE = {"sellers.apitoken", "events.webhookendpoint"}
"""What their answer shows is shown to nobody again; their names are there once."""


@pytest.fixture
def boss() -> User:
    return UserFactory(is_staff=True, is_superuser=True)


@pytest.fixture
def client(boss: User) -> Client:
    return signed_in(boss)


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def opened(client: Client, page: str, **typed: Any) -> Sent:
    fields = fields_of(client.get(page).text)
    assert fields["csrfmiddlewaretoken"]
    return {**fields, **typed}


def send(client: Client, page: str, sent: Sent) -> Any:
    for value in sent.values():
        if hasattr(value, "seek"):
            value.seek(0)
    return client.post(page, sent)


@pytest.mark.parametrize("label", sorted(set(trail.ADDITIONS) - SHOWN_ONCE))
def test_form_that_adds_and_is_sent_twice_adds_one(client: Client, label: str) -> None:
    model = next(one for one in admin.site._registry if one._meta.label_lower == label)
    page = trail.url(label, "add")
    sent = opened(client, page, **trail.ADDITIONS[label]())
    if label == "violations.violation":
        sent = fields_of(send(client, page, sent).text)  # confirm what it does
    before = model._default_manager.count()
    first, second = send(client, page, sent), send(client, page, sent)
    assert (first.status_code, second.status_code, second.url) == (302, 302, first.url)
    assert model._default_manager.count() == before + 1
    assert "was carried out once" in client.get(second.url, follow=True).text


def test_copies_of_a_workshop_are_drafted_once(client: Client) -> None:
    page = reverse("admin:workshops_workshop_copy", args=[trail.workshop().pk])
    row = {"starts_at_2": "2030-03-01T13:00", "city_2": city_called("Bangkok").pk, "venue_2": "Hall"}
    sent = opened(client, page, series="Autumn", **row)
    assert {send(client, page, sent).url for _ in range(6)} == {
        reverse("admin:workshops_workshop_change", args=[Workshop.objects.latest("pk").pk])
    }
    assert Workshop.objects.count() == 2


MACRO: Sent = {"kind": "ask", "name": "Proofs", "text": "The invoice"}


def test_form_that_is_opened_anew_or_says_something_else_adds_another(client: Client) -> None:
    page = trail.url("violations.macro", "add")
    sent = opened(client, page, **MACRO)
    send(client, page, sent)
    send(client, page, {**sent, "name": "Receipts"})  # after Back
    send(client, page, opened(client, page, **MACRO))
    assert sorted(Macro.objects.values_list("name", flat=True)) == ["Proofs", "Proofs", "Receipts"]


def test_form_that_was_refused_says_so_again(client: Client) -> None:
    page = trail.url("violations.macro", "add")
    sent = opened(client, page, **{**MACRO, "name": ""})
    assert [send(client, page, sent).context["adminform"].errors for _ in range(2)] == [
        {"name": ["This field is required."]}
    ] * 2


def test_another_person_is_led_nowhere(client: Client) -> None:
    page = trail.url("violations.macro", "add")
    sent = opened(client, page, **MACRO)
    send(client, page, sent)
    send(signed_in(UserFactory(is_staff=True, is_superuser=True)), page, sent)
    assert Macro.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_forms_that_are_sent_at_once_wait_for_the_first_of_them(client: Client, boss: User) -> None:
    page = trail.url("violations.macro", "add")
    sent = opened(client, page, **MACRO)
    answers = at_once(4, lambda: send(signed_in(boss), page, sent).status_code)
    assert (answers, Macro.objects.count()) == ([302] * 4, 1)
