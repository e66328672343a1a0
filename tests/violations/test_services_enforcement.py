"""Milestones reached: by which violation, with what total, and what the notice says."""

from datetime import timedelta

import pytest

from sellers.models import Seller
from tests.factories import NOW, PolicyFactory, SellerFactory, draft, issue
from violations.models import EnforcementAction
from violations.services import issue_violations

pytestmark = pytest.mark.django_db


@pytest.fixture
def seller() -> Seller:
    return SellerFactory()


@pytest.mark.parametrize("days", [180, 200])
def test_points_that_are_over_when_told_reach_no_milestone_again(seller: Seller, days: int) -> None:
    """The total stood above the milestone before and after them."""
    issue(seller, PolicyFactory(points=15))
    issue(seller, PolicyFactory(points=12), issued_at=NOW - timedelta(days=days), now=NOW)
    assert [(action.milestone_points, action.total) for action in EnforcementAction.objects.all()] == [(12, 15)]


def test_milestone_is_reached_by_the_violation_that_was_issued_last_whatever_its_external_id(seller: Seller) -> None:
    policy = PolicyFactory(points=7)
    drafts = [
        draft(seller, policy, external_id="a", issued_at=NOW - timedelta(hours=1)),
        draft(seller, policy, external_id="b", issued_at=NOW - timedelta(hours=2)),
    ]
    issue_violations(market=seller.market, drafts=drafts, source="test", now=NOW)
    assert EnforcementAction.objects.get().violation.external_id == "a"


def test_notice_of_an_action_has_its_facts(seller: Seller) -> None:
    seller.market.milestones.filter(points=24).update(notice_days=2)
    issue(seller, PolicyFactory(points=50))
    first, second, *_, last = EnforcementAction.objects.order_by("milestone_points").select_related("notice")
    assert first.notice.data == {
        "total": 50,
        "milestone": 12,
        "kind": "restriction",
        "capabilities": ["listings", "campaigns"],
        "starts_at": "2026-11-18T12:00:00+00:00",
        "ends_at": "2026-11-25T12:00:00+00:00",
        "zone": "America/New_York",
        "has_quiz": False,
    }
    assert (second.notice.data["starts_at"], second.notice.data["ends_at"]) == (
        "2026-11-20T12:00:00+00:00",
        "2026-12-04T12:00:00+00:00",
    )
    assert (last.notice.data["kind"], last.notice.data["ends_at"]) == ("deactivation", None)
    assert [(n.about_kind, n.about_id) for n in (first.notice, last.notice)] == [
        ("milestone", first.milestone_id),
        ("milestone", last.milestone_id),
    ]
