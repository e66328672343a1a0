from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from policies.models import Policy
from sellers.models import Seller
from tests.factories import (
    LONG_AGO,
    NOW,
    MarketFactory,
    PolicyFactory,
    PolicyVersionFactory,
    SellerFactory,
    draft,
    issue,
)
from tests.pages import ago, signed_in_seller
from violations.models import Milestone
from violations.presentation.what_if import ShownWhatIf, show_what_if
from violations.rules import StandingLevel, action_period
from violations.selectors import WhatIf, explain, what_if
from violations.services import preview_violation

DAY = timedelta(days=1)
pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at:UserWarning")]


@pytest.fixture
def seller(db: None) -> Seller:
    return SellerFactory(market=MarketFactory(books_closed_until=LONG_AGO))


def one_more(seller: Seller, policy: Policy, *, at: datetime = NOW) -> WhatIf:
    version = policy.versions.in_force(as_of=at).get()
    return what_if(explain(seller=seller, as_of=at, now=NOW), version=version)


def said(seller: Seller, points: int) -> ShownWhatIf:
    return show_what_if(one_more(seller, PolicyFactory(points=points)))


@pytest.mark.parametrize("notice_days", [0, 30])
@pytest.mark.parametrize("points", [0, 1, 4, 50])
@pytest.mark.parametrize("total", [0, 8, 11, 12, 23, 47, 60])
def test_it_is_what_issuing_would_do(seller: Seller, total: int, points: int, notice_days: int) -> None:
    Milestone.objects.filter(market=seller.market).update(notice_days=notice_days)
    if total:
        issue(seller, PolicyFactory(points=total), now=NOW - 60 * DAY)
    policy = PolicyFactory(points=points)
    found = one_more(seller, policy)
    effect = preview_violation(market=seller.market, draft=draft(seller, policy), source="test", now=NOW)
    assert (found.points, found.before.total, found.after) == (effect.points, effect.before, effect.after)
    assert [(one.milestone.points, one.starts_at, one.ends_at) for one in found.actions] == [
        (action.milestone_points, action.starts_at, action.ends_at) for action in effect.actions
    ]


def test_it_is_what_the_standing_is_once_it_is_issued(seller: Seller) -> None:
    issue(seller, PolicyFactory(points=8), now=NOW - 60 * DAY)
    for points in (1, 3, 12):
        policy = PolicyFactory(points=points)
        found = one_more(seller, policy)
        violation = issue(seller, policy)
        standing = explain(seller=seller, as_of=NOW, now=NOW).standing
        assert (found.after, found.level, found.is_approaching) == (
            standing.total,
            standing.level,
            standing.is_approaching,
        )
        assert (found.next_milestone, found.distance) == (standing.next_milestone, standing.distance)
        assert found.expires_at == violation.entries.get().expires_at


def test_points_that_are_over_on_the_day_do_not_count(seller: Seller) -> None:
    issue(seller, PolicyFactory(points=11), now=NOW - 100 * DAY)
    policy = PolicyFactory(points=4)
    assert (one_more(seller, policy).after, one_more(seller, policy).level) == (15, StandingLevel.RESTRICTED)
    later = one_more(seller, policy, at=NOW + 90 * DAY)
    assert (later.before.total, later.after, later.level) == (0, 4, StandingLevel.GOOD)
    assert later.expires_at == NOW + 270 * DAY


def test_an_action_that_is_announced_first_does_not_restrict_yet(seller: Seller) -> None:
    Milestone.objects.filter(market=seller.market).update(notice_days=30)
    found = one_more(seller, PolicyFactory(points=12))
    assert (found.level, found.actions[0].starts_at) == (StandingLevel.AT_RISK, NOW + 30 * DAY)


@pytest.mark.parametrize(("days", "end"), [(None, None), (7, NOW + 10 * DAY)])
def test_an_action_starts_after_its_notice_and_lasts_its_days(days: int | None, end: datetime | None) -> None:
    assert action_period(NOW, notice_days=3, duration_days=days) == (NOW + 3 * DAY, end)


@pytest.mark.parametrize(
    ("total", "points", "tone", "sentence"),
    [
        (0, 0, "info", "It assesses no points, so your total would not change."),
        (0, 1, "info", "No milestone would be reached: 11 points would be left before 12."),
        (
            4,
            4,
            "warn",
            "No milestone would be reached, but you would be 4 points away from 12: "
            "7 days without new listings and campaigns.",
        ),
        (
            8,
            20,
            "bad",
            "The milestone at 24 points would be reached: 14 days without new listings and campaigns.",
        ),
        (50, 1, "info", "Every milestone is reached already: nothing more would follow."),
    ],
)
def test_the_consequence_is_said_in_a_sentence(
    seller: Seller, total: int, points: int, tone: str, sentence: str
) -> None:
    if total:
        issue(seller, PolicyFactory(points=total), now=NOW - 60 * DAY)
    shown = said(seller, points)
    assert (shown.tone, shown.sentence) == (tone, sentence)


def test_the_facts_name_points_totals_standing_and_actions_the_worst_first(seller: Seller) -> None:
    issue(seller, PolicyFactory(points=8), now=NOW - 60 * DAY)
    assert [(fact.name, fact.value, fact.note) for fact in said(seller, 20).facts] == [
        ("Points", "+20 points", "They would count until 17 May 2027, 08:00 EDT."),
        ("Total", "from 8 to 28", "8 points left before 36"),
        ("Standing", "At risk, then Restricted", ""),
        (
            "Restriction at 24 points",
            "from 18 Nov 2026, 07:00 EST until 2 Dec 2026, 07:00 EST",
            "You could not create listings or join campaigns.",
        ),
        (
            "Restriction at 12 points",
            "from 18 Nov 2026, 07:00 EST until 25 Nov 2026, 07:00 EST",
            "You could not create listings or join campaigns.",
        ),
    ]


def test_what_has_no_end_takes_nothing_away_or_has_no_points_is_said_so(seller: Seller) -> None:
    Milestone.objects.filter(market=seller.market, points=48).update(kind="warning", capabilities=[])
    facts = said(seller, 50).facts
    assert (facts[1].note, facts[3].value, facts[3].note) == (
        "",
        "from 18 Nov 2026, 07:00 EST, until it is lifted",
        "Nothing would be taken away.",
    )
    assert said(seller, 0).facts[0].note == ""


# --- The page


def url(seller: Seller) -> str:
    return reverse("violations:what_if", kwargs={"seller_id": seller.pk})


def test_the_page_begins_with_the_policy_that_most_points_come_from_today(client: Client) -> None:
    seller = signed_in_seller(client)
    PolicyFactory(name="A first one")
    issue(seller, PolicyFactory(name="Giveaways", points=5), now=ago(days=9))
    worst = PolicyFactory(name="Misleading claims", points=7)
    issue(seller, worst, now=ago(days=20))
    response = client.get(url(seller))
    form = response.context["what_if"].form
    assert (form["policy"].value(), form["day"].value()) == (worst.code, form.today.isoformat())
    for words in ("you would be 5 points away from 24", "from 12 to 19"):
        assert words in response.text, words


def test_without_a_violation_it_begins_with_the_first_of_the_mildest_policies(client: Client) -> None:
    seller = signed_in_seller(client)
    PolicyFactory(name="Arson", points=12)
    PolicyFactory(name="Zebras", points=2)
    mild = PolicyFactory(name="giveaways", points=2)
    assert client.get(url(seller)).context["what_if"].form["policy"].value() == mild.code


def test_a_seller_chooses_policy_and_day(client: Client) -> None:
    seller = signed_in_seller(client)
    issue(seller, PolicyFactory(points=8), now=ago(days=100))
    policy = PolicyFactory(name="Counterfeit goods", points=6)
    day = timezone.localdate(timezone=seller.market.zone) + 90 * DAY
    assert "from 8 to 14" in client.get(url(seller), {"policy": policy.code}).text
    assert "from 0 to 6" in client.get(url(seller), {"policy": policy.code, "day": day.isoformat()}).text


def test_a_later_day_is_judged_by_the_wording_and_the_milestones_of_then(client: Client) -> None:
    seller, policy = signed_in_seller(client), PolicyFactory(points=2)
    change = ago(days=-20)
    PolicyVersionFactory(policy=policy, number=2, points=12, effective_from=change, published_at=ago(days=1))
    Milestone.objects.filter(market=seller.market, points=12).update(in_force_until=ago(days=-40))
    for days, after, actions in ((0, 2, 0), (30, 12, 1), (50, 12, 0)):
        day = (ago(days=-days).astimezone(seller.market.zone)).date()
        shown = client.get(url(seller), {"policy": policy.code, "day": day.isoformat()}).context["what_if"].shown
        assert (shown.facts[1].value, len(shown.facts) - 3) == (f"from 0 to {after}", actions)


@pytest.mark.parametrize("day", ["2020-01-01", "2999-01-01", "tomorrow"])
def test_a_day_that_cannot_be_used_is_named_and_kept(client: Client, day: str) -> None:
    seller, policy = signed_in_seller(client), PolicyFactory()
    response = client.get(url(seller), {"policy": policy.code, "day": day})
    assert response.status_code == 200
    assert "This could not be used:" in response.text
    assert response.context["what_if"].form["day"].value() == day
    assert "from 0 to 2" in response.text


def test_a_policy_that_is_not_there_is_the_likeliest(client: Client) -> None:
    seller, policy = signed_in_seller(client), PolicyFactory()
    assert client.get(url(seller), {"policy": "gone\0"}).context["what_if"].form["policy"].value() == policy.code


def test_without_a_policy_it_says_what_will_appear(client: Client) -> None:
    assert "No policy is in force" in client.get(url(signed_in_seller(client))).text


def test_nothing_is_written(client: Client) -> None:
    seller = signed_in_seller(client)
    PolicyFactory(points=50)
    client.get(url(seller))
    assert (seller.violations.count(), seller.entries.count(), seller.messages.count()) == (0, 0, 0)


def test_ledger_and_policy_lead_to_it(client: Client) -> None:
    seller, policy = signed_in_seller(client), PolicyFactory()
    ledger = reverse("violations:ledger", kwargs={"seller_id": seller.pk})
    assert f'href="{url(seller)}"' in client.get(ledger).text
    assert f'href="{url(seller)}?policy={policy.code}"' in client.get(policy.get_absolute_url()).text
    assert url(seller) not in Client().get(policy.get_absolute_url()).text


def test_another_sellers_page_is_not_found(client: Client) -> None:
    own = signed_in_seller(client)
    assert client.get(url(SellerFactory(market=own.market))).status_code == 404


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("days", [0, 9])
def test_the_page_takes_the_same_queries_for_any_number(
    client: Client, django_assert_num_queries: Any, count: int, days: int
) -> None:
    seller = signed_in_seller(client)
    for _ in range(count):
        issue(seller, PolicyFactory(points=12), now=ago(days=1))
    day = ago(days=-days).astimezone(ZoneInfo("America/New_York")).date().isoformat()
    client.get(url(seller))
    with django_assert_num_queries(6):  # another day is told from what is at hand
        client.get(url(seller), {"day": day})
