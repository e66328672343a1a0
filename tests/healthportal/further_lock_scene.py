"""Further services in the same market: held violations, downloads, helping, members, a host's decisions."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

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
)
from tests.factories import NOW, MemberFactory, UserFactory, WorkshopFactory
from tests.healthportal.lock_scene import LATER, Scene
from tests.healthportal.test_lock_order import hold_one
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


class Further(Scene):
    """The same market, with what else staff, members and workers are at."""

    RECORDS: ClassVar = [
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

    TELLS_NOBODY: ClassVar = [
        "add_a_member",
        "change_a_role",
        "drop_what_is_held",
        "invite_many",
        "invite_somebody",
        "let_somebody_walk_in",
        "note_something",
    ]

    TAKES_TURNS_ON_SELLERS: ClassVar = [
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

    ALONGSIDE: ClassVar = [
        "issue_violations", "void_a_violation", "lift_an_action", "submit_an_attempt", "cancel_a_place",
    ]  # fmt: skip

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
