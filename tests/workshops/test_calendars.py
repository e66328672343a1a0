from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any
from zoneinfo import ZoneInfo

import ics
import pytest
from django.utils import timezone
from hypothesis import example, given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from inbox.delivery import compose
from inbox.models import EmailDelivery
from kit.documents.calendar_files import calendar_file, folded, parameter, text, time_zone
from tests.factories import NOW, WorkshopFactory
from tests.workshops.ical_js import read_with_ical_js
from tests.workshops.places import fill, member_seller, take
from workshops.calendars import feed_file, workshop_file
from workshops.models import Workshop
from workshops.services import (
    cancel_signup,
    cancel_signup_for_seller,
    cancel_workshop,
    describe_workshop,
    give_place,
    move_workshop,
)

pytestmark = pytest.mark.django_db

MOMENTS = [
    ("America/Chicago", "north, clocks go back that night", datetime(2026, 11, 1, 1, tzinfo=UTC)),
    ("Europe/London", "north, clocks go back that night", datetime(2026, 10, 24, 22, tzinfo=UTC)),
    ("Australia/Sydney", "south, clocks go forward that night", datetime(2026, 10, 3, 12, tzinfo=UTC)),
    ("America/Santiago", "south", datetime(2027, 1, 15, 22, tzinfo=UTC)),
    ("Asia/Bangkok", "no clock changes", datetime(2026, 12, 1, 11, tzinfo=UTC)),
    ("Asia/Kolkata", "half an hour", datetime(2026, 12, 1, 11, tzinfo=UTC)),
    ("Africa/Casablanca", "clocks follow Ramadan", datetime(2027, 2, 6, 21, tzinfo=UTC)),
    ("America/Mexico_City", "clocks are not moved any more", datetime(2026, 7, 1, 18, tzinfo=UTC)),
    ("Asia/Almaty", "another offset since 2024", datetime(2026, 7, 1, 18, tzinfo=UTC)),
]


def at(zone: str, start: datetime, **fields: Any) -> Workshop:
    return WorkshopFactory(time_zone=zone, starts_at=start, ends_at=start + timedelta(hours=7), **fields)


@pytest.mark.parametrize(("zone", "why", "start"), MOMENTS)
def test_three_parsers_read_the_same_instants(zone: str, why: str, start: datetime) -> None:
    workshop = at(zone, start, title="Café, à 8; «prix»")
    content = workshop_file(workshop)
    (event,) = Calendar.from_ical(content).events
    assert (event.start, event.end) == (workshop.starts_at, workshop.ends_at), why
    (other,) = ics.Calendar(content.decode()).events
    assert (other.begin.datetime, other.end.datetime) == (workshop.starts_at, workshop.ends_at), why
    assert other.name == str(event["summary"]) == workshop.title


@pytest.mark.parametrize(("zone", "why", "start"), MOMENTS)
def test_ical_js_reads_the_same_instants_from_the_rules_of_the_file(zone: str, why: str, start: datetime) -> None:
    (event,) = read_with_ical_js(workshop_file(at(zone, start)))
    assert event["zone"] == zone
    assert datetime.fromisoformat(event["start"]) == start, why
    assert datetime.fromisoformat(event["end"]) == start + timedelta(hours=7), why


def test_feed_defines_each_zone_once_for_all_its_events() -> None:
    starts = [datetime(2026, 12, 1, 11, tzinfo=UTC), datetime(2029, 7, 1, 11, tzinfo=UTC)]
    workshops = [at(zone, start) for zone in ("Europe/London", "Asia/Bangkok") for start in starts]
    content = feed_file(workshops, name="Workshops in London")
    calendar = Calendar.from_ical(content)
    assert [str(zone["tzid"]) for zone in calendar.timezones] == ["Europe/London", "Asia/Bangkok"]
    assert [event.start for event in calendar.events] == [workshop.starts_at for workshop in workshops]
    assert str(calendar["x-wr-calname"]) == "Workshops in London"
    assert len(ics.Calendar(content.decode()).events) == 4
    assert [one["start"][:10] for one in read_with_ical_js(content)] == ["2026-12-01", "2029-07-01"] * 2


def test_zone_that_stops_moving_its_clocks_lists_the_changes_until_then() -> None:
    first, last = datetime(2021, 7, 1, tzinfo=UTC), datetime(2023, 7, 1, tzinfo=UTC)
    lines = list(time_zone(ZoneInfo("America/Mexico_City"), first=first, last=last))
    assert not any("RRULE" in line for line in lines)
    assert [line for line in lines if line.startswith("DTSTART")] == [
        "DTSTART:19700101T000000", "DTSTART:20211031T020000", "DTSTART:20220403T020000", "DTSTART:20221030T020000"
    ]  # fmt: skip


@settings(max_examples=200)
@example("x" * 300)
@example("é" * 300)
@given(st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=400))
def test_lines_are_folded_and_read_back(value: str) -> None:
    for part in folded(f"SUMMARY:{text(value)}").split("\r\n"):
        assert len(part.encode()) <= 75
    event = ["BEGIN:VEVENT", "UID:1", "DTSTAMP:20260101T000000Z", f"SUMMARY:{text(value)}", "END:VEVENT"]
    file = calendar_file(["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:x", *event, "END:VCALENDAR"])
    (read,) = Calendar.from_ical(file).events
    assert str(read["summary"]) == value


def test_hostile_texts_stay_in_their_line() -> None:
    workshop = at("UTC", NOW, title="a\\b;c,d", summary="x", description="y")
    Workshop.objects.update(summary="line\r\nEND:VEVENT")
    workshop.refresh_from_db()
    (event,) = Calendar.from_ical(workshop_file(workshop)).events
    assert str(event["summary"]) == "a\\b;c,d"
    assert "line\nEND:VEVENT" in str(event["description"])
    assert parameter('Ann "x"\r\nEND:VEVENT') == '"Ann  x   END:VEVENT"'


def test_offsets_with_seconds_are_written_out() -> None:
    then = datetime(1971, 6, 1, tzinfo=UTC)
    assert "TZOFFSETTO:-004430" in list(time_zone(ZoneInfo("Africa/Monrovia"), first=then, last=then))


# --- Invitations by email


def emails_of(seller: Any) -> list[EmailMessage]:
    rows = EmailDelivery.objects.filter(message__seller=seller).order_by("pk").select_related("message__seller__market")
    return [compose(row, now=timezone.now()).message() for row in rows]


def calendar_parts(email: EmailMessage) -> list[Any]:
    return [part for part in email.walk() if part.get_content_type() == "text/calendar"]


def method_and_event(email: EmailMessage) -> tuple[str, Any]:
    (part,) = calendar_parts(email)
    calendar = Calendar.from_ical(part.get_payload(decode=True))
    (event,) = calendar.events
    assert part.get_param("method") == str(calendar["method"])
    return str(calendar["method"]), event


def test_whoever_gets_a_place_is_invited_and_told_of_each_change_until_it_is_cancelled() -> None:
    workshop = WorkshopFactory(capacity=1)
    first, waiting = fill(workshop, 2)
    cancel_signup(signup=first, user=first.user, now=NOW)
    names = ["starts_at", "ends_at", "time_zone", "mode", "city", "address", "join_url"]
    place = {name: getattr(workshop, name) for name in names}
    move_workshop(workshop=workshop, venue="Other hall", now=NOW, **place)
    describe_workshop(workshop=workshop, texts={"summary": "Another one."}, now=NOW)
    cancel_workshop(workshop=workshop, reason="The hall is flooded.", now=NOW)
    method, event = method_and_event(emails_of(waiting.seller)[-1])
    assert (method, event["status"], event["sequence"]) == ("CANCEL", "CANCELLED", 4)
    assert event["attendee"] == f"mailto:{waiting.user.email}"


def test_invitation_raises_its_sequence_with_each_change() -> None:
    workshop = WorkshopFactory(capacity=1)
    waiting = fill(workshop, 2)[1]
    give_place(signup=waiting, reason="She speaks.", now=NOW, given_by=None)
    seen = []
    for venue in ("Hall 2", "Hall 3"):
        names = ["starts_at", "ends_at", "time_zone", "mode", "city", "address", "join_url"]
        workshop = move_workshop(
            workshop=workshop, venue=venue, now=NOW, **{name: getattr(workshop, name) for name in names}
        )
        method, event = method_and_event(emails_of(waiting.seller)[-1])
        seen.append((method, str(event["uid"]), event["sequence"], venue in str(event["location"])))
        assert event["last-modified"].dt == workshop.changed_at.replace(microsecond=0)
    uid = f"workshop-{workshop.pk}@localhost"
    assert seen == [("REQUEST", uid, 1, True), ("REQUEST", uid, 2, True)]


def test_who_waits_is_not_invited_and_never_sees_the_link() -> None:
    link = "https://live.example/secret"
    workshop = WorkshopFactory(capacity=1, mode="both", join_url=link)
    placed, waiting = fill(workshop, 2)
    names = ["starts_at", "ends_at", "time_zone", "mode", "city", "address", "venue"]
    place = {name: getattr(workshop, name) for name in names}
    move_workshop(workshop=workshop, join_url=f"{link}2", now=NOW, **place)
    (email,) = emails_of(waiting.seller)
    assert calendar_parts(email) == []
    assert "secret" not in email.as_string()
    assert "The link to join of this workshop changed." in email.get_payload()[0].get_payload(decode=True).decode()
    method, event = method_and_event(emails_of(placed.seller)[-1])
    assert (method, str(event["conference"])) == ("REQUEST", f"{link}2")


def test_who_loses_a_place_is_told_off_and_who_lost_a_waiting_place_is_not() -> None:
    workshop = WorkshopFactory(capacity=1)
    placed, waiting = fill(workshop, 2)
    cancel_signup_for_seller(signup=waiting, reason="Full.", now=NOW, cancelled_by=None)
    cancel_signup_for_seller(signup=placed, reason="Full.", now=NOW, cancelled_by=None)
    assert calendar_parts(emails_of(waiting.seller)[-1]) == []
    assert method_and_event(emails_of(placed.seller)[-1])[0] == "CANCEL"


def test_invitation_of_a_place_that_was_lost_meanwhile_is_not_sent() -> None:
    signup = fill(WorkshopFactory(capacity=1), 2)[1]
    give_place(signup=signup, reason="She speaks.", now=NOW, given_by=None)
    cancel_signup(signup=signup, user=signup.user, now=NOW)
    assert calendar_parts(emails_of(signup.seller)[0]) == []


def test_one_of_several_places_taken_leaves_the_seller_in_the_calendar() -> None:
    workshop, seller = WorkshopFactory(places_per_seller=2), member_seller()
    kept, lost = take(workshop, seller), take(workshop, seller)
    cancel_signup_for_seller(signup=lost, reason="One is enough.", now=NOW, cancelled_by=None)
    assert kept.workshop == workshop
    assert method_and_event(emails_of(seller)[-1])[0] == "REQUEST"
