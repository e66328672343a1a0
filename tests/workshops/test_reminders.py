"""Who has a place is reminded a week and a day before, and asked how it was after the end: once each."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, connection

from inbox.models import EmailDelivery, Message
from kit.jobs.models import Priority
from tests.factories import LONG_AGO, NOW, MemberFactory, WorkshopFactory
from tests.threads import together
from tests.workshops.places import fill, member_seller, take
from workshops import tasks
from workshops.models import Signup, Workshop, WorkshopReminder
from workshops.occasions import Due, Occasion, days_before, due_at
from workshops.services import (
    cancel_signup,
    cancel_workshop,
    check_in,
    move_workshop,
    remind_attendees,
    remind_of_workshop,
    sign_up_people,
)

START = NOW + timedelta(days=10)
END = START + timedelta(hours=3)
WEEK, DAY = START - timedelta(days=7), START - timedelta(days=1)
INSTANT = timedelta(microseconds=1)
CHICAGO = ZoneInfo("America/Chicago")

pytestmark = pytest.mark.django_db


def remind(now: datetime) -> int:
    return remind_attendees(clock=lambda: now)


def told(template: str = "workshop_reminder") -> list[Message]:
    return list(Message.objects.filter(template=template).order_by("id"))


def moved(workshop: Workshop, *, days: int, now: datetime) -> Workshop:
    keep = {name: getattr(workshop, name) for name in ("time_zone", "mode", "city", "venue", "address", "join_url")}
    shift = timedelta(days=days)
    return move_workshop(
        workshop=workshop, starts_at=workshop.starts_at + shift, ends_at=workshop.ends_at + shift, now=now, **keep
    )


# --- When


@pytest.mark.parametrize(
    ("now", "occasion"),
    [
        (WEEK - INSTANT, None),
        (WEEK, Occasion.WEEK),
        (WEEK + timedelta(days=2), None),
        (DAY - INSTANT, None),
        (DAY, Occasion.DAY),
        (START, None),
        (END - INSTANT, None),
        (END, Occasion.FEEDBACK),
        (END + timedelta(days=14), None),
    ],
)
def test_occasions_are_a_week_and_a_day_before_and_after_the_end(now: datetime, occasion: Occasion | None) -> None:
    due = due_at(now, starts_at=START, ends_at=END, zone=CHICAGO, feedback_days=14)
    assert (due and due.occasion) == occasion


def test_nobody_is_asked_where_feedback_is_taken_for_no_day() -> None:
    assert due_at(END, starts_at=START, ends_at=END, zone=CHICAGO, feedback_days=0) is None


@pytest.mark.parametrize(
    ("start", "before"),
    [
        # Clocks went forward on 8 March 2026, and back on 1 November.
        (datetime(2026, 3, 9, 18, tzinfo=CHICAGO), datetime(2026, 3, 8, 18, tzinfo=CHICAGO)),
        (datetime(2026, 3, 8, 18, tzinfo=CHICAGO), datetime(2026, 3, 7, 18, tzinfo=CHICAGO)),
        (datetime(2026, 11, 1, 18, tzinfo=CHICAGO), datetime(2026, 10, 31, 18, tzinfo=CHICAGO)),
        (datetime(2026, 3, 9, 2, 30, tzinfo=CHICAGO), datetime(2026, 3, 8, 3, 30, tzinfo=CHICAGO)),
        (datetime(2026, 11, 2, 1, 30, tzinfo=CHICAGO), datetime(2026, 11, 1, 1, 30, fold=0, tzinfo=CHICAGO)),
    ],
)
def test_a_day_before_is_the_same_time_of_day_also_where_clocks_change(start: datetime, before: datetime) -> None:
    assert days_before(start, days=1, zone=CHICAGO) == before.astimezone(UTC)


def test_due_says_from_when_until_when() -> None:
    due = due_at(DAY, starts_at=START, ends_at=END, zone=CHICAGO, feedback_days=14)
    assert due == Due(Occasion.DAY, DAY, START)


# --- Whom


def test_seller_with_a_place_is_reminded_once_a_week_and_once_a_day_before() -> None:
    signup = take(WorkshopFactory(title="LIVE basics"))
    assert [remind(now) for now in (WEEK - INSTANT, WEEK, WEEK + INSTANT, DAY, START - INSTANT, START)] == [
        0, 1, 0, 1, 0, 0,
    ]  # fmt: skip
    messages = told()
    assert list(WorkshopReminder.objects.order_by("id").values_list("seller", "occasion", "message")) == [
        (signup.seller_id, "week", messages[0].pk),
        (signup.seller_id, "day", messages[1].pk),
    ]
    assert messages[0].subject == "Reminder: LIVE basics, Sat 28 Nov 2026, 06:00–09:00 CST"
    assert f"**Check-in code:** {signup.spelled_code}" in messages[0].body
    assert messages[0].path == signup.get_absolute_url()


def test_who_is_there_is_not_reminded_by_a_reminder_that_comes_late() -> None:
    signup, _ = fill(WorkshopFactory(), 2)
    check_in(workshop=signup.workshop, code=signup.check_in_code, now=START - timedelta(hours=1))
    assert remind(START - INSTANT) == 1
    assert not Message.objects.filter(seller=signup.seller).exists()


def test_reminder_goes_out_before_bulk_email() -> None:
    take(WorkshopFactory())
    remind(WEEK)
    assert EmailDelivery.objects.get(message=told()[0]).priority == Priority.URGENT


def test_reminder_has_the_link_for_who_has_a_place() -> None:
    online = {"mode": "online", "city": None, "venue": "", "address": "", "join_url": "https://live.example/a>b"}
    workshop = WorkshopFactory(capacity=1, **online)
    placed, waiting = fill(workshop, 2)
    remind(DAY)
    (message,) = told()
    assert message.seller == placed.seller != waiting.seller
    assert "**Join online:** <https://live.example/a%3Eb>" in message.body


def test_several_places_of_a_seller_are_one_reminder_that_names_each() -> None:
    seller = MemberFactory().seller
    workshop = WorkshopFactory(places_per_seller=2)
    signups = sign_up_people(workshop=workshop, seller=seller, user=seller.users.get(), names=["Ada", "Grace"], now=NOW)
    assert remind(WEEK) == 1
    (message,) = told()
    assert "You have 2 places" in message.body
    for signup in signups:
        assert f"**Check-in code of {signup.attendee}:** {signup.spelled_code}" in message.body


def test_place_to_confirm_is_asked_for() -> None:
    workshop = WorkshopFactory(capacity=1, confirm_hours=9 * 24)
    placed, _ = fill(workshop, 2)
    cancel_signup(signup=placed, user=placed.user, now=NOW)
    remind(WEEK)
    assert "(please confirm it by" in told()[0].body


def test_nobody_is_reminded_who_cancelled_waits_or_whose_workshop_does_not_take_place() -> None:
    workshop = WorkshopFactory(capacity=1)
    fill(workshop, 2)
    gone = take(WorkshopFactory())
    cancel_signup(signup=gone, user=gone.user, now=NOW)
    off = WorkshopFactory()
    fill(off, 1)
    cancel_workshop(workshop=off, reason="No.", now=NOW)
    Workshop.objects.filter(pk=take(WorkshopFactory(), now=LONG_AGO).workshop_id).update(starts_at=LONG_AGO)
    assert remind(DAY) == 1
    assert remind_of_workshop(workshop_id=off.pk, now=DAY) == 0


def test_who_signs_up_later_is_not_reminded_at_once() -> None:
    workshop = WorkshopFactory()
    take(workshop, now=WEEK + INSTANT)
    assert [remind(WEEK + timedelta(hours=1)), remind(DAY)] == [0, 1]


def test_moved_workshop_is_reminded_of_anew_and_not_beside_the_news_of_it() -> None:
    workshop = WorkshopFactory()
    take(workshop)
    remind(WEEK)
    workshop = moved(workshop, days=30, now=WEEK)
    assert [remind(now + timedelta(days=30)) for now in (WEEK, DAY)] == [1, 1]
    nearer = WorkshopFactory(starts_at=START + timedelta(days=60), ends_at=END + timedelta(days=60))
    take(nearer)
    moved(nearer, days=-60, now=WEEK + timedelta(hours=1))
    assert remind(WEEK + timedelta(hours=2)) == 0
    assert remind(DAY) == 1


def test_who_was_there_is_asked_how_it_was_once() -> None:
    workshop = WorkshopFactory(title="LIVE basics")
    there, _ = fill(workshop, 2)
    check_in(workshop=workshop, code=there.check_in_code, now=START)
    assert [remind(END - INSTANT), remind(END), remind(END + timedelta(days=1))] == [0, 1, 0]
    (message,) = told("workshop_feedback")
    assert message.seller == there.seller
    assert message.subject == "How was it? LIVE basics"
    assert message.path == f"/s/{there.seller_id}/workshops/{workshop.pk}/feedback/"


def test_who_is_noted_as_there_later_is_asked_too() -> None:
    first, second = fill(WorkshopFactory(), 2)
    Signup.objects.filter(pk=first.pk).update(checked_in_at=START)
    assert remind(END) == 1
    Signup.objects.filter(pk=second.pk).update(checked_in_at=START)
    assert [remind(END + timedelta(days=13)), remind(END + timedelta(days=14))] == [1, 0]


# --- Whatever happens


def test_one_workshop_that_goes_wrong_does_not_stop_the_others() -> None:
    wrong, right = WorkshopFactory(title="Wrong"), WorkshopFactory()
    fill(wrong, 1)
    fill(right, 1)
    forbid = "ALTER TABLE workshops_workshopreminder ADD CONSTRAINT forbidden CHECK (workshop_id <> %s)"
    with connection.cursor() as cursor:
        cursor.execute(forbid, [wrong.pk])
    assert remind(WEEK) == 1


def test_task_reminds_by_the_clock() -> None:
    tasks.remind_attendees()
    assert told() == []


@pytest.mark.parametrize("count", [1, 3])
def test_workshop_takes_the_same_queries_for_any_number(count: int, django_assert_num_queries: Any) -> None:
    workshop = WorkshopFactory()
    for _ in range(count):
        take(workshop, member_seller(market=workshop.market))
    with django_assert_num_queries(13):
        assert remind_of_workshop(workshop_id=workshop.pk, now=WEEK) == count


@pytest.mark.parametrize(
    ("occasion", "constraint"), [("week", "workshop_reminder_once"), ("month", "workshop_reminder_occasion_is_one")]
)
def test_database_refuses_a_second_reminder(occasion: str, constraint: str) -> None:
    take(WorkshopFactory())
    remind(WEEK)
    remind(DAY)
    with pytest.raises(IntegrityError) as refused, connection.cursor() as cursor:
        cursor.execute("UPDATE workshops_workshopreminder SET occasion = %s WHERE occasion = 'day'", [occasion])
    assert refused.value.__cause__.diag.constraint_name == constraint  # type: ignore[union-attr]  # psycopg2 is the cause


@pytest.mark.django_db(transaction=True)
def test_workers_at_once_remind_each_seller_once() -> None:
    workshops = [WorkshopFactory() for _ in range(2)]
    for workshop in workshops:
        fill(workshop, 3)
    assert sum(together(4, lambda _: remind(WEEK))) == 6
    assert len(told()) == WorkshopReminder.objects.count() == 6
