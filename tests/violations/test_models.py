"""What must never be, attacked with SQL: the database refuses each by the name of its rule."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from policies.models import PolicyVersion
from sellers.services import close_books
from tests.factories import NOW, ContentFactory, PolicyFactory, PolicyVersionFactory, SellerFactory, issue
from violations.models import EnforcementAction, Milestone, PointsEntry, Violation

pytestmark = pytest.mark.django_db


@contextmanager
def refused(name: str) -> Iterator[None]:
    """The database refuses what is done inside, by the constraint of that name."""
    with pytest.raises(IntegrityError) as caught, transaction.atomic():  # noqa: PT012  # the attack is the caller's
        yield
        connection.check_constraints()
    cause: Any = caught.value.__cause__
    assert cause.diag.constraint_name == name


@pytest.fixture
def violation() -> Violation:
    return issue(SellerFactory(), PolicyFactory(points=4))


def entry(violation: Violation, **fields: Any) -> PointsEntry:
    """A correction of one point, as the services would write it, but for the given fields."""
    assessment = violation.entries.get(kind="assessment")
    values = {
        "seller_id": violation.seller_id,
        "violation": violation,
        "kind": "credit",
        "source": "quiz",
        "points": -1,
        "effective_at": NOW,
        "expires_at": assessment.expires_at,
        "recorded_at": NOW,
        "corrects": assessment,
        "reason": "Quiz passed",
    }
    return PointsEntry.objects.create(**values | fields)


def test_ledger_entry_cannot_be_changed(violation: Violation) -> None:
    with refused("points_entry_append_only"):
        PointsEntry.objects.update(points=1)


def test_ledger_entry_cannot_be_deleted(violation: Violation) -> None:
    with refused("points_entry_append_only"):
        connection.cursor().execute("DELETE FROM violations_pointsentry")


def test_ledger_cannot_be_emptied(violation: Violation) -> None:
    connection.check_constraints()  # Postgres truncates no table whose foreign keys are still to be checked
    with refused("points_entry_append_only"):
        connection.cursor().execute("TRUNCATE violations_pointsentry CASCADE")


def test_corrections_never_take_more_than_was_assessed(violation: Violation) -> None:
    with refused("points_entry_never_below_zero"):
        entry(violation, points=-5)
    entry(violation, points=-4)
    with refused("points_entry_never_below_zero"):
        entry(violation)


def test_correction_never_starts_before_what_it_corrects(violation: Violation) -> None:
    with refused("points_entry_correction_after_assessment"):
        entry(violation, effective_at=NOW - timedelta(seconds=1))


def test_correction_copies_the_expiry(violation: Violation) -> None:
    with refused("points_entry_correction_copies_expiry"):
        entry(violation, expires_at=NOW + timedelta(days=1))


def test_correction_corrects_an_entry_of_the_same_violation(violation: Violation) -> None:
    other = issue(violation.seller, violation.policy)
    with refused("points_entry_correction_copies_expiry"):
        entry(violation, corrects=other.entries.get())


def test_entry_is_of_the_violations_seller(violation: Violation) -> None:
    with refused("points_entry_violation_is_the_sellers"):
        entry(violation, seller_id=SellerFactory(market=violation.market).pk)


def test_violation_is_assessed_once(violation: Violation) -> None:
    with refused("points_entry_one_assessment_per_violation"):
        entry(violation, kind="assessment", source="violation", points=4, corrects=None)


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "credit", "points": 1},
        {"kind": "reversal", "points": 0},
        {"kind": "credit", "corrects": None},
        {"kind": "assessment", "points": 4},
        {"kind": "gift"},
    ],
)
def test_sign_fits_the_kind(violation: Violation, fields: dict[str, Any]) -> None:
    with refused("points_entry_sign_fits_kind"):
        entry(violation, **fields)


@pytest.mark.parametrize(
    "fields",
    [
        {"source": "violation"},
        {"source": "voiding"},
        {"source": "reversal"},
        {"source": "gift"},
        {"kind": "reversal"},
        {"kind": "reversal", "source": "violation"},
        {"kind": "assessment", "points": 4, "corrects": None},
    ],
)
def test_source_fits_the_kind(violation: Violation, fields: dict[str, Any]) -> None:
    with refused("points_entry_source_fits_kind"):
        entry(violation, **fields)


def test_entry_counts_for_some_time(violation: Violation) -> None:
    late = violation.entries.get().expires_at
    with refused("points_entry_counts_for_a_time"):
        entry(violation, effective_at=late, recorded_at=late)


def test_entry_is_recorded_when_effective_or_later(violation: Violation) -> None:
    with refused("points_entry_recorded_once_effective"):
        entry(violation, effective_at=NOW + timedelta(seconds=1))


def test_entry_in_closed_books_is_refused(violation: Violation) -> None:
    close_books(market_id=violation.market_id, until=NOW + timedelta(seconds=1))
    with refused("recorded_in_open_books"):
        entry(violation)


def test_violation_in_closed_books_is_refused(violation: Violation) -> None:
    copy = Violation.objects.get(pk=violation.pk)
    copy.pk, copy.external_id = None, "another"
    close_books(market_id=violation.market_id, until=NOW + timedelta(seconds=1))
    with refused("recorded_in_open_books"):
        copy.save(force_insert=True)


def attack(violation: Violation, **fields: Any) -> None:
    """Insert a copy of a violation that differs in some fields."""
    copy = Violation.objects.get(pk=violation.pk)
    copy.pk, copy.external_id = None, "another"
    for name, value in fields.items():
        setattr(copy, name, value)
    copy.save(force_insert=True)


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"decision": " "}, "violation_states_its_reasons"),
        ({"facts": "\n"}, "violation_states_its_reasons"),
        ({"facts": "\u200b\u2060 \u3164"}, "violation_states_its_reasons"),
        ({"external_id": "v\u200b"}, "violation_external_id_is_one"),
        ({"external_id": "cafe\u0301"}, "violation_external_id_is_one"),
        ({"policy_section": " "}, "violation_states_its_reasons"),
        ({"explanation": ""}, "violation_states_its_reasons"),
        ({"appeal_until": NOW}, "violation_states_its_reasons"),
        ({"recorded_at": NOW + timedelta(days=40)}, "violation_states_its_reasons"),
        ({"decided_points": 0}, "violation_keeps_what_was_decided"),
        ({"decided_until": None}, "violation_keeps_what_was_decided"),
        ({"decided_until": NOW}, "violation_keeps_what_was_decided"),
        ({"decided_market": ""}, "violation_keeps_what_was_decided"),
        ({"decided_zone": ""}, "violation_keeps_what_was_decided"),
        ({"content": None}, "violation_keeps_its_evidence"),
        ({"content_kind": ""}, "violation_keeps_its_evidence"),
        ({"policy_name": ""}, "violation_names_its_policy"),
        ({"content_published_at": NOW + timedelta(seconds=1)}, "violation_keeps_its_evidence"),
        ({"detection": "guess"}, "violation_detection_known"),
        ({"external_id": ""}, "violation_external_id_not_blank"),
        ({"issued_at": NOW + timedelta(seconds=1)}, "violation_recorded_after_issue"),
        ({"voided_at": NOW}, "violation_void_has_reason"),
        ({"void_reason": "Wrong"}, "violation_void_has_reason"),
        ({"voided_at": NOW - timedelta(days=1), "void_reason": "Wrong"}, "violation_void_has_reason"),
    ],
)
def test_violation_without_its_statement_of_reasons_is_refused(
    violation: Violation, fields: dict[str, Any], name: str
) -> None:
    with refused(name):
        attack(violation, **fields)


def test_external_id_is_one_violation(violation: Violation) -> None:
    with refused("violation_external_id_unique_in_market"):
        attack(violation, external_id=violation.external_id)


def test_violation_is_about_the_sellers_content(violation: Violation) -> None:
    with refused("violation_content_is_the_sellers"):
        attack(violation, content=ContentFactory())


def test_violation_is_of_the_sellers_market(violation: Violation) -> None:
    with refused("violation_seller_is_of_market"):
        attack(violation, market=SellerFactory().market)


@pytest.mark.parametrize(
    "fields", [{"facts": "Other facts."}, {"content_title": "Another title"}, {"recorded_at": NOW + timedelta(days=9)}]
)
def test_violation_stays_as_issued(violation: Violation, fields: dict[str, Any]) -> None:
    with refused("violation_stays_as_issued"):
        Violation.objects.filter(pk=violation.pk).update(**fields)


def test_violation_is_voided_once(violation: Violation) -> None:
    mine = Violation.objects.filter(pk=violation.pk)
    mine.update(voided_at=NOW, void_reason="Wrong")
    with refused("violation_stays_as_issued"):
        mine.update(voided_at=None, void_reason="")


@pytest.fixture
def action() -> EnforcementAction:
    issue(SellerFactory(), PolicyFactory(points=12))
    return EnforcementAction.objects.get()


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"starts_at": NOW - timedelta(seconds=1)}, "action_starts_after_notice"),
        ({"ends_at": NOW}, "action_ends_after_start"),
        ({"milestone_points": 13}, "action_total_reached_milestone"),
        ({"lifted_at": NOW}, "action_lift_has_reason"),
        ({"lifted_at": NOW - timedelta(days=1), "lift_reason": "x"}, "action_lift_has_reason"),
        (
            {"noticed_at": NOW - timedelta(days=1), "starts_at": NOW - timedelta(days=1)},
            "action_notice_is_in_the_inbox",
        ),
    ],
)
def test_action_without_notice_or_sense_is_refused(
    action: EnforcementAction, fields: dict[str, Any], name: str
) -> None:
    with refused(name):
        EnforcementAction.objects.filter(pk=action.pk).update(**fields)


def test_action_is_imposed_once_per_crossing(action: EnforcementAction) -> None:
    other = issue(action.seller, PolicyFactory(points=12))
    second = other.actions.get()
    with refused("action_once_per_crossing"):
        EnforcementAction.objects.filter(pk=second.pk).update(
            violation=action.violation, milestone=action.milestone, notice=second.notice
        )


def test_action_is_about_the_sellers_violation(action: EnforcementAction, violation: Violation) -> None:
    with refused("action_violation_is_the_sellers"):
        EnforcementAction.objects.filter(pk=action.pk).update(violation=violation)


def test_action_needs_the_notice_of_its_own_seller(action: EnforcementAction, violation: Violation) -> None:
    foreign = violation.seller.messages.get()
    with refused("action_notice_is_in_the_inbox"):
        EnforcementAction.objects.filter(pk=action.pk).update(notice=foreign)


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"points": 0}, "milestone_points_positive"),
        ({"points": 24}, "milestone_points_unique_in_market"),
        ({"duration_days": 0}, "milestone_duration_positive"),
    ],
)
def test_milestone_refuses_what_makes_no_sense(fields: dict[str, Any], name: str) -> None:
    market = SellerFactory().market
    with refused(name):
        Milestone.objects.filter(market=market, points=12).update(**fields)


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"points": 101}, "policy_version_points_range"),
        ({"number": 1}, "policy_version_number_unique"),
        ({"wording": ""}, "policy_version_says_something"),
        ({"published_at": NOW, "effective_from": None}, "policy_version_published_has_date"),
    ],
)
def test_policy_version_refuses_what_makes_no_sense(fields: dict[str, Any], name: str) -> None:
    draft = PolicyVersionFactory(policy=PolicyFactory(), number=2, published_at=None)
    with refused(name):
        PolicyVersion.objects.filter(pk=draft.pk).update(**fields)


def test_policy_has_one_draft_and_one_version_per_moment() -> None:
    policy = PolicyFactory()
    PolicyVersionFactory(policy=policy, number=2, published_at=None)
    with refused("policy_version_one_draft_per_policy"):
        PolicyVersionFactory(policy=policy, number=3, published_at=None)
    with refused("policy_version_one_per_moment"):
        PolicyVersionFactory(policy=policy, number=3)
