from __future__ import annotations

import html
import re
from datetime import UTC, datetime, timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from kit.pages.templatetags.dates import until_words
from sellers.models import Seller
from tests.credits import credit_points
from tests.factories import PolicyFactory, SellerFactory, UserFactory, issue
from tests.pages import ago, signed_in_seller
from tests.violations.appealing import appeal_against
from violations import ledger_page
from violations.rules import TotalChange
from violations.services import grant_appeal, void_violation

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at:UserWarning")]


def ledger_url(seller: Seller) -> str:
    return reverse("violations:ledger", kwargs={"seller_id": seller.pk})


def total_as_of(client: Client, seller: Seller, as_of: str) -> int:
    total: int = client.get(ledger_url(seller), {"as_of": as_of}).context["standing"].total
    return total


def rules_total(total_changes: list[TotalChange], moment: datetime) -> int:
    """What the chart says of a moment."""
    return next((change.total for change in reversed(total_changes) if change.at <= moment), 0)


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
    context = client.get(ledger_url(seller), {"as_of": day.isoformat()}).context
    assert context["standing"].total == sum(line.entry.points for line in context["entries"])
    assert context["standing"].total == rules_total(context["timeline"].changes, context["at"])
    assert context["tabs"][0]["count"] == len(context["entries"])


def test_the_total_of_today_and_of_past_days(client: Client) -> None:
    seller = seller_with_history(client)
    today = timezone.localdate(timezone=seller.market.zone)
    totals = {
        back: total_as_of(client, seller, (today - timedelta(days=back)).isoformat()) for back in (0, 25, 35, 45, 250)
    }
    assert totals == {0: 5, 25: 11, 35: 12, 45: 8, 250: 0}


def test_a_day_means_its_end_in_the_market(client: Client) -> None:
    seller = signed_in_seller(client)
    issue(seller, PolicyFactory(points=2), now=datetime(2026, 1, 2, 4, 59, tzinfo=UTC))  # 1 January, 23:59 in New York
    issue(seller, PolicyFactory(points=1), now=datetime(2026, 1, 2, 5, 0, tzinfo=UTC))  # 2 January, 0:00
    response = client.get(ledger_url(seller), {"as_of": "2026-01-01"})
    assert response.context["standing"].total == 2
    assert "Why 2 on 1 Jan 2026, 23:59 EST?" in response.text


def test_a_moment_is_local_unless_it_has_an_offset(client: Client) -> None:
    seller = signed_in_seller(client)
    issue(seller, PolicyFactory(points=2), now=datetime(2026, 1, 2, 14, 30, tzinfo=UTC))  # 9:30 in New York
    moments = {
        "2026-01-02T09:29": 0,
        "2026-01-02T09:30": 2,
        "2026-01-02T14:29:59Z": 0,
        "2026-01-02T15:30+01:00": 2,
        "2026-07-01T10:29:59": 2,
        "2026-07-01T10:30": 0,
    }
    assert {text: total_as_of(client, seller, text) for text in moments} == moments


BAD = [
    "2026-02-30",
    "yesterday",
    "0001-01-01",
    "9999-12-31",
    "0001-01-01T00:00:00+14:00",
    "2026-01-01T25:00",
    "<b>\x00",
]


@pytest.mark.parametrize("as_of", BAD)
def test_a_moment_that_cannot_be_used_is_named_and_nothing_is_lost(client: Client, as_of: str) -> None:
    seller = seller_with_history(client)
    response = client.get(ledger_url(seller), {"as_of": as_of, "show": "all"})
    assert response.status_code == 200
    (error,) = response.context["form"].errors["as_of"]
    assert "as it is now" in error or "Null" in error
    assert '<a href="#id_as_of">Date and time</a>' in response.text
    assert (response.context["standing"].total, response.context["timeframe"]) == (5, "now")
    assert response.context["show"] == "all"


def test_a_time_that_comes_twice_is_said_and_both_can_be_seen(client: Client) -> None:
    seller = signed_in_seller(client)
    issue(seller, PolicyFactory(points=2), now=datetime(2025, 11, 2, 6, 0, tzinfo=UTC))  # 1:00 EST, after the change
    response = client.get(ledger_url(seller), {"as_of": "2025-11-02T01:30"})
    assert response.context["standing"].total == 0
    assert "Clocks were put back on 2 Nov 2025, so 01:30 came twice. This is the first time." in response.text
    (address,) = re.findall(r'<a href="([^"]*)">See the second time', response.text)
    assert client.get(ledger_url(seller) + html.unescape(address)).context["standing"].total == 2


def test_a_time_that_never_came_is_said(client: Client) -> None:
    seller = signed_in_seller(client)
    response = client.get(ledger_url(seller), {"as_of": "2026-03-08T02:30"})
    assert response.context["at"] == datetime(2026, 3, 8, 7, 30, tzinfo=UTC)
    assert "Clocks were put forward on 8 Mar 2026, so 02:30 never came. This is 03:30." in response.text


def test_a_moment_to_come_shows_what_will_be_left(client: Client) -> None:
    seller = seller_with_history(client)
    day = timezone.localdate(timezone=seller.market.zone) + timedelta(days=150)
    response = client.get(ledger_url(seller), {"as_of": day.isoformat()})
    assert response.context["standing"].total == 2
    assert "if nothing is added until then" in response.text


def test_a_late_arrival_is_not_in_the_past_and_told_beside_it(client: Client) -> None:
    seller = signed_in_seller(client)
    issue(seller, PolicyFactory(points=3), now=ago(days=30))
    late = issue(seller, PolicyFactory(name="Late", points=4), now=ago(days=10), issued_at=ago(days=20))
    then = ago(days=15).isoformat()
    response = client.get(ledger_url(seller), {"as_of": then})
    assert response.context["standing"].total == rules_total(response.context["timeline"].changes, ago(days=15)) == 3
    assert [line.entry.violation for line in response.context["late"]] == [late]
    assert "the total would have been <b>7</b> instead of 3" in response.text
    assert total_as_of(client, seller, ago(days=9).isoformat()) == 7
    assert not client.get(ledger_url(seller)).context["explanation"].recorded_since


def test_many_late_arrivals_are_counted_and_not_all_listed(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger_page, "RECORDED_SINCE_SHOWN", 2)
    seller = signed_in_seller(client)
    policy = PolicyFactory(points=1)
    for _ in range(5):
        issue(seller, policy, now=ago(days=10), issued_at=ago(days=20))
    response = client.get(ledger_url(seller), {"as_of": ago(days=15).isoformat()})
    assert len(response.context["late"]) == 2
    assert "5 entries arrived later" in response.text
    assert "And 3 more" in response.text


def test_corrections_and_lifts_that_came_later_are_told(client: Client) -> None:
    seller = signed_in_seller(client)
    voided = issue(seller, PolicyFactory(points=12), now=ago(days=20))
    void_violation(violation=voided, reason="Not the seller’s.", voided_by=None, now=ago(days=18))
    response = client.get(ledger_url(seller), {"as_of": ago(days=19).isoformat()})
    assert response.context["standing"].total == 12
    assert [action.milestone_points for action in response.context["standing"].in_force] == [12]
    assert [line.entry.points for line in response.context["corrections"]] == [-12]
    assert "Restriction at 12 points: lifted" in response.text


def test_links_lead_from_change_to_change(client: Client) -> None:
    seller = seller_with_history(client)
    totals, address = [], ""
    while True:
        context = client.get(ledger_url(seller) + address).context
        totals.append(context["standing"].total)
        if context["previous_change"] is None:
            break
        address = context["previous_change"]["url"]
    assert totals == [5, 5, 3, 7, 11, 12, 12, 8, 4]
    cache.clear()  # for pages that are drawn anew, with a context
    while context["next_change"] is not None:
        context = client.get(ledger_url(seller) + context["next_change"]["url"]).context
    assert context["standing"].total == 0


def test_an_entry_names_its_source_and_who_recorded_it(client: Client) -> None:
    seller = signed_in_seller(client)
    staff = UserFactory(is_staff=True, name="Secret Name")
    credited = issue(seller, PolicyFactory(points=4), now=ago(days=20))
    credit_points(violation=credited, points=1, reason="Quiz passed: Claims", now=ago(days=9))
    violation = issue(seller, PolicyFactory(points=4), now=ago(days=20))
    appeal = appeal_against(violation, now=ago(days=10))
    grant_appeal(appeal=appeal, decided_by=staff, now=ago(days=8))
    response = client.get(ledger_url(seller))
    assert [(line.source_words, line.recorded_by) for line in response.context["entries"]] == [
        ("Appeal granted", "marketplace staff"),
        ("Quiz passed: Claims", "the portal"),
        ("Violation", "the marketplace’s systems"),
        ("Violation", "the marketplace’s systems"),
    ]
    assert appeal.get_absolute_url() in response.text
    assert "Secret Name" not in response.text


def test_tabs_list_counting_expired_and_all_entries(client: Client) -> None:
    seller = seller_with_history(client)
    listed = {
        show: [line.points for line in client.get(ledger_url(seller), {"show": show}).context["page"]]
        for show in ("counting", "expired", "all")
    }
    assert listed == {"counting": [2, -4, -1, 4, 4], "expired": [4], "all": [2, -4, -1, 4, 4, 4]}


def test_an_unknown_tab_shows_what_counts(client: Client) -> None:
    seller = seller_with_history(client)
    assert client.get(ledger_url(seller), {"show": "nonsense"}).context["show"] == "counting"


def narrowed(client: Client, seller: Seller, **query: str) -> tuple[str, list[int], int, list[int]]:
    """What the entries are narrowed to, the points of each, their sum, and the counts of the tabs."""
    context = client.get(ledger_url(seller), query).context
    points = [line.entry.points for line in context["entries"]]
    return context["narrowed"], points, context["sum"], [tab["count"] for tab in context["tabs"]]


def test_entries_can_be_narrowed_to_a_policy_and_a_kind_of_content(client: Client) -> None:
    seller, policy = signed_in_seller(client), PolicyFactory(name="Giveaways", points=4)
    issue(seller, policy, now=ago(days=200))
    issue(seller, policy, now=ago(days=50))
    issue(seller, policy, now=ago(days=40), content=None)
    issue(seller, PolicyFactory(points=2), now=ago(days=30))
    code = policy.code
    assert narrowed(client, seller) == ("", [2, 4, 4], 10, [3, 1, 4])
    assert narrowed(client, seller, policy=code) == ("Only entries about “Giveaways”.", [4, 4], 8, [2, 1, 3])
    assert narrowed(client, seller, content="live") == ("Only entries about LIVEs.", [2, 4], 6, [2, 1, 3])
    both = "Only entries about “Giveaways” and no content."
    assert narrowed(client, seller, policy=code, content="none") == (both, [4], 4, [1, 0, 1])
    assert narrowed(client, seller, policy="gone") == ("Only entries about “gone”.", [], 0, [0, 0, 0])
    assert narrowed(client, seller, content="gone") == ("", [2, 4, 4], 10, [3, 1, 4])


def test_what_entries_are_narrowed_to_stays_and_can_be_taken_back(client: Client) -> None:
    seller = signed_in_seller(client)
    issue(seller, policy := PolicyFactory(), now=ago(days=2))
    issue(seller, PolicyFactory(points=7), now=ago(days=1))
    assert "They make 2 of 9." in client.get(ledger_url(seller), {"policy": policy.code}).text
    text = client.get(ledger_url(seller), {"policy": policy.code, "content": "live", "show": "all"}).text
    assert "They make" not in text
    for words in (
        f'<input type="hidden" name="policy" value="{policy.code}" id="id_policy">',
        '<input type="hidden" name="content" value="live" id="id_content">',
        f"?policy={policy.code}&amp;content=live&amp;show=expired",
        'href="?show=all"',
    ):
        assert words in text, words


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


def test_the_chart_says_how_the_total_changes_past_and_to_come(client: Client) -> None:
    context = client.get(ledger_url(seller_with_history(client))).context
    assert rules_total(context["timeline"].changes, context["now"]) == 5
    sentence = context["chart_sentence"]
    assert "to now the total rose from 4 to 5, with 12 as the highest in between" in sentence
    assert "If nothing is added, it falls to 0 by" in sentence
    assert "in 2 steps" in sentence


def test_the_ledger_of_a_clean_seller_says_what_will_appear(client: Client) -> None:
    response = client.get(ledger_url(signed_in_seller(client)))
    assert response.context["standing"].total == 0
    assert "No points" in response.text


def test_another_sellers_ledger_is_not_found(client: Client) -> None:
    own = signed_in_seller(client)
    assert client.get(ledger_url(SellerFactory(market=own.market))).status_code == 404


def test_the_ledger_never_counts_another_sellers_points(client: Client) -> None:
    own = signed_in_seller(client)
    issue(SellerFactory(market=own.market), PolicyFactory(), now=ago(days=1))
    context = client.get(ledger_url(own), {"show": "all"}).context
    assert (context["standing"].total, list(context["page"])) == (0, [])


@pytest.mark.parametrize("count", [1, 3])
def test_the_ledger_takes_the_same_queries_for_any_number(
    client: Client, django_assert_num_queries: pytest.FixtureRequest, count: int
) -> None:
    seller = signed_in_seller(client)
    for _ in range(count):
        issue(seller, PolicyFactory(), now=ago(days=1))
    client.get(ledger_url(seller))
    cache.clear()  # drawn anew
    with django_assert_num_queries(9):
        client.get(ledger_url(seller))
