"""Mass reversals: the set, the batches, stopping and resuming, races, and being killed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from inbox.models import Message
from kit.outcomes import Refused
from quizzes.services import answer_question, start_attempt, submit_attempt
from sellers.models import Market, Seller
from tests.credits import credit_points
from tests.factories import (
    NOW,
    MarketFactory,
    MemberFactory,
    PolicyFactory,
    PolicyVersionFactory,
    QuizFactory,
    SellerFactory,
    UserFactory,
    draft,
    issue,
)
from tests.locks import wait_until_somebody_waits_for_a_lock
from tests.violations.appealing import appeal_against, take_back
from tests.violations.reversing import INCIDENT, LATER, REASON, draft_mass, run_mass, start_mass
from tests.violations.test_histories import assert_audit_holds, errors_of
from violations.models import Appeal, EnforcementAction, MassReversal, PointsEntry, Violation
from violations.selectors import get_standing, preview_reversal
from violations.services import (
    ReversalFilter,
    draft_reversal,
    grant_appeal,
    issue_violations,
    redraft_reversal,
    resume_reversal,
    start_reversal,
    stop_reversal,
    void_next_batch,
    void_violation,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("attachments_root")]


@pytest.fixture
def market() -> Market:
    return MarketFactory()


def sellers_of(market: Market, count: int) -> list[Seller]:
    return SellerFactory.create_batch(count, market=market)


def told(seller: Seller) -> list[str]:
    """The subjects of what a seller was told about voiding, the first first."""
    messages = Message.objects.filter(seller=seller, template__endswith="voided")
    return [message.subject for message in messages.order_by("id")]


# --- The set


def test_set_is_what_matches_everything_that_the_filter_names(market: Market) -> None:
    (seller,) = sellers_of(market, 1)
    policy, other = PolicyFactory(), PolicyFactory()
    wanted = {
        "policy": policy,
        "policy_version": policy.versions.get(),
        "source": "test",
        "detection": "automated",
        "automated": True,
        "issued_from": NOW - timedelta(days=2),
        "issued_until": NOW,
        "recorded_from": NOW,
        "recorded_until": LATER,
    }
    fields: dict[str, Any] = {"detection": "automated", "automated": True, "issued_at": NOW - timedelta(days=2)}
    match = issue(seller, policy, now=NOW, **fields)
    issue(seller, other, now=NOW, **fields)
    issue(seller, policy, now=NOW, **fields | {"detection": "staff"})
    issue(seller, policy, now=NOW, **fields | {"automated": False})
    issue(seller, policy, now=NOW, **fields | {"issued_at": NOW - timedelta(days=2, seconds=1)})
    issue(seller, policy, now=NOW, **fields | {"issued_at": NOW})
    issue(SellerFactory(), policy, now=NOW, **fields)
    later = NOW - timedelta(days=1)
    issue(seller, policy, now=LATER, **fields | {"issued_at": later})
    reversal = draft_mass(market, now=LATER, **wanted)
    assert list(Violation.objects.filter(reversal.matches())) == [match]
    for name in wanted:
        looser = draft_mass(market, now=LATER, **{key: value for key, value in wanted.items() if key != name})
        assert match in Violation.objects.filter(looser.matches())


def test_set_of_a_version_leaves_the_other_versions_alone(market: Market) -> None:
    (seller,) = sellers_of(market, 1)
    policy = PolicyFactory()
    second = PolicyVersionFactory(policy=policy, number=2, effective_from=NOW - timedelta(hours=1))
    issue(seller, policy, issued_at=NOW - timedelta(hours=2))
    new = issue(seller, policy, issued_at=NOW)
    run_mass(start_mass(market, policy_version=second))
    assert list(Violation.objects.filter(voided_at__isnull=False)) == [new]


def test_set_is_fixed_when_it_is_drafted(market: Market) -> None:
    (seller,) = sellers_of(market, 1)
    first = issue(seller, PolicyFactory())
    reversal = start_mass(market)
    late = issue(seller, PolicyFactory(), now=NOW)  # by a clock that is far behind
    run_mass(reversal)
    first.refresh_from_db()
    late.refresh_from_db()
    assert (first.is_standing, late.is_standing) == (False, True)


@pytest.mark.parametrize(
    ("field", "fields"),
    [
        ("policy", {}),
        ("policy", {"source": "  "}),
        ("issued_until", {"issued_from": NOW, "issued_until": NOW}),
        ("recorded_until", {"recorded_from": NOW, "recorded_until": NOW - timedelta(days=1)}),
    ],
)
def test_draft_refuses_a_filter_that_makes_no_sense(market: Market, field: str, fields: dict[str, Any]) -> None:
    with pytest.raises(Refused) as refused:
        draft_reversal(
            market=market, wanted=ReversalFilter(**fields), incident=INCIDENT, created_by=UserFactory(), now=NOW
        )
    assert refused.value.field == field


def test_draft_refuses_a_version_of_another_policy_and_no_incident(market: Market) -> None:
    policy, version = PolicyFactory(), PolicyFactory().versions.get()
    wanted = ReversalFilter(policy=policy, policy_version=version)
    with pytest.raises(Refused) as refused:
        draft_reversal(market=market, wanted=wanted, incident=INCIDENT, created_by=UserFactory(), now=NOW)
    assert refused.value.field == "policy_version"
    with pytest.raises(Refused) as refused:
        draft_reversal(
            market=market, wanted=ReversalFilter(policy=policy), incident=" ", created_by=UserFactory(), now=NOW
        )
    assert refused.value.field == "incident"


def test_draft_can_be_changed_until_it_is_started(market: Market) -> None:
    (seller,) = sellers_of(market, 1)
    reversal = draft_mass(market, detection="notice")
    issue(seller, PolicyFactory())
    wanted = ReversalFilter(detection="staff", source=" test ")
    reversal = redraft_reversal(reversal=reversal, market=market, wanted=wanted, incident="INC-8", now=NOW)
    assert (reversal.detection, reversal.source, reversal.incident) == ("staff", "test", "INC-8")
    assert preview_reversal(reversal=reversal, as_of=LATER).violations == 1
    start_reversal(reversal=reversal, reason=REASON, confirmed=1, started_by=UserFactory(), now=LATER)
    with pytest.raises(Refused, match="was started"):
        redraft_reversal(reversal=reversal, market=market, wanted=wanted, incident="INC-8", now=NOW)


# --- The preview


def test_preview_says_what_would_happen_and_nothing_happens(market: Market) -> None:
    one, two, three = sellers_of(market, 3)
    claims, gifts = PolicyFactory(name="Claims", points=7), PolicyFactory(name="Gifts", points=2)
    first, _ = issue(one, claims), issue(one, claims)
    issue(two, gifts)
    appeal_against(issue(two, claims, now=NOW))
    issue(three, PolicyFactory(points=12), detection="notice")
    credit_points(violation=first, points=1, reason="Quiz passed", now=NOW)
    void_violation(violation=issue(two, gifts), reason="No.", voided_by=None, now=NOW)
    preview = preview_reversal(reversal=draft_mass(market), as_of=LATER)
    assert (preview.violations, preview.sellers, preview.already_voided) == (4, 2, 1)
    assert (preview.points, preview.actions, preview.appeals) == (22, 1, 1)
    assert [(s.policy, s.violations, s.sellers, s.points) for s in preview.by_policy] == [
        ("Claims", 3, 2, 20),
        ("Gifts", 1, 1, 2),
    ]
    assert len(preview.sample) == 4
    assert Violation.objects.standing().count() == 5
    assert preview_reversal(reversal=draft_mass(market), as_of=NOW + timedelta(days=200)).points == 0


@pytest.mark.parametrize("count", [1, 3])
def test_preview_takes_six_queries(market: Market, count: int, django_assert_num_queries: Any) -> None:
    for seller in sellers_of(market, count):
        issue(seller, PolicyFactory(points=12))
    reversal = draft_mass(market)
    with django_assert_num_queries(6):
        preview = preview_reversal(reversal=reversal, as_of=LATER)
        assert [str(violation.policy) for violation in preview.sample]
    assert preview.actions == count


def test_preview_is_what_the_reversal_then_does(market: Market) -> None:
    one, two = sellers_of(market, 2)
    policy = PolicyFactory(points=7)
    for seller in (one, one, one, two):
        issue(seller, policy)
    issue(two, PolicyFactory(points=13), detection="notice")
    appeal_against(Violation.objects.filter(seller=one).latest("id"))
    reversal = run_mass(start_mass(market))
    done = (
        reversal.violations_voided, reversal.sellers_told, reversal.points_reversed, reversal.actions_lifted,
        reversal.appeals_settled,
    )  # fmt: skip
    assert done == (4, 2, 28, 1, 1)
    assert done == (
        reversal.expected_violations, reversal.expected_sellers, reversal.expected_points, reversal.expected_actions,
        reversal.expected_appeals,
    )  # fmt: skip


# --- Starting


def test_start_needs_a_reason_and_the_number_of_violations(market: Market) -> None:
    (seller,) = sellers_of(market, 1)
    issue(seller, PolicyFactory())
    reversal, person = draft_mass(market), UserFactory()

    def start(reason: str, confirmed: int) -> MassReversal:
        return start_reversal(reversal=reversal, reason=reason, confirmed=confirmed, started_by=person, now=LATER)

    for reason, confirmed, field in [(" ", 1, "reason"), (REASON, 2, "confirmed")]:
        with pytest.raises(Refused) as refused:
            start(reason, confirmed)
        assert refused.value.field == field
    assert start(REASON, 1).state == MassReversal.State.RUNNING
    with pytest.raises(Refused, match="started already"):
        start(REASON, 1)


def test_start_refuses_an_empty_set(market: Market) -> None:
    with pytest.raises(Refused, match="nothing to void"):
        start_reversal(reversal=draft_mass(market), reason=REASON, confirmed=0, started_by=UserFactory(), now=LATER)


# --- What it does


def test_each_seller_gets_one_message_with_everything_in_it(market: Market) -> None:
    one, two = sellers_of(market, 2)
    MemberFactory(seller=one)
    claims, gifts = PolicyFactory(name="Claims", points=12), PolicyFactory(name="Gifts", points=2)
    first = issue(one, claims, external_id="live-77")
    issue(one, gifts)
    appeal_against(first, filed_by=one.users.get())
    single = issue(two, gifts)
    person = UserFactory()
    reversal = run_mass(start_mass(market, by=person))
    assert (reversal.state, reversal.done_at) == (MassReversal.State.DONE, LATER)

    assert (told(one), told(two)) == (["2 violations voided"], ["Violation voided: Gifts"])
    message = Message.objects.get(template="violations_voided")
    assert message.body.split("\n\n") == [
        "2 violations of yours were voided.",
        "- **Claims**, issued 18 Nov 2026, reference live-77\n"
        f"- **Gifts**, issued 18 Nov 2026, reference {one.violations.get(policy_version__points=2).external_id}",
        f"Reason: {REASON}",
        "Their remaining points (14) no longer count.",
        "The restriction they led to is lifted.",
        "Your open appeal is settled by this.",
    ]
    assert message.path == f"/s/{one.pk}/violations/?state=voided"
    assert message.deliveries.count() == 1
    assert Message.objects.get(template="violation_voided", data__policy="Gifts").path == single.get_absolute_url()

    first.refresh_from_db()
    assert (first.voided_at, first.voided_by, first.void_reason) == (LATER, person, REASON)
    assert first.mass_reversal == reversal
    assert get_standing(seller=one, as_of=LATER).total == 0
    assert EnforcementAction.objects.get().lifted_by == person
    assert Appeal.objects.get().outcome == "Settled"
    assert_audit_holds()


def test_message_lists_violations_in_the_order_in_which_they_were_issued(market: Market) -> None:
    one, two = sellers_of(market, 2)
    policy = PolicyFactory()
    for days, seller in [(1, one), (3, two), (2, one), (2, two), (3, one)]:
        issue(seller, policy, external_id=f"{seller.pk}-{days}", issued_at=NOW - timedelta(days=days))
    run_mass(start_mass(market))
    for seller, days in [(one, (3, 2, 1)), (two, (3, 2))]:
        data = Message.objects.get(seller=seller, template="violations_voided").data
        assert [line["reference"] for line in data["violations"]] == [f"{seller.pk}-{number}" for number in days]
        assert (data["count"], data["more"]) == (len(days), 0)


def test_only_open_appeals_against_what_is_voided_are_settled(market: Market) -> None:
    one, two = sellers_of(market, 2)
    policy = PolicyFactory()
    appeal_against(issue(one, policy))
    take_back(appeal_against(issue(one, policy)), now=NOW)
    stands = appeal_against(issue(one, policy, detection="notice"))
    appeal_against(issue(two, policy, detection="notice"))
    reversal = run_mass(start_mass(market))
    assert reversal.appeals_settled == 1
    stands.refresh_from_db()
    assert (stands.outcome, stands.violation.is_standing) == ("Open", True)


def test_what_was_voided_before_is_left_alone(market: Market) -> None:
    one, two = sellers_of(market, 2)
    before, other = issue(one, PolicyFactory()), issue(two, PolicyFactory())
    reversal = start_mass(market)
    void_violation(violation=before, reason="For itself.", voided_by=None, now=LATER)
    run_mass(reversal)
    before.refresh_from_db()
    other.refresh_from_db()
    assert (before.void_reason, before.mass_reversal) == ("For itself.", None)
    assert other.mass_reversal == reversal
    assert (reversal.violations_voided, reversal.sellers_told) == (1, 1)
    assert told(one) == [f"Violation voided: {before.policy}"]


def test_points_that_expired_need_no_reversal(market: Market) -> None:
    (seller,) = sellers_of(market, 1)
    issue(seller, PolicyFactory(points=4))
    after = NOW + timedelta(days=180)
    recent = issue(seller, PolicyFactory(points=5), now=after - timedelta(days=1))
    reversal = run_mass(start_mass(market, now=after), now=after)
    assert (reversal.violations_voided, reversal.points_reversed) == (2, 5)
    assert PointsEntry.objects.get(kind="reversal").violation == recent
    assert_audit_holds()


def test_points_that_a_quiz_credited_stay_credited(market: Market) -> None:
    seller = MemberFactory(seller__market=market).seller
    policy = PolicyFactory(points=4)
    quiz = QuizFactory(policy=policy)
    violation = issue(seller, policy)
    attempt = start_attempt(
        quiz=quiz, seller=seller, user=seller.users.get(), now=NOW + timedelta(hours=1), violation=violation
    )
    for asked in attempt.questions.all():
        choices, now = asked.right_ids, NOW + timedelta(hours=1)
        answer_question(attempt=attempt, user=attempt.user, position=asked.position, choices=choices, now=now)
    submit_attempt(attempt=attempt, user=attempt.user, now=NOW + timedelta(minutes=70))
    reversal = run_mass(start_mass(market))
    assert sorted(violation.entries.values_list("kind", "points")) == [
        ("assessment", 4), ("credit", -1), ("reversal", -3)
    ]  # fmt: skip
    assert reversal.points_reversed == 3
    assert_audit_holds()


def test_violations_without_points_are_voided_too(market: Market) -> None:
    (seller,) = sellers_of(market, 1)
    issue(seller, PolicyFactory(points=0))
    reversal = run_mass(start_mass(market))
    assert (reversal.violations_voided, reversal.points_reversed) == (1, 0)
    assert "points" not in Message.objects.latest("id").body


def test_actions_that_what_stands_suffices_for_go_on(market: Market) -> None:
    (seller,) = sellers_of(market, 1)
    issue(seller, PolicyFactory(points=2))
    issue(seller, PolicyFactory(points=12), detection="notice")
    assert run_mass(start_mass(market)).actions_lifted == 0
    assert EnforcementAction.objects.get().lifted_at is None


def test_long_list_of_violations_says_how_many_more(market: Market) -> None:
    (seller,) = sellers_of(market, 1)
    policy = PolicyFactory(points=0)
    drafts = [draft(seller, policy, external_id=f"many-{number}") for number in range(103)]
    issue_violations(market=market, drafts=drafts, source="test", now=NOW)
    appeals = Violation.objects.filter(external_id__in=["many-1", "many-2"])
    for violation in appeals:
        appeal_against(violation)
    run_mass(start_mass(market))
    body = Message.objects.latest("id").body
    assert body.count("reference many-") == 100
    assert "- and 3 more" in body
    assert "Your 2 open appeals are settled" in body


@pytest.mark.parametrize("count", [1, 3])
def test_batch_takes_the_same_statements_however_many_sellers(
    market: Market, count: int, django_assert_num_queries: Any
) -> None:
    policy = PolicyFactory(points=7)
    for seller in sellers_of(market, count):
        MemberFactory(seller=seller)
        issue(seller, policy)
        appeal_against(issue(seller, policy))
    reversal = start_mass(market)
    with django_assert_num_queries(37):
        assert void_next_batch(reversal_id=reversal.pk, now=LATER)
    assert Violation.objects.standing().count() == 0
    assert EnforcementAction.objects.filter(lifted_at=None).count() == 0


def test_two_thousand_violations_are_voided_in_batches(market: Market, settings: Any) -> None:
    """Fifty sellers with forty each, and one with four hundred that is a batch of its own."""
    settings.REVERSAL_BATCH_SELLERS, settings.REVERSAL_BATCH_VIOLATIONS = 20, 300
    policy = PolicyFactory(points=1)
    *sellers, big = sellers_of(market, 51)
    drafts = [
        draft(seller, policy, external_id=f"n-{number}", content=None)
        for number, seller in enumerate([*sellers * 40, *[big] * 400])
    ]
    issue_violations(market=market, drafts=drafts, source="test", now=NOW)
    with connection.cursor() as cursor:  # as autovacuum does, so that Postgres knows that there are this many rows
        cursor.execute("ANALYZE")
    reversal = start_mass(market)
    batches = 0
    while void_next_batch(reversal_id=reversal.pk, now=LATER):
        batches += 1
    reversal.refresh_from_db()
    assert (batches, reversal.violations_voided, reversal.sellers_told) == (9, 2400, 51)
    assert reversal.points_reversed == 2400
    assert Message.objects.filter(template__endswith="voided").count() == 51
    assert EnforcementAction.objects.filter(lifted_at=None).count() == 0
    assert_audit_holds()


# --- Stopping, resuming, failing


def test_stop_takes_effect_after_the_batch_and_resume_goes_on(market: Market, settings: Any) -> None:
    settings.REVERSAL_BATCH_SELLERS = 1
    one, two = sellers_of(market, 2)
    for seller in (one, two):
        issue(seller, PolicyFactory())
    reversal, person = start_mass(market), UserFactory()
    assert void_next_batch(reversal_id=reversal.pk, now=LATER)
    reversal = stop_reversal(reversal=reversal, stopped_by=person, now=LATER)
    assert (reversal.state, reversal.stopped_by) == (MassReversal.State.STOPPED, person)
    assert not void_next_batch(reversal_id=reversal.pk, now=LATER)
    assert (len(told(one)), len(told(two))) == (1, 0)
    with pytest.raises(Refused, match="does not run"):
        stop_reversal(reversal=reversal, stopped_by=person, now=LATER)
    resume_reversal(reversal=reversal, now=NOW)
    assert run_mass(reversal).state == MassReversal.State.DONE
    assert (len(told(one)), len(told(two))) == (1, 1)
    with pytest.raises(Refused, match="not stopped"):
        resume_reversal(reversal=reversal, now=NOW)


def break_messages_of(seller: Seller) -> None:
    """Makes posting to a seller fail, as a full disk would."""
    connection.check_constraints()  # Postgres alters no table whose foreign keys are still to be checked
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE inbox_message ADD CONSTRAINT broken CHECK (seller_id <> {seller.pk}) NOT VALID")


def mend() -> None:
    connection.check_constraints()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE inbox_message DROP CONSTRAINT broken")


def test_batch_that_fails_leaves_nothing_and_is_tried_again(market: Market) -> None:
    one, two = sellers_of(market, 2)
    for seller in (one, two):
        issue(seller, PolicyFactory(points=12))
    reversal = start_mass(market)
    break_messages_of(two)
    with pytest.raises(DatabaseError, match="broken"):
        void_next_batch(reversal_id=reversal.pk, now=LATER)
    reversal.refresh_from_db()
    assert (reversal.attempts, reversal.last_seller_id, reversal.violations_voided) == (1, 0, 0)
    assert reversal.last_error.startswith("IntegrityError: new row")
    assert Violation.objects.standing().count() == 2
    assert (told(one), PointsEntry.objects.filter(kind="reversal").count()) == ([], 0)
    mend()
    reversal = run_mass(reversal)
    assert (reversal.attempts, reversal.last_error, reversal.sellers_told) == (0, "", 2)
    assert (len(told(one)), len(told(two))) == (1, 1)
    assert_audit_holds()


def test_reversal_that_fails_too_often_stops_by_itself(market: Market) -> None:
    (seller,) = sellers_of(market, 1)
    issue(seller, PolicyFactory())
    reversal = start_mass(market)
    break_messages_of(seller)
    moment = LATER
    for wait in [*MassReversal.waits, timedelta(0)]:
        with pytest.raises(DatabaseError):
            void_next_batch(reversal_id=reversal.pk, now=moment)
        assert not void_next_batch(reversal_id=reversal.pk, now=moment)
        moment += wait
    reversal.refresh_from_db()
    assert (reversal.state, reversal.stopped_at, reversal.stopped_by) == (MassReversal.State.STOPPED, moment, None)
    assert reversal.attempts == 5
    mend()
    resume_reversal(reversal=reversal, now=NOW)
    assert run_mass(reversal).sellers_told == 1


# --- Threads


@pytest.mark.django_db(transaction=True)
def test_worker_killed_in_a_batch_loses_and_doubles_nothing(market: Market) -> None:
    """The worker has voided, reversed and lifted, and is killed while it posts; then another one goes on."""
    one, two = sellers_of(market, 2)
    for seller in (one, two):
        issue(seller, PolicyFactory(points=12))
    reversal = start_mass(market)
    errors: list[Exception] = []

    def work() -> None:
        try:
            void_next_batch(reversal_id=reversal.pk, now=LATER)
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE inbox_emaildelivery, inbox_message IN SHARE ROW EXCLUSIVE MODE")
        thread = threading.Thread(target=work)
        thread.start()
        cursor.execute("SELECT pg_terminate_backend(%s)", [wait_until_somebody_waits_for_a_lock()])
        thread.join(timeout=30)
    assert len(errors) == 1
    reversal.refresh_from_db()
    assert (reversal.state, reversal.last_seller_id) == (MassReversal.State.RUNNING, 0)
    assert Violation.objects.standing().count() == 2
    reversal = run_mass(reversal)
    assert (reversal.violations_voided, reversal.sellers_told, reversal.points_reversed) == (2, 2, 24)
    assert (len(told(one)), len(told(two))) == (1, 1)
    assert_audit_holds()


@pytest.mark.django_db(transaction=True)
def test_reversal_stopped_while_a_batch_fails_stays_as_it_was_stopped(market: Market) -> None:
    """Who stops it waits for the batch; the batch is killed, and its failure is no longer worth a note."""
    (seller,) = sellers_of(market, 1)
    issue(seller, PolicyFactory(points=12))
    reversal = start_mass(market)
    person = UserFactory()

    def work() -> None:
        with suppress(DatabaseError):
            void_next_batch(reversal_id=reversal.pk, now=LATER)
        connection.close()

    def stop() -> None:
        stop_reversal(reversal=reversal, stopped_by=person, now=LATER)
        connection.close()

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE inbox_message IN SHARE ROW EXCLUSIVE MODE")
        threads = [threading.Thread(target=work), threading.Thread(target=stop)]
        threads[0].start()
        worker = wait_until_somebody_waits_for_a_lock()
        threads[1].start()
        wait_until_somebody_waits_for_a_lock(2)
        cursor.execute("SELECT pg_terminate_backend(%s)", [worker])
        for thread in threads:
            thread.join(timeout=30)
    reversal.refresh_from_db()
    assert (reversal.state, reversal.stopped_by) == (MassReversal.State.STOPPED, person)
    assert (reversal.attempts, reversal.last_error) == (0, "")
    resume_reversal(reversal=reversal, now=NOW)
    assert run_mass(reversal).sellers_told == 1
    assert_audit_holds()


@pytest.mark.django_db(transaction=True)
def test_workers_on_the_same_reversal_tell_each_seller_once(market: Market, settings: Any) -> None:
    settings.REVERSAL_BATCH_SELLERS = 1
    sellers = sellers_of(market, 6)
    for seller in sellers:
        issue(seller, PolicyFactory(points=3))
    reversal = start_mass(market)

    def work(*, wait: bool) -> Callable[[], Any]:
        def go_on() -> None:
            while void_next_batch(reversal_id=reversal.pk, now=LATER, wait=wait):
                pass

        return go_on

    assert errors_of([work(wait=True), work(wait=True), work(wait=False)]) == []
    reversal.refresh_from_db()
    assert (reversal.state, reversal.sellers_told) == (MassReversal.State.DONE, 6)
    assert [len(told(seller)) for seller in sellers] == [1] * 6
    assert_audit_holds()


def for_each(sellers: list[Seller], call: Callable[[Seller], Any]) -> None:
    """Call with each seller; what a rule refuses is passed over."""
    for seller in sellers:
        with suppress(Refused):
            call(seller)


@pytest.mark.django_db(transaction=True)
def test_appeals_credits_grants_and_issues_amid_a_reversal_keep_the_ledger_sound(market: Market, settings: Any) -> None:
    settings.REVERSAL_BATCH_SELLERS = 1
    policy = PolicyFactory(points=5)
    sellers = sellers_of(market, 4)
    for seller in sellers:
        for number in range(3):
            issue(seller, policy, external_id=f"{seller.pk}-{number}")
    granted = [appeal_against(Violation.objects.get(external_id=f"{seller.pk}-0")) for seller in sellers]
    reversal, person, reviewer = start_mass(market), UserFactory(), UserFactory()

    def quietly(call: Callable[[Seller], Any]) -> Callable[[], None]:
        return lambda: for_each(sellers[::-1], call)

    def of(seller: Seller, number: int) -> Violation:
        return Violation.objects.get(external_id=f"{seller.pk}-{number}")

    calls = [
        lambda: run_mass(MassReversal.objects.get(pk=reversal.pk)),
        quietly(lambda seller: appeal_against(of(seller, 1), now=LATER, filed_by=person)),
        quietly(lambda seller: credit_points(violation=of(seller, 2), points=1, reason="Quiz passed", now=LATER)),
        quietly(lambda seller: grant_appeal(appeal=granted[sellers.index(seller)], decided_by=reviewer, now=LATER)),
        quietly(lambda seller: issue(seller, policy, external_id=f"{seller.pk}-new", now=LATER)),
    ]
    assert errors_of(calls) == []
    reversal.refresh_from_db()
    assert reversal.state == MassReversal.State.DONE
    standing = Violation.objects.standing().order_by("seller_id")
    assert [v.external_id for v in standing] == [f"{seller.pk}-new" for seller in sellers]
    grants = Appeal.objects.filter(state="granted").count()
    assert reversal.violations_voided == 12 - grants
    for seller in sellers:
        assert len(told(seller)) == 1
        assert get_standing(seller=seller, as_of=LATER).total == 5
    assert_audit_holds()


@pytest.mark.django_db(transaction=True)
def test_draft_waits_for_who_is_recording(market: Market) -> None:
    """A violation whose transaction is open when the set is drafted is part of it; the next one is not."""
    (seller,) = sellers_of(market, 1)
    policy = PolicyFactory()
    sent = draft(seller, policy, external_id="in-flight")
    drafted: list[MassReversal] = []

    def work() -> None:
        drafted.append(draft_mass(market))
        connection.close()

    with transaction.atomic():
        issue_violations(market=market, drafts=[sent], source="test", now=NOW)
        thread = threading.Thread(target=work)
        thread.start()
        wait_until_somebody_waits_for_a_lock()
    thread.join(timeout=30)
    issue(seller, policy, external_id="after", now=NOW)
    matching = Violation.objects.filter(drafted[0].matches())
    assert [violation.external_id for violation in matching] == ["in-flight"]
