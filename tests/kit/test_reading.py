"""Reads that come together are what they are alone, in one query."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.paginator import Paginator
from django.db.models import Count, QuerySet

from inbox.models import Message
from kit.database.reading import read_together
from kit.pages.paging import read_page
from sellers.models import Market, Seller
from tests.factories import MarketFactory, SellerFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def market() -> Market:
    market: Market = MarketFactory(name="One")
    SellerFactory.create_batch(3, market=market)
    SellerFactory(name="Other", market=MarketFactory(name="Two"))
    return market


def reads(market: Market) -> list[QuerySet[Any, Any]]:
    return [
        Seller.objects.select_related("market").order_by("-pk"),
        Message.objects.all(),
        Market.objects.annotate(owned=Count("sellers")).order_by("name"),
        Seller.objects.none(),
        Seller.objects.filter(market=market).order_by("pk").values_list("pk", "name")[1:3],
        Seller.objects.filter(name="100 %").values_list("pk", flat=True),
        Seller.objects.order_by("market__name").values("market__name").distinct(),
    ]


def test_each_read_has_the_rows_that_it_has_alone(market: Market, django_assert_num_queries: Any) -> None:
    together, alone = reads(market), reads(market)
    with django_assert_num_queries(1):
        read_together(*together)
        found = [list(read) for read in together]
        assert {seller.market.name for seller in found[0]} == {"One", "Two"}
    assert found == [list(read) for read in alone]
    assert [one.owned for one in found[2]] == [3, 1]


def test_values_are_of_the_types_that_they_have_alone(market: Market) -> None:
    read = Market.objects.order_by("pk")
    read_together(read, Seller.objects.all())
    for found, own in zip(read, Market.objects.order_by("pk"), strict=True):
        assert {name: value for name, value in vars(found).items() if name != "_state"} == {
            name: value for name, value in vars(own).items() if name != "_state"
        }


def test_what_is_known_to_be_empty_is_not_asked_for(django_assert_num_queries: Any) -> None:
    read = Seller.objects.filter(pk__in=[])
    with django_assert_num_queries(0):
        read_together(read)
        assert list(read) == []


def test_what_a_read_prefetches_comes_with_it(market: Market, django_assert_num_queries: Any) -> None:
    read = Market.objects.prefetch_related("sellers").filter(pk=market.pk)
    read_together(read, Seller.objects.all())
    with django_assert_num_queries(1):
        assert [len(one.sellers.all()) for one in read] == [3]


@pytest.mark.parametrize("wanted", [None, "", "1", "2", "0", "-1", "x", "²", "99", "9" * 40, "last"])
def test_a_page_is_the_one_that_the_paginator_gives(market: Market, wanted: str | None) -> None:
    sellers = Seller.objects.order_by("pk")
    page, usual = read_page(sellers, wanted=wanted, size=3), Paginator(sellers, 3).get_page(wanted)
    assert (page.number, page.paginator.count, list(page)) == (usual.number, 4, list(usual))


def test_a_page_takes_one_query_with_what_stands_beside_it(market: Market, django_assert_num_queries: Any) -> None:
    grouped = Market.objects.annotate(owned=Count("sellers")).filter(owned__gt=1).prefetch_related("milestones")
    beside = Seller.objects.order_by("pk")
    with django_assert_num_queries(1):
        page = read_page(grouped.prefetch_related(None).order_by("pk"), wanted="1", size=1, beside=[beside])
        assert (page.paginator.count, list(page), len(beside)) == (1, [market], 4)
    assert list(read_page(grouped.order_by("pk"), wanted="1", size=1)) == [market]


def test_an_empty_list_has_one_page(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        page = read_page(Seller.objects.order_by("pk"), wanted="1", size=3)
        assert (page.number, page.paginator.count, list(page)) == (1, 0, [])
