from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from healthportal.templatetags.portal import until_words
from sellers.models import Seller
from tests.factories import PolicyFactory, SellerFactory, issue
from tests.pages import ago, signed_in_seller
from violations.services import credit_points, void_violation

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at:UserWarning")]


def ledger_url(seller: Seller) -> str:
    return reverse("violations:ledger", kwargs={"seller_id": seller.pk})


def seller_with_history(client: Client) -> Seller:
    """Four violations: one expired, one credited, one voided, one untouched. 3 + 2 points count."""
    seller, policy = signed_in_seller(client), PolicyFactory(points=4)
    issue(seller, policy, now=ago(days=200))
    credited, voided = issue(seller, policy, now=ago(days=50)), issue(seller, policy, now=ago(days=40))
    credit_points(violation=credited, points=1, reason="Quiz passed", now=ago(days=30))
    void_violation(violation=voided, reason="A mistake.", voided_by=None, now=ago(days=20))
    issue(seller, PolicyFactory(points=2), now=ago(days=1))
    return seller


@pytest.mark.parametrize("days_back", [0, 1, 19, 25, 35, 45, 100, 199, 250])
def test_the_total_equals_the_sum_of_the_entries_listed(client: Client, days_back: int) -> None:
    seller = seller_with_history(client)
    day = timezone.localdate(timezone=seller.market.zone) - timedelta(days=days_back)
    context = client.get(ledger_url(seller), {"on": day.isoformat()}).context
    assert context["ledger"].total == sum(entry.points for entry in context["page"].paginator.object_list)
    assert context["ledger"].total == context["standing"].total
    assert context["ledger"].counts[context["form"].shown] == len(context["page"])


def test_the_total_of_today_and_of_past_days(client: Client) -> None:
    seller = seller_with_history(client)
    today = timezone.localdate(timezone=seller.market.zone)
    totals = {
        back: client.get(ledger_url(seller), {"on": (today - timedelta(days=back)).isoformat()}).context["ledger"].total
        for back in (0, 25, 35, 45, 250)
    }
    assert totals == {0: 5, 25: 11, 35: 12, 45: 8, 250: 0}


def test_a_day_ends_when_it_ends_in_the_market(client: Client) -> None:
    seller = signed_in_seller(client)
    issue(seller, PolicyFactory(points=2), now=datetime(2026, 1, 2, 4, 59, tzinfo=UTC))  # 1 January, 23:59 in New York
    issue(seller, PolicyFactory(points=1), now=datetime(2026, 1, 2, 5, 0, tzinfo=UTC))  # 2 January, 0:00
    response = client.get(ledger_url(seller), {"on": "2026-01-01"})
    assert response.context["ledger"].total == 2
    assert "Why 2 on 1 Jan 2026?" in response.text


@pytest.mark.parametrize("day", ["2026-02-30", "yesterday", "0001-01-01", "9999-12-31"])
def test_a_day_that_cannot_be_used_is_explained_and_nothing_is_lost(client: Client, day: str) -> None:
    seller = seller_with_history(client)
    response = client.get(ledger_url(seller), {"on": day, "show": "all"})
    assert response.status_code == 200
    assert "until then this is today" in response.text
    assert response.context["ledger"].total == 5
    assert response.context["show"] == "all"


def test_a_day_to_come_shows_what_will_be_left(client: Client) -> None:
    seller = seller_with_history(client)
    day = timezone.localdate(timezone=seller.market.zone) + timedelta(days=150)
    assert client.get(ledger_url(seller), {"on": day.isoformat()}).context["ledger"].total == 2


def test_tabs_list_counting_expired_and_all_entries(client: Client) -> None:
    seller = seller_with_history(client)
    listed = {
        show: [entry.points for entry in client.get(ledger_url(seller), {"show": show}).context["page"]]
        for show in ("counting", "expired", "all")
    }
    assert listed == {"counting": [2, -4, -1, 4, 4], "expired": [4], "all": [2, -4, -1, 4, 4, 4]}


def test_an_unknown_tab_shows_what_counts(client: Client) -> None:
    seller = seller_with_history(client)
    assert client.get(ledger_url(seller), {"show": "nonsense"}).context["show"] == "counting"


def test_entries_name_their_violation_source_and_expiry(client: Client) -> None:
    seller = signed_in_seller(client)
    violation = issue(seller, PolicyFactory(name="Misleading claims", points=2), now=ago(days=168))
    credit_points(violation=violation, points=1, reason="Quiz passed", now=ago(days=1))
    text = client.get(ledger_url(seller)).text
    assert violation.get_absolute_url() in text
    with timezone.override(seller.market.zone):
        days_left = until_words(violation.entries.earliest("pk").expires_at)
    assert days_left.startswith("in 1")
    for words in ("Misleading claims", "Quiz passed", days_left, "Sum of 2 entries"):
        assert words in text, words


def test_expiries_say_what_is_left_then(client: Client) -> None:
    seller = seller_with_history(client)
    expiries = client.get(ledger_url(seller)).context["expiries"]
    assert [(expiry.change, expiry.total) for expiry in expiries] == [(-3, 2), (-2, 0)]


def test_the_history_ends_with_the_total_of_now(client: Client) -> None:
    history = client.get(ledger_url(seller_with_history(client))).context["history"]
    assert len(history) == 181
    assert history[-1][1] == 5


def test_the_ledger_of_a_clean_seller_says_what_will_appear(client: Client) -> None:
    response = client.get(ledger_url(signed_in_seller(client)))
    assert response.context["ledger"].total == 0
    assert "No points" in response.text


def test_another_sellers_ledger_is_not_found(client: Client) -> None:
    own = signed_in_seller(client)
    assert client.get(ledger_url(SellerFactory(market=own.market))).status_code == 404


def test_the_ledger_never_counts_another_sellers_points(client: Client) -> None:
    own = signed_in_seller(client)
    issue(SellerFactory(market=own.market), PolicyFactory(), now=ago(days=1))
    context = client.get(ledger_url(own), {"show": "all"}).context
    assert (context["ledger"].total, list(context["page"])) == (0, [])


@pytest.mark.parametrize("count", [1, 3])
def test_the_ledger_takes_the_same_queries_for_any_number(
    client: Client, django_assert_num_queries: pytest.FixtureRequest, count: int
) -> None:
    seller = signed_in_seller(client)
    for _ in range(count):
        issue(seller, PolicyFactory(), now=ago(days=1))
    client.get(ledger_url(seller))
    with django_assert_num_queries(17):  # type: ignore[operator]
        client.get(ledger_url(seller))
