"""What must never be of an appeal, attacked with SQL: the database refuses each by the name of its rule."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from tests.factories import NOW, PolicyFactory, SellerFactory, UserFactory, draft, issue
from tests.violations.appealing import DENIAL, appeal_against, take_back, upload
from tests.violations.test_models import entry, refused
from violations.models import Appeal, AppealAttachment, Violation
from violations.services import deny_appeal, issue_violation

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("attachments_root")]


@pytest.fixture
def violation() -> Violation:
    return issue(SellerFactory(), PolicyFactory(points=4))


@pytest.fixture
def appeal(violation: Violation) -> Appeal:
    return appeal_against(violation, attachments=[upload()])


def insert(violation: Violation, **fields: Any) -> Appeal:
    values: dict[str, Any] = {"seller_id": violation.seller_id, "violation": violation, "text": "No.", "filed_at": NOW}
    values["decide_by"] = fields.pop("decide_by", NOW + timedelta(days=90))
    values |= {"first_decide_by": values["decide_by"], "filed_by": UserFactory()}
    return Appeal.objects.create(**values | fields)


def test_appeal_is_filed_within_the_window(violation: Violation) -> None:
    for moment in [violation.appeal_until, violation.issued_at - timedelta(seconds=1)]:
        with refused("appeal_filed_within_window"):
            insert(violation, filed_at=moment)


def test_appeal_is_to_be_decided_after_it_is_filed(violation: Violation) -> None:
    with refused("appeal_decided_by_a_day"):
        insert(violation, decide_by=NOW)


def test_appeal_is_of_the_violations_seller(violation: Violation) -> None:
    with refused("appeal_violation_is_the_sellers"):
        insert(violation, seller_id=SellerFactory().pk)


@pytest.mark.parametrize("text", ["", " \n", "x" * 10_001])
def test_appeal_says_something(violation: Violation, text: str) -> None:
    with refused("appeal_says_something"):
        insert(violation, text=text)


def test_violation_has_one_appeal_unless_withdrawn(violation: Violation, appeal: Appeal) -> None:
    with refused("appeal_one_unless_withdrawn"):
        insert(violation)
    take_back(appeal, now=NOW)
    assert insert(violation).pk


def decide(appeal: Appeal, **fields: Any) -> None:
    values = {"state": "denied", "decided_at": NOW, "decided_by": UserFactory(), "decision_reason": DENIAL}
    Appeal.objects.filter(pk=appeal.pk).update(**values | fields)


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"decision_reason": " " * 40}, "appeal_decided_once_with_reason"),
        ({"decided_by": None}, "appeal_decided_once_with_reason"),
        ({"decided_at": None}, "appeal_decided_once_with_reason"),
        ({"decided_at": NOW - timedelta(days=1)}, "appeal_decided_once_with_reason"),
        ({"decision_reason": "x" * 39}, "appeal_denial_says_why"),
        ({"state": "open"}, "appeal_decided_once_with_reason"),
        ({"state": "nonsense"}, "appeal_decided_once_with_reason"),
        ({"state": "partly"}, "appeal_partial_grant_has_credit"),
        ({"withdrawn_at": NOW}, "appeal_withdrawn_has_time"),
        ({"state": "granted"}, "appeal_granted_voids_its_violation"),
    ],
)
def test_decision_is_whole(appeal: Appeal, fields: dict[str, Any], rule: str) -> None:
    with refused(rule):
        decide(appeal, **fields)


def test_withdrawal_has_a_time(appeal: Appeal) -> None:
    with refused("appeal_withdrawn_has_time"):
        Appeal.objects.update(state="withdrawn")


def test_whoever_issued_does_not_decide() -> None:
    seller, issuer = SellerFactory(), UserFactory()
    made = draft(seller, PolicyFactory())
    violation = issue_violation(market=seller.market, draft=made, source="admin", now=NOW, issued_by=issuer)
    appeal = appeal_against(violation)
    with refused("appeal_not_decided_by_issuer"):
        decide(appeal, decided_by=issuer)


def test_credit_is_of_the_appeals_violation(appeal: Appeal) -> None:
    other = entry(issue(SellerFactory(), PolicyFactory(points=4)))
    with refused("appeal_credit_is_of_its_violation"):
        decide(appeal, state="partly", credit=other)
    assessment = appeal.violation.entries.get()
    with refused("appeal_credit_is_of_its_violation"):
        decide(appeal, state="partly", credit=assessment)


def test_appeal_stays_as_filed_and_as_decided(appeal: Appeal) -> None:
    with refused("appeal_stays_as_filed"):
        Appeal.objects.update(text="Something else.")
    with refused("appeal_stays_as_filed"):
        Appeal.objects.update(first_decide_by=NOW + timedelta(days=900))
    with refused("appeal_stays_as_filed"):
        connection.cursor().execute("DELETE FROM violations_appeal")
    deny_appeal(appeal=appeal, reason=DENIAL, decided_by=UserFactory(), now=NOW)
    with refused("appeal_stays_as_filed"):
        Appeal.objects.update(decision_reason="Yes.")


def test_attachments_stay(appeal: Appeal) -> None:
    with refused("appeal_stays_as_filed"):
        AppealAttachment.objects.update(name="else.png")
    with refused("appeal_stays_as_filed"):
        connection.cursor().execute("DELETE FROM violations_appealattachment")


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"position": 0}, "appeal_attachment_at_most_five"),
        ({"position": 6}, "appeal_attachment_at_most_five"),
        ({"position": 1}, "appeal_attachment_position_unique"),
        ({"size": 0}, "appeal_attachment_size_range"),
        ({"size": 10 * 1024 * 1024 + 1}, "appeal_attachment_size_range"),
        ({"content_type": "text/html"}, "appeal_attachment_type_known"),
    ],
)
def test_attachment_keeps_to_its_limits(appeal: Appeal, fields: dict[str, Any], rule: str) -> None:
    values = {"position": 2, "name": "a.png", "content_type": "image/png", "size": 9, "stored_name": "x"}
    with refused(rule):
        AppealAttachment.objects.create(appeal=appeal, **values | fields)
