"""What became of sellers after workshops: breaches of the topic within 90 days, by who was there and who was not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from kit.confidence_intervals import wilson_interval
from policies.models import Policy
from sellers.models import Market, Seller, StaffMarket
from tests.factories import MarketFactory, MemberFactory, PolicyFactory, UserFactory, WorkshopFactory, issue
from tests.workshops.places import member_seller, take
from violations.services import void_violation
from workshops.models import Workshop
from workshops.outcomes import OutcomeGroup, Participation, outcomes
from workshops.services import cancel_signup, check_in

pytestmark = pytest.mark.django_db

NOW = timezone.now()
DAY = timedelta(days=1)
HELD = NOW - 120 * DAY


@pytest.fixture
def policy() -> Policy:
    made: Policy = PolicyFactory(name="Claims", points=2)
    return made


@pytest.fixture
def market() -> Market:
    made: Market = MarketFactory(books_closed_until=NOW - 400 * DAY)
    return made


@pytest.fixture
def workshop(market: Market, policy: Policy) -> Workshop:
    made: Workshop = WorkshopFactory(
        market=market, capacity=5, starts_at=HELD, ends_at=HELD + timedelta(hours=2), published_at=NOW - 300 * DAY
    )
    made.policies.add(policy)
    return made


def seller(market: Market, *violations: Any, policy: Policy) -> Seller:
    """A seller with violations so many days after the workshop (before it: negative)."""
    one = MemberFactory(seller__market=market, seller__created_at=NOW - 400 * DAY).seller
    for days in violations:
        issue(one, policy, now=HELD + days * DAY)
    return one


def attend(workshop: Workshop, one: Seller) -> None:
    signup = take(workshop, one, now=HELD - DAY)
    check_in(workshop=workshop, code=signup.check_in_code, now=HELD)


def counted(market: Market) -> dict[tuple[Participation, bool], tuple[int, int]]:
    found = outcomes(market_ids=[market.pk], as_of=NOW)
    groups = found[0].groups if found else []
    return {(one.became, one.had_points): (one.sellers, one.breached) for one in groups if one.sellers}


def test_sellers_are_counted_by_what_came_of_the_workshop(market: Market, workshop: Workshop, policy: Policy) -> None:
    attend(workshop, seller(market, -5, policy=policy))
    attend(workshop, seller(market, -5, 10, policy=policy))
    attend(workshop, seller(market, 20, policy=policy))
    take(workshop, seller(market, -9, policy=policy), now=HELD - DAY)  # had a place and did not come
    Workshop.objects.filter(pk=workshop.pk).update(capacity=4)
    take(workshop, seller(market, -3, 89, policy=policy), now=HELD - DAY)  # waited
    seller(market, -3, 5, 6, policy=policy)  # neither, breached twice
    seller(market, -3, policy=policy)
    seller(market, 5, policy=policy)  # any seller
    assert counted(market) == {
        (Participation.ATTENDED, True): (2, 1),
        (Participation.ATTENDED, False): (1, 1),
        (Participation.MISSED, True): (1, 0),
        (Participation.ON_LIST, True): (1, 1),
        (Participation.NEITHER, True): (2, 1),
    }


def test_what_is_not_a_breach_of_the_topic_within_the_time_does_not_count(
    market: Market, workshop: Workshop, policy: Policy
) -> None:
    one = seller(market, 91, policy=policy)
    issue(one, PolicyFactory(points=2), now=HELD + DAY)
    voided = issue(one, policy, now=HELD + 2 * DAY)
    void_violation(violation=voided, reason="A mistake.", voided_by=None, now=HELD + 3 * DAY)
    attend(workshop, one)
    assert counted(market) == {(Participation.ATTENDED, False): (1, 0)}


def test_points_that_are_over_or_voided_before_the_workshop_are_none(
    market: Market, workshop: Workshop, policy: Policy
) -> None:
    attend(workshop, seller(market, -181, policy=policy))
    voided = issue(seller(market, policy=policy), policy, now=HELD - 5 * DAY)
    void_violation(violation=voided, reason="A mistake.", voided_by=None, now=HELD - 4 * DAY)
    assert counted(market) == {(Participation.ATTENDED, False): (1, 0)}


def test_who_cancelled_is_in_no_group(market: Market, workshop: Workshop, policy: Policy) -> None:
    attend(workshop, seller(market, policy=policy))
    signup = take(workshop, seller(market, -3, policy=policy), now=HELD - DAY)
    cancel_signup(signup=signup, user=signup.user, now=HELD - DAY)
    assert counted(market) == {(Participation.ATTENDED, False): (1, 0)}


def test_only_workshops_count_that_took_place_long_enough_ago(market: Market, policy: Policy) -> None:
    for days, cancelled in ((89, None), (900, None), (120, NOW - 130 * DAY)):
        start = NOW - days * DAY
        one = WorkshopFactory(
            market=market,
            starts_at=start - timedelta(hours=1),
            ends_at=start,
            cancelled_at=cancelled,
            cancel_reason="No." if cancelled else "",
        )
        one.policies.add(policy)
        if cancelled is None:
            signup = take(one, member_seller(market=market), now=start - DAY)
            check_in(workshop=one, code=signup.check_in_code, now=start - timedelta(hours=1))
    held_by_nobody = WorkshopFactory(market=market, starts_at=HELD, ends_at=HELD + DAY)
    held_by_nobody.policies.add(policy)
    take(held_by_nobody, member_seller(market=market), now=HELD - DAY)
    assert counted(market) == {}


def test_each_topic_is_counted_and_other_markets_are_not(market: Market, workshop: Workshop, policy: Policy) -> None:
    workshop.policies.add(PolicyFactory(name="Gifts", points=2))
    attend(workshop, seller(market, 5, policy=policy))
    everything, claims, gifts = outcomes(market_ids=[market.pk], as_of=NOW)
    assert [topic.name for topic in (everything, claims, gifts)] == ["", "Claims", "Gifts"]
    assert [sum(one.breached for one in topic.groups) for topic in (everything, claims, gifts)] == [1, 1, 0]
    assert [sum(one.sellers for one in topic.groups) for topic in (everything, claims, gifts)] == [2, 1, 1]
    assert outcomes(market_ids=[market.pk + 1], as_of=NOW) == []


def test_groups_have_a_share_with_an_interval() -> None:
    group = OutcomeGroup(Participation.ATTENDED, True, sellers=40, breached=10)
    assert (group.share, group.interval) == (0.25, wilson_interval(10, 40))
    nobody = OutcomeGroup(Participation.ATTENDED, True, sellers=0, breached=0)
    assert (nobody.share, nobody.interval) == (0.0, (0.0, 1.0))


# --- The page


def page(name: str = "outcomes") -> str:
    return reverse(f"admin:workshops_workshop_{name}")


def test_staff_see_the_groups_of_their_markets(
    client: Client, market: Market, workshop: Workshop, policy: Policy
) -> None:
    attend(workshop, seller(market, -5, 10, policy=policy))
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    assert page() in client.get(reverse("admin:workshops_workshop_changelist")).text
    shown = client.get(page()).text
    assert "It is a correlation" in shown
    assert "Were there, with points for the topic" in shown
    low, high = wilson_interval(1, 1)
    lines = b"".join(client.get(page("outcomes_csv"))).decode().splitlines()  # type: ignore[arg-type]  # it is streamed
    assert f"Claims,attended,yes,1,1,1.0000,{low:.4f},{high:.4f}" in lines


def test_host_sees_nothing_of_markets_of_others(
    client: Client, market: Market, workshop: Workshop, policy: Policy
) -> None:
    attend(workshop, seller(market, policy=policy))
    host = UserFactory(is_staff=True)
    client.force_login(host)
    assert client.get(page()).status_code == 403
    allowed = Permission.objects.filter(content_type__app_label="workshops", codename="view_signup")
    host.user_permissions.set(allowed)
    StaffMarket.objects.create(market=MarketFactory(), user=host)
    assert "ended more than 90 days ago" in client.get(page()).text
    StaffMarket.objects.create(market=market, user=host)
    assert "Were there" in client.get(page()).text


@pytest.mark.parametrize("count", [1, 3])
def test_outcomes_take_one_query(
    market: Market, workshop: Workshop, policy: Policy, django_assert_num_queries: Any, count: int
) -> None:
    for _ in range(count):
        attend(workshop, seller(market, -5, policy=policy))
    with django_assert_num_queries(1):
        outcomes(market_ids=[market.pk], as_of=NOW)
