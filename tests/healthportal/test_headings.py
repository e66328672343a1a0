"""What each page of a seller is called, and where the menu says that one is."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.html import strip_tags

from tests.factories import PolicyFactory, WorkshopFactory, issue
from tests.pages import ago, signed_in_seller

pytestmark = pytest.mark.django_db

PAGES = {
    "dashboard": ("Dashboard", "Dashboard"),
    "violations:list": ("Violations", "Violations"),
    "violations:appeal_list": ("Appeals", "Violations"),
    "violations:ledger": ("Points ledger", "Points ledger"),
    "violations:what_if": ("What if", "Points ledger"),
    "reports:list": ("Weekly reports", "Reports"),
    "quizzes:list": ("Quizzes", "Quizzes"),
    "workshops:seller_list": ("Workshops", "Workshops"),
    "inbox:list": ("Inbox", "Inbox"),
    "sellers:members": ("Members", "Members"),
}
"""The heading of each, and the entry of the menu that it belongs to."""

H1 = re.compile(r"<h1[^>]*>(.*?)</h1>", re.DOTALL)
CURRENT = re.compile(r'<a href="[^"]*"[^>]*aria-current="(page|true)"[^>]*>(.*?)</a>', re.DOTALL)
NAV = re.compile(r"<nav[^>]*>.*?</nav>", re.DOTALL)


def words(html: str) -> str:
    return " ".join(strip_tags(html).split())


def places(page: str) -> set[str]:
    """The entries of the menu that are said to be where one is, without how many are unread."""
    found = (words(label) for nav in NAV.findall(page) for _kind, label in CURRENT.findall(nav) if "<svg" in label)
    return {re.sub(r" \d.*", "", label) for label in found}


@pytest.mark.parametrize(("name", "heading", "entry"), [(name, *said) for name, said in PAGES.items()])
def test_page_is_called_by_what_it_is_and_has_its_place_in_the_menu(
    client: Client, name: str, heading: str, entry: str
) -> None:
    seller = signed_in_seller(client)
    for number in range(4):
        issue(seller, PolicyFactory(points=3), now=ago(days=3), external_id=f"v{number}")
    page = client.get(reverse(name, kwargs={"seller_id": seller.pk})).text
    assert [words(found) for found in H1.findall(page)] == [heading]
    assert places(page) == {entry}


def test_workshop_leads_back_to_the_list_that_its_reader_has(client: Client) -> None:
    """A member's own, with what their seller has; a visitor's the public one."""
    page = WorkshopFactory().get_absolute_url()
    assert lists_in(client.get(page).text) == [reverse("workshops:list")]
    seller = signed_in_seller(client)
    client.get(seller.get_absolute_url())
    assert lists_in(client.get(page).text) == [reverse("workshops:seller_list", kwargs={"seller_id": seller.pk})]


def lists_in(page: str) -> list[str]:
    (breadcrumb,) = (nav for nav in NAV.findall(page) if 'class="breadcrumb"' in nav)
    return re.findall(r'<a href="([^"]+)">Workshops</a>', breadcrumb)


@pytest.mark.parametrize("path", ["/account/", "/policies/", "/workshops/", "/accounts/2fa/"])
def test_unread_messages_are_counted_on_public_and_account_pages_too(client: Client, path: str) -> None:
    seller = signed_in_seller(client)
    issue(seller, PolicyFactory(points=3), now=ago(days=3))
    page = client.get(path).text
    assert re.search(r"Inbox\D+1\b", words(NAV.findall(page)[0]))
