"""What a seller does itself is told to its members a moment later: with an invitation, or with what takes it back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from inbox.models import Message
from kit.formatting import moment_words
from sellers.models import Seller
from tests.factories import NOW, MemberFactory, WorkshopFactory
from tests.threads import together
from tests.workshops.places import fill, member_seller, take
from tests.workshops.test_calendars import calendar_parts, emails_of, method_and_event
from workshops import tasks
from workshops.models import Signup, Workshop
from workshops.services import (
    cancel_signup,
    cancel_signup_for_seller,
    cancel_workshop,
    check_in,
    remind_of_workshop,
    sign_up_for_seller,
    sign_up_people,
    tell_of_own_places,
    walk_in,
)

SOON = NOW + timedelta(minutes=1)
DAY_BEFORE = moment_words(NOW + timedelta(days=9), zone=ZoneInfo("America/Chicago"))

pytestmark = pytest.mark.django_db


def tell() -> int:
    return tell_of_own_places(clock=lambda: SOON)


def told(seller: Seller) -> list[str]:
    return [message.subject for message in Message.objects.filter(seller=seller).order_by("id")]


def give_back(signup: Signup) -> None:
    cancel_signup(signup=signup, user=signup.user, now=SOON)


def test_seller_is_told_once_of_the_place_that_it_took_with_an_invitation() -> None:
    signup = take(WorkshopFactory(title="LIVE basics"))
    assert [tell(), tell()] == [1, 0]
    (message,) = Message.objects.filter(seller=signup.seller)
    assert message.subject == "You have a place: LIVE basics"
    assert f"**Check-in code:** {signup.spelled_code}" in message.body
    assert "Sat 28 Nov 2026, 06:00–09:00 CST" in message.body
    assert message.path == signup.get_absolute_url()
    (email,) = emails_of(signup.seller)
    method, event = method_and_event(email)
    assert (method, str(event["uid"])) == ("REQUEST", f"workshop-{signup.workshop_id}@localhost")
    assert event["attendee"] == f"mailto:{signup.user.email}"


def test_each_member_of_the_seller_is_invited() -> None:
    seller = member_seller()
    other = MemberFactory(seller=seller).user
    take(WorkshopFactory(), seller)
    tell()
    invited = {str(method_and_event(email)[1]["attendee"]) for email in emails_of(seller)}
    assert invited == {f"mailto:{user.email}" for user in seller.users.all()} >= {f"mailto:{other.email}"}


def test_several_places_taken_together_are_one_message_that_names_each() -> None:
    seller, workshop = member_seller(), WorkshopFactory(title="LIVE basics", places_per_seller=2)
    sign_up_people(workshop=workshop, seller=seller, user=seller.users.get(), names=["Ada", "Grace"], now=NOW)
    assert tell() == 1
    (message,) = Message.objects.filter(seller=seller)
    assert message.subject == "You have 2 places: LIVE basics"
    assert "**Check-in code of Ada:**" in message.body
    assert "**Check-in code of Grace:**" in message.body


@pytest.mark.parametrize(
    ("hours", "said"),
    [
        (0, "please cancel: the next in line gets the place."),
        (24, f"please cancel by {DAY_BEFORE}: until then the next in line gets the place."),
        (24 * 14, "please cancel. It is too late for the next in line to get the place."),
    ],
)
def test_message_promises_the_place_to_the_next_in_line_until_the_cut_off_alone(hours: int, said: str) -> None:
    signup = take(WorkshopFactory(pass_on_hours=hours))
    tell()
    remind_of_workshop(workshop_id=signup.workshop_id, now=signup.workshop.starts_at - timedelta(days=7))
    messages = Message.objects.filter(seller=signup.seller).order_by("pk")
    assert [said in message.body for message in messages] == [True, True]


def test_place_that_is_given_back_leaves_the_calendars() -> None:
    signup = take(WorkshopFactory(title="LIVE basics"))
    tell()
    give_back(signup)
    assert [tell(), tell()] == [1, 0]
    assert told(signup.seller) == ["You have a place: LIVE basics", "You cancelled your place: LIVE basics"]
    method, event = method_and_event(emails_of(signup.seller)[-1])
    assert (method, event["status"]) == ("CANCEL", "CANCELLED")


def last_sent(seller: Seller) -> tuple[str, int, Any]:
    """What the calendars of a seller's member do with the last email: the method, the sequence, and when it changed."""
    method, event = method_and_event(emails_of(seller)[-1])
    return method, event["sequence"], event["last-modified"].dt


def test_place_that_is_taken_again_is_newer_than_the_one_that_was_given_back() -> None:
    workshop, seller = WorkshopFactory(), member_seller()
    moments = [(NOW + timedelta(hours=hour)).replace(microsecond=0) for hour in range(4)]
    sent = []
    for taken, given_back in (moments[:2], moments[2:]):
        signup = take(workshop, seller, now=taken)
        tell_of_own_places(clock=lambda at=taken: at)
        sent.append(last_sent(seller))
        cancel_signup(signup=signup, user=signup.user, now=given_back)
        tell_of_own_places(clock=lambda at=given_back: at)
        sent.append(last_sent(seller))
    assert [one[:2] for one in sent] == [("REQUEST", 0), ("CANCEL", 1), ("REQUEST", 2), ("CANCEL", 3)]
    assert [one[2] for one in sent] == [max(moment, workshop.changed_at.replace(microsecond=0)) for moment in moments]


def test_who_acts_for_two_sellers_keeps_the_event_until_both_gave_their_places_back() -> None:
    workshop = WorkshopFactory()
    first = member_seller(market=workshop.market)
    person = first.users.get()
    second = MemberFactory(user=person, seller__market=workshop.market).seller
    places = [take(workshop, seller) for seller in (first, second)]
    tell()
    sent = []
    for signup in places:
        give_back(signup)
        tell()
        sent.append(last_sent(signup.seller)[:2])
    assert sent == [("REQUEST", 2), ("CANCEL", 3)]


def test_file_of_a_place_has_the_link_and_is_as_new_as_the_emails(client: Client) -> None:
    workshop = WorkshopFactory(mode="both", join_url="https://live.example/secret", capacity=1)
    given_back = take(workshop)
    give_back(given_back)
    signup, waiting = take(workshop, given_back.seller, now=SOON), take(workshop)
    tell()
    client.force_login(signup.user)
    response = client.get(reverse("workshops:signup_calendar", args=[signup.seller_id, signup.pk]))
    (event,) = Calendar.from_ical(response.content).events
    assert (event["conference"], "secret" in event["description"]) == ("https://live.example/secret", True)
    assert ("PUBLISH", event["sequence"]) == ("PUBLISH", last_sent(signup.seller)[1]) == ("PUBLISH", 2)
    assert response["Cache-Control"] == "private, no-store"
    for other, status in ((given_back, 404), (waiting, 404)):
        client.force_login(other.user)
        path = reverse("workshops:signup_calendar", args=[other.seller_id, other.pk])
        assert client.get(path).status_code == status
    assert client.get(reverse("workshops:signup_calendar", args=[waiting.seller_id, signup.pk])).status_code == 404


def test_pages_put_the_link_to_join_into_the_calendars_of_who_has_a_place(client: Client) -> None:
    workshop = WorkshopFactory(mode="both", join_url="https://live.example/secret", capacity=1)
    workshop.starts_at = timezone.now() + timedelta(days=1)
    workshop.ends_at = workshop.starts_at + timedelta(hours=1)
    workshop.save()
    placed, waiting = fill(workshop, 2)
    for signup, knows in ((placed, True), (waiting, False)):
        client.force_login(signup.user)
        for page in (signup.get_absolute_url(), workshop.get_absolute_url()):
            links = client.get(page).context["facts"].calendar
            assert ["secret" in link for link in (links.google, links.outlook)] == [knows, knows]
            assert (links.file == reverse("workshops:calendar", args=[workshop.pk])) is not knows


def test_one_of_two_places_given_back_keeps_the_seller_in_the_calendar() -> None:
    workshop, seller = WorkshopFactory(places_per_seller=2), member_seller()
    names = ["Ada", "Grace"]
    _, grace = sign_up_people(workshop=workshop, seller=seller, user=seller.users.get(), names=names, now=NOW)
    tell()
    give_back(grace)
    tell()
    assert "**Place of:** Grace" in Message.objects.latest("id").body
    assert method_and_event(emails_of(seller)[-1])[0] == "REQUEST"


def test_who_is_promoted_is_told_at_once_and_told_off_when_they_give_it_back() -> None:
    placed, waiting = fill(WorkshopFactory(title="LIVE basics", capacity=1), 2)
    give_back(placed)
    tell()
    assert told(waiting.seller) == ["You have a place: LIVE basics"]
    waiting.refresh_from_db()
    give_back(waiting)
    tell()
    assert told(waiting.seller)[1:] == ["You cancelled your place: LIVE basics"]
    assert method_and_event(emails_of(waiting.seller)[-1])[0] == "CANCEL"


def test_nothing_is_told_of_a_place_that_was_given_back_before_it_was_told() -> None:
    signup = take(WorkshopFactory())
    give_back(signup)
    assert tell() == 0
    assert told(signup.seller) == []


def test_waiting_places_are_seen_on_their_page_alone() -> None:
    _, waiting = fill(WorkshopFactory(capacity=1), 2)
    tell()
    give_back(waiting)
    tell()
    assert told(waiting.seller) == []


def test_what_a_host_did_is_told_by_the_host() -> None:
    workshop, seller = WorkshopFactory(capacity=3, title="LIVE basics"), member_seller()
    host = MemberFactory().user
    signup = sign_up_for_seller(
        workshop=workshop, seller=seller, attendee="", reason="She called.", now=NOW, signed_up_by=host
    )
    cancel_signup_for_seller(signup=signup, reason="She called again.", now=SOON, cancelled_by=None)
    taken_away = take(workshop)
    cancel_signup_for_seller(signup=taken_away, reason="Twice.", now=SOON, cancelled_by=None)
    assert tell() == 0
    assert told(taken_away.seller) == ["Your place was cancelled: LIVE basics"]


def test_who_walked_in_is_sent_no_invitation() -> None:
    workshop = WorkshopFactory()
    seller, at = member_seller(market=workshop.market), workshop.starts_at
    walk_in(workshop=workshop, seller=seller, attendee="", now=at, let_in_by=MemberFactory().user)
    assert tell_of_own_places(clock=lambda: at) == 0


def test_nothing_is_told_of_a_workshop_that_was_cancelled_or_is_over_meanwhile() -> None:
    off, over, running = WorkshopFactory(), WorkshopFactory(), WorkshopFactory()
    (first,), (second,), (third,) = fill(off, 1), fill(over, 1), fill(running, 1)
    cancel_workshop(workshop=off, reason="The hall is flooded.", now=NOW)
    Workshop.objects.filter(pk=over.pk).update(starts_at=NOW - timedelta(hours=2), ends_at=NOW)
    check_in(workshop=running, code=third.check_in_code, now=running.starts_at)
    assert tell() == 1
    assert [len(told(one.seller)) for one in (first, second, third)] == [1, 0, 1]
    assert not Signup.objects.to_tell().exists()


def test_invitation_of_a_place_given_back_before_the_email_left_is_not_sent() -> None:
    signup = take(WorkshopFactory())
    tell()
    give_back(signup)
    assert calendar_parts(emails_of(signup.seller)[0]) == []


def test_one_workshop_that_goes_wrong_does_not_stop_the_others() -> None:
    wrong, right = WorkshopFactory(title="Wrong"), WorkshopFactory()
    (lost,), (kept,) = fill(wrong, 1), fill(right, 1)
    forbid = "ALTER TABLE inbox_message ADD CONSTRAINT forbidden CHECK (seller_id <> %s)"
    with connection.cursor() as cursor:
        cursor.execute(forbid, [lost.seller_id])
    assert tell() == 1
    assert list(Signup.objects.to_tell()) == [lost]
    assert len(told(kept.seller)) == 1


def test_task_tells_what_is_to_be_told() -> None:
    tasks.tell_of_own_places()
    assert not Message.objects.exists()


@pytest.mark.parametrize("count", [1, 3])
def test_workshop_takes_the_same_queries_for_any_number(count: int, django_assert_num_queries: Any) -> None:
    workshop = WorkshopFactory()
    for _ in range(count):
        take(workshop, member_seller(market=workshop.market))
    with django_assert_num_queries(13):
        assert tell() == count


@pytest.mark.django_db(transaction=True)
def test_workers_at_once_tell_each_seller_once() -> None:
    for workshop in [WorkshopFactory() for _ in range(2)]:
        fill(workshop, 3)
    assert sum(together(4, lambda _: tell())) == 6
    assert Message.objects.count() == 6


@pytest.mark.django_db(transaction=True)
def test_who_gives_a_place_back_while_it_is_told_is_told_off_or_not_told_at_all() -> None:
    signups = fill(WorkshopFactory(), 4)

    def act(number: int) -> object:
        return tell() if number % 2 else give_back(signups[number // 2])

    together(8, act)
    tell()
    for signup in signups:
        assert [subject.partition(":")[0] for subject in told(signup.seller)] in (
            [],
            ["You have a place", "You cancelled your place"],
        )
