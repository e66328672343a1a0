"""What must never be of a mass reversal, attacked with SQL: the database refuses each by the name of its rule."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from tests.factories import NOW, MarketFactory, PolicyFactory, SellerFactory, UserFactory, issue
from tests.violations.reversing import LATER, draft_mass, run_mass, start_mass
from tests.violations.test_models import refused
from violations.models import MassReversal, Violation

pytestmark = pytest.mark.django_db


def insert(**fields: Any) -> MassReversal:
    values = {"market": MarketFactory(), "detection": "staff", "last_violation_id": 1, "incident": "INC-7"}
    return MassReversal.objects.create(**values | {"created_at": NOW, "created_by": UserFactory()} | fields)


def running() -> MassReversal:
    violation = issue(SellerFactory(), PolicyFactory())
    return start_mass(violation.market)


def test_mass_reversal_names_more_than_a_market() -> None:
    with refused("mass_reversal_names_more_than_a_market"):
        insert(detection="")
    for wanted in [{"source": "test"}, {"automated": False}, {"policy": PolicyFactory()}, {"recorded_until": NOW}]:
        assert insert(**{"detection": ""} | wanted).pk


@pytest.mark.parametrize("period", ["issued", "recorded"])
def test_periods_have_a_length(period: str) -> None:
    with refused("mass_reversal_periods_have_a_length"):
        insert(**{f"{period}_from": NOW, f"{period}_until": NOW})
    assert insert(**{f"{period}_from": NOW, f"{period}_until": LATER}).pk


def test_mass_reversal_says_what_happened() -> None:
    with refused("mass_reversal_says_what_happened"):
        insert(incident=" \n")


@pytest.mark.parametrize(
    "fields",
    [
        {"started_at": LATER, "reason": "Wrong.", "due_at": LATER},
        {"started_at": LATER, "started_by": True, "reason": " ", "due_at": LATER},
        {"started_at": NOW - timedelta(seconds=1), "started_by": True, "reason": "Wrong.", "due_at": NOW},
        {"started_by": True},
        {"done_at": LATER},
        {"stopped_at": LATER},
        {"last_seller_id": 1},
    ],
)
def test_mass_reversal_is_started_by_somebody_with_a_reason(fields: dict[str, Any]) -> None:
    if "started_by" in fields:
        fields = fields | {"started_by": UserFactory()}
    with refused("mass_reversal_started_by_somebody_with_reason"):
        insert(**fields)


def test_mass_reversal_is_done_or_stopped() -> None:
    reversal = running()
    with refused("mass_reversal_done_or_stopped"):
        MassReversal.objects.filter(pk=reversal.pk).update(done_at=LATER, stopped_at=LATER, due_at=None)


@pytest.mark.parametrize("change", [{"due_at": None}, {"stopped_at": LATER}, {"done_at": LATER}])
def test_mass_reversal_is_due_while_it_runs(change: dict[str, Any]) -> None:
    reversal = running()
    with refused("mass_reversal_due_while_running"):
        MassReversal.objects.filter(pk=reversal.pk).update(**change)


@pytest.mark.parametrize(
    "change",
    [
        {"source": "other"},
        {"last_violation_id": 10**6},
        {"reason": "Another."},
        {"started_at": LATER + timedelta(days=1)},
        {"expected_violations": 7},
        {"last_seller_id": -1},
    ],
)
def test_mass_reversal_stays_as_it_was_started(change: dict[str, Any]) -> None:
    reversal = running()
    with refused("mass_reversal_stays_as_started"):
        MassReversal.objects.filter(pk=reversal.pk).update(**change)


def test_mass_reversal_that_is_done_stays_and_is_not_deleted() -> None:
    reversal = run_mass(running())
    with refused("mass_reversal_stays_as_started"):
        MassReversal.objects.filter(pk=reversal.pk).update(done_at=None)
    with refused("mass_reversal_stays_as_started"), connection.cursor() as cursor:
        cursor.execute("DELETE FROM violations_massreversal WHERE id = %s", [reversal.pk])


def test_draft_can_be_changed_and_deleted() -> None:
    reversal = draft_mass(MarketFactory())
    MassReversal.objects.filter(pk=reversal.pk).update(source="other")
    assert reversal.delete()[0] == 1


def test_violation_belongs_to_a_mass_reversal_only_when_voided() -> None:
    violation = issue(SellerFactory(), PolicyFactory())
    reversal = draft_mass(violation.market)
    with refused("violation_mass_reversal_voids"):
        Violation.objects.filter(pk=violation.pk).update(mass_reversal=reversal)


def test_violation_is_voided_by_a_mass_reversal_of_its_market() -> None:
    violation = issue(SellerFactory(), PolicyFactory())
    other = draft_mass(MarketFactory())
    with refused("violation_mass_reversal_is_of_market"):
        Violation.objects.filter(pk=violation.pk).update(voided_at=LATER, void_reason="No.", mass_reversal=other)


def test_violation_stays_with_the_mass_reversal_that_voided_it() -> None:
    violation = issue(SellerFactory(), PolicyFactory())
    run_mass(start_mass(violation.market))
    with refused("violation_stays_as_issued"):
        Violation.objects.filter(pk=violation.pk).update(mass_reversal=None)
