"""Nobody decides anything about a seller they may act for: refused by the services, and by the database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction

from accounts.models import User
from kit.outcomes import Refused
from sellers.models import Member, Seller
from sellers.services import add_member, remove_member
from tests.factories import NOW, MemberFactory, PolicyFactory, SellerFactory, UserFactory, draft, issue
from tests.violations.appealing import DENIAL, appeal_against
from tests.violations.reversing import draft_mass, run_mass, start_mass
from tests.violations.test_uploads import csv_of, row
from violations.imports.upload_services import confirm_upload, receive_upload
from violations.imports.upload_work import work_on_next
from violations.models import Appeal, DetectorAlarm, EnforcementAction, HeldViolation, Violation
from violations.services import (
    assign_appeal,
    deny_appeal,
    grant_appeal,
    grant_partly,
    issue_violation,
    issue_violations,
    lift_action,
    void_violation,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("attachments_root")]

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def seller() -> Seller:
    return SellerFactory()


@pytest.fixture
def violation(seller: Seller) -> Violation:
    return issue(seller, PolicyFactory(points=12))


@pytest.fixture
def member(seller: Seller) -> User:
    """Staff who may act for the seller."""
    person: User = UserFactory(is_staff=True)
    add_member(seller=seller, user=person, now=NOW)
    return person


@contextmanager
def refused(constraint: str) -> Iterator[None]:
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        yield
    assert error.value.__cause__.diag.constraint_name == constraint  # type: ignore[union-attr]  # from psycopg


def test_member_does_not_issue(seller: Seller, member: User) -> None:
    made = draft(seller, PolicyFactory())
    with pytest.raises(Refused, match="is a member of the seller") as error:
        issue_violation(market=seller.market, draft=made, source="admin", now=NOW, issued_by=member)
    assert error.value.field == "seller"
    assert issue_violation(market=seller.market, draft=made, source="admin", now=NOW, issued_by=UserFactory()).pk


def test_batch_goes_on_without_what_is_about_the_own_seller(seller: Seller, member: User) -> None:
    other, policy = SellerFactory(market=seller.market), PolicyFactory()
    drafts = [draft(one, policy, external_id=f"v-{one.pk}") for one in (seller, other)]
    outcomes = issue_violations(market=seller.market, drafts=drafts, source="import", now=NOW, involved=[member])
    assert [outcome.result.value for outcome in outcomes] == ["refused", "created"]


def test_member_does_not_void(violation: Violation, member: User) -> None:
    with pytest.raises(Refused, match="You are a member of"):
        void_violation(violation=violation, reason="A mistake.", voided_by=member, now=NOW)
    void_violation(violation=violation, reason="A mistake.", voided_by=UserFactory(), now=NOW)


def test_member_does_not_lift(violation: Violation, member: User) -> None:
    action = EnforcementAction.objects.get()
    with pytest.raises(Refused, match="You are a member of"):
        lift_action(action=action, reason="Enough.", lifted_by=member, now=NOW)
    lift_action(action=action, reason="Enough.", lifted_by=UserFactory(), now=NOW)


DECISIONS: list[Callable[..., Appeal]] = [grant_appeal, deny_appeal, lambda **kw: grant_partly(points=1, **kw)]


@pytest.mark.parametrize("decide", DECISIONS)
def test_member_does_not_decide_on_an_appeal(violation: Violation, member: User, decide: Callable[..., Appeal]) -> None:
    appeal = appeal_against(violation)
    with pytest.raises(Refused, match="You are a member of"):
        decide(appeal=appeal, reason=DENIAL, decided_by=member, now=LATER)
    assert decide(appeal=appeal, reason=DENIAL, decided_by=UserFactory(), now=LATER).decided_at == LATER


@pytest.mark.parametrize("decide", DECISIONS)
def test_whoever_filed_does_not_decide_though_no_member_any_more(
    violation: Violation, member: User, decide: Callable[..., Appeal]
) -> None:
    appeal = appeal_against(violation, filed_by=member)
    MemberFactory(seller=violation.seller)
    remove_member(seller=violation.seller, user=member, now=NOW, removed_by=member)
    with pytest.raises(Refused, match="You filed this appeal"):
        decide(appeal=appeal, reason=DENIAL, decided_by=member, now=LATER)


def test_member_does_not_choose_who_decides(violation: Violation, member: User) -> None:
    appeal, reviewer = appeal_against(violation), UserFactory(is_superuser=True)
    with pytest.raises(Refused, match="You are a member of"):
        assign_appeal(appeal=appeal, to=reviewer, by=member, now=LATER)
    assert assign_appeal(appeal=appeal, to=reviewer, by=UserFactory(), now=LATER).person == reviewer


def test_member_does_not_start_a_mass_reversal(violation: Violation, member: User) -> None:
    issue(SellerFactory(market=violation.market), PolicyFactory())
    with pytest.raises(Refused, match=f"would void violations of {violation.seller}"):
        start_mass(violation.market, by=member)
    assert start_mass(violation.market, by=UserFactory()).expected_violations == 2


def test_member_of_a_seller_outside_of_the_set_starts_a_mass_reversal(violation: Violation, member: User) -> None:
    other = issue(SellerFactory(market=violation.market), PolicyFactory())
    assert start_mass(violation.market, by=member, policy=other.policy).expected_violations == 1
    assert draft_mass(violation.market, by=member).pk


def test_mass_reversal_passes_over_the_seller_of_which_its_starter_became_a_member(violation: Violation) -> None:
    other = issue(SellerFactory(market=violation.market), PolicyFactory())
    reversal = start_mass(violation.market)
    add_member(seller=violation.seller, user=reversal.started_by, now=LATER)  # type: ignore[arg-type]  # started
    reversal = run_mass(reversal)
    for one in (violation, other):
        one.refresh_from_db()
    assert (violation.voided_at, other.mass_reversal) == (None, reversal)
    assert reversal.state == reversal.State.DONE


@pytest.fixture
def rows(seller: Seller) -> list[dict[str, str]]:
    """One about the seller, and one about another."""
    PolicyFactory(code="claims")
    other = SellerFactory(market=seller.market)
    return [row("own", seller=seller.external_id), row("other", seller=other.external_id)]


@pytest.mark.parametrize("member_uploads", [True, False])
def test_upload_refuses_what_is_about_a_seller_of_who_uploads_or_confirms(
    seller: Seller, member: User, rows: list[dict[str, str]], member_uploads: bool
) -> None:
    uploader, confirmer = (member, UserFactory()) if member_uploads else (UserFactory(), member)
    file = ContentFile(csv_of(*rows), "week.csv")
    upload = receive_upload(market=seller.market, file=file, uploaded_by=uploader, now=NOW)
    work_on_next(clock=lambda: NOW)
    upload.refresh_from_db()
    assert upload.preview["created"] == (1 if member_uploads else 2)
    confirm_upload(upload=upload, confirmed_by=confirmer, now=NOW)
    work_on_next(clock=lambda: NOW)
    assert [violation.external_id for violation in Violation.objects.all()] == ["other"]


def test_database_refuses_a_member_who_issued(violation: Violation, member: User) -> None:
    violation.pk, violation.external_id, violation.issued_by = None, "by hand", member
    with refused("violation_issued_by_other_hands"):
        violation.save(force_insert=True)


def test_database_refuses_a_member_who_voided(violation: Violation, member: User) -> None:
    with refused("violation_voided_by_other_hands"):
        Violation.objects.update(voided_at=NOW, voided_by=member, void_reason="Mine.")


def test_database_refuses_a_member_who_lifted(violation: Violation, member: User) -> None:
    with refused("action_lifted_by_other_hands"):
        EnforcementAction.objects.update(lifted_at=NOW, lifted_by=member, lift_reason="Mine.")


def test_database_refuses_a_member_who_decided(violation: Violation, member: User) -> None:
    appeal_against(violation)
    with refused("appeal_decided_by_other_hands"):
        Appeal.objects.update(state="denied", decided_at=NOW, decided_by=member, decision_reason="Mine.")


def test_database_refuses_a_member_who_decided_about_what_is_held(violation: Violation, member: User) -> None:
    alarm = DetectorAlarm.objects.create(
        market=violation.market,
        detector="x",
        raised_at=NOW,
        since=NOW,
        cases=1,
        overturned=1,
        usual=0,
        last_appeal_id=1,
    )
    told = {"external_id": "h", "fingerprint": "f", "draft": {}, "source": "feed", "received_at": NOW}
    HeldViolation.objects.create(alarm=alarm, market=violation.market, seller=violation.seller, **told)
    with refused("held_violation_decided_by_other_hands"):
        HeldViolation.objects.update(decided_at=NOW, decided_by=member, reason="Mine.")
    HeldViolation.objects.update(decided_at=NOW, decided_by=UserFactory(), reason="It was none.")


def test_database_refuses_who_filed_and_decided(violation: Violation) -> None:
    filer = UserFactory()
    appeal_against(violation, filed_by=filer)
    Member.objects.filter(user=filer).delete()
    with refused("appeal_not_decided_by_who_filed"):
        Appeal.objects.update(state="denied", decided_at=NOW, decided_by=filer, decision_reason="Mine.")
