"""No chooser and no filter of the admin has two choices that read the same."""

from __future__ import annotations

import re
from collections import Counter
from html import unescape
from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from kit.backoffice.choosers import RecordField
from policies.models import Policy
from sellers.models import Market
from tests.factories import (
    LONG_AGO,
    MarketFactory,
    PolicyFactory,
    PolicyVersionFactory,
    QuizFactory,
    SellerFactory,
    UserFactory,
    WorkshopFactory,
    issue,
)
from workshops.models import WorkshopSeries

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("attachments_root")]

SELECT = re.compile(r'<select[^>]*?name="([^"]+)"[^>]*>(.*?)</select>', re.DOTALL)
OPTION = re.compile(r"<option[^>]*>(.*?)</option>", re.DOTALL)
FILTER = re.compile(r'<details[^>]*data-filter-title="([^"]+)"[^>]*>(.*?)</details>', re.DOTALL)
LINK = re.compile(r"<a[^>]*>(.*?)</a>", re.DOTALL)


@pytest.fixture
def twins() -> None:
    """Two of everything that staff choose from a list, with the same name."""
    for market in MarketFactory.create_batch(2, name="Siam"):
        seller, policy = SellerFactory(market=market), PolicyFactory(name="Giveaways")
        QuizFactory(policy=policy)
        PolicyVersionFactory(policy=policy, number=2, published_at=LONG_AGO, effective_from=timezone.now())
        issue(seller, policy)
        WorkshopSeries.objects.create(name="Autumn")
        WorkshopFactory(title="Claims", market=market)
        UserFactory(name="Sam Seller", is_staff=True)


def repeated_choices(html: str) -> dict[str, list[str]]:
    found = {}
    for pattern, choice in ((SELECT, OPTION), (FILTER, LINK)):
        for name, inside in pattern.findall(html):
            times = Counter(unescape(one).strip() for one in choice.findall(inside))
            if twice := [text for text, number in times.items() if number > 1]:
                found[name] = twice
    return found


def pages() -> list[str]:
    """Each list, each form that adds something, and the steps that choose something."""
    found = []
    for model, model_admin in admin.site._registry.items():
        names = {pattern.name for pattern in model_admin.get_urls() if not pattern.pattern.converters}
        found += [reverse(f"admin:{name}") for name in sorted(filter(None, names))]
        record = model._default_manager.order_by("pk").first()
        if record is not None:
            found.append(reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=[record.pk]))
    market, person = Market.objects.first(), UserFactory(is_staff=True)
    assert market is not None
    for name in ("ruleschange", "rehearsal"):
        found.append(reverse(f"admin:violations_{name}_add", query={"market": market.pk}))
    return [*found, reverse("admin:accounts_user_limit_markets", args=[person.pk])]


@pytest.mark.usefixtures("twins")
def test_no_two_choices_of_a_page_of_the_admin_read_the_same(admin_client: Client) -> None:
    answers = {page: admin_client.get(page) for page in pages()}
    html = {page: one.text for page, one in answers.items() if one["Content-Type"].startswith("text/html")}
    assert sum(SELECT.search(text) is not None for text in html.values()) > 20
    assert {page: twice for page, text in html.items() if (twice := repeated_choices(text))} == {}


@pytest.mark.usefixtures("twins")
def test_choices_are_told_apart_by_their_code_and_only_where_they_have_to_be() -> None:
    PolicyFactory(name="Claims", code="claims")
    field: Any = RecordField(Policy.objects.order_by("pk"))
    labels = [label for _value, label in field.choices]
    codes = Policy.objects.order_by("pk").values_list("code", flat=True)
    assert labels[1:] == [f"Giveaways ({codes[0]})", f"Giveaways ({codes[1]})", "Claims"]
