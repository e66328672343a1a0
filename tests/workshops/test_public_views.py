from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from accounts.models import User
from sellers.models import Seller
from tests.factories import (
    CityFactory,
    MarketFactory,
    MemberFactory,
    PolicyFactory,
    SellerFactory,
    UserFactory,
    WorkshopFactory,
)
from tests.workshops.places import fill, member_seller, take
from tests.workshops.test_views import ended, seller_url, signed_in, titles, upcoming
from workshops.models import City, Workshop, WorkshopSeries
from workshops.services import cancel_workshop, describe_workshop

pytestmark = pytest.mark.django_db

LIST = "/workshops/"
PAST = "/workshops/past/"
FEED = "/workshops/workshops.ics"
CHICAGO = ZoneInfo("America/Chicago")


@pytest.fixture
def now() -> datetime:
    return timezone.now()


# --- The public listing


def test_list_shows_published_ones_by_date(client: Client, now: datetime) -> None:
    upcoming(now, days=3, title="Later")
    upcoming(now, days=1, title="Sooner")
    upcoming(now, days=2, title="Draft", published_at=None)
    ended(now, title="Over")
    assert titles(client.get(LIST)) == ["Sooner", "Later"]


def test_list_shows_past_ones_behind_a_link(client: Client, now: datetime) -> None:
    upcoming(now)
    ended(now, title="Over")
    assert f'href="{PAST}"' in client.get(LIST).content.decode()
    assert titles(client.get(PAST)) == ["Over"]
    assert "Places left only" in client.get(LIST).text
    assert "Places left only" not in client.get(PAST).text


def test_list_marks_a_cancelled_one_and_says_why(client: Client, now: datetime) -> None:
    cancel_workshop(workshop=upcoming(now), reason="The hall is flooded.", now=now)
    page = client.get(LIST).content.decode()
    assert "Cancelled" in page
    assert "The hall is flooded." in page
    assert "places left</span>" not in page


def test_list_shows_places_left_and_who_waits(client: Client, now: datetime) -> None:
    fill(upcoming(now, capacity=3), 1, now=now)
    fill(upcoming(now, capacity=1), 3, now=now)
    page = client.get(LIST).content.decode()
    assert "2 of 3 places left" in page
    assert "The only place is taken" in page
    assert "2 waiting" in page


def test_list_groups_by_the_month_in_each_workshops_zone(client: Client) -> None:
    start = datetime(2099, 12, 1, 3, tzinfo=UTC)
    for zone in ["America/Chicago", "Asia/Bangkok"]:
        WorkshopFactory(starts_at=start, ends_at=start + timedelta(hours=2), time_zone=zone, title=zone)
    months = client.get(LIST).context["months"]
    assert {f"{month:%B %Y}": [one.title for one in found] for month, found in months.items()} == {
        "November 2099": ["America/Chicago"],
        "December 2099": ["Asia/Bangkok"],
    }


def test_list_shows_local_time_on_both_sides_of_a_clock_change(client: Client) -> None:
    for day in ["2099-10-31", "2099-11-02"]:
        start = datetime.fromisoformat(f"{day}T18:00").replace(tzinfo=CHICAGO)
        WorkshopFactory(starts_at=start, ends_at=start + timedelta(hours=2))
    page = client.get(LIST).content.decode()
    assert "Sat 31 Oct 2099, 18:00–20:00 CDT" in page
    assert "Mon 2 Nov 2099, 18:00–20:00 CST" in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"country": "TH"}, ["Bangkok"]),
        ({"country": "XX"}, []),
        ({"city": "nowhere"}, []),
        ({"topic": "claims"}, ["Austin"]),
        ({"month": "2099-11"}, ["Austin"]),
        ({"month": "2099-12"}, ["Bangkok"]),
        ({"month": "2099-13"}, []),
        ({"month": "9999-12"}, []),
        ({"language": "th"}, ["Bangkok"]),
        ({"mode": "in_person"}, ["Austin", "Bangkok"]),
        ({"mode": "online"}, ["Bangkok"]),
        ({"mode": "both"}, ["Bangkok"]),
        ({"mode": "by_post"}, []),
        ({"market": "TH"}, ["Bangkok"]),
        ({"after": "2099-12-01"}, ["Bangkok"]),
        ({"before": "2099-11-30"}, ["Austin"]),
        ({"after": "2099-11-30", "before": "2099-12-01"}, ["Austin", "Bangkok"]),
        ({"places_left": "on"}, ["Bangkok"]),
        ({"country": "US", "market": "TH"}, []),
        ({"after": "nonsense"}, ["Austin", "Bangkok"]),
        ({"page": "99"}, ["Austin", "Bangkok"]),
    ],
)
def test_list_filters_in_the_address(client: Client, now: datetime, query: dict[str, str], found: list[str]) -> None:
    start = datetime(2099, 12, 1, 3, tzinfo=UTC)
    times: Any = {"starts_at": start, "ends_at": start + timedelta(hours=2)}
    full = WorkshopFactory(title="Austin", city="Austin", market__code="US", capacity=1, **times)
    full.policies.add(PolicyFactory(code="claims"))
    bangkok = CityFactory(name="Bangkok", country="TH")
    elsewhere: Any = {"market__code": "TH", "time_zone": "Asia/Bangkok", "language": "th", "mode": "both"}
    WorkshopFactory(title="Bangkok", city=bangkok, **elsewhere, **times)
    fill(full, 1, now=now)
    assert titles(client.get(LIST, query)) == found


def test_list_of_places_left_leaves_out_what_has_started(client: Client, now: datetime) -> None:
    WorkshopFactory(title="Runs", starts_at=now - timedelta(hours=1), ends_at=now + timedelta(hours=1))
    upcoming(now, title="Ahead")
    assert titles(client.get(LIST)) == ["Runs", "Ahead"]
    assert titles(client.get(LIST, {"places_left": "on"})) == ["Ahead"]


def test_list_says_how_many_match_and_can_be_cleared(client: Client, now: datetime) -> None:
    upcoming(now, city="Austin")
    page = client.get(LIST, {"country": "US"}).content.decode()
    assert "<b>1</b> workshop match" in page
    assert f'<a href="{LIST}">Clear filters</a>' in page
    assert "Clear filters" not in client.get(LIST).content.decode()


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({}, "No workshop is planned"),
        ({"places_left": "on"}, "No workshop matches"),
    ],
)
def test_list_says_what_will_appear_when_empty(client: Client, query: dict[str, str], said: str) -> None:
    assert said in client.get(LIST, query).content.decode()


def test_list_of_past_ones_says_what_will_appear_when_empty(client: Client) -> None:
    assert "No past workshops" in client.get(PAST).content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_list_queries(client: Client, now: datetime, django_assert_num_queries: Any, count: int) -> None:
    for _ in range(count):
        fill(upcoming(now), 2, now=now)
    with django_assert_num_queries(7):
        client.get(LIST)
    with django_assert_num_queries(2):
        client.get(LIST)


def test_list_that_is_kept_says_at_once_what_changed(client: Client, now: datetime) -> None:
    workshop = upcoming(now, capacity=3)
    assert "3 of 3 places left" in client.get(LIST).text
    fill(workshop, 1, now=now)
    assert "2 of 3 places left" in client.get(LIST).text
    City.objects.filter(pk=workshop.city_id).update(name="New Somewhere")
    Workshop.objects.filter(pk=workshop.pk).update(title="Another title")
    page = client.get(LIST).text
    assert "<bdi>Another title</bdi>" in page
    assert "<bdi>New Somewhere</bdi>" in page
    assert client.get(LIST).text == page
    assert "No workshop matches" in client.get(LIST, {"q": "nothing of that name", "month": "2031-01"}).text


# --- One workshop


def test_detail_is_in_the_workshops_zone(client: Client) -> None:
    start = datetime(2099, 7, 1, 23, tzinfo=UTC)
    workshop = WorkshopFactory(starts_at=start, ends_at=start + timedelta(hours=2), what_to_bring="- A **pen**")
    page = client.get(workshop.get_absolute_url()).content.decode()
    assert "Wed 1 Jul 2099, 18:00–20:00 CDT" in page
    assert "America/Chicago" in page
    assert "<strong>pen</strong>" in page
    assert f'<link rel="canonical" href="http://localhost:8000{workshop.get_absolute_url()}">' in page


def test_detail_asks_visitors_to_sign_in_and_comes_back(client: Client, now: datetime) -> None:
    workshop = upcoming(now)
    assert f"?next={workshop.get_absolute_url()}" in client.get(workshop.get_absolute_url()).content.decode()


def test_detail_hides_drafts(client: Client, now: datetime) -> None:
    draft = upcoming(now, published_at=None)
    assert client.get(draft.get_absolute_url()).status_code == 404
    assert client.get(reverse("workshops:calendar", args=[draft.pk])).status_code == 404


def test_detail_never_shows_a_hosts_email(client: Client, now: datetime) -> None:
    workshop = upcoming(now)
    workshop.hosts.set([UserFactory(name="", email="host@example.com"), UserFactory(name="Ada")])
    page = client.get(workshop.get_absolute_url()).content.decode()
    assert "host@example.com" not in page
    assert "<bdi>Ada</bdi>" in page


def test_detail_offers_each_seller_of_a_person_its_own_button(client: Client, now: datetime) -> None:
    workshop, person = upcoming(now), UserFactory()
    free, placed, pending = (
        MemberFactory(user=person, seller=SellerFactory(signed_up_to_sell=sells)).seller
        for sells in [True, True, False]
    )
    signup = take(workshop, placed, now=now)
    client.force_login(person)
    page = client.get(workshop.get_absolute_url()).content.decode()
    assert seller_url("sign_up", free, workshop_id=workshop.pk) in page
    assert seller_url("sign_up", placed, workshop_id=workshop.pk) not in page
    assert signup.get_absolute_url() in page
    assert seller_url("sign_up", pending, workshop_id=workshop.pk) not in page
    assert f"signed up to sell, and <bdi>{pending}</bdi> is not yet" in page


def test_detail_begins_with_the_seller_whose_page_was_opened_last(client: Client, now: datetime) -> None:
    workshop, person = upcoming(now), UserFactory()
    for name in ("Ann's", "Bob's", "Cleo's"):
        MemberFactory(user=person, seller=SellerFactory(name=name))
    client.force_login(person)
    client.get(Seller.objects.get(name="Bob's").get_absolute_url())
    shown = [own.seller.name for own in client.get(workshop.get_absolute_url()).context["places"]]
    assert shown == ["Bob's", "Ann's", "Cleo's"]


def test_detail_names_after_the_start_only_sellers_with_a_place(client: Client, now: datetime) -> None:
    workshop, person = upcoming(now), UserFactory()
    own, other = (MemberFactory(user=person).seller for _ in range(2))
    take(workshop, own, now=now)
    Workshop.objects.update(starts_at=now - timedelta(hours=3), ends_at=now - timedelta(hours=1))
    client.force_login(person)
    assert [one.seller for one in client.get(workshop.get_absolute_url()).context["places"]] == [own]
    client.force_login(MemberFactory(seller=other).user)
    assert "This workshop has taken place." in client.get(workshop.get_absolute_url()).content.decode()


def test_detail_says_so_to_somebody_without_a_seller(client: Client, now: datetime) -> None:
    client.force_login(UserFactory())
    assert "act for no seller" in client.get(upcoming(now).get_absolute_url()).content.decode()


@pytest.mark.parametrize(("sellers", "queries"), [(1, 9), (2, 10), (3, 10)])
def test_detail_queries(
    client: Client, now: datetime, django_assert_num_queries: Any, sellers: int, queries: int
) -> None:
    """Who acts for several sellers has a menu that says where each stands."""
    workshop, person = upcoming(now), UserFactory()
    for _ in range(sellers):
        take(workshop, MemberFactory(user=person).seller, now=now)
    client.force_login(person)
    with django_assert_num_queries(queries):
        client.get(workshop.get_absolute_url())


# --- The calendar file


@pytest.mark.parametrize("zone", ["America/Chicago", "Asia/Bangkok", "Europe/London"])
def test_calendar_holds_the_same_instants(client: Client, zone: str) -> None:
    start = datetime(2026, 10, 24, 22, tzinfo=UTC)
    workshop = WorkshopFactory(starts_at=start, ends_at=start + timedelta(hours=5), time_zone=zone, title="Café, à 8")
    response = client.get(reverse("workshops:calendar", args=[workshop.pk]))
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    assert response["Content-Disposition"] == f'attachment; filename="workshop-{workshop.pk}.ics"'
    calendar = Calendar.from_ical(response.content)
    (event,) = calendar.events
    assert (event.start, event.end) == (start, start + timedelta(hours=5))
    assert str(event["dtstart"].params["TZID"]) == zone
    assert [str(one["tzid"]) for one in calendar.timezones] == [zone]
    assert (event["summary"], event["status"]) == ("Café, à 8", "CONFIRMED")
    assert event["url"] == f"http://localhost:8000{workshop.get_absolute_url()}"


def test_pages_offer_to_take_a_cancelled_workshop_off_the_calendar(client: Client, now: datetime) -> None:
    workshop, seller = upcoming(now), member_seller()
    signup = take(workshop, seller, now=now)
    signed_in(client, seller)
    pages = (workshop.get_absolute_url(), signup.get_absolute_url())
    assert ["Add to your calendar" in client.get(page).content.decode() for page in pages] == [True, True]
    cancel_workshop(workshop=workshop, reason="No.", now=now)
    assert ["Take it off your calendar" in client.get(page).content.decode() for page in pages] == [True, True]


def calendar_of(client: Client, workshop: Workshop, **headers: Any) -> Any:
    return Calendar.from_ical(client.get(reverse("workshops:calendar", args=[workshop.pk]), **headers).content)


def test_calendar_of_a_moved_workshop_is_newer_and_of_a_cancelled_one_takes_it_off(
    client: Client, now: datetime, settings: Any
) -> None:
    settings.BASE_URL = "https://health.example:8443"
    settings.ALLOWED_HOSTS = ["*"]
    settings.DEFAULT_FROM_EMAIL = "Account health <portal@health.example>"
    workshop, seen = upcoming(now), []
    for change in [{}, {"title": "Renamed"}, None]:
        if change is None:
            workshop = cancel_workshop(workshop=workshop, reason="No.", now=now)
        elif change:
            workshop = describe_workshop(workshop=workshop, texts=change, now=now)
        calendar = calendar_of(client, workshop, HTTP_HOST="other.example")
        (event,) = calendar.events
        assert event["uid"] == f"workshop-{workshop.pk}@health.example"
        assert event["organizer"] == "mailto:portal@health.example"
        workshop.refresh_from_db()
        assert event["last-modified"].dt == workshop.changed_at.replace(microsecond=0)
        seen.append((str(calendar["method"]), str(event["status"]), event["sequence"]))
    assert seen == [("PUBLISH", "CONFIRMED", 0), ("PUBLISH", "CONFIRMED", 1), ("CANCEL", "CANCELLED", 2)]


@pytest.mark.parametrize(
    ("zone", "rules"),
    [
        ("America/Chicago", {(3, "2SU"), (11, "1SU")}),
        ("Europe/London", {(3, "-1SU"), (10, "-1SU")}),
        ("Asia/Bangkok", set()),
    ],
)
def test_calendar_defines_its_zone_by_yearly_rules(client: Client, zone: str, rules: set[tuple[int, str]]) -> None:
    start = datetime(2026, 10, 24, 22, tzinfo=UTC)
    workshop = WorkshopFactory(starts_at=start, ends_at=start + timedelta(hours=5), time_zone=zone)
    (defined,) = calendar_of(client, workshop).timezones
    parts = defined.subcomponents
    assert len(parts) == max(len(rules), 1)
    found = [part["rrule"] for part in parts if "rrule" in part]
    assert {(int(rule["BYMONTH"][0]), str(rule["BYDAY"][0])) for rule in found} == rules
    assert all(rule["FREQ"] == ["YEARLY"] for rule in found)
    assert not any("rdate" in part for part in parts)
    assert all(part["dtstart"].dt.replace(tzinfo=UTC) < start for part in parts)


# --- Clean addresses


def test_city_has_a_page_of_its_own(client: Client, now: datetime) -> None:
    there = upcoming(now, title="There", city="Austin")
    upcoming(now, title="Elsewhere", city="Leeds")
    ended(now, title="Over", city="Austin")
    assert there.city is not None
    page = client.get(there.city.get_absolute_url())
    assert titles(page) == ["There"]
    assert "<title>Workshops in Austin · " in page.content.decode()
    assert "United States. The time there is that of America/Chicago." in page.content.decode()
    assert titles(client.get("/workshops/in/austin/past/")) == ["Over"]
    assert client.get("/workshops/in/nowhere/").status_code == 404


@pytest.mark.parametrize(
    ("asked", "leads_to"),
    [
        ("/workshops/?past=1", "/workshops/past/"),
        ("/workshops/?city=austin", "/workshops/in/austin/"),
        ("/workshops/?city=austin&topic=x&page=2", "/workshops/in/austin/?page=2&topic=x"),
        ("/workshops/?city=austin&past=1", "/workshops/in/austin/past/"),
        ("/workshops/past/?city=austin", "/workshops/in/austin/past/"),
        ("/workshops/?city=nowhere&past=1", "/workshops/past/?city=nowhere"),
        ("/workshops/?city=Austin", "/workshops/in/austin/"),
        ("/workshops/in/Austin/?topic=x", "/workshops/in/austin/?topic=x"),
        ("/workshops/in/AUSTIN/past/", "/workshops/in/austin/past/"),
        ("/workshops/in/Austin/workshops.ics?topic=x", "/workshops/in/austin/workshops.ics?topic=x"),
        ("/workshops/in/austin/?city=leeds&country=GB&topic=x", "/workshops/in/austin/?topic=x"),
    ],
)
def test_older_addresses_lead_to_clean_ones_for_good(client: Client, asked: str, leads_to: str) -> None:
    CityFactory(name="Austin")
    response = client.get(asked)
    assert (response.status_code, response.headers["Location"]) == (301, leads_to)


def test_workshop_is_found_by_its_id_and_by_an_older_title(client: Client, now: datetime) -> None:
    workshop = upcoming(now, title="Claims you can prove")
    address = f"/workshops/{workshop.pk}-claims-you-can-prove/"
    assert workshop.get_absolute_url() == address
    for asked in (f"/workshops/{workshop.pk}/", f"/workshops/{workshop.pk}-another-title/"):
        response = client.get(asked)
        assert (response.status_code, response.headers["Location"]) == (301, address)
    assert client.get("/workshops/999999999999999999/").status_code == 404
    assert client.get(f"/workshops/{'9' * 30}/").status_code == 404


@pytest.mark.parametrize("title", ["การไลฟ์สด", "🎪🎪", "A/B?#&", "É" * 150])
def test_every_title_makes_an_address_that_is_found(client: Client, now: datetime, title: str) -> None:
    workshop = upcoming(now, title=title)
    assert client.get(workshop.get_absolute_url()).status_code == 200


def test_list_offers_what_there_is_with_how_many(client: Client, now: datetime) -> None:
    for city in ("Austin", "Austin", "Leeds"):
        upcoming(now, city=city)
    fields = client.get(LIST).context["filter"].form.fields
    assert fields["city"].widget.choices[1:] == [("austin", "Austin (2)"), ("leeds", "Leeds (1)")]
    assert "country" not in fields
    assert "language" not in fields


def test_list_offers_no_city_on_the_page_of_one(client: Client, now: datetime) -> None:
    upcoming(now, city="Austin")
    fields = client.get("/workshops/in/austin/").context["filter"].form.fields
    assert {"city", "country", "mode"}.isdisjoint(fields)


@pytest.mark.parametrize(
    ("query", "kind"),
    [
        ({"city": "nowhere"}, "city"),
        ({"country": "XX"}, "country"),
        ({"topic": "nowhere"}, "topic"),
        ({"month": "2099-13"}, "month"),
        ({"language": "xx"}, "language"),
        ({"mode": "by_post"}, "way to take part"),
        ({"market": "XX"}, "market"),
    ],
)
def test_list_says_what_there_is_not_at_all(client: Client, query: dict[str, str], kind: str) -> None:
    (value,) = query.values()
    page = client.get(LIST, query).content.decode()
    said = f"There is no {kind} called “{value}”."
    assert f'<option value="{value}" selected>{said}</option>' in page
    assert f"<p>{said}</p>" in page
    assert "No workshop matches" in page


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ({"topic": "claims"}, "Misleading claims"),
        ({"country": "TH"}, "Thailand"),
        ({"month": "2031-01"}, "January 2031"),
        ({"language": "de"}, "German"),
        ({"mode": "online"}, "Online"),
        ({"market": "TH"}, "Thai market"),
    ],
)
def test_list_calls_what_was_chosen_by_its_name_though_there_is_none(
    client: Client, query: dict[str, str], name: str
) -> None:
    PolicyFactory(code="claims", name="Misleading claims")
    MarketFactory(code="TH", name="Thai market")
    (value,) = query.values()
    page = client.get(LIST, query).content.decode()
    assert f'<option value="{value}" selected>{name}</option>' in page
    assert "There is no" not in page


def test_list_repeats_little_of_what_somebody_wrote_into_an_address(client: Client) -> None:
    page = client.get(LIST, {"topic": "<b>" + "x" * 500}).content.decode()
    assert f"There is no topic called “&lt;b&gt;{'x' * 56}…”." in page
    assert client.get(LIST, {"topic": "a\0b"}).status_code == 200


def test_page_of_a_city_its_count_and_its_feed_agree(client: Client, now: datetime) -> None:
    upcoming(now, title="Room", city="Austin")
    upcoming(now, title="Room and online", city="Austin", mode="both", days=11)
    upcoming(now, title="Elsewhere", city="Leeds")
    response = client.get("/workshops/in/austin/", {"mode": "online"})
    assert titles(response) == ["Room and online"]
    assert "<b>1</b> workshop matches" in response.content.decode()
    feed = response.context["feed"].file.partition("localhost:8000")[2]
    assert events(client, feed) == ["Room and online"]
    assert events(client, "/workshops/in/austin/workshops.ics", city="leeds", country="GB") == [
        "Room",
        "Room and online",
    ]


def test_list_keeps_a_stray_space_out_of_where_a_workshop_is(client: Client, now: datetime) -> None:
    seller = member_seller(city="Austin")
    upcoming(now, city="Austin", venue="Hall", market=seller.market)
    page = signed_in(client, seller).get(seller_url("seller_list", seller)).content.decode()
    assert "<bdi>Hall</bdi>: in your city" in page


def test_past_ones_lead_to_their_material(client: Client, now: datetime) -> None:
    with_it = ended(now, material="[Slides](https://example.com/slides)")
    without = ended(now)
    page = client.get(PAST).content.decode()
    assert f'href="{with_it.get_absolute_url()}#material"' in page
    assert f'href="{without.get_absolute_url()}#material"' not in page
    assert "https://example.com/slides" in client.get(with_it.get_absolute_url()).content.decode()


def test_material_is_not_shown_before_the_end(client: Client, now: datetime) -> None:
    ahead = upcoming(now, material="[Slides](https://example.com/slides)")
    assert "https://example.com/slides" not in client.get(ahead.get_absolute_url()).content.decode()


# --- What a workshop says of itself


def structured(client: Client, workshop: Workshop) -> Any:
    page = client.get(workshop.get_absolute_url()).content.decode()
    (written,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    return json.loads(written)


def test_search_engines_read_an_event(client: Client, now: datetime) -> None:
    workshop = upcoming(now, mode="both", join_url="https://live.example/secret", title="Claims", capacity=1)
    workshop.hosts.add(UserFactory(name="Ada"))
    event = structured(client, workshop)
    assert (event["@type"], event["name"], event["inLanguage"]) == ("EducationEvent", "Claims", "en")
    assert datetime.fromisoformat(event["startDate"]) == workshop.starts_at
    assert event["startDate"].endswith(("-05:00", "-06:00"))
    assert event["eventAttendanceMode"] == "https://schema.org/MixedEventAttendanceMode"
    assert [place["@type"] for place in event["location"]] == ["Place", "VirtualLocation"]
    assert event["location"][0]["address"]["addressCountry"] == "US"
    assert event["performer"] == [{"@type": "Person", "name": "Ada"}]
    assert event["offers"]["availability"] == "https://schema.org/InStock"
    assert "secret" not in json.dumps(event)
    take(workshop, now=now)
    assert structured(client, workshop)["offers"]["availability"] == "https://schema.org/SoldOut"
    cancel_workshop(workshop=workshop, reason="No.", now=now)
    assert structured(client, workshop)["eventStatus"] == "https://schema.org/EventCancelled"


def test_search_engines_read_no_place_that_nobody_can_have(client: Client, now: datetime) -> None:
    def places(workshop: Workshop) -> tuple[str, int]:
        event = structured(client, workshop)
        offer = event["offers"]
        assert datetime.fromisoformat(offer["availabilityEnds"]) == workshop.starts_at
        return offer["availability"].removeprefix("https://schema.org/"), event["remainingAttendeeCapacity"]

    hour = timedelta(hours=1)
    full, off = upcoming(now, capacity=1), upcoming(now, capacity=3)
    running = WorkshopFactory(starts_at=now - hour, ends_at=now + hour, capacity=3)
    over = WorkshopFactory(starts_at=now - 2 * hour, ends_at=now - hour, capacity=3)
    take(full, now=now)
    assert places(off) == ("InStock", 3)
    cancel_workshop(workshop=off, reason="No.", now=now)
    assert [places(one) for one in (full, off, running, over)] == [("SoldOut", 0)] * 4


def test_hostile_title_stays_in_the_data(client: Client, now: datetime) -> None:
    title = "</script><script>alert(1)</script>&amp;\u2028<!--"
    workshop = upcoming(now, title=title)
    page = client.get(workshop.get_absolute_url()).content.decode()
    assert structured(client, workshop)["name"] == title
    assert "<script>alert" not in page


def test_preview_is_a_picture_and_not_of_a_draft(client: Client, now: datetime) -> None:
    workshop = upcoming(now, title="Claims, " * 15)
    page = client.get(workshop.get_absolute_url()).content.decode()
    address = reverse("workshops:preview", args=[workshop.pk])
    assert f'<meta property="og:image" content="http://localhost:8000{address}">' in page
    response = client.get(address)
    assert (response["Content-Type"], response.content[:8]) == ("image/png", b"\x89PNG\r\n\x1a\n")
    assert response.content[16:24] == (1200).to_bytes(4, "big") + (630).to_bytes(4, "big")
    assert client.get(reverse("workshops:preview", args=[upcoming(now, published_at=None).pk])).status_code == 404


def test_online_workshop_has_no_city_and_its_link_is_for_who_has_a_place(client: Client, now: datetime) -> None:
    link = "https://live.example/secret"
    workshop = upcoming(now, mode="online", city=None, venue="", address="", join_url=link, capacity=1)
    placed, waiting = fill(workshop, 2, now=now)
    pages = []
    for seller in (None, waiting.seller, placed.seller):
        if seller:
            signed_in(client, seller)
        pages.append(client.get(workshop.get_absolute_url()).content.decode())
    assert [link in page for page in pages] == [False, False, True]
    assert "Whoever has a place gets the link to join." in pages[0]
    assert "See it on a map" not in pages[0]
    assert "Online" in client.get(LIST).content.decode()


def test_place_and_form_show_the_map_and_the_place_alone_the_link_to_join(client: Client, now: datetime) -> None:
    link = "https://live.example/secret"
    workshop = upcoming(now, mode="both", join_url=link, capacity=1)
    placed, waiting = fill(workshop, 2, now=now)
    for signup, is_shown in ((placed, True), (waiting, False)):
        page = signed_in(client, signup.seller).get(signup.get_absolute_url()).content.decode()
        assert (link in page) is is_shown
        assert "https://www.openstreetmap.org/search?query=" in page
    stranger = member_seller()
    form = signed_in(client, stranger).get(seller_url("sign_up", stranger, workshop_id=workshop.pk)).content.decode()
    assert link not in form
    assert "https://www.openstreetmap.org/search?query=" in form


def test_nobody_who_cannot_come_is_told_of_the_waiting_list(client: Client, now: datetime) -> None:
    workshop = upcoming(now, capacity=1)
    fill(workshop, 1, now=now)
    said = "Whoever waits gets places that become free"
    assert said in client.get(workshop.get_absolute_url()).content.decode()
    for sells in (True, False):
        signed_in(client, member_seller(signed_up_to_sell=sells))
        assert (said in client.get(workshop.get_absolute_url()).content.decode()) is sells


def test_workshop_says_who_may_come_while_somebody_can(client: Client, now: datetime) -> None:
    ahead, over = upcoming(now, places_per_seller=2), ended(now)
    page = client.get(ahead.get_absolute_url()).content.decode()
    assert "A seller can have 2 places." in page
    assert "Sign in to see whether your seller can come" in page
    assert "Who may come" not in client.get(over.get_absolute_url()).content.decode()


def test_map_is_a_link_alone(client: Client, now: datetime) -> None:
    page = client.get(upcoming(now).get_absolute_url()).content.decode()
    assert "https://www.openstreetmap.org/search?query=1%20Main%20Street%2C%20Austin%2C%20United%20States" in page
    assert 'href="geo:0,0?q=1%20Main%20Street%2C%20Austin%2C%20United%20States"' in page
    assert "<iframe" not in page
    named = upcoming(now, address="1 Main Street, Austin, TX 78702")
    assert "query=1%20Main%20Street%2C%20Austin%2C%20TX%2078702%2C%20United%20States" in (
        client.get(named.get_absolute_url()).text
    )


def test_calendars_on_the_web_get_the_event_filled_in(client: Client) -> None:
    start = datetime(2099, 7, 1, 23, tzinfo=UTC)
    page = client.get(WorkshopFactory(starts_at=start, ends_at=start + timedelta(hours=2)).get_absolute_url())
    links = page.context["facts"].calendar
    assert "dates=20990701T230000Z%2F20990702T010000Z" in links.google
    assert "startdt=2099-07-01T23%3A00%3A00%2B00%3A00" in links.outlook
    assert links.outlook_at_work == links.outlook.replace("outlook.live.com", "outlook.office.com")


BANGKOK = "Thu 2 Jul 2099, 06:00–08:00 UTC+07 (Asia/Bangkok)"


def test_reader_sees_the_time_of_their_market_beside_on_every_page(client: Client) -> None:
    start = datetime(2099, 7, 1, 23, tzinfo=UTC)
    workshop = WorkshopFactory(starts_at=start, ends_at=start + timedelta(hours=2), places_per_seller=2)
    assert 'data-told="[-300]"' in client.get(workshop.get_absolute_url()).content.decode()
    seller = member_seller(market=MarketFactory(time_zone="Asia/Bangkok"))
    signup = take(workshop, seller)
    own = (workshop, signup, seller_url("sign_up", seller, workshop_id=workshop.pk))
    pages = [one if isinstance(one, str) else one.get_absolute_url() for one in own]
    signed_in(client, seller)
    for page in pages:
        shown = client.get(page).content.decode()
        assert BANGKOK in shown
        assert 'data-told="[-300, 420]"' in shown
        assert "2099-07-02&quot;: &quot;Thu 2 Jul 2099&quot;" in shown
    User.objects.update(time_zone="Europe/Berlin")
    for page in pages:
        shown = client.get(page).content.decode()
        assert "On your clock: Thu 2 Jul 2099, 01:00–03:00 CEST (Europe/Berlin)" in shown
        assert "Asia/Bangkok" not in shown
        assert "data-own-time" not in shown


def test_reader_in_the_time_of_the_venue_sees_it_once(client: Client, now: datetime) -> None:
    workshop = upcoming(now)
    signed_in(client, member_seller(market=MarketFactory(time_zone="America/Chicago")))
    assert "(America/Chicago)" not in client.get(workshop.get_absolute_url()).content.decode()


def test_workshop_names_its_topics_and_the_others_of_its_series(client: Client, now: datetime) -> None:
    series = WorkshopSeries.objects.create(name="Autumn")
    workshop, other = upcoming(now, series=series), upcoming(now, series=series, title="Other one")
    gone = upcoming(now, series=series, title="Gone")
    cancel_workshop(workshop=gone, reason="No.", now=now)
    policy = PolicyFactory(name="Misleading claims")
    workshop.policies.add(policy)
    page = client.get(workshop.get_absolute_url()).content.decode()
    assert f'<a href="{policy.get_absolute_url()}">Misleading claims</a>' in page
    assert other.get_absolute_url() in page
    assert gone.get_absolute_url() not in page


# --- The feed


def events(client: Client, address: str = FEED, **query: str) -> list[str]:
    return [str(event["summary"]) for event in Calendar.from_ical(client.get(address, query).content).events]


def test_feed_holds_what_the_filters_leave(client: Client, now: datetime) -> None:
    upcoming(now, title="Austin", city="Austin").policies.add(PolicyFactory(code="claims"))
    upcoming(now, title="Leeds", city="Leeds", days=11)
    ended(now, title="Over", city="Leeds")
    upcoming(now, title="Draft", published_at=None)
    WorkshopFactory(title="Long ago", starts_at=now - timedelta(days=32), ends_at=now - timedelta(days=31))
    assert events(client) == ["Over", "Austin", "Leeds"]
    assert events(client, "/workshops/in/leeds/workshops.ics") == ["Over", "Leeds"]
    assert events(client, topic="claims") == ["Austin"]
    assert events(client, topic="none-yet") == []
    assert client.get("/workshops/in/nowhere/workshops.ics").status_code == 404


@pytest.mark.parametrize("value", ["2026-11-30\0", "soon", "2026-02-30"])
def test_feed_of_a_filter_that_cannot_be_read_is_refused(client: Client, value: str) -> None:
    response = client.get(FEED, {"after": value})
    assert (response.status_code, response.content.decode()) == (400, "The filter is not understood: after")


def test_feed_says_how_often_to_come_back(client: Client) -> None:
    response = client.get(FEED)
    assert b"REFRESH-INTERVAL;VALUE=DURATION:PT4H\r\n" in response.content
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    assert response["Cache-Control"] == "public, max-age=900"
    assert "Last-Modified" not in response


def test_feed_is_sent_again_only_when_it_changed(client: Client, now: datetime) -> None:
    workshop = upcoming(now, title="Before")
    first = client.get(FEED)
    for headers in ({"HTTP_IF_NONE_MATCH": first["ETag"]}, {"HTTP_IF_MODIFIED_SINCE": first["Last-Modified"]}):
        again = client.get(FEED, **headers)
        assert (again.status_code, again.content) == (304, b"")
    assert client.get(FEED).content == first.content
    describe_workshop(workshop=workshop, texts={"title": "After"}, now=now + timedelta(seconds=5))
    changed = client.get(FEED, HTTP_IF_NONE_MATCH=first["ETag"])
    assert changed.status_code == 200
    assert events(client) == ["After"]


def test_feed_keeps_a_cancelled_workshop_as_cancelled(client: Client, now: datetime) -> None:
    cancel_workshop(workshop=upcoming(now), reason="No.", now=now)
    (event,) = Calendar.from_ical(client.get(FEED).content).events
    assert event["status"] == "CANCELLED"


def test_list_offers_its_feed_with_its_filters(client: Client, now: datetime) -> None:
    upcoming(now, city="Austin")
    links = client.get("/workshops/in/austin/", {"topic": "claims", "page": "1"}).context["feed"]
    assert links.file == "webcal://localhost:8000/workshops/in/austin/workshops.ics?topic=claims"
    assert links.google.endswith(
        "cid=webcal%3A%2F%2Flocalhost%3A8000%2Fworkshops%2Fin%2Faustin%2Fworkshops.ics%3Ftopic%3Dclaims"
    )
    assert "name=Workshops%20in%20Austin" in links.outlook
    assert links.outlook_at_work.startswith("https://outlook.office.com/calendar/0/addfromweb?url=http")


@pytest.mark.parametrize("count", [1, 3])
def test_feed_queries(client: Client, now: datetime, django_assert_num_queries: Any, count: int) -> None:
    for _ in range(count):
        upcoming(now)
    with django_assert_num_queries(3):
        client.get(FEED)
