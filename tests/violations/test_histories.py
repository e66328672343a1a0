"""Random histories of the ledger: after every step the audit holds, and totals are what a simple model says.

The model knows of each violation its points, when they start and stop counting, and what was taken off when. It does
not look at the database.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from accounts.models import User
from inbox.models import Message
from kit.database.checks import run_check
from kit.outcomes import Outcome, Refused, Result
from policies.models import Policy
from reports import database_checks as reports_audit
from reports.models import ReportChunk, ReportRun
from reports.selectors import is_due, open_run
from reports.services import build_chunk, build_due_weeks, publish_run, start_run
from sellers.models import Market, Seller
from tests.credits import credit_points
from tests.factories import (
    LONG_AGO,
    NOW,
    MarketFactory,
    MemberFactory,
    PolicyFactory,
    SellerFactory,
    UserFactory,
    draft,
    issue,
)
from tests.threads import together
from tests.violations.appealing import DENIAL
from violations import database_checks
from violations.models import Appeal, EnforcementAction, Violation
from violations.selectors import get_standing
from violations.services import (
    NothingToCredit,
    ReversalFilter,
    ViolationDraft,
    deny_appeal,
    draft_reversal,
    file_appeal,
    grant_appeal,
    grant_partly,
    issue_violations,
    lift_action,
    start_reversal,
    void_next_batch,
    void_violation,
    withdraw_appeal,
)

MICROSECOND = timedelta(microseconds=1)
POINTS = (0, 1, 3, 7, 13)
THRESHOLDS = (12, 24, 36, 48)
START = datetime(2026, 2, 4, 12, tzinfo=UTC)
"""A Wednesday before a clock change and the end of a quarter."""


def assert_audit_holds() -> None:
    """Every check of the audit, over everything."""
    findings = [run_check(check) for check in (*database_checks.CHECKS, *reports_audit.CHECKS)]
    assert [problem for finding in findings for problem in finding.problems] == []


@dataclass
class ModelViolation:
    """What the model knows of a violation: ``taken`` is what was credited or reversed, and from when on."""

    seller_id: int
    points: int
    counts_from: datetime
    counts_until: datetime
    taken: list[tuple[datetime, int]] = field(default_factory=list)
    voided: bool = False
    appeal: str | None = None

    def points_at(self, moment: datetime) -> int:
        if not self.counts_from <= moment < self.counts_until:
            return 0
        return self.points - sum(points for since, points in self.taken if since <= moment)

    def left_at(self, moment: datetime) -> int:
        """What can still be taken: points that have not expired, less all that was taken."""
        return self.points - sum(points for _, points in self.taken) if moment < self.counts_until else 0


class Histories(RuleBasedStateMachine):
    """One market with a few sellers, from `START` on. Each history is rolled back at its end."""

    def __init__(self) -> None:
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.now = START
        self.model: dict[str, ModelViolation] = {}
        self.reached: list[tuple[int, int]] = []
        self.last: dict[int, datetime] = {}
        self.policies: dict[int, Policy] = {points: PolicyFactory(points=points) for points in POINTS}
        self.numbers = iter(range(10_000))
        self.person: User = UserFactory()
        self.lead: User = UserFactory()
        self.reviewer: User = UserFactory()
        self.sellers: list[Seller] = []

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)

    @initialize(expiry=st.sampled_from([("rolling", 30), ("rolling", 180), ("quarter", 180)]))
    def open(self, expiry: tuple[str, int]) -> None:
        self.market = MarketFactory(
            points_expiry=expiry[0], points_valid_days=expiry[1], books_closed_until=START - timedelta(days=2)
        )
        self.sellers = SellerFactory.create_batch(2, market=self.market, created_at=LONG_AGO)
        for seller in self.sellers:
            MemberFactory(seller=seller, user=self.person)

    # --- What happens

    @rule(
        batch=st.lists(
            st.tuples(st.integers(0, 1), st.sampled_from(POINTS), st.sampled_from([0, 0, 1, 30, 24 * 9, 24 * 95])),
            min_size=1,
            max_size=5,
        ),
        late=st.sampled_from([0, 0, 2]),
    )
    def issue(self, batch: list[tuple[int, int, int]], late: int) -> None:
        """A batch of violations, some of them back-dated by hours, from a caller whose clock may be late by seconds."""
        clock = self.now - timedelta(seconds=late)
        drafts = [self._draft(*item, clock=clock) for item in batch]
        recorded_at = self._moment([self.sellers[number].pk for number, _, _ in batch], clock)
        outcomes = issue_violations(market=self.market, drafts=drafts, source="test", now=clock)
        assert {(outcome.result, outcome.recorded_at) for outcome in outcomes} == {(Result.CREATED, recorded_at)}
        again = issue_violations(market=self.market, drafts=drafts, source="test", now=clock)
        assert {outcome.result for outcome in again} == {Result.PRESENT}
        self._expect_issued(drafts, batch, recorded_at)

    def _draft(self, seller: int, points: int, hours: int, *, clock: datetime) -> ViolationDraft:
        name = f"h-{next(self.numbers)}"
        issued_at = clock - timedelta(hours=hours)
        return draft(self.sellers[seller], self.policies[points], external_id=name, issued_at=issued_at)

    def _expect_issued(
        self, drafts: list[ViolationDraft], batch: list[tuple[int, int, int]], recorded_at: datetime
    ) -> None:
        """Each assessment in the order of issue, with the milestones that it takes its seller's total over."""
        totals = {seller.pk: self._total(seller.pk, recorded_at) for seller in self.sellers}
        ordered = sorted(zip(drafts, batch, strict=True), key=lambda pair: (pair[0].issued_at, pair[0].external_id))
        for sent, (number, points, _) in ordered:
            seller = self.sellers[number]
            self.last[seller.pk] = recorded_at
            until = self.market.points_expire_at(sent.issued_at)
            self.model[sent.external_id] = ModelViolation(seller.pk, points, sent.issued_at, until)
            if recorded_at < until:
                before = totals[seller.pk]
                totals[seller.pk] += points
                self.reached += [(seller.pk, t) for t in THRESHOLDS if before < t <= totals[seller.pk]]

    def _moment(self, seller_ids: list[int], clock: datetime) -> datetime:
        """When something is recorded: by the caller's clock, but in open books and after what was recorded before."""
        books = Market.objects.values_list("books_closed_until", flat=True).get(pk=self.market.pk)
        return max([clock, books, *(self.last[pk] for pk in seller_ids if pk in self.last)])

    def _taken_moments(self) -> list[datetime]:
        return [since for violation in self.model.values() for since, _ in violation.taken]

    @precondition(lambda self: self.model)
    @rule(data=st.data(), points=st.integers(1, 15), late=st.sampled_from([0, 0, 2]))
    def credit(self, data: st.DataObject, points: int, late: int) -> None:
        name = self._pick(data)
        violation, model = Violation.objects.get(external_id=name), self.model[name]
        clock = self.now - timedelta(seconds=late)
        moment = self._moment([model.seller_id], clock)
        expected = 0 if model.voided else min(points, model.left_at(moment))
        try:
            entry = credit_points(violation=violation, points=points, reason="Goodwill", now=clock)
        except NothingToCredit:
            assert expected == 0
        else:
            assert (-entry.points, entry.effective_at) == (expected, moment)
            model.taken.append((moment, expected))
            self.last[model.seller_id] = moment

    @precondition(lambda self: self.model)
    @rule(data=st.data(), late=st.sampled_from([0, 0, 2]))
    def void(self, data: st.DataObject, late: int) -> None:
        name = self._pick(data)
        violation, model = Violation.objects.get(external_id=name), self.model[name]
        clock = self.now - timedelta(seconds=late)
        moment = self._moment([model.seller_id], clock)
        try:
            voided = void_violation(violation=violation, reason="Issued in error.", voided_by=None, now=clock)
        except Refused:
            assert model.voided
        else:
            assert not model.voided
            assert voided.voided_at == moment
            self._expect_voided(model, moment)
            self._check_lifts(model.seller_id)

    @precondition(lambda self: self.model)
    @rule(points=st.sampled_from(POINTS), late=st.sampled_from([0, 0, 2]))
    def void_many(self, points: int, late: int) -> None:
        """A mass reversal of everything under one policy, in one batch: each seller is told once."""
        clock = self.now - timedelta(seconds=late)
        wanted = ReversalFilter(policy=self.policies[points])
        reversal = draft_reversal(market=self.market, wanted=wanted, incident="INC-7", created_by=self.lead, now=clock)
        standing = [v for v in self.model.values() if v.points == points and not v.voided]
        sellers = {violation.seller_id for violation in standing}
        moment = self._moment(list(sellers), clock)
        try:
            start_reversal(reversal=reversal, reason="Wrong.", confirmed=len(standing), started_by=self.lead, now=clock)
        except Refused:
            assert not standing
            return
        told = Message.objects.filter(template__endswith="voided").count()
        assert void_next_batch(reversal_id=reversal.pk, now=clock)
        assert not void_next_batch(reversal_id=reversal.pk, now=clock)
        assert Message.objects.filter(template__endswith="voided").count() == told + len(sellers)
        for violation in standing:
            self._expect_voided(violation, moment)
        for seller_id in sellers:
            self._check_lifts(seller_id)

    def _expect_voided(self, violation: ModelViolation, moment: datetime) -> None:
        violation.voided = True
        if left := violation.left_at(moment):
            violation.taken.append((moment, left))
            self.last[violation.seller_id] = moment

    def _check_lifts(self, seller_id: int) -> None:
        """No action goes on that the violations which still stand would not have led to."""
        standing = [v for v in self.model.values() if v.seller_id == seller_id and not v.voided]
        for action in EnforcementAction.objects.filter(seller_id=seller_id).in_force(as_of=self.now):
            assert sum(v.points for v in standing) >= action.milestone.points

    @precondition(lambda self: self.reached)
    @rule(data=st.data(), late=st.sampled_from([0, 0, 2]))
    def lift(self, data: st.DataObject, late: int) -> None:
        actions = list(EnforcementAction.objects.order_by("id"))
        action = actions[data.draw(st.integers(0, len(actions) - 1))]
        clock = self.now - timedelta(seconds=late)
        moment = self._moment([action.seller_id], clock)
        ended = action.lifted_at is not None or (action.ends_at is not None and action.ends_at <= moment)
        try:
            lifted = lift_action(action=action, reason="Goodwill.", lifted_by=None, now=clock)
        except Refused:
            assert ended
        else:
            assert (ended, lifted.lifted_at) == (False, moment)
            assert not EnforcementAction.objects.in_force(as_of=moment).filter(pk=action.pk)

    # --- Appeals

    @precondition(lambda self: self.model)
    @rule(data=st.data())
    def file(self, data: st.DataObject) -> None:
        """An appeal, which is refused in the end of the window, of a voided violation, and after another one."""
        name = self._pick(data)
        violation, model = Violation.objects.get(external_id=name), self.model[name]
        refused = model.voided or model.appeal not in {None, "withdrawn"} or self.now >= violation.appeal_until
        try:
            appeal = file_appeal(violation=violation, text="It was a quote.", filed_by=self.person, now=self.now)
        except Refused:
            assert refused
        else:
            assert not refused
            assert appeal.is_open
            model.appeal = "open"

    @precondition(lambda self: any(model.appeal for model in self.model.values()))
    @rule(data=st.data())
    def withdraw(self, data: st.DataObject) -> None:
        name, appeal = self._pick_appeal(data)
        model = self.model[name]
        expected = model.appeal == "open" and not model.voided
        assert self._does(lambda: withdraw_appeal(appeal=appeal, withdrawn_by=self.person, now=self.now)) == expected
        if expected:
            model.appeal = "withdrawn"

    @precondition(lambda self: any(model.appeal for model in self.model.values()))
    @rule(data=st.data(), late=st.sampled_from([0, 0, 2]))
    def deny(self, data: st.DataObject, late: int) -> None:
        name, appeal = self._pick_appeal(data)
        model, clock = self.model[name], self.now - timedelta(seconds=late)
        expected = model.appeal == "open" and not model.voided
        decision: Any = {
            "appeal": appeal,
            "reason": DENIAL,
            "decided_by": self.reviewer,
        }
        assert self._does(lambda: deny_appeal(now=clock, **decision)) == expected
        if expected:
            model.appeal = "denied"

    @precondition(lambda self: any(model.appeal for model in self.model.values()))
    @rule(data=st.data(), late=st.sampled_from([0, 0, 2]))
    def grant(self, data: st.DataObject, late: int) -> None:
        """Voids the violation, with what is left of its points, in the moment of the decision."""
        name, appeal = self._pick_appeal(data)
        model, clock = self.model[name], self.now - timedelta(seconds=late)
        moment = max(self._moment([model.seller_id], clock), appeal.filed_at)
        expected = model.appeal == "open" and not model.voided
        assert self._does(lambda: grant_appeal(appeal=appeal, decided_by=self.reviewer, now=clock)) == expected
        if expected:
            model.appeal, model.voided = "granted", True
            assert Violation.objects.get(external_id=name).voided_at == appeal.decided_at == moment
            if left := model.left_at(moment):
                model.taken.append((moment, left))
                self.last[model.seller_id] = moment
            self._check_lifts(model.seller_id)

    @precondition(lambda self: any(model.appeal for model in self.model.values()))
    @rule(data=st.data(), points=st.integers(1, 8), late=st.sampled_from([0, 0, 2]))
    def grant_in_part(self, data: st.DataObject, points: int, late: int) -> None:
        name, appeal = self._pick_appeal(data)
        model, clock = self.model[name], self.now - timedelta(seconds=late)
        moment = max(self._moment([model.seller_id], clock), appeal.filed_at)
        expected = model.appeal == "open" and not model.voided and points <= model.left_at(moment)
        decision: Any = {"appeal": appeal, "reason": "Half.", "decided_by": self.reviewer}
        assert self._does(lambda: grant_partly(points=points, now=clock, **decision)) == expected
        if expected:
            model.appeal = "partly"
            model.taken.append((moment, points))
            self.last[model.seller_id] = moment

    def _pick_appeal(self, data: st.DataObject) -> tuple[str, Appeal]:
        """The last appeal of one of the violations that have any."""
        name = data.draw(st.sampled_from([name for name, model in self.model.items() if model.appeal]))
        return name, Appeal.objects.filter(violation__external_id=name).latest("id")

    def _does(self, call: Callable[[], Any]) -> bool:
        """Whether something was done; it is refused otherwise."""
        try:
            call()
        except Refused:
            return False
        return True

    # --- Time and books

    @rule(minutes=st.sampled_from([1, 61, 60 * 24, 60 * 24 * 6, 60 * 24 * 25]))
    def wait(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @precondition(lambda self: self.model)
    @rule(data=st.data(), before=st.sampled_from([timedelta(0), MICROSECOND]))
    def wait_for_an_expiry(self, data: st.DataObject, before: timedelta) -> None:
        """Until the very moment at which points expire, or one microsecond before."""
        until = self.model[self._pick(data)].counts_until - before
        if timedelta(0) < until - self.now < timedelta(days=60):
            self.now = until

    @rule()
    def close_books(self) -> None:
        market = Market.objects.get(pk=self.market.pk)
        if is_due(market=market, now=self.now):
            start_run(market=market, now=self.now)

    @rule()
    def build_reports(self) -> None:
        """Build and publish the run that is open, and no more."""
        run = open_run(market=self.market)
        for chunk in ReportChunk.objects.filter(run=run, done_at=None):
            build_chunk(chunk_id=chunk.pk, now=self.now)
        assert run is None or publish_run(run_id=run.pk, now=self.now)

    @rule()
    def catch_up(self) -> None:
        build_due_weeks(market=self.market, now=self.now)

    # --- What holds

    @invariant()
    def audit_holds(self) -> None:
        connection.check_constraints()
        assert_audit_holds()

    @invariant()
    def totals_are_those_of_the_model(self) -> None:
        for seller in self.sellers:
            assert get_standing(seller=seller, as_of=self.now).total == self._total(seller.pk, self.now)
        for violation in list(self.model.values())[-1:]:
            seller = next(seller for seller in self.sellers if seller.pk == violation.seller_id)
            for moment in (violation.counts_from, violation.counts_until - MICROSECOND, violation.counts_until):
                assert get_standing(seller=seller, as_of=moment).total == self._total(seller.pk, moment)

    @invariant()
    def milestones_are_reached_once_per_crossing(self) -> None:
        actions = EnforcementAction.objects.order_by("id").values_list("seller_id", "milestone__points")
        assert sorted(actions) == sorted(self.reached)

    def _total(self, seller_id: int, moment: datetime) -> int:
        return sum(v.points_at(moment) for v in self.model.values() if v.seller_id == seller_id)

    def _pick(self, data: st.DataObject) -> str:
        """One of the violations, the newest more often than the others."""
        names = list(self.model)
        return data.draw(st.sampled_from(names[-3:] + names))


@pytest.mark.django_db
def test_every_history_keeps_the_ledger_sound() -> None:
    """A history that fails is short enough to read; making it shorter would take minutes."""
    phases = set(Phase) - {Phase.shrink, Phase.explain}
    slow = list(HealthCheck)
    run_state_machine_as_test(
        Histories,
        settings=settings(max_examples=15, stateful_step_count=20, phases=phases, suppress_health_check=slow),
    )


# --- Callers that waited: who reads the clock first does not always get the lock first


LATE = NOW - timedelta(seconds=2)


@pytest.mark.django_db
def test_credit_of_a_caller_that_waited_takes_what_is_left() -> None:
    violation = issue(SellerFactory(), PolicyFactory(points=4), now=NOW - timedelta(days=1))
    credit_points(violation=violation, points=3, reason="Quiz passed", now=NOW)
    entry = credit_points(violation=violation, points=3, reason="Quiz passed", now=LATE)
    assert (entry.points, entry.effective_at) == (-1, NOW)


@pytest.mark.django_db
def test_voiding_of_a_caller_that_waited_reverses_what_is_left() -> None:
    violation = issue(SellerFactory(), PolicyFactory(points=12), now=NOW)
    credit_points(violation=violation, points=1, reason="Quiz passed", now=NOW)
    voided = void_violation(violation=violation, reason="Issued in error.", voided_by=None, now=LATE)
    assert voided.voided_at == NOW
    assert violation.entries.get(kind="reversal").points == -11
    assert EnforcementAction.objects.get().lifted_at == NOW


@pytest.mark.django_db
def test_lifting_of_a_caller_that_waited_is_not_before_the_notice() -> None:
    issue(SellerFactory(), PolicyFactory(points=12), now=NOW)
    action = lift_action(action=EnforcementAction.objects.get(), reason="Goodwill.", lifted_by=None, now=LATE)
    assert action.lifted_at == action.noticed_at == NOW


@pytest.mark.django_db
def test_violation_of_a_caller_that_waited_reaches_the_milestone() -> None:
    seller, policy = SellerFactory(), PolicyFactory(points=7)
    issue(seller, policy, now=NOW)
    late = draft(seller, policy, issued_at=LATE)
    (outcome,) = issue_violations(market=seller.market, drafts=[late], source="test", now=LATE)
    assert outcome.recorded_at == NOW
    assert EnforcementAction.objects.get().total == 14


# --- Threads


def errors_of(calls: list[Callable[[], Any]]) -> list[Exception]:
    """What the calls raise that begin together."""
    answers = together(len(calls), lambda number: calls[number]())
    return [one for one in answers if isinstance(one, Exception)]


@pytest.mark.django_db(transaction=True)
def test_batches_credits_and_voids_at_once_keep_the_ledger_sound() -> None:
    """Batches that overlap, of the same sellers in another order, from clocks that differ; then everything at once."""
    market = MarketFactory()
    sellers = SellerFactory.create_batch(3, market=market, created_at=LONG_AGO)
    policy = PolicyFactory(points=5)
    drafts = [
        draft(seller, policy, external_id=f"t-{number}-{seller.pk}", issued_at=NOW - timedelta(hours=1))
        for number in range(4)
        for seller in sellers
    ]

    def batch(part: list[ViolationDraft], clock: datetime) -> Callable[[], Any]:
        return lambda: issue_violations(market=market, drafts=part, source="test", now=clock)

    parts = [drafts[:8], drafts[4:][::-1], drafts[::2], drafts[::-1], drafts[2:9]]
    assert errors_of([batch(part, NOW + timedelta(seconds=-n)) for n, part in enumerate(parts)]) == []
    assert Violation.objects.count() == 12
    for seller in sellers:
        assert get_standing(seller=seller, as_of=NOW).total == 20
        assert [action.milestone.points for action in EnforcementAction.objects.filter(seller=seller)] == [12]
    assert_audit_holds()

    names = [f"t-{number}-{seller.pk}" for seller in sellers for number in (0, 1)]

    def correct(number: int) -> None:
        clock = NOW + timedelta(seconds=number % 3)
        for name in names if number % 2 else names[::-1]:
            violation = Violation.objects.get(external_id=name)
            try:
                credit_points(violation=violation, points=2, reason="Quiz passed", now=clock)
                if number < 2:
                    void_violation(violation=violation, reason="Issued in error.", voided_by=None, now=clock)
            except Refused:
                continue

    more = [draft(seller, policy, external_id=f"more-{seller.pk}") for seller in sellers]
    calls = [lambda number=number: correct(number) for number in range(4)]
    assert errors_of([*calls, batch(more, NOW), batch(more[::-1], NOW + timedelta(seconds=1))]) == []
    assert Violation.objects.filter(voided_at__isnull=False).count() == 6
    for seller in sellers:
        assert get_standing(seller=seller, as_of=NOW + timedelta(seconds=3)).total == 15
    assert_audit_holds()


@pytest.mark.django_db(transaction=True)
def test_batches_that_overlap_issue_each_violation_once_and_reach_each_milestone_once() -> None:
    """Random batches in threads, with violations in common, of two sellers in any order."""
    policies = {points: PolicyFactory(points=points) for points in POINTS}
    batch = st.lists(st.integers(0, 11), min_size=1, max_size=12, unique=True)

    @settings(max_examples=6, database=None, phases={Phase.generate})
    @given(batches=st.lists(batch, min_size=2, max_size=4), moved=st.integers(0, 4))
    def overlap(batches: list[list[int]], moved: int) -> None:
        market = MarketFactory()
        sellers = SellerFactory.create_batch(2, market=market, created_at=LONG_AGO)
        points = {number: POINTS[(number + moved) % 5] for number in range(12)}
        drafts = {
            number: draft(sellers[number % 2], policies[points[number]], external_id=f"v-{number}", content=None)
            for number in points
        }
        outcomes: list[Outcome] = []

        def send(numbers: list[int]) -> None:
            part = [drafts[number] for number in numbers]
            outcomes.extend(issue_violations(market=market, drafts=part, source="test", now=NOW))

        assert errors_of([lambda numbers=numbers: send(numbers) for numbers in batches]) == []
        sent = {number for numbers in batches for number in numbers}
        assert sum(outcome.result is Result.CREATED for outcome in outcomes) == len(sent)
        assert {outcome.result for outcome in outcomes} <= {Result.CREATED, Result.PRESENT}
        names = Violation.objects.filter(market=market).values_list("external_id", flat=True)
        assert sorted(names) == sorted(f"v-{number}" for number in sent)
        for place, seller in enumerate(sellers):
            total = sum(points[number] for number in sent if number % 2 == place)
            assert get_standing(seller=seller, as_of=NOW).total == total
            reached = EnforcementAction.objects.filter(seller=seller).values_list("milestone_points", flat=True)
            assert sorted(reached) == [threshold for threshold in THRESHOLDS if threshold <= total]
            assert Message.objects.filter(seller=seller, kind="violation").count() == len(
                {number for number in sent if number % 2 == place}
            )
        assert_audit_holds()

    overlap()


@pytest.mark.django_db(transaction=True)
def test_books_that_close_amid_batches_lose_and_double_nothing() -> None:
    """Batches and the closing of their week at once: whatever they record is in exactly one run."""
    market = MarketFactory()
    seller = SellerFactory(market=market, created_at=LONG_AGO)
    policy = PolicyFactory(points=1)
    week_end = datetime(2026, 11, 9, 5, tzinfo=UTC)
    last_moment = week_end - MICROSECOND

    def batch(number: int) -> Callable[[], Any]:
        part = [draft(seller, policy, external_id=f"b-{number}-{n}", issued_at=last_moment) for n in range(3)]
        return lambda: issue_violations(market=market, drafts=part, source="test", now=last_moment)

    closing = [lambda: build_due_weeks(market=market, now=week_end)]
    assert errors_of([*(batch(number) for number in range(4)), *closing]) == []
    build_due_weeks(market=market, now=week_end + timedelta(days=7))
    assert ReportRun.objects.filter(published_at__isnull=False).count() == 2
    assert_audit_holds()
