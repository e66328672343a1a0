"""Who joins a seller finds its places in their calendar; who leaves it has them taken off."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from accounts.delivery import deliver_account_emails
from accounts.models import AccountEmail, User
from accounts.services import note_returned
from inbox.models import Message
from inbox.services import unsubscribe
from kit.emails.returned import Kind, Returned
from sellers.models import MemberChange, Seller
from sellers.rules import Role
from sellers.services import add_member, remove_member
from tests.factories import NOW, MemberFactory, UserFactory, WorkshopFactory
from tests.inbox.smtp import mail_server
from tests.threads import at_once
from tests.workshops.places import fill, member_seller, take
from tests.workshops.test_calendars import emails_of, method_and_event
from workshops import tasks
from workshops.models import Signup, Workshop
from workshops.services import (
    cancel_signup,
    cancel_workshop,
    move_workshop,
    sign_up_people,
    tell_of_member_changes,
    tell_of_own_places,
)

SOON = NOW + timedelta(minutes=1)

pytestmark = pytest.mark.django_db


def tell() -> int:
    return tell_of_member_changes(clock=lambda: SOON)


def joined(seller: Seller, **fields: Any) -> User:
    person: User = UserFactory(**fields)
    add_member(seller=seller, user=person, role=Role.MANAGER, now=SOON)
    return person


def leave(seller: Seller, person: User) -> None:
    remove_member(seller=seller, user=person, now=SOON, removed_by=person)


def with_place(workshop: Workshop | None = None) -> Signup:
    """A place that its seller was told of."""
    signup = take(workshop or WorkshopFactory(title="LIVE basics"))
    tell_of_own_places(clock=lambda: NOW)
    return signup


def sent(person: User) -> list[AccountEmail]:
    """What went to a person about calendars; other members are told of the membership too."""
    return list(AccountEmail.objects.filter(to=person.email).exclude(calendar="").order_by("pk"))


def in_calendar(person: User) -> list[tuple[str, int]]:
    """What the emails to a person do with their calendar: methods and sequences."""
    calendars = [Calendar.from_ical(email.calendar) for email in sent(person)]
    return [(str(one["method"]), one.events[0]["sequence"]) for one in calendars]


def test_who_joins_is_invited_to_what_the_seller_has_a_place_in() -> None:
    signup = with_place()
    person = joined(signup.seller, name="Grace")
    assert [tell(), tell()] == [1, 0]
    (email,) = sent(person)
    (event,) = Calendar.from_ical(email.calendar).events
    assert str(event["uid"]) == f"workshop-{signup.workshop_id}@localhost"
    assert event["attendee"] == f"mailto:{person.email}"
    assert f"{signup.seller} has a place: LIVE basics" in email.subject
    assert f"Check-in code: {signup.spelled_code}" in email.body
    assert "When: Sat 28 Nov 2026, 06:00–09:00 CST (America/Chicago)" in email.body
    assert email.body.endswith(f"http://localhost:8000{signup.get_absolute_url()}")
    assert not sent(signup.user)
    assert Message.objects.count() == 1  # the seller is told nothing anew


def test_email_leaves_with_a_calendar_file_on_which_mail_programs_act(settings: Any) -> None:
    person = joined(with_place().seller)
    tell()
    with mail_server(settings) as mailbox:
        deliver_account_emails(clock=lambda: SOON)
    (email,) = [one for one in mailbox.taken if one["To"] == person.email]
    assert method_and_event(email)[0] == "REQUEST"


def test_who_leaves_has_it_taken_off_by_something_newer_and_who_comes_back_put_in_again() -> None:
    signup = with_place()
    person = joined(signup.seller)
    tell()
    for change in (leave, lambda seller, one: add_member(seller=seller, user=one, now=SOON), leave):
        change(signup.seller, person)
        tell()
    methods, sequences = zip(*in_calendar(person), strict=True)
    assert methods == ("REQUEST", "CANCEL", "REQUEST", "CANCEL")
    assert list(sequences) == sorted({*sequences})
    off = sent(person)[1]
    assert "Off your calendar: LIVE basics" in off.subject
    assert "You are no longer a member of" in off.body
    assert signup.spelled_code not in off.body


def test_who_signed_up_and_leaves_is_told_off_with_something_newer_than_what_put_it_in() -> None:
    """Also where the seller took and gave back before, which counted while the person was a member."""
    first = with_place()
    cancel_signup(signup=first, user=first.user, now=NOW)
    signup = take(first.workshop, first.seller)
    tell_of_own_places(clock=lambda: NOW)
    MemberFactory(seller=signup.seller)
    method, event = method_and_event(emails_of(signup.seller)[-1])
    assert (method, event["sequence"]) == ("REQUEST", 2)
    leave(signup.seller, signup.user)
    assert tell() == 1
    ((method, sequence),) = in_calendar(signup.user)
    assert (method, sequence > event["sequence"]) == ("CANCEL", True)


def test_who_leaves_one_of_two_sellers_keeps_the_event_and_its_later_changes_are_newer() -> None:
    workshop = WorkshopFactory()
    first, second = with_place(workshop), with_place(workshop)
    for one in (first, second):
        MemberFactory(seller=one.seller)
    add_member(seller=second.seller, user=first.user, now=NOW)
    tell()
    ((_, before),) = in_calendar(first.user)
    leave(first.seller, first.user)
    assert tell() == 0
    names = ["starts_at", "ends_at", "time_zone", "mode", "city", "address", "join_url"]
    place = {name: getattr(workshop, name) for name in names}
    move_workshop(workshop=workshop, venue="Other hall", now=SOON, **place)
    own = [method_and_event(one) for one in emails_of(second.seller) if first.user.email in str(one["To"])]
    method, event = own[-1]
    assert (method, event["sequence"] > before) == ("REQUEST", True)
    leave(second.seller, first.user)
    tell()
    assert in_calendar(first.user)[-1][0] == "CANCEL"
    assert in_calendar(first.user)[-1][1] > event["sequence"]


def test_place_that_the_seller_lost_after_somebody_left_is_taken_off_their_calendar_too() -> None:
    signup = with_place()
    person = MemberFactory(seller=signup.seller).user
    leave(signup.seller, person)
    cancel_signup(signup=signup, user=signup.user, now=SOON)
    assert tell() == 1
    assert in_calendar(person)[0][0] == "CANCEL"


def test_place_of_which_the_seller_is_told_a_moment_later_is_told_once() -> None:
    signup = take(WorkshopFactory())
    person = joined(signup.seller)
    assert tell() == 0
    tell_of_own_places(clock=lambda: SOON)
    assert len([one for one in emails_of(signup.seller) if person.email in str(one["To"])]) == 1


def test_each_workshop_is_an_email_of_its_own_and_several_places_in_one_are_named_together() -> None:
    workshop = WorkshopFactory(title="LIVE basics", places_per_seller=2)
    seller = member_seller(market=workshop.market)
    sign_up_people(workshop=workshop, seller=seller, user=seller.users.get(), names=["Ada", "50 % off"], now=NOW)
    take(WorkshopFactory(title="Returns", market=workshop.market), seller)
    tell_of_own_places(clock=lambda: NOW)
    person = joined(seller)
    assert tell() == 2
    first, second = sent(person)
    assert f"{seller} has 2 places: LIVE basics" in first.subject
    assert "Check-in code of Ada:" in first.body
    assert "Check-in code of 50 % off:" in first.body
    assert f"{seller} has a place: Returns" in second.subject


def test_online_the_link_to_join_is_in_the_invitation_and_there_is_no_code() -> None:
    link = "https://live.example/secret"
    online = {"mode": "online", "city": None, "venue": "", "address": "", "join_url": link}
    signup = with_place(WorkshopFactory(**online))
    person = joined(signup.seller)
    tell()
    leave(signup.seller, person)
    tell()
    invited, off = sent(person)
    (event,) = Calendar.from_ical(invited.calendar).events
    assert str(event["conference"]) == link
    assert signup.spelled_code not in invited.body
    assert link not in off.calendar + off.body


def has_begun(signup: Signup) -> None:
    Workshop.objects.filter(pk=signup.workshop_id).update(starts_at=NOW - timedelta(hours=1), ends_at=SOON)


def is_off(signup: Signup) -> None:
    cancel_workshop(workshop=signup.workshop, reason="The hall is flooded.", now=NOW)


@pytest.mark.parametrize("what", [has_begun, is_off])
def test_nothing_is_said_of_a_workshop_that_has_begun_or_is_cancelled(what: Any) -> None:
    signup = with_place()
    person = MemberFactory(seller=signup.seller).user
    what(signup)
    newcomer = joined(signup.seller)
    leave(signup.seller, person)
    assert tell() == 0
    assert [sent(one) for one in (person, newcomer)] == [[], []]
    assert not MemberChange.objects.to_tell().exists()


def test_who_joins_a_seller_that_waits_is_not_invited() -> None:
    _, waiting = fill(WorkshopFactory(capacity=1), 2)
    person = joined(waiting.seller)
    assert tell() == 0
    assert not sent(person)


def test_who_wants_no_emails_about_workshops_or_is_not_reached_by_any_is_not_invited() -> None:
    signup = with_place()
    people = [joined(signup.seller) for _ in range(3)]
    unsubscribe(member=people[0].memberships.get(), kind=Message.Kind.WORKSHOP)
    User.objects.filter(pk=people[1].pk).update(is_active=False)
    note_returned(returned=[Returned(people[2].email, Kind.HARD, "Nobody here")], now=SOON)
    assert tell() == 0
    assert [sent(one) for one in people] == [[], [], []]


def test_who_leaves_before_they_were_told_is_not_invited_any_more() -> None:
    signup = with_place()
    person = joined(signup.seller)
    leave(signup.seller, person)
    assert tell() == 1
    assert [method for method, _ in in_calendar(person)] == ["CANCEL"]


def test_one_that_goes_wrong_does_not_stop_the_others() -> None:
    first, second = with_place(), with_place()
    lost, found = joined(first.seller), joined(second.seller)
    with connection.cursor() as cursor:
        cursor.execute('ALTER TABLE accounts_accountemail ADD CONSTRAINT forbidden CHECK ("to" <> %s)', [lost.email])
    assert tell() == 1
    assert sent(found)
    assert [change.user for change in MemberChange.objects.to_tell()] == [lost]


def test_file_of_a_place_is_as_new_as_what_who_joined_was_sent(client: Client) -> None:
    signup = with_place()
    person = joined(signup.seller)
    tell()
    client.force_login(person)
    file = client.get(reverse("workshops:signup_calendar", args=[signup.seller_id, signup.pk])).content
    (event,) = Calendar.from_ical(file).events
    assert event["sequence"] == in_calendar(person)[0][1]


def test_membership_without_places_costs_one_look(django_assert_num_queries: Any) -> None:
    for _ in range(3):
        joined(member_seller())
    with django_assert_num_queries(2):
        assert tell() == 0
    assert not MemberChange.objects.to_tell().exists()


def test_task_tells_newcomers_before_sellers() -> None:
    start = timezone.now() + timedelta(days=5)
    signup = take(WorkshopFactory(starts_at=start, ends_at=start + timedelta(hours=1)), now=timezone.now())
    person = UserFactory()
    add_member(seller=signup.seller, user=person, now=timezone.now())
    tasks.tell_of_own_places()
    assert not sent(person)
    assert len([one for one in emails_of(signup.seller) if person.email in str(one["To"])]) == 1


@pytest.mark.django_db(transaction=True)
def test_workers_at_once_tell_each_change_once() -> None:
    people = [joined(with_place().seller) for _ in range(3)]
    assert sum(at_once(4, tell)) == 3
    assert [len(sent(person)) for person in people] == [1, 1, 1]
