"""The same order of locks in further services: held violations, downloads, helping, members, a host's decisions."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from django.conf import settings
from django.db import transaction

from healthportal.exports.services import ask_for_export, finish_export, take_up
from healthportal.support.services import view_as_seller
from sellers.models import Market
from sellers.services import (
    MemberDraft,
    add_member,
    change_role,
    decide_controls,
    invite_member,
    note_on_seller,
    propose_controls,
    put_members,
    recording_time,
)
from tests.apps import APPS
from tests.factories import NOW, MemberFactory, UserFactory, WorkshopFactory
from tests.healthportal.test_lock_order import hold_one
from tests.healthportal.test_one_order_of_locks import (
    CONTENDED_FOR,
    LATER,
    OF_JOBS,
    Scene,
    Thread,
    lock,
    take_every_row,
)
from tests.locks import wait_until_somebody_waits_for_a_lock
from tests.violations.reversing import REASON
from tests.workshops.places import fill, take
from tests.workshops.test_missed import miss
from violations.models import EnforcementAction
from violations.services import (
    announce_rules_batch,
    approve_rules,
    draft_rules,
    drop_held_batch,
    issue_held_batch,
    release_detector,
    shorten_action,
)
from workshops.services import (
    cancel_signup_for_seller,
    correct_attendance,
    excuse_signup,
    give_place,
    sign_up_for_seller,
    tell_attendees,
    walk_in,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("attachments_root")]


class Further(Scene):
    """The same market, with what else staff, members and workers are at."""

    def __init__(self) -> None:
        super().__init__()
        Market.objects.filter(pk=self.market.pk).update(tells_of_viewings=True, upload_second_person_above=10)
        self.market.refresh_from_db()
        self.held = [hold_one(seller, self.policy, detector) for detector in ("a", "b") for seller in self.sellers]
        self._meet()
        self._leave_more_work()

    def _meet(self) -> None:
        """Of sellers that still sell: who is deactivated gets no place."""
        coming = [MemberFactory(seller__market=self.market).seller for _ in range(3)]
        self.missed, self.late = [miss(seller) for seller in coming[:2]], coming[2]
        full, self.open = WorkshopFactory(market=self.market, capacity=1), WorkshopFactory(market=self.market)
        fill(full, 1)
        self.waiting, self.placed = take(full, coming[0]), take(self.open, coming[1])
        starts_at = LATER + timedelta(minutes=30)
        self.door = WorkshopFactory(market=self.market, starts_at=starts_at, ends_at=starts_at + timedelta(hours=2))

    def _leave_more_work(self) -> None:
        owner = self.sellers[0].users.first()
        ask_for_export(seller=self.sellers[0], asked_by=owner, now=NOW)
        self.export = take_up(now=NOW)
        self.proposal = propose_controls(
            market=self.market, controls={"upload_second_person_above": None, "reversal_second_person_above": None},
            reason=REASON, proposed_by=UserFactory(), now=NOW,
        )  # fmt: skip
        self.change = draft_rules(
            market=self.market, numbers={"appeal_days": 45}, milestones=None, reason="A new law.",
            effective_from=NOW + timedelta(days=20), drafted_by=UserFactory(), now=NOW,
        )  # fmt: skip
        approve_rules(change=self.change, approved_by=self.staff, now=NOW)

    def issue_what_is_held(self) -> None:
        issue_held_batch(held=self.held[1::-1], issued_by=self.staff, now=LATER)

    def drop_what_is_held(self) -> None:
        drop_held_batch(held=self.held[:1:-1], reason=REASON, dropped_by=self.staff, now=LATER)

    def release_a_detector(self) -> None:
        release_detector(alarm=self.held[0].alarm, released_by=self.staff, now=LATER)

    def shorten_an_action(self) -> None:
        action = EnforcementAction.objects.filter(lifted_at=None, ends_at__gt=LATER).latest("pk")
        shorten_action(action=action, share=50, reason=REASON, now=LATER)

    def excuse_a_place(self) -> None:
        excuse_signup(signup=self.missed[0], reason=REASON, now=LATER, excused_by=self.staff)

    def correct_who_was_there(self) -> None:
        correct_attendance(signup=self.missed[1], was_there=True, reason=REASON, now=LATER, corrected_by=self.staff)

    def give_a_place(self) -> None:
        give_place(signup=self.waiting, reason=REASON, now=LATER, given_by=self.staff)

    def cancel_a_place_for_its_seller(self) -> None:
        cancel_signup_for_seller(signup=self.placed, reason=REASON, now=LATER, cancelled_by=self.staff)

    def sign_a_seller_up(self) -> None:
        asked = {"attendee": "Ann", "reason": REASON, "signed_up_by": self.staff}
        sign_up_for_seller(workshop=self.open, seller=self.late, now=LATER, **asked)

    def write_to_attendees(self) -> None:
        tell_attendees(workshop=self.open, text="Bring a pen.", also_waiting=True, now=LATER)

    def announce_a_change_of_rules(self) -> None:
        announce_rules_batch(now=LATER)

    def make_a_download(self) -> None:
        assert self.export is not None
        finish_export(export=self.export, stored_name="exports/x", size=1, now=LATER)

    def view_as_the_seller(self) -> None:
        view_as_seller(seller=self.sellers[0], reason="Ticket 7", now=LATER, viewed_by=self.staff)

    def decide_what_one_may_do_alone(self) -> None:
        decide_controls(proposal=self.proposal, is_approved=True, decided_by=self.staff, now=LATER)

    def let_somebody_walk_in(self) -> None:
        walk_in(workshop=self.door, seller=self.late, attendee="", now=LATER, let_in_by=self.staff)

    def add_a_member(self) -> None:
        add_member(seller=self.sellers[0], user=UserFactory(), now=LATER)

    def invite_somebody(self) -> None:
        owner = self.sellers[1].users.first()
        invite_member(seller=self.sellers[1], email="new@example.com", role="viewer", now=LATER, invited_by=owner)

    def change_a_role(self) -> None:
        owner, other = self.sellers[0].users.first(), UserFactory()
        add_member(seller=self.sellers[0], user=other, now=NOW)
        change_role(seller=self.sellers[0], user=other, role="viewer", now=LATER, changed_by=owner)

    def invite_many(self) -> None:
        drafts = [MemberDraft(seller.external_id, "many@example.com") for seller in reversed(self.sellers)]
        put_members(market=self.market, drafts=drafts, now=LATER)

    def note_something(self) -> None:
        note_on_seller(seller=self.sellers[1], text="Asked by phone.", written_by=self.staff, now=LATER)


RECORDS = [
    "announce_a_change_of_rules",
    "cancel_a_place_for_its_seller",
    "correct_who_was_there",
    "decide_what_one_may_do_alone",
    "excuse_a_place",
    "give_a_place",
    "issue_what_is_held",
    "make_a_download",
    "release_a_detector",
    "shorten_an_action",
    "sign_a_seller_up",
    "view_as_the_seller",
    "write_to_attendees",
]

TELLS_NOBODY = [
    "add_a_member",
    "change_a_role",
    "drop_what_is_held",
    "invite_many",
    "invite_somebody",
    "let_somebody_walk_in",
    "note_something",
]

TAKES_TURNS_ON_SELLERS = [
    "add_a_member",
    "change_a_role",
    "drop_what_is_held",
    "invite_many",
    "invite_somebody",
    "issue_what_is_held",
    "let_somebody_walk_in",
    "make_a_download",
    "note_something",
    "shorten_an_action",
    "sign_a_seller_up",
]

ALSO_CONTENDED_FOR = [*CONTENDED_FOR, "violations_heldviolation", "workshops_seat", "sellers_member"]


@pytest.mark.parametrize("name", RECORDS)
def test_who_waits_for_the_books_holds_no_row(name: str) -> None:
    at = Further()
    with transaction.atomic():
        recording_time(market_id=at.market.pk, now=LATER)
        closer = Thread(lambda: lock(at.market))
        wait_until_somebody_waits_for_a_lock()
        service = Thread(getattr(at, name))
        wait_until_somebody_waits_for_a_lock(2)
        take_every_row("sellers_market", *OF_JOBS, "sellers_seller", *ALSO_CONTENDED_FOR)
    assert (closer.result(), service.result()) == (None, None)


@pytest.mark.parametrize("name", TELLS_NOBODY)
def test_who_records_nothing_does_not_wait_for_the_books(name: str) -> None:
    at = Further()
    with transaction.atomic():
        recording_time(market_id=at.market.pk, now=LATER)
        closer = Thread(lambda: lock(at.market))
        wait_until_somebody_waits_for_a_lock()
        assert Thread(getattr(at, name)).result() is None
    assert closer.result() is None


@pytest.mark.parametrize("name", TAKES_TURNS_ON_SELLERS)
def test_who_waits_for_a_seller_holds_no_row_that_is_contended_for(name: str) -> None:
    at = Further()
    with transaction.atomic():
        take_every_row("sellers_seller")
        service = Thread(getattr(at, name))
        wait_until_somebody_waits_for_a_lock()
        take_every_row(*ALSO_CONTENDED_FOR)
    assert service.result() is None


@pytest.mark.parametrize("seed", range(2))
def test_all_services_at_once_come_to_an_end(seed: int) -> None:
    at = Further()
    jobs = [getattr(at, name) for name in TELLS_NOBODY + RECORDS] + [lambda: lock(at.market)] * 3
    jobs += [at.issue_violations, at.void_a_violation, at.lift_an_action, at.submit_an_attempt, at.cancel_a_place]
    Random(seed).shuffle(jobs)
    with transaction.atomic():
        recording_time(market_id=at.market.pk, now=LATER)
        threads = [Thread(lambda: lock(at.market))]
        wait_until_somebody_waits_for_a_lock()
        threads += [Thread(job) for job in jobs]
        wait_until_somebody_waits_for_a_lock(len(RECORDS))
    assert [thread.result() for thread in threads] == [None] * len(threads)


# --- Whether all are tried

BOOKS = {"recording_time", "keep_books_open", "lock_books", "close_books"}
SELLERS = {"lock_seller", "lock_sellers", "lock_sellers_by_id", "lock_seller_ids"}
BOTH = {"lock_seller_to_record", "lock_open", "lock_workshop_to_tell"}
ROWS = {"select_for_update", "lock_workshop", "lock_claimed"}

ELSEWHERE = {
    "lock_its_seller": "by what holds and drops violations",
    "read_batch": "by issue_violations and import_an_upload",
    "void_violations": "by void_the_next_batch",
    "remind_of_workshop": "as tell_attendees",
    "remind_batch": "tests/quizzes/test_reminders.py: of one market, sellers in the order of their ids",
    "assign_batch": "tests/quizzes/trials: the same",
    "invite_batch": "tests/quizzes/trials: the same",
}
"""Services that take locks of two kinds and are not tried by name here or in ``test_one_order_of_locks``."""


def with_two_kinds_of_locks() -> Iterator[str]:
    root = Path(settings.BASE_DIR)
    for app in APPS:
        for file in (root / app).rglob("*.py"):
            if "services" in str(file.relative_to(root)):
                for one in ast.parse(file.read_text()).body:
                    if isinstance(one, ast.FunctionDef) and not one.name.startswith("_") and kinds_in(one) > 1:
                        yield one.name


def kinds_in(function: ast.FunctionDef) -> int:
    called = {
        getattr(one.func, "attr", getattr(one.func, "id", ""))
        for one in ast.walk(function)
        if isinstance(one, ast.Call)
    }
    books, sellers, rows = (bool(called & names) for names in (BOOKS | BOTH, SELLERS | BOTH, ROWS))
    return books + sellers + rows


def test_each_service_that_takes_locks_of_two_kinds_is_tried() -> None:
    files = [Path(__file__), Path(__file__).with_name("test_one_order_of_locks.py")]
    tried = set(re.findall(r"\w+", " ".join(file.read_text() for file in files)))
    found = set(with_two_kinds_of_locks())
    assert len(found) > 20
    assert found - tried == set()
    assert set(ELSEWHERE) <= found
