"""What doors send: late, twice, from two of them, and after a slip was taken back."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from audit.models import AuditEntry
from tests.factories import NOW, UserFactory
from tests.workshops.doors import END, MINUTE, helper, open_workshop, scan_of, send, somebody
from tests.workshops.places import fill
from workshops.models import DoorScan, Signup
from workshops.services import Scan, cancel_signup, check_in_place, take_scans, undo_check_in

pytestmark = pytest.mark.django_db


def test_a_scan_checks_in_at_the_moment_that_it_was_made() -> None:
    signup, made = somebody(), NOW - 18 * MINUTE
    (result,) = send(signup.workshop, scan_of(signup, made))
    assert (result.outcome, result.words) == ("here", f"{signup.seller} is checked in.")
    signup.refresh_from_db()
    assert signup.checked_in_at == made
    kept = DoorScan.objects.get()
    assert (kept.scanned_at, kept.received_at, kept.outcome) == (made, NOW, "here")
    assert str(kept) == f"{signup.seller} at a door"


def test_a_scan_by_code_finds_the_same_place() -> None:
    signup = somebody()
    (result,) = send(signup.workshop, scan_of(signup, signup_id=None, code=signup.spelled_code.lower()))
    assert (result.outcome, result.signup) == ("here", signup)


def test_a_batch_sent_twice_is_answered_as_it_was_and_changes_nothing() -> None:
    workshop = open_workshop()
    batch = [scan_of(somebody(workshop)) for _ in range(3)]
    first = send(workshop, *batch)
    again = send(workshop, *batch, now=NOW + MINUTE)
    assert [result.outcome for result in again] == [result.outcome for result in first] == ["here"] * 3
    assert DoorScan.objects.count() == 3


def test_a_scan_sent_again_after_it_was_taken_back_stays_taken_back() -> None:
    signup = somebody()
    one = scan_of(signup)
    send(signup.workshop, one)
    undo_check_in(signup=signup, undone_by=None, now=NOW + MINUTE)
    (again,) = send(signup.workshop, one, now=NOW + 2 * MINUTE)
    signup.refresh_from_db()
    assert signup.checked_in_at is None
    assert again.outcome == "here"


def test_who_was_scanned_at_a_second_door_is_already_here_since_the_first_time() -> None:
    signup = somebody()
    north = helper(signup.workshop)
    send(signup.workshop, scan_of(signup, NOW - 5 * MINUTE), by=north)
    (second,) = send(signup.workshop, scan_of(signup, NOW))
    assert second.outcome == "already"
    since = f"{(NOW - 5 * MINUTE).astimezone(signup.workshop.zone):%H:%M}"
    said = f"is already here since {since}, checked in by Door link “North door”. This code was used before."
    assert second.words == f"{signup.seller} {said}"
    signup.refresh_from_db()
    assert (signup.checked_in_at, signup.checked_in_with) == (NOW - 5 * MINUTE, north)


def test_two_doors_that_were_offline_merge_to_the_first_time_whichever_is_heard_first() -> None:
    signup = somebody()
    north, south = helper(signup.workshop), helper(signup.workshop, "South door")
    send(signup.workshop, scan_of(signup, NOW - 5 * MINUTE), by=south)
    (late,) = send(signup.workshop, scan_of(signup, NOW - 20 * MINUTE), by=north, now=NOW + MINUTE)
    signup.refresh_from_db()
    assert (signup.checked_in_at, signup.checked_in_with) == (NOW - 20 * MINUTE, north)
    assert late.outcome == "already"
    entries = AuditEntry.objects.filter(action="check_in").order_by("id")
    assert [entry.actor for entry in entries] == ["Door link “South door”", "Door link “North door”"]
    assert entries[1].note == "Another door had checked them in before."


def test_taking_back_concerns_what_was_noted_by_then() -> None:
    signup = somebody()
    send(signup.workshop, scan_of(signup, NOW))
    (older,) = send(signup.workshop, scan_of(signup, NOW - MINUTE, takes_back=True))
    signup.refresh_from_db()
    assert (older.outcome, signup.checked_in_at) == ("taken_back", NOW)
    (newer,) = send(signup.workshop, scan_of(signup, NOW, takes_back=True), by=helper(signup.workshop))
    signup.refresh_from_db()
    assert signup.checked_in_at is None
    assert newer.words == f"The check-in of {signup.seller} is taken back; the code can be used again."
    assert AuditEntry.objects.get(action="undo_check_in").actor == "Door link “North door”"


def test_what_is_taken_back_after_the_end_needs_a_reason_that_no_scan_has() -> None:
    signup = somebody()
    send(signup.workshop, scan_of(signup, NOW))
    (late,) = send(signup.workshop, scan_of(signup, END, takes_back=True))
    signup.refresh_from_db()
    assert (late.outcome, signup.checked_in_at) == (None, NOW)
    assert "with a reason" in late.words


def test_undo_names_the_scan_that_it_means_so_that_a_slow_network_blurs_nothing() -> None:
    signup = somebody()
    scan = scan_of(signup, NOW)
    send(signup.workshop, scan)
    send(signup.workshop, scan_of(signup, NOW - MINUTE, takes_back=True, undoes=uuid4()))
    signup.refresh_from_db()
    assert signup.checked_in_at == NOW
    send(signup.workshop, scan_of(signup, NOW - MINUTE, takes_back=True, undoes=scan.nonce))
    signup.refresh_from_db()
    assert signup.checked_in_at is None


def test_an_old_answer_about_somebody_taken_back_since_says_so() -> None:
    signup = somebody()
    send(signup.workshop, scan_of(signup))
    second = scan_of(signup)
    send(signup.workshop, second)
    undo_check_in(signup=signup, undone_by=None, now=NOW)
    (again,) = send(signup.workshop, second)
    assert again.words == f"{signup.seller} was checked in before, and that was taken back."


def test_a_scan_that_is_refused_stops_none_of_the_others() -> None:
    workshop = open_workshop(capacity=1)
    placed, waiting = fill(workshop, 2, now=NOW - timedelta(days=1))
    unknown = Scan(uuid4(), NOW, code="NOBODY23")
    elsewhere = scan_of(somebody())
    results = send(workshop, unknown, elsewhere, scan_of(waiting), scan_of(placed))
    assert [result.outcome for result in results] == [None, None, None, "here"]
    assert [result.words for result in results[:3]] == [
        "No sign-up has this code. Check the letters with the seller.",
        "This place is not of this workshop. Open the list again.",
        f"{waiting.seller} is on the waiting list and has no place yet.",
    ]
    assert DoorScan.objects.count() == 1


@pytest.mark.parametrize(
    ("made", "said"),
    [(NOW - 2 * 60 * MINUTE, "Check-in opens on"), (END, "The workshop has ended; check-in is closed.")],
)
def test_a_scan_counts_within_the_hours_of_the_door(made: datetime, said: str) -> None:
    signup = somebody()
    (result,) = send(signup.workshop, scan_of(signup, made), now=END + MINUTE)
    assert result.outcome is None
    assert said in result.words


def test_a_scan_made_in_time_is_taken_after_the_end() -> None:
    signup = somebody()
    (result,) = send(signup.workshop, scan_of(signup, END - MINUTE), now=END + MINUTE)
    assert result.outcome == "here"


def test_a_nonce_belongs_to_the_workshop_that_it_was_sent_to() -> None:
    one, other = somebody(), somebody()
    scan = scan_of(one)
    send(one.workshop, scan)
    send(other.workshop, replace(scan, signup_id=other.pk))
    assert DoorScan.objects.count() == 2


def test_check_in_by_name_notes_who_did_it() -> None:
    signup, host = somebody(), UserFactory(is_staff=True)
    found = check_in_place(signup=signup, checked_in_by=host, now=NOW)
    assert (found.checked_in_at, found.checked_in_by) == (NOW, host)
    again = check_in_place(signup=signup, checked_in_by=None, now=NOW + MINUTE)
    assert (again.checked_in_at, again.checked_in_by) == (NOW, host)


def test_a_scan_by_staff_is_kept_with_the_person() -> None:
    signup, host = somebody(), UserFactory(is_staff=True)
    take_scans(workshop=signup.workshop, scans=[scan_of(signup)], by=host, now=NOW)
    assert DoorScan.objects.get().person == host


def test_who_cancelled_is_refused() -> None:
    signup = somebody()
    cancel_signup(signup=signup, user=signup.user, now=NOW)
    (result,) = send(signup.workshop, scan_of(signup))
    assert result.words == f"The place of {signup.seller} was cancelled."
    assert Signup.objects.came().count() == 0
