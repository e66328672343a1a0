"""Credits, voiding and lifting."""

import threading
from datetime import datetime, timedelta

import pytest
from django.db import connection, transaction

from audit.models import AuditEntry
from inbox.models import Message
from inbox.services import MessageDraft, post_messages
from kit.outcomes import Refused
from sellers.models import Seller
from sellers.services import lock_seller
from tests.credits import credit_points
from tests.factories import NOW, PolicyFactory, SellerFactory, UserFactory, issue
from tests.locks import background
from violations.models import EnforcementAction, PointsEntry, Violation
from violations.rules import StandingLevel
from violations.selectors import get_standing
from violations.services import (
    NothingToCredit,
    grant_appeal,
    grant_partly,
    lift_action,
    void_violation,
)

from .appealing import appeal_against
from .reversing import run_mass, start_mass

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(days=1)
SKEW = timedelta(seconds=2)


@pytest.fixture
def seller() -> Seller:
    return SellerFactory()


def void(violation: Violation, *, now: object = LATER) -> Violation:
    return void_violation(violation=violation, reason="Issued in error.", voided_by=None, now=now)


def test_credit_copies_the_expiry_of_what_it_corrects(seller: Seller) -> None:
    violation = issue(seller, PolicyFactory(points=4))
    credit = credit_points(violation=violation, points=1, reason="Quiz passed", now=LATER)
    assessment = violation.entries.get(kind="assessment")
    assert (credit.points, credit.effective_at, credit.expires_at) == (-1, LATER, assessment.expires_at)
    assert credit.corrects == assessment
    assert get_standing(seller=seller, as_of=LATER).total == 3
    assert get_standing(seller=seller, as_of=assessment.expires_at).total == 0


def test_credit_takes_no_more_than_is_left(seller: Seller) -> None:
    violation = issue(seller, PolicyFactory(points=2))
    assert credit_points(violation=violation, points=5, reason="Quiz passed", now=LATER).points == -2
    with pytest.raises(NothingToCredit):
        credit_points(violation=violation, points=1, reason="Quiz passed", now=LATER)


def test_credit_of_expired_points_is_refused(seller: Seller) -> None:
    violation = issue(seller, PolicyFactory(points=2))
    with pytest.raises(NothingToCredit):
        credit_points(violation=violation, points=1, reason="Quiz passed", now=NOW + timedelta(days=180))


def test_credit_of_a_voided_violation_is_refused(seller: Seller) -> None:
    violation = void(issue(seller, PolicyFactory(points=2)))
    with pytest.raises(NothingToCredit):
        credit_points(violation=violation, points=1, reason="Quiz passed", now=LATER)


def test_credits_on_machines_whose_clocks_differ_take_no_more_than_is_left(seller: Seller) -> None:
    violation = issue(seller, PolicyFactory(points=3))
    credit_points(violation=violation, points=2, reason="Quiz passed", now=LATER + SKEW)
    assert credit_points(violation=violation, points=2, reason="Quiz passed", now=LATER).points == -1
    with pytest.raises(NothingToCredit):
        credit_points(violation=violation, points=1, reason="Quiz passed", now=LATER)


def test_credit_by_a_clock_behind_is_dated_when_the_violation_was_recorded(seller: Seller) -> None:
    violation = issue(seller, PolicyFactory(points=3))
    credit = credit_points(violation=violation, points=1, reason="Quiz passed", now=NOW - SKEW)
    assert (credit.points, credit.effective_at, credit.recorded_at) == (-1, NOW, NOW)


def test_credit_by_a_clock_behind_of_what_was_voided_once_it_was_over_is_refused(seller: Seller) -> None:
    """Voiding reversed nothing, as nothing counted any more; by the clock behind it still does."""
    violation = issue(seller, PolicyFactory(points=2))
    over = NOW + timedelta(days=180)
    void(Violation.objects.get(), now=over)
    with pytest.raises(NothingToCredit):
        credit_points(violation=violation, points=1, reason="Quiz passed", now=over - SKEW)


def test_credit_keeps_its_reason_and_by_whom(seller: Seller) -> None:
    person = UserFactory()
    violation = issue(seller, PolicyFactory(points=2))
    credit_points(violation=violation, points=1, reason="Quiz passed: Claims", now=LATER, created_by=person)
    credit = violation.entries.get(kind="credit")
    assert (credit.seller, credit.reason, credit.created_by) == (seller, "Quiz passed: Claims", person)


@pytest.mark.django_db(transaction=True)
def test_credits_that_arrive_together_never_go_below_zero() -> None:
    violation = issue(SellerFactory(), PolicyFactory(points=3))
    start, refused = threading.Barrier(6), []

    def credit() -> None:
        start.wait()
        try:
            credit_points(violation=Violation.objects.get(pk=violation.pk), points=1, reason="Quiz passed", now=LATER)
        except NothingToCredit as error:
            refused.append(error)
        connection.close()

    threads = [threading.Thread(target=credit) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 3
    assert violation.entries.all().total() == 0


def test_voiding_reverses_what_is_left_and_keeps_the_credit(seller: Seller) -> None:
    violation = issue(seller, PolicyFactory(points=4))
    credit_points(violation=violation, points=1, reason="Quiz passed", now=LATER)
    staff = UserFactory()
    void_violation(violation=violation, reason="Issued in error.", voided_by=staff, now=LATER)
    violation.refresh_from_db()
    assert (violation.voided_at, violation.voided_by, violation.void_reason) == (LATER, staff, "Issued in error.")
    assert sorted(violation.entries.values_list("kind", "points")) == [
        ("assessment", 4),
        ("credit", -1),
        ("reversal", -3),
    ]
    assert violation.entries.get(kind="reversal").corrects == violation.entries.get(kind="assessment")
    assert get_standing(seller=seller, as_of=LATER).total == 0
    assert "remaining points (3)" in Message.objects.latest("id").body


def test_voiding_by_a_clock_behind_reverses_what_a_later_credit_left(seller: Seller) -> None:
    violation = issue(seller, PolicyFactory(points=3))
    credit_points(violation=violation, points=2, reason="Quiz passed", now=LATER + SKEW)
    void(violation)
    assert violation.entries.get(kind="reversal").points == -1


def test_voiding_by_a_clock_behind_is_dated_when_the_violation_was_recorded(seller: Seller) -> None:
    violation = void(issue(seller, PolicyFactory(points=12)), now=NOW - SKEW)
    assert (violation.voided_at, violation.entries.get(kind="reversal").effective_at) == (NOW, NOW)
    assert EnforcementAction.objects.get().lifted_at == NOW


def test_voiding_by_a_clock_behind_lifts_a_later_action_once_it_was_announced(seller: Seller) -> None:
    first = issue(seller, PolicyFactory(points=7), issued_at=NOW)
    issue(seller, PolicyFactory(points=7), issued_at=LATER + SKEW)
    void(first, now=LATER)
    assert EnforcementAction.objects.get().lifted_at == LATER + SKEW


def test_action_is_lifted_no_earlier_than_its_notice(seller: Seller) -> None:
    """Its notice may be dated later than the violation, by a machine that is ahead of others."""
    violation = issue(seller, PolicyFactory(points=12))
    EnforcementAction.objects.all().delete()
    impose_by_hand(seller, violation, at=LATER + SKEW)
    void(violation, now=LATER)
    assert EnforcementAction.objects.get().lifted_at == LATER + SKEW


def test_voiding_after_expiry_reverses_nothing(seller: Seller) -> None:
    violation = issue(seller, PolicyFactory(points=4))
    void(violation, now=NOW + timedelta(days=200))
    assert PointsEntry.objects.count() == 1
    assert "remaining points" not in Message.objects.latest("id").body


def test_voiding_reverses_nothing_of_which_nothing_is_left(seller: Seller) -> None:
    violation = issue(seller, PolicyFactory(points=2))
    credit_points(violation=violation, points=2, reason="Quiz passed", now=LATER)
    void(violation)
    assert set(violation.entries.values_list("kind", flat=True)) == {"assessment", "credit"}


def test_voiding_needs_a_reason_and_happens_once(seller: Seller) -> None:
    violation = issue(seller, PolicyFactory(points=4))
    with pytest.raises(Refused, match="Give a reason") as refused:
        void_violation(violation=violation, reason=" ", voided_by=None, now=LATER)
    assert refused.value.field == "reason"
    void(violation)
    with pytest.raises(Refused, match="voided already"):
        void(violation)


def in_trail(action: str) -> tuple[object, ...]:
    """By whom, about what, with what note and which fields changed."""
    entry = AuditEntry.objects.get(action=action)
    changed = {change["field"]: change["to"] for change in entry.changes}
    return entry.person, entry.kind, entry.object_id, entry.note, changed


def test_voiding_and_lifting_are_in_the_trail_with_what_they_changed(seller: Seller) -> None:
    violation, staff = issue(seller, PolicyFactory(points=12)), UserFactory()
    action = EnforcementAction.objects.get()
    lift_action(action=action, reason="Goodwill.", lifted_by=staff, now=LATER)
    void_violation(violation=violation, reason="Issued in error.", voided_by=staff, now=LATER)
    *about, changed = in_trail("lift")
    assert about == [staff, "violations.enforcementaction", str(action.pk), "Lifted: Goodwill."]
    assert set(changed) == {"lifted_at", "lifted_by", "lift_reason"}
    *about, changed = in_trail("void")
    assert about == [staff, "violations.violation", str(violation.pk), "Voided: Issued in error."]
    assert set(changed) == {"voided_at", "voided_by", "void_reason"}


@pytest.mark.django_db(transaction=True)
def test_voiding_waits_for_no_other_seller() -> None:
    violation, other = issue(SellerFactory(), PolicyFactory()), SellerFactory()
    with background() as start, transaction.atomic():
        lock_seller(seller_id=other.pk)
        assert start(lambda: void(violation)).result().voided_at == LATER


def test_what_voiding_writes_says_by_whom_and_of_what(seller: Seller) -> None:
    violation, staff = issue(seller, PolicyFactory(points=12)), UserFactory()
    void_violation(violation=violation, reason="Issued in error.", voided_by=staff, now=LATER)
    reversal, action = violation.entries.get(kind="reversal"), EnforcementAction.objects.get()
    assert (reversal.created_by, reversal.reason, reversal.seller) == (staff, "Violation voided", seller)
    assert reversal.corrects == violation.entries.get(kind="assessment")
    assert (action.lifted_by, action.lift_reason) == (staff, "The violations that led to it no longer stand.")
    message = Message.objects.latest("id")
    assert (message.seller, message.kind, message.path) == (seller, "violation", violation.get_absolute_url())
    assert (message.content, message.posted_at) == (violation.content, LATER)


def test_message_about_a_lifted_action_says_what_it_is_about(seller: Seller) -> None:
    issue(seller, PolicyFactory(points=12))
    action = EnforcementAction.objects.get()
    lift_action(action=action, reason="Goodwill.", lifted_by=None, now=LATER)
    message = Message.objects.latest("id")
    assert (message.kind, message.about_kind, message.about_id) == ("enforcement", "enforcement_action", action.pk)
    assert (message.data, message.posted_at) == ({"kind": "restriction", "reason": "Goodwill."}, LATER)


def test_voiding_lifts_the_action_it_alone_caused(seller: Seller) -> None:
    policy = PolicyFactory(points=7)
    first, _ = issue(seller, policy), issue(seller, policy)
    void(first)
    action = EnforcementAction.objects.get()
    assert action.lifted_at == LATER
    assert get_standing(seller=seller, as_of=LATER).in_force == []
    assert "restriction it led to is lifted" in Message.objects.latest("id").body


def test_voiding_lifts_all_that_it_caused_and_says_so_in_the_order_in_which_they_were_imposed(seller: Seller) -> None:
    void(issue(seller, PolicyFactory(points=50)))
    lifted = EnforcementAction.objects.order_by("id")
    assert {action.lifted_at for action in lifted} == {LATER}
    assert Message.objects.latest("id").data["lifted"] == [action.kind for action in lifted]


def impose_by_hand(seller: Seller, violation: Violation, *, at: datetime) -> EnforcementAction:
    """An action that no points of the seller's led to, announced at a moment."""
    draft = MessageDraft(seller_id=seller.pk, kind=Message.Kind.ENFORCEMENT, subject="Restriction", body="From now on.")
    [notice] = post_messages(market=seller.market, drafts=[draft], now=at)
    return EnforcementAction.objects.create(
        seller=seller,
        milestone=seller.market.milestones.get(points=12),
        milestone_points=12,
        total=12,
        violation=violation,
        kind="restriction",
        notice_id=notice,
        noticed_at=at,
        starts_at=at,
    )


def test_voiding_leaves_actions_of_other_sellers_alone(seller: Seller) -> None:
    other = SellerFactory(market=seller.market)
    action = impose_by_hand(other, issue(other, PolicyFactory(points=1)), at=NOW)
    void(issue(seller, PolicyFactory(points=12)))
    action.refresh_from_db()
    assert action.lifted_at is None


def test_voiding_keeps_the_action_that_the_others_suffice_for(seller: Seller) -> None:
    violation = issue(seller, PolicyFactory(points=2))
    issue(seller, PolicyFactory(points=12))
    void(violation)
    assert EnforcementAction.objects.get().lifted_at is None


def test_voiding_one_after_the_other_lifts_what_they_caused_together(seller: Seller) -> None:
    policy = PolicyFactory(points=2)
    first, second = issue(seller, policy), issue(seller, policy)
    issue(seller, PolicyFactory(points=10))
    void(first)
    assert EnforcementAction.objects.get().lifted_at is None
    void(second)
    assert EnforcementAction.objects.get().lifted_at == LATER


def test_voiding_lifts_an_action_whose_milestone_was_lowered_later(seller: Seller) -> None:
    first, _ = issue(seller, PolicyFactory(points=7)), issue(seller, PolicyFactory(points=7))
    seller.market.milestones.filter(points=12).update(points=5)
    void(first)
    assert EnforcementAction.objects.get().lifted_at == LATER


def test_voiding_keeps_an_action_whose_milestone_was_raised_later(seller: Seller) -> None:
    first = issue(seller, PolicyFactory(points=2))
    issue(seller, PolicyFactory(points=12))
    seller.market.milestones.filter(points=12).update(points=20)
    void(first)
    assert EnforcementAction.objects.get().lifted_at is None


def test_voiding_leaves_an_action_that_has_ended(seller: Seller) -> None:
    violation = issue(seller, PolicyFactory(points=12))
    void(violation, now=NOW + timedelta(days=8))
    assert EnforcementAction.objects.get().lifted_at is None


def test_lifting_ends_the_action_and_tells_the_seller(seller: Seller) -> None:
    issue(seller, PolicyFactory(points=12))
    staff = UserFactory()
    action = lift_action(action=EnforcementAction.objects.get(), reason="Goodwill.", lifted_by=staff, now=LATER)
    assert (action.lifted_at, action.lifted_by, action.lift_reason) == (LATER, staff, "Goodwill.")
    assert not EnforcementAction.objects.in_force(as_of=LATER).exists()
    assert EnforcementAction.objects.in_force(as_of=NOW).exists()
    assert "Goodwill." in Message.objects.latest("id").body


def test_lifting_by_a_clock_behind_is_dated_when_the_action_was_announced(seller: Seller) -> None:
    issue(seller, PolicyFactory(points=12))
    action = EnforcementAction.objects.get()
    assert lift_action(action=action, reason="Goodwill.", lifted_by=None, now=NOW - SKEW).lifted_at == NOW


def test_lifting_needs_a_reason_and_an_action_that_goes_on(seller: Seller) -> None:
    issue(seller, PolicyFactory(points=12))
    action = EnforcementAction.objects.get()
    with pytest.raises(Refused, match="Give a reason") as refused:
        lift_action(action=action, reason="", lifted_by=None, now=LATER)
    assert refused.value.field == "reason"
    with pytest.raises(Refused, match="has ended"):
        lift_action(action=action, reason="Goodwill.", lifted_by=None, now=NOW + timedelta(days=7))
    lift_action(action=action, reason="Goodwill.", lifted_by=None, now=LATER)
    with pytest.raises(Refused, match="has ended"):
        lift_action(action=action, reason="Goodwill.", lifted_by=None, now=LATER)


def test_lifting_an_action_that_somebody_lifted_meanwhile_is_refused(seller: Seller) -> None:
    issue(seller, PolicyFactory(points=12))
    stale = EnforcementAction.objects.get()
    lift_action(action=EnforcementAction.objects.get(), reason="Goodwill.", lifted_by=None, now=LATER)
    with pytest.raises(Refused, match="has ended"):
        lift_action(action=stale, reason="Again.", lifted_by=None, now=LATER)


def test_lifting_ends_what_has_no_end(seller: Seller) -> None:
    issue(seller, PolicyFactory(points=48))
    action = EnforcementAction.objects.get(kind="deactivation")
    assert lift_action(action=action, reason="Goodwill.", lifted_by=None, now=LATER).lifted_at == LATER


def test_expiry_does_not_end_an_action(seller: Seller) -> None:
    seller.market.milestones.filter(points=12).update(duration_days=300)
    issue(seller, PolicyFactory(points=12))
    standing = get_standing(seller=seller, as_of=NOW + timedelta(days=200))
    assert (standing.total, standing.level) == (0, StandingLevel.RESTRICTED)


# --- What led to an entry


def test_every_entry_says_what_led_to_it(seller: Seller) -> None:
    policy, reviewer = PolicyFactory(points=4), UserFactory()
    quiz, voided, granted, partly, reversed_ = (
        issue(seller, policy, detection="automated" if number == 4 else "staff") for number in range(5)
    )
    credit_points(violation=quiz, points=1, reason="Quiz passed", now=LATER)
    void(voided)
    grant_appeal(appeal=appeal_against(granted), decided_by=reviewer, now=LATER)
    grant_partly(appeal=appeal_against(partly), points=1, reason="Half.", decided_by=reviewer, now=LATER)
    run_mass(start_mass(seller.market, detection="automated"))
    corrections = PointsEntry.objects.exclude(kind="assessment")
    assert {entry.violation_id: (entry.kind, entry.source) for entry in corrections} == {
        quiz.pk: ("credit", "quiz"),
        voided.pk: ("reversal", "voiding"),
        granted.pk: ("reversal", "appeal"),
        partly.pk: ("credit", "appeal"),
        reversed_.pk: ("reversal", "reversal"),
    }
    assert set(PointsEntry.objects.filter(kind="assessment").values_list("source", flat=True)) == {"violation"}
