"""What hosts do with a workshop beside editing it: again, in other cities, not any more, and telling everybody."""

from __future__ import annotations

import html
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from audit.models import AuditEntry
from inbox.delivery import compose
from inbox.models import EmailDelivery, Message
from kit.outcomes import Refused, WrongState
from sellers.models import Seller, StaffMarket
from tests.factories import (
    NOW,
    CityFactory,
    MarketFactory,
    PolicyFactory,
    UserFactory,
    WorkshopFactory,
    city_called,
    person_in,
)
from tests.forms import fields_of
from tests.workshops.places import appointment_like, fill, member_seller, take
from tests.workshops.test_models import refused, sql
from workshops import rules
from workshops.admin.warnings import warnings_about
from workshops.models import Workshop, WorkshopSeries
from workshops.services import (
    Appointment,
    TooLate,
    cancel_signup,
    cancel_workshop,
    copy_workshop,
    move_workshop,
    publish_workshop,
    tell_attendees,
    unpublish_workshop,
)

pytestmark = pytest.mark.django_db

YEAR = timezone.now().year + 1
SUMMER = datetime(YEAR, 7, 1, 23, tzinfo=UTC)
"""18:00 in Chicago."""


@pytest.fixture
def host(client: Client, settings: Any) -> User:
    settings.STAFF_MFA_REQUIRED = False
    user = person_in("Workshop host", name="Host")
    client.force_login(user)
    return user


def page(name: str, workshop: Workshop) -> str:
    return reverse(f"admin:workshops_workshop_{name}", args=[workshop.pk])


def hosted(host: User, **fields: Any) -> Workshop:
    workshop = WorkshopFactory(starts_at=SUMMER, ends_at=SUMMER + timedelta(hours=3), **fields)
    StaffMarket.objects.get_or_create(market=workshop.market, user=host)
    return workshop


# --- Unpublishing


def test_unpublish_makes_a_draft_that_can_be_published_again() -> None:
    workshop = unpublish_workshop(workshop=WorkshopFactory(), now=NOW)
    assert (workshop.published_at, workshop.revision) == (None, 1)
    assert publish_workshop(workshop=workshop, now=NOW).revision == 2


def test_unpublish_is_refused_while_somebody_is_signed_up() -> None:
    workshop = WorkshopFactory()
    signup = take(workshop)
    with pytest.raises(WrongState, match="Somebody is signed up"):
        unpublish_workshop(workshop=workshop, now=NOW)
    cancel_signup(signup=signup, user=signup.user, now=NOW)
    assert unpublish_workshop(workshop=workshop, now=NOW).published_at is None


def test_unpublish_is_refused_for_drafts_cancelled_ones_and_what_has_started() -> None:
    cancelled = cancel_workshop(workshop=WorkshopFactory(), reason="No.", now=NOW)
    for workshop in (WorkshopFactory(published_at=None), cancelled):
        with pytest.raises(WrongState, match="not listed"):
            unpublish_workshop(workshop=workshop, now=NOW)
    started = WorkshopFactory()
    with pytest.raises(TooLate):
        unpublish_workshop(workshop=started, now=started.starts_at)


# --- Moving between rooms and the web

WHERE = ("starts_at", "ends_at", "time_zone", "mode", "city", "venue", "address", "join_url")


def move(workshop: Workshop, **there: Any) -> Workshop:
    return move_workshop(workshop=workshop, now=NOW, **{name: getattr(workshop, name) for name in WHERE} | there)


def test_move_online_tells_what_was_and_what_is() -> None:
    workshop = WorkshopFactory()
    take(workshop)
    online = {"mode": "online", "city": None, "venue": "", "address": "", "join_url": "https://live.example/1"}
    moved = move(workshop, **online)
    assert (moved.city, moved.where, moved.revision) == (None, "Online", 1)
    body = Message.objects.get(template="workshop_changed").body
    assert "How to take part, the venue, the address, the city and the link to join of this workshop changed." in body
    assert "**How:** Online (before: In person)" in body
    assert "**Venue:** – (before: Town Hall)" in body
    assert "live.example" not in body
    back = {"mode": "both", "city": workshop.city, "venue": "Town Hall"}
    assert str(move(moved, **back)) == f"{workshop.title}, Austin"


@pytest.mark.parametrize(
    ("there", "field"),
    [({"mode": "online"}, "mode"), ({"city": None}, "city"), ({"join_url": "https://x.example"}, "join_url")],
)
def test_move_to_an_odd_place_is_refused(there: dict[str, Any], field: str) -> None:
    with pytest.raises(Refused) as refused:
        move(WorkshopFactory(), **there)
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("columns", "constraint"),
    [
        ("mode = 'online'", "workshop_place_fits_mode"),
        ("city_id = NULL", "workshop_place_fits_mode"),
        ("venue = ''", "workshop_place_fits_mode"),
        ("mode = 'by_letter'", "workshop_place_fits_mode"),
        ("join_url = 'https://x.example'", "workshop_link_is_of_what_is_online"),
        ("agenda = repeat('x', 5001)", "workshop_agenda_fits"),
        ("accessibility = repeat('x', 5001)", "workshop_accessibility_fits"),
        ("material = repeat('x', 5001)", "workshop_material_fits"),
    ],
)
def test_database_refuses_a_workshop_in_no_place(columns: str, constraint: str) -> None:
    workshop = WorkshopFactory()
    with refused(constraint):
        sql(f"UPDATE workshops_workshop SET {columns} WHERE id = %s", workshop.pk)


@pytest.mark.parametrize(
    ("columns", "constraint"),
    [
        ("name = 'AUSTIN'", "city_unique_in_country"),
        ("name = E'a\\tb'", "city_name_is_a_line"),
        ("name = ' '", "city_name_can_be_seen"),
        ("country = 'us'", "city_country_is_a_code"),
        ("slug = 'Not-a-slug'", "city_slug_is_one"),
        ("slug = ''", "city_slug_is_one"),
        ("slug = 'austin'", "workshops_city_slug_key"),
    ],
)
def test_database_refuses_an_odd_city(columns: str, constraint: str) -> None:
    CityFactory(name="Austin")
    with refused(constraint):
        sql(f"UPDATE workshops_city SET {columns} WHERE id = %s", CityFactory(name="Boston").pk)


def test_database_refuses_an_empty_series() -> None:
    with refused("workshop_series_name_can_be_seen"):
        sql("INSERT INTO workshops_workshopseries (name) VALUES (' ')")


# --- Copying


def test_copy_is_a_draft_with_the_same_texts_topics_and_hosts() -> None:
    workshop, ada, policy = WorkshopFactory(title="Claims", material="Slides."), UserFactory(), PolicyFactory()
    workshop.hosts.add(ada)
    workshop.policies.add(policy)
    take(workshop)
    starts_at = workshop.starts_at + timedelta(days=30)
    (made,) = copy_workshop(
        workshop=workshop, appointments=[appointment_like(workshop, starts_at=starts_at)], now=NOW, copied_by=ada
    )
    made.refresh_from_db()
    assert (made.title, made.city, made.venue, made.capacity) == ("Claims", workshop.city, workshop.venue, 75)
    assert (made.starts_at, made.ends_at - made.starts_at) == (starts_at, timedelta(hours=3))
    assert (made.published_at, made.revision, made.material, made.series) == (None, 0, "", None)
    assert (list(made.hosts.all()), list(made.policies.all()), made.signups.count()) == ([ada], [policy], 0)
    assert made.changed_at == NOW
    entry = AuditEntry.objects.get()
    assert (entry.person, entry.action, entry.object_id) == (ada, "add", str(made.pk))


def test_copies_in_several_cities_are_a_series_with_the_clocks_of_each() -> None:
    workshop = WorkshopFactory()
    london = CityFactory(name="London", country="GB", time_zone="Europe/London")
    start = workshop.starts_at + timedelta(days=7)
    there = [
        Appointment(london, "Hall", "1 Road", "Europe/London", start),
        Appointment(city_called("Leeds"), "Mill", "", "Europe/London", start + timedelta(days=1)),
    ]
    made = copy_workshop(workshop=workshop, appointments=there, series=" Autumn ", now=NOW)
    workshop.refresh_from_db()
    series = WorkshopSeries.objects.get()
    assert series.name == "Autumn"
    assert {one.series for one in [workshop, *made]} == {series}
    assert [(one.city and one.city.name, one.zone.key) for one in made] == [
        ("London", "Europe/London"),
        ("Leeds", "Europe/London"),
    ]
    again = copy_workshop(workshop=workshop, appointments=there[:1], series="Another", now=NOW)
    assert again[0].series == series


@pytest.mark.parametrize(
    ("days", "said"), [([], "at least once"), ([7, 7], "the same"), ([-20], "in the past"), ([9_000], "five years")]
)
def test_copy_refuses_odd_times(days: list[int], said: str) -> None:
    workshop = WorkshopFactory()
    there = [appointment_like(workshop, starts_at=workshop.starts_at + timedelta(days=n)) for n in days]
    with pytest.raises(Refused, match=said):
        copy_workshop(workshop=workshop, appointments=there, now=NOW)
    assert Workshop.objects.count() == 1


def test_host_copies_to_other_cities_on_a_page(client: Client, host: User) -> None:
    workshop, london = hosted(host), CityFactory(name="London", country="GB", time_zone="Europe/London")
    shown = client.get(page("copy", workshop)).content.decode()
    assert shown.count("vTextField") == 12  # a venue and an address in each row, wide enough to be read
    assert 'name="starts_at_6"' in shown
    sent = {"series": "Autumn", "starts_at_1": f"{YEAR}-09-01T18:00", "city_1": workshop.city_id, "venue_1": "Hall"}
    sent |= {"starts_at_2": f"{YEAR}-09-02T18:00", "city_2": london.pk, "venue_2": "Mill", "address_2": "2 Road"}
    response = client.post(page("copy", workshop), sent)
    first, second = Workshop.objects.filter(published_at=None).order_by("pk")
    assert response.headers["Location"] == page("change", first)
    assert first.starts_at == datetime(YEAR, 9, 1, 23, tzinfo=UTC)
    assert (second.city, second.starts_at) == (london, datetime(YEAR, 9, 2, 17, tzinfo=UTC))
    page_of_first = client.get(page("change", first)).text
    drafts = reverse("admin:workshops_workshop_changelist") + "?state=draft"
    assert f'this is the first of them. <a href="{drafts}">All drafts</a>' in page_of_first
    assert 'name="series"' not in client.get(page("copy", first)).content.decode()


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"city_1": ""}, "city_1"),
        ({"venue_1": ""}, "venue_1"),
        ({"starts_at_1": "nonsense"}, "starts_at_1"),
        ({"starts_at_1": "0001-01-01T00:00"}, "starts_at_1"),
        ({"starts_at_1": ""}, "__all__"),
    ],
)
def test_copy_says_at_the_field_what_is_missing(client: Client, host: User, sent: dict[str, str], field: str) -> None:
    workshop = hosted(host)
    whole = {"starts_at_1": f"{YEAR}-09-01T18:00", "city_1": workshop.city_id, "venue_1": "Hall"}
    response = client.post(page("copy", workshop), {**whole, **sent})
    assert list(response.context["form"].errors) == [field]


def test_copy_refuses_a_time_that_clocks_skip(client: Client, host: User) -> None:
    workshop = hosted(host)
    skipped = next(day for day in range(8, 15) if datetime(YEAR, 3, day, tzinfo=UTC).weekday() == 6)
    sent = {"starts_at_1": f"{YEAR}-03-{skipped:02}T02:30", "city_1": workshop.city_id, "venue_1": "Hall"}
    errors = client.post(page("copy", workshop), sent).context["form"].errors
    assert "does not exist on that day" in errors["starts_at_1"][0]


def test_copy_of_what_is_online_asks_for_the_time_alone(client: Client, host: User) -> None:
    workshop = hosted(host, mode="online", city=None, venue="", address="")
    assert "city_1" not in client.get(page("copy", workshop)).content.decode()
    client.post(page("copy", workshop), {"starts_at_1": f"{YEAR}-09-01T18:00"})
    assert Workshop.objects.latest("pk").starts_at == datetime(YEAR, 9, 1, 23, tzinfo=UTC)


# --- Telling everybody


def test_everybody_with_a_place_is_told_once() -> None:
    workshop, seller = WorkshopFactory(capacity=3, places_per_seller=2), member_seller()
    for each in (seller, seller, None, None):
        take(workshop, each)
    host = UserFactory()
    tell_attendees(workshop=workshop, text=" Bring a *pen*. ", also_waiting=False, now=NOW, told_by=host)
    messages = Message.objects.filter(template="workshop_news").order_by("pk")
    assert len(messages) == 2
    assert messages.get(seller=seller).subject == f"From the host: {workshop.title}"
    assert r"Bring a \*pen\*." in messages[0].body
    assert EmailDelivery.objects.filter(message__in=messages).count() == 2
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.note) == ("tell", "Told 2 sellers: Bring a *pen*.")
    tell_attendees(workshop=workshop, text="And water.", also_waiting=True, now=NOW, told_by=host)
    assert messages.all().count() == 5


def test_a_text_that_is_sent_twice_is_told_once() -> None:
    workshop = WorkshopFactory(capacity=3)
    take(workshop)
    sent = {"workshop": workshop, "text": "Bring a pen.", "also_waiting": False}
    tell_attendees(**sent, now=NOW)
    take(workshop)
    with pytest.raises(Refused, match="a moment ago"):
        tell_attendees(**sent, now=NOW + timedelta(minutes=9))
    assert Message.objects.filter(template="workshop_news").count() == 1
    tell_attendees(**sent, now=NOW + timedelta(minutes=11))
    assert Message.objects.filter(template="workshop_news").count() == 3


def test_telling_is_refused_where_nobody_reads_it() -> None:
    cancelled = cancel_workshop(workshop=WorkshopFactory(), reason="No.", now=NOW)
    for workshop in (WorkshopFactory(published_at=None), cancelled):
        with pytest.raises(WrongState):
            tell_attendees(workshop=workshop, text="Hello.", also_waiting=True, now=NOW)
    with pytest.raises(Refused, match="Nobody has signed up"):
        tell_attendees(workshop=WorkshopFactory(), text="Hello.", also_waiting=True, now=NOW)
    with pytest.raises(Refused, match="Write what"):
        tell_attendees(workshop=WorkshopFactory(), text=" \n", also_waiting=True, now=NOW)


def test_a_host_who_sends_the_form_twice_signs_up_one(client: Client, host: User) -> None:
    workshop = hosted(host, capacity=3, places_per_seller=2)
    seller = member_seller(market=workshop.market)
    page = reverse("admin:workshops_workshop_sign_up", args=[workshop.pk])
    sent = fields_of(client.get(page).text) | {"seller": seller.external_id, "reason": "They called."}
    for _ in range(2):
        assert client.post(page, sent).status_code == 302
    assert workshop.signups.count() == 1
    damaged = client.post(page, sent | {"key": "zz"})
    assert "arrived damaged" in damaged.text
    assert client.post(page, fields_of(damaged.text)).status_code == 302
    assert workshop.signups.count() == 2


def test_host_writes_to_everybody_on_a_page(client: Client, host: User) -> None:
    workshop = hosted(host, capacity=1)
    assert page("tell", workshop) not in client.get(page("change", workshop)).content.decode()
    fill(workshop, 2)
    assert page("tell", workshop) in client.get(page("change", workshop)).content.decode()
    assert "1 place is taken, and 1 wait." in client.get(page("tell", workshop)).content.decode()
    client.post(page("tell", workshop), {"text": "Bring a pen.", "also_waiting": "on"})
    assert Message.objects.filter(template="workshop_news").count() == 2


def test_host_unpublishes_on_a_page(client: Client, host: User) -> None:
    workshop = hosted(host)
    assert page("unpublish", workshop) in client.get(page("change", workshop)).content.decode()
    client.post(page("unpublish", workshop))
    workshop.refresh_from_db()
    assert workshop.published_at is None


def test_attendees_are_a_sheet_too(client: Client, host: User) -> None:
    workshop = hosted(host)
    take(workshop, member_seller(name="=HYPERLINK(1)", market=workshop.market))
    response = client.get(page("sheet", workshop))
    assert response["Content-Disposition"].endswith('.xlsx"')
    assert response.content[:2] == b"PK"


# --- Hosts of a market


def test_host_sees_the_workshops_of_the_own_markets_alone(client: Client, host: User) -> None:
    own = hosted(host, title="Own")
    other = WorkshopFactory(title="Other", starts_at=SUMMER, ends_at=SUMMER + timedelta(hours=3))
    listed = client.get(reverse("admin:workshops_workshop_changelist")).content.decode()
    assert ("Own" in listed, ">Other<" in listed) == (True, False)
    assert client.get(page("change", own)).status_code == 200
    assert client.get(page("change", other)).status_code == 302
    for name in ("cancel", "copy", "tell", "attendees", "sheet", "unpublish"):
        assert client.get(page(name, other)).status_code == 404, name
    signup = take(other)
    theirs = reverse("admin:workshops_signup_change", args=[signup.pk])
    assert client.get(theirs).status_code == 302
    assert client.get(reverse("workshops:check_in", args=[other.pk])).status_code == 404
    assert client.get(reverse("workshops:check_in", args=[own.pk])).status_code == 200
    doors = ["Check in" in client.get(one.get_absolute_url()).content.decode() for one in (own, other)]
    assert doors == [True, False]


def test_host_drafts_for_the_own_markets_alone(client: Client, host: User) -> None:
    own, other = MarketFactory(), MarketFactory()
    StaffMarket.objects.create(market=own, user=host)
    form = client.get(reverse("admin:workshops_workshop_add")).context["adminform"].form
    assert list(form.fields["market"].queryset) == [own]
    host.staff_markets.all().delete()
    form = client.get(reverse("admin:workshops_workshop_add")).context["adminform"].form
    assert {own, other} <= set(form.fields["market"].queryset)


# --- What looks odd


@pytest.mark.parametrize(
    ("start", "hours", "odd"),
    [
        (datetime(2027, 7, 1, 23, tzinfo=UTC), 3, []),
        (datetime(2027, 7, 1, 9, tzinfo=UTC), 3, [rules.OddTime.AT_NIGHT]),
        (datetime(2027, 7, 1, 13, tzinfo=UTC), 13, [rules.OddTime.LONG_DAY]),
        (datetime(2027, 1, 1, 18, tzinfo=UTC), 3, [rules.OddTime.NEW_YEAR]),
        (datetime(2027, 12, 31, 18, tzinfo=UTC), 20, list(rules.OddTime)[1:]),
    ],
)
def test_odd_times_are_those_on_the_clocks_there(start: datetime, hours: int, odd: list[rules.OddTime]) -> None:
    workshop = WorkshopFactory(starts_at=start, ends_at=start + timedelta(hours=hours))
    assert rules.odd_times(workshop.starts_at, workshop.ends_at, zone=workshop.zone) == odd
    assert len(warnings_about(workshop)) == len(odd)


def test_workshops_at_one_venue_at_a_time_are_a_concern() -> None:
    workshop = WorkshopFactory(venue="The Town Hall", starts_at=SUMMER, ends_at=SUMMER + timedelta(hours=3))
    times = {"starts_at": SUMMER + timedelta(hours=2), "ends_at": SUMMER + timedelta(hours=4)}
    WorkshopFactory(title="Beside", venue="the town-hall", **times)
    WorkshopFactory(venue="Elsewhere", **times)
    WorkshopFactory(venue="The Town Hall", city="Leeds", **times)
    later = {"starts_at": SUMMER + timedelta(hours=3), "ends_at": SUMMER + timedelta(hours=4)}
    WorkshopFactory(venue="The Town Hall", **later)
    (said,) = warnings_about(workshop)
    assert "there is “Beside”" in said
    assert warnings_about(WorkshopFactory(mode="online", city=None, venue="", address="", **times)) == []


def test_clocks_of_another_city_are_a_concern() -> None:
    workshop = WorkshopFactory(starts_at=SUMMER, ends_at=SUMMER + timedelta(hours=1), time_zone="America/New_York")
    (said,) = warnings_about(workshop)
    assert "clocks in Austin keep America/Chicago" in said


def test_concerns_are_said_when_a_workshop_is_saved_and_before_it_is_published(client: Client, host: User) -> None:
    draft = hosted(host, published_at=None, venue="Hall")
    hosted(host, venue="Hall", title="Beside")
    assert "there is “Beside”" in client.get(page("publish", draft)).content.decode()
    form = client.get(page("change", draft)).context["adminform"].form
    sent = {name: form[name].value() for name in form.fields if form[name].value() is not None}
    sent |= {"questions-TOTAL_FORMS": 0, "questions-INITIAL_FORMS": 0, "policies": [], "hosts": [], "title": "Now"}
    sent |= {"feedback_questions-TOTAL_FORMS": 0, "feedback_questions-INITIAL_FORMS": 0}
    saved = client.post(page("change", draft), sent, follow=True).content.decode()
    assert "there is “Beside”" in saved


def test_city_that_is_spelled_twice_and_a_zone_of_another_country_are_said(client: Client, settings: Any) -> None:
    settings.STAFF_MFA_REQUIRED = False
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    CityFactory(name="Zürich", country="CH", time_zone="Europe/Zurich", slug="zuerich")
    sent = {"name": "Zurich", "country": "CH", "time_zone": "Asia/Bangkok", "slug": ""}
    shown = client.post(reverse("admin:workshops_city_add"), sent, follow=True).content.decode()
    assert "There is “Zürich” in Switzerland already." in shown
    assert "Clocks in Switzerland do not keep Asia/Bangkok." in shown
    again = client.post(reverse("admin:workshops_city_add"), {**sent, "name": "zurich", "slug": "x"})
    assert again.status_code == 200
    client.post(reverse("admin:workshops_city_add"), {**sent, "name": "New York", "country": "US"})
    twice = client.post(reverse("admin:workshops_city_add"), {**sent, "name": "New-York", "country": "US"})
    assert "“New York, United States” has the page “new-york” already." in html.unescape(twice.text)
    nameless = client.post(reverse("admin:workshops_city_add"), {**sent, "name": "กรุงเทพ"})
    assert "letters from a to z" in str(nameless.context["adminform"].form.errors["slug"])


def test_seller_with_several_places_is_told_once_of_a_change_and_of_the_end() -> None:
    workshop, seller = WorkshopFactory(capacity=3, places_per_seller=3), member_seller()
    take(workshop)
    for _ in range(3):
        take(workshop, seller)
    move(workshop, venue="Hall 2")
    (message,) = Message.objects.filter(template="workshop_changed", seller=seller)
    assert "You keep your 2 places. You keep your place in line. If you cannot come, please cancel." in message.body
    cancel_workshop(workshop=workshop, reason="No.", now=NOW)
    (message,) = Message.objects.filter(template="workshop_cancelled", seller=seller)
    assert "Your 2 places are cancelled; there is nothing you have to do." in message.body


def emails(seller: Seller, template: str) -> list[str]:
    rows = EmailDelivery.objects.filter(message__seller=seller, message__template=template).order_by("pk")
    return [str(compose(row, now=NOW).body) for row in rows.select_related("message__seller__market")]


def test_emails_say_all_that_changed_before_and_after_and_why_on_the_clocks_there() -> None:
    start = datetime(YEAR, 7, 1, 23, tzinfo=UTC)
    workshop = WorkshopFactory(starts_at=start, ends_at=start + timedelta(hours=2), time_zone="America/Chicago")
    seller = member_seller(market=MarketFactory(time_zone="Asia/Bangkok"))
    take(workshop, seller)
    day = timedelta(days=1)
    workshop = move(workshop, starts_at=start + day, ends_at=workshop.ends_at + day, venue="Hall 2")
    (text,) = emails(seller, "workshop_changed")
    assert f"2 Jul {YEAR}, 18:00–20:00 CDT (America/Chicago) (before:" in text
    assert f"1 Jul {YEAR}, 18:00–20:00 CDT (America/Chicago))" in text
    assert "Hall 2 (before: Town Hall)" in text
    cancel_workshop(workshop=workshop, reason="The hall is flooded.", now=NOW)
    (text,) = emails(seller, "workshop_cancelled")
    assert f"2 Jul {YEAR}, 18:00–20:00 CDT does not take place" in text
    assert "The hall is flooded." in text


# --- Another title


def renamed(workshop: Workshop, title: str, *, now: datetime = NOW, **changes: Any) -> Workshop:
    names = ("starts_at", "ends_at", "time_zone", "mode", "city", "venue", "address", "join_url")
    keep = {name: getattr(workshop, name) for name in names}
    return move_workshop(workshop=workshop, title=title, now=now, **keep | changes)


def test_another_title_is_told_once_with_what_else_changed() -> None:
    workshop = WorkshopFactory(title="Before")
    signup = take(workshop)
    workshop = renamed(workshop, "After")
    (message,) = Message.objects.filter(template="workshop_changed")
    assert message.subject == "Changed: After"
    assert "The title of this workshop changed." in message.body
    assert "**Title:** After (before: Before)" in message.body
    renamed(workshop, "Later", venue="Hall 2")
    (_, second) = Message.objects.filter(template="workshop_changed", seller=signup.seller).order_by("pk")
    assert "The title and the venue of this workshop changed." in second.body
    renamed(workshop, "Later", venue="Hall 2")
    assert Message.objects.filter(template="workshop_changed").count() == 2


def test_title_is_corrected_after_the_end_and_nobody_is_told() -> None:
    workshop = WorkshopFactory(title="Befroe")
    take(workshop)
    assert renamed(workshop, "Before", now=workshop.ends_at).title == "Before"
    assert not Message.objects.filter(template="workshop_changed").exists()
    with pytest.raises(TooLate):
        renamed(workshop, "Again", now=workshop.ends_at, venue="Hall 2")


def test_a_city_that_is_there_is_named_at_the_name(admin_client: Client) -> None:
    CityFactory(name="New York", country="US", slug="new-york")
    sent = {"name": "new york", "country": "US", "time_zone": "America/New_York", "slug": "another"}
    page = html.unescape(admin_client.post(reverse("admin:workshops_city_add"), sent).text)
    assert "“New York, United States” is there already." in page
    assert "violated" not in page
