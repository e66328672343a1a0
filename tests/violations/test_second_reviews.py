"""Second reviews: which decisions are drawn, who reviews them, and how far two people agree."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from audit.models import AuditEntry
from kit.outcomes import Refused
from sellers.models import Market
from tests.factories import (
    LONG_AGO,
    NOW,
    MarketFactory,
    MemberFactory,
    PolicyFactory,
    SellerFactory,
    UserFactory,
    issue,
    person_in,
)
from tests.threads import at_once
from tests.violations.appealing import DENIAL, appeal_against
from violations.models import Appeal, SecondReview
from violations.selectors import agreements
from violations.services import deny_appeal, grant_appeal, review_again

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("attachments_root")]
SAID = {"decision": "denied", "reason": "The tape shows it."}


def decided(*, percent: int = 100, by: User | None = None) -> Appeal:
    market: Market = MarketFactory(books_closed_until=LONG_AGO, second_review_percent=percent)
    appeal = appeal_against(issue(SellerFactory(market=market), PolicyFactory()))
    return deny_appeal(appeal=appeal, reason=DENIAL, decided_by=by or reviewer(), now=NOW)


def drawn(*, by: User | None = None) -> SecondReview:
    return decided(by=by).second_review


def reviewer(**fields: str) -> User:
    return person_in("Reviewer", **fields)


def test_market_says_how_many_decisions_are_drawn() -> None:
    assert not SecondReview.objects.filter(appeal=decided(percent=0)).exists()
    appeal = decided(percent=100)
    review = SecondReview.objects.get(appeal=appeal)
    assert (review.first_reviewer, review.drawn_at, review.agrees) == (appeal.decided_by, NOW, None)
    found = [SecondReview.objects.filter(appeal=decided(percent=50)).exists() for _ in range(24)]
    assert set(found) == {True, False}


def test_review_says_what_somebody_else_would_have_decided_and_leaves_the_appeal_alone() -> None:
    review, second = drawn(), reviewer()
    before = Appeal.objects.values().get()
    review_again(review=review, reviewed_by=second, now=NOW, decision="granted", reason=" No tape. ")
    review = SecondReview.objects.get()
    assert (review.decision, review.reason, review.reviewed_by, review.agrees) == ("granted", "No tape.", second, False)
    assert Appeal.objects.values().get() == before
    assert AuditEntry.objects.get(action="review").note == "Would have decided: Granted"


@pytest.mark.parametrize(
    ("said", "field"),
    [({"decision": ""}, "decision"), ({"decision": "withdrawn"}, "decision"), ({"reason": " "}, "reason")],
)
def test_review_needs_a_decision_and_a_reason(said: dict[str, str], field: str) -> None:
    with pytest.raises(Refused) as refused:
        review_again(review=drawn(), reviewed_by=reviewer(), now=NOW, **SAID | said)
    assert refused.value.field == field


def test_nobody_reviews_their_own_decision_nor_for_their_own_seller() -> None:
    review = drawn()
    with pytest.raises(Refused, match="You decided on this appeal"):
        review_again(review=review, reviewed_by=review.first_reviewer, now=NOW, **SAID)
    member = reviewer()
    MemberFactory(seller=review.appeal.seller, user=member)
    with pytest.raises(Refused):
        review_again(review=review, reviewed_by=member, now=NOW, **SAID)
    assert SecondReview.objects.waiting().count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_who_review_at_once_do_not_both_count() -> None:
    market: Market = MarketFactory(books_closed_until=LONG_AGO, second_review_percent=100)
    appeal = appeal_against(issue(SellerFactory(market=market), PolicyFactory()))
    deny_appeal(appeal=appeal, reason=DENIAL, decided_by=UserFactory(), now=NOW)
    people = iter([UserFactory(), UserFactory()])

    def review() -> str:
        try:
            review_again(review=SecondReview.objects.get(), reviewed_by=next(people), now=NOW, **SAID)
        except Refused as refused:
            return str(refused)
        return "kept"

    assert sorted(at_once(2, review)) == ["Somebody has reviewed it already.", "kept"]


def test_database_holds_who_reviews_and_that_a_review_is_whole() -> None:
    review = drawn()
    whole = {"reviewed_at": NOW, "reviewed_by": review.first_reviewer, "decision": "denied", "reason": "x"}
    with pytest.raises(IntegrityError, match="second_review_by_somebody_else"):
        SecondReview.objects.update(**whole)


@pytest.mark.parametrize("missing", ["reviewed_at", "reviewed_by", "decision", "reason"])
def test_database_refuses_half_a_review(missing: str) -> None:
    drawn()
    whole = {"reviewed_at": NOW, "reviewed_by": reviewer(), "decision": "denied", "reason": "x"}
    empty = None if missing.startswith("reviewed") else ""
    with pytest.raises(IntegrityError, match="second_review_whole_or_not_at_all"):
        SecondReview.objects.update(**whole | {missing: empty})


def test_agreement_is_counted_by_who_decided_with_its_interval() -> None:
    kim = reviewer(email="kim@example.com")
    for decision in ("denied", "denied", "granted"):
        review_again(review=drawn(by=kim), reviewed_by=reviewer(), now=NOW, decision=decision, reason="So.")
    (line,) = agreements(days=30, as_of=NOW + timedelta(days=29))
    assert (line.name, line.agreed, line.reviewed, line.interval) == ("kim@example.com", 2, 3, (21, 94))
    assert agreements(days=30, as_of=NOW + timedelta(days=30)) == []


def test_page_does_not_tell_the_decision_before_the_second_has_said(client: Client) -> None:
    review, second = drawn(), reviewer()
    client.force_login(second)
    address = reverse("admin:violations_secondreview_review", args=[review.pk])
    shown = client.get(address).content.decode()
    assert "The host <strong>quoted</strong> a customer." in shown
    assert DENIAL not in shown
    assert "Denied</" not in client.get(reverse("admin:violations_secondreview_changelist")).content.decode()
    assert client.post(address, SAID).status_code == 302
    assert "Somebody has reviewed it already." in client.get(address).content.decode()
    assert client.get(reverse("admin:violations_secondreview_changelist"), {"state": "reviewed"}).status_code == 200
    assert client.get(reverse("admin:violations_secondreview_changelist"), {"state": "all"}).status_code == 200


def test_statistics_show_agreement(client: Client) -> None:
    now = timezone.now()
    review_again(review=drawn(), reviewed_by=reviewer(), now=now, **SAID)
    client.force_login(reviewer())
    page = client.get(reverse("admin:violations_appeal_statistics")).content.decode()
    assert "What second reviewers would have decided" in page
    assert "21 and 100%" in page


def test_granted_appeal_is_drawn_too() -> None:
    market: Market = MarketFactory(books_closed_until=LONG_AGO, second_review_percent=100)
    appeal = appeal_against(issue(SellerFactory(market=market), PolicyFactory()))
    grant_appeal(appeal=appeal, decided_by=reviewer(), now=NOW)
    assert SecondReview.objects.get().appeal == appeal
