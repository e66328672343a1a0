from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from kit.dates import moments_of
from sellers.models import Seller
from tests.credits import credit_points
from tests.factories import LONG_AGO, NOW, MarketFactory, PolicyFactory, QuizFactory, SellerFactory, issue
from tests.pages import ago, signed_in_seller
from violations import rules
from violations.models import EnforcementAction, Milestone
from violations.selectors import LedgerTab, Timeframe, explain, get_standing
from violations.services import lift_action, void_violation

DAY = timedelta(days=1)
INSTANT = timedelta(microseconds=1)


@pytest.fixture
def seller(db: None) -> Seller:
    return SellerFactory(market=MarketFactory(books_closed_until=LONG_AGO))


def history(seller: Seller) -> None:
    """On day -100 a violation of 8, credited 1 on -90; 6 more on -60, voided on -50; issued on -40, recorded on -30."""
    first = issue(seller, PolicyFactory(points=8), now=NOW - 100 * DAY)
    credit_points(violation=first, points=1, reason="Quiz passed", now=NOW - 90 * DAY)
    voided = issue(seller, PolicyFactory(points=6), now=NOW - 60 * DAY)
    void_violation(violation=voided, reason="A mistake.", voided_by=None, now=NOW - 50 * DAY)
    issue(seller, PolicyFactory(points=3), issued_at=NOW - 40 * DAY, now=NOW - 30 * DAY)


def test_a_moment_is_told_as_it_was_known_then(seller: Seller) -> None:
    history(seller)
    days = [-101, -100, -89, -60, -50, -35, -30, 0, 81, 141]
    found = [explain(seller=seller, as_of=NOW + day * DAY, now=NOW) for day in days]
    assert [explanation.total for explanation in found] == [0, 8, 7, 13, 7, 7, 10, 10, 3, 0]
    assert [explanation.recorded_since.total for explanation in found] == [0, 8, 7, 13, 7, 10, 10, 10, 3, 0]
    assert [explanation.timeframe for explanation in found][-3:] == [Timeframe.NOW, Timeframe.FUTURE, Timeframe.FUTURE]


def test_what_was_known_can_be_asked_apart_from_the_moment(seller: Seller) -> None:
    history(seller)
    at = NOW - 35 * DAY
    assert explain(seller=seller, as_of=at, now=NOW, known_at=NOW).total == 10
    assert explain(seller=seller, as_of=at, now=NOW, known_at=NOW - 31 * DAY).total == 7


def test_every_explanation_adds_up_and_agrees_with_the_chart_and_the_standing(seller: Seller) -> None:
    history(seller)
    moments = explain(seller=seller, as_of=NOW, now=NOW).moments
    near = [moment + step for moment in moments for step in (timedelta(0), -INSTANT, INSTANT)]
    for at in [*near, NOW]:
        explanation = explain(seller=seller, as_of=at, now=NOW)
        assert explanation.total == sum(line.points for line in explanation.counting)
        assert explanation.total == next((c.total for c in reversed(explanation.total_changes) if c.at <= at), 0), at
        if at >= NOW:
            assert explanation.total == get_standing(seller=seller, as_of=at).total


def test_entries_that_expired_and_all_entries_are_those_known_then(seller: Seller) -> None:
    history(seller)
    at = NOW + 81 * DAY
    explanation = explain(seller=seller, as_of=at, now=NOW)
    assert [line.points for line in explanation.entries[LedgerTab.EXPIRED]] == [-1, 8]
    assert [line.points for line in explanation.entries[LedgerTab.ALL]] == [3, -6, 6, -1, 8]


def test_an_action_is_announced_then_in_force_then_over(seller: Seller) -> None:
    seller.market.milestones.update(notice_days=5)
    issue(seller, PolicyFactory(points=12), now=NOW)
    then = {
        days: (
            [action.milestone_points for action in explanation.standing.upcoming],
            [action.milestone_points for action in explanation.standing.in_force],
        )
        for days in (-1, 0, 4, 5, 11, 12)
        for explanation in [explain(seller=seller, as_of=NOW + days * DAY, now=NOW + DAY)]
    }
    assert then == {-1: ([], []), 0: ([12], []), 4: ([12], []), 5: ([], [12]), 11: ([], [12]), 12: ([], [])}


def test_changes_are_of_the_total_and_of_the_enforcement(seller: Seller) -> None:
    issue(seller, PolicyFactory(points=12), now=NOW)
    explanation = explain(seller=seller, as_of=NOW, now=NOW)
    assert explanation.moments == [NOW, NOW + 7 * DAY, NOW + 180 * DAY]
    assert (explanation.previous_change, explanation.next_change) == (None, NOW + 7 * DAY)
    lift_action(action=EnforcementAction.objects.get(), reason="Goodwill.", lifted_by=None, now=NOW + DAY)
    explanation = explain(seller=seller, as_of=NOW + 2 * DAY, now=NOW + 3 * DAY)
    assert (explanation.previous_change, explanation.next_change) == (NOW + DAY, NOW + 180 * DAY)


def test_an_explanation_takes_the_same_queries_however_many_entries(
    seller: Seller, django_assert_num_queries: Any
) -> None:
    for count in (0, 1, 3):
        for _ in range(count):
            issue(seller, PolicyFactory(points=4))
        with django_assert_num_queries(2):
            explain(seller=seller, as_of=NOW, now=NOW)
        with django_assert_num_queries(3):
            explain(seller=seller, as_of=NOW - DAY, now=NOW)


periods = st.lists(
    st.builds(
        lambda points, start, length: rules.PointsPeriod(points, NOW + start * DAY, NOW + (start + length) * DAY),
        st.integers(1, 9),
        st.integers(-9, 9),
        st.integers(0, 9),
    )
)


@given(periods)
def test_the_changes_tell_the_total_at_every_moment(periods: list[rules.PointsPeriod]) -> None:
    total_changes = rules.total_changes(periods)
    for day in range(-10, 20):
        at = NOW + day * DAY
        assert rules.total_after(total_changes, at) == sum(one.points for one in periods if one.start <= at < one.end)
    assert all(change.points for change in total_changes)


def test_a_local_time_is_one_moment_two_or_none() -> None:
    zone = ZoneInfo("America/New_York")
    found = {text: moments_of(datetime.fromisoformat(text), zone=zone) for text in ("2026-11-01T01:30", "2026-07-01")}
    assert found == {
        "2026-11-01T01:30": [datetime(2026, 11, 1, 5, 30, tzinfo=UTC), datetime(2026, 11, 1, 6, 30, tzinfo=UTC)],
        "2026-07-01": [datetime(2026, 7, 1, 4, tzinfo=UTC)],
    }
    assert moments_of(datetime.fromisoformat("2026-03-08T02:30"), zone=zone) == []


# --- The page of enforcement actions


def enforcement_url(seller: Seller) -> str:
    return reverse("violations:enforcement", kwargs={"seller_id": seller.pk})


@pytest.mark.django_db
def test_enforcement_lists_what_happened_to_each_action(client: Client) -> None:
    seller = signed_in_seller(client)
    first = issue(seller, PolicyFactory(name="Claims", points=12), now=ago(days=40))
    issue(seller, PolicyFactory(points=12), now=ago(days=3))
    lift_action(
        action=EnforcementAction.objects.get(milestone_points=24), reason="Goodwill.", lifted_by=None, now=ago(days=2)
    )
    text = client.get(enforcement_url(seller)).text
    ended = EnforcementAction.objects.get(milestone_points=12)
    for words in (ended.notice.get_absolute_url(), first.get_absolute_url(), "Claims", "Ended", "Lifted", "Goodwill."):
        assert words in text, words
    assert text.index("at 24 points") < text.index("at 12 points")
    assert "Nothing is in force now." in text
    assert "2 actions were announced so far." in text
    assert "Next step" not in text


@pytest.mark.django_db
def test_enforcement_says_first_what_is_in_force_and_what_to_do(client: Client) -> None:
    seller = signed_in_seller(client)
    policy = PolicyFactory(points=12)
    QuizFactory(policy=policy)
    issue(seller, policy, now=ago(days=1))
    text = client.get(enforcement_url(seller)).text
    assert "1 action is in force now." in text
    assert "Next step" in text
    lift_action(action=EnforcementAction.objects.get(), reason="Goodwill.", lifted_by=None, now=ago(minutes=2))
    Milestone.objects.update(notice_days=30)
    issue(seller, policy, now=ago(minutes=1))
    assert "Nothing is in force yet; 1 action is announced." in client.get(enforcement_url(seller)).text


@pytest.mark.django_db
def test_enforcement_of_a_clean_seller_says_what_will_appear(client: Client) -> None:
    assert "No enforcement action" in client.get(enforcement_url(signed_in_seller(client))).text


@pytest.mark.django_db
def test_another_sellers_enforcement_is_not_found(client: Client) -> None:
    own = signed_in_seller(client)
    assert client.get(enforcement_url(SellerFactory(market=own.market))).status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("count", [1, 3])
def test_enforcement_takes_the_same_queries_for_any_number(
    client: Client, django_assert_num_queries: Any, count: int
) -> None:
    seller = signed_in_seller(client)
    for _ in range(count):
        issue(seller, PolicyFactory(points=12), now=ago(days=1))
    client.get(enforcement_url(seller))
    with django_assert_num_queries(9):
        client.get(enforcement_url(seller))
