from __future__ import annotations

import csv
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from audit.models import AuditEntry
from inbox.models import Message
from tests.factories import (
    LONG_AGO,
    NOW,
    CityFactory,
    MarketFactory,
    SellerFactory,
    UserFactory,
    WorkshopFactory,
    person_in,
)
from tests.workshops.places import fill, member_seller, states, take
from workshops.admin import workshops
from workshops.models import Signup, SignupQuestion, Workshop
from workshops.services import cancel_signup, cancel_workshop, check_in, delete_sensitive_answers, sign_up_people

pytestmark = pytest.mark.django_db

YEAR = timezone.now().year + 1
SUMMER = datetime(YEAR, 7, 1, 23, tzinfo=UTC)
"""18:00 in Chicago, where clocks are an hour ahead in summer."""
SKIPPED = next(f"{YEAR}-03-{day:02}" for day in range(8, 15) if date(YEAR, 3, day).weekday() == 6)
"""The day on which clocks go forward in Chicago."""


@pytest.fixture
def host(client: Client, settings: Any) -> User:
    settings.STAFF_MFA_REQUIRED = False
    user = person_in("Workshop host")
    client.force_login(user)
    return user


@pytest.fixture
def workshop() -> Workshop:
    return WorkshopFactory(starts_at=SUMMER, ends_at=SUMMER + timedelta(hours=3), capacity=3)


def url(name: str, workshop: Workshop) -> str:
    return reverse(f"admin:workshops_workshop_{name}", args=[workshop.pk])


def filled_in(workshop: Workshop, **fields: object) -> dict[str, object]:
    """The form as the browser sends it."""
    texts = ["title", "summary", "description", "what_to_bring", "language", "mode", "venue", "address", "time_zone"]
    form: dict[str, object] = {name: getattr(workshop, name) for name in texts}
    form |= {"market": workshop.market_id, "capacity": workshop.capacity, "places_per_seller": 1}
    form |= {"city": workshop.city_id, "join_url": workshop.join_url}
    form |= {"starts_at": f"{YEAR}-07-01T18:00", "ends_at": f"{YEAR}-07-01T21:00"}
    form |= {"open_to_all_markets": "on", "topics_first": "on", "pass_on_hours": 0, "confirm_hours": 0}
    form |= {"feedback_days": 14, "material_for": "everybody"}
    inlines = ("questions", "feedback_questions", "signups")
    form |= {f"{inline}-{which}_FORMS": 0 for inline in inlines for which in ("TOTAL", "INITIAL")}
    return form | fields


@pytest.mark.usefixtures("host")
@pytest.mark.parametrize(
    ("zone", "starts_at", "instant"),
    [
        ("America/Chicago", f"{YEAR}-07-01T18:00", datetime(YEAR, 7, 1, 23, tzinfo=UTC)),
        ("America/Chicago", f"{YEAR}-12-01T18:00", datetime(YEAR, 12, 2, 0, tzinfo=UTC)),
        ("Asia/Bangkok", f"{YEAR}-12-01T18:00", datetime(YEAR, 12, 1, 11, tzinfo=UTC)),
    ],
)
def test_a_new_workshops_times_are_those_of_its_zone(
    client: Client, zone: str, starts_at: str, instant: datetime
) -> None:
    blank = WorkshopFactory.build(market=MarketFactory(), time_zone=zone, title="Brand new")
    form = filled_in(blank, starts_at=starts_at, ends_at=starts_at.replace("T18", "T21"))
    response = client.post(reverse("admin:workshops_workshop_add"), form | {"_save": "Save"})
    assert response.status_code == 302, response.context["errors"]
    made = Workshop.objects.get()
    assert response.headers["Location"] == url("change", made)  # where it can be published
    assert (made.starts_at, made.published_at) == (instant, None)


@pytest.mark.usefixtures("host")
def test_the_form_shows_the_local_time_and_saving_it_unchanged_changes_nothing(
    client: Client, workshop: Workshop
) -> None:
    signup = take(workshop)
    page = client.get(url("change", workshop)).content.decode()
    assert f'value="{YEAR}-07-01T18:00"' in page
    assert "Local time in the workshop's own time zone" in page
    assert signup.check_in_code in page
    assert client.post(url("change", workshop), filled_in(workshop, summary="Another afternoon.")).status_code == 302
    workshop.refresh_from_db()
    assert (workshop.summary, workshop.starts_at, workshop.ends_at) == (
        "Another afternoon.",
        SUMMER,
        SUMMER + timedelta(hours=3),
    )
    assert not Message.objects.exists()


@pytest.mark.usefixtures("host")
@pytest.mark.parametrize(
    ("fields", "field", "said"),
    [
        ({"starts_at": f"{SKIPPED}T02:30", "ends_at": f"{SKIPPED}T09:00"}, "starts_at", "does not exist on that day"),
        (
            {"starts_at": "2020-01-01T10:00", "ends_at": "2020-01-01T12:00"},
            "starts_at",
            "cannot be moved into the past",
        ),
        ({"starts_at": "2226-01-01T10:00", "ends_at": "2226-01-01T12:00"}, "starts_at", "more than five years away"),
        ({"ends_at": f"{YEAR + 1}-07-01T21:00"}, "ends_at", "more than 7 days after its start"),
        ({"title": "Two\r\nlines"}, "title", "line break"),
        ({"title": "Bell\x07"}, "title", "control character (0x07)"),
        ({"venue": "Hall\x0bB"}, "venue", "control character (0x0B)"),
        ({"summary": "Two\nlines"}, "summary", "line break"),
        ({"address": "1 Main\tStreet"}, "address", "line break or a tab"),
        ({"time_zone": "Mars/Olympus"}, "time_zone", "is no time zone"),
        ({"time_zone": ""}, "time_zone", "required"),
        ({"starts_at": ""}, "starts_at", "required"),
        ({"ends_at": f"{YEAR}-07-01T17:00"}, "ends_at", "ends after it starts"),
        ({"ends_at": f"{YEAR}-07-01T18:00"}, "ends_at", "ends after it starts"),
        ({"capacity": "1"}, "capacity", "2 places are given already. Choose 2 or more"),
        ({"capacity": "0"}, "capacity", "2 places are given already"),
    ],
)
def test_the_form_shows_errors_at_the_field(
    client: Client, workshop: Workshop, fields: dict[str, str], field: str, said: str
) -> None:
    fill(workshop, 2)
    response = client.post(url("change", workshop), filled_in(workshop, **fields))
    assert response.status_code == 200
    assert said in " ".join(response.context["adminform"].form.errors[field])
    stored = Workshop.objects.get()
    assert (stored.capacity, stored.starts_at, stored.time_zone) == (3, SUMMER, "America/Chicago")


@pytest.mark.usefixtures("host")
def test_more_capacity_promotes_with_messages(client: Client, workshop: Workshop) -> None:
    fill(workshop, 5)
    client.post(url("change", workshop), filled_in(workshop, capacity=4))
    assert states(workshop) == "PPPPW"
    assert Message.objects.count() == 1


@pytest.mark.usefixtures("host")
def test_another_venue_tells_everybody(client: Client, workshop: Workshop) -> None:
    fill(workshop, 4)
    page = client.post(url("change", workshop), filled_in(workshop, venue="Library"))
    assert "This change is sent to 4 sign-ups." in " ".join(page.context["adminform"].form.errors["tell"])
    assert 'value="Library"' in page.content.decode()
    assert not Message.objects.exists()
    client.post(url("change", workshop), filled_in(workshop, venue="Library", tell="on"))
    assert Message.objects.filter(template="workshop_changed").count() == 4


@pytest.mark.usefixtures("host")
def test_a_workshop_that_nobody_signed_up_for_asks_nothing_before_it_moves(client: Client, workshop: Workshop) -> None:
    assert 'name="tell"' not in client.get(url("change", workshop)).content.decode()
    client.post(url("change", workshop), filled_in(workshop, venue="Library"))
    assert Workshop.objects.get().venue == "Library"


@pytest.mark.usefixtures("host")
def test_what_a_service_refuses_is_not_saved_half(client: Client) -> None:
    now = timezone.now().replace(second=0, microsecond=0)
    started = WorkshopFactory(starts_at=now - timedelta(hours=1), ends_at=now + timedelta(hours=1), time_zone="UTC")
    local = {"starts_at": f"{started.starts_at:%Y-%m-%dT%H:%M}", "ends_at": f"{started.ends_at:%Y-%m-%dT%H:%M}"}
    form = filled_in(started, title="Renamed", capacity=99, **local)
    response = client.post(url("change", started), form)
    shown = response.context["adminform"].form
    assert shown.errors["capacity"] == ["The workshop has started; its capacity stays as it is."]
    assert (shown["title"].value(), shown["capacity"].value()) == ("Renamed", "99")
    assert Workshop.objects.get().title == started.title


@pytest.mark.usefixtures("host")
def test_the_end_of_a_running_workshop_is_put_off_and_its_text_corrected(client: Client) -> None:
    now = timezone.now().replace(second=0, microsecond=0)
    started = WorkshopFactory(starts_at=now - timedelta(hours=1), ends_at=now + timedelta(hours=1), time_zone="UTC")
    later = now + timedelta(hours=2)
    times = {"starts_at": f"{started.starts_at:%Y-%m-%dT%H:%M}", "ends_at": f"{later:%Y-%m-%dT%H:%M}"}
    client.post(url("change", started), filled_in(started, title="Renamed", **times))
    started.refresh_from_db()
    assert (started.title, started.ends_at) == ("Renamed", later)


@pytest.mark.usefixtures("host")
def test_the_market_of_a_published_workshop_is_read_only(client: Client, workshop: Workshop) -> None:
    other = MarketFactory()
    assert 'name="market"' not in client.get(url("change", workshop)).content.decode()
    client.post(url("change", workshop), filled_in(workshop, market=other.pk, title="Renamed"))
    stored = Workshop.objects.get()
    assert (stored.title, stored.market) == ("Renamed", workshop.market)


@pytest.mark.usefixtures("host")
@pytest.mark.parametrize(("zone", "said"), [("Mars/Olympus", "is no time zone"), ("", "required")])
def test_a_wrong_zone_is_blamed_alone(client: Client, workshop: Workshop, zone: str, said: str) -> None:
    errors = client.post(url("change", workshop), filled_in(workshop, time_zone=zone)).context["adminform"].form.errors
    assert list(errors) == ["time_zone"]
    assert said in errors["time_zone"][0]


@pytest.mark.usefixtures("host")
def test_a_new_workshop_takes_its_zone_from_its_city_and_its_language_from_its_market(client: Client) -> None:
    market = MarketFactory(language="th")
    city = CityFactory(name="Phuket", country="TH", time_zone="Asia/Bangkok")
    blank = WorkshopFactory.build(market=market, city=city, time_zone="", title="Brand new", language="")
    page = client.get(reverse("admin:workshops_workshop_add")).content.decode()
    assert '<option value="Asia/Bangkok"></option>' in page
    response = client.post(reverse("admin:workshops_workshop_add"), filled_in(blank))
    assert response.status_code == 302, response.context["errors"]
    made = Workshop.objects.get()
    assert (made.time_zone, made.language) == ("Asia/Bangkok", "th")
    assert made.starts_at == datetime(YEAR, 7, 1, 11, tzinfo=UTC)


def signup_url(name: str, signup: Signup) -> str:
    return reverse(f"admin:workshops_signup_{name}", args=[signup.pk])


@pytest.mark.usefixtures("host")
def test_a_host_cancels_places_before_lowering_the_capacity(client: Client, workshop: Workshop) -> None:
    first, *_ = fill(workshop, 3)
    page = client.get(url("change", workshop)).content.decode()
    assert signup_url("change", first) in page
    assert signup_url("cancel", first) in client.get(signup_url("change", first)).content.decode()
    refused = client.post(signup_url("cancel", first), {"reason": " "}).content.decode()
    assert "This field is required" in refused
    client.post(signup_url("cancel", first), {"reason": "The room is smaller."})
    client.post(url("change", workshop), filled_in(workshop, capacity=2))
    workshop.refresh_from_db()
    assert (workshop.capacity, states(workshop)) == (2, "CPP")
    assert "The room is smaller." in Message.objects.get().body
    assert AuditEntry.objects.get(action="cancel").note == "The room is smaller."


@pytest.mark.usefixtures("host")
def test_a_host_gives_a_place_to_somebody_who_waits(client: Client, workshop: Workshop) -> None:
    *_, last = fill(workshop, 5)
    assert signup_url("give_place", last) in client.get(signup_url("change", last)).content.decode()
    assert "gets one more" in client.get(signup_url("give_place", last)).content.decode()
    client.post(signup_url("give_place", last), {"reason": "She speaks."})
    assert states(workshop) == "PPPWP"


@pytest.mark.usefixtures("host")
def test_a_host_corrects_who_was_there_when_it_is_over(client: Client) -> None:
    now = timezone.now()
    signup = take(WorkshopFactory(starts_at=now + timedelta(hours=1), ends_at=now + timedelta(hours=2)), now=now)
    Workshop.objects.update(starts_at=now - timedelta(hours=2), ends_at=now - timedelta(hours=1))
    assert signup_url("note_there", signup) in client.get(signup_url("change", signup)).content.decode()
    client.post(signup_url("note_there", signup), {"reason": "She showed her ticket."})
    signup.refresh_from_db()
    assert signup.checked_in_at is not None
    assert signup_url("undo_check_in", signup) in client.get(signup_url("change", signup)).content.decode()
    client.post(signup_url("undo_check_in", signup), {"reason": "It was her neighbour."})
    signup.refresh_from_db()
    assert signup.checked_in_at is None
    assert "It was her neighbour." in Message.objects.order_by("id").last().body
    again = client.post(signup_url("undo_check_in", signup), {"reason": "Twice."}).content.decode()
    assert "noted already" in again


@pytest.mark.parametrize("name", ["cancel", "give_place", "note_there", "undo_check_in"])
def test_steps_for_sellers_need_their_permission(client: Client, settings: Any, workshop: Workshop, name: str) -> None:
    settings.STAFF_MFA_REQUIRED = False
    user = person_in("Auditor")
    client.force_login(user)
    signup = take(workshop)
    assert signup_url(name, signup) not in client.get(signup_url("change", signup)).content.decode()
    assert client.get(url("change", workshop)).status_code == 200
    assert client.post(signup_url(name, signup), {"reason": "No."}).status_code == 403
    assert states(workshop) == "P"


@pytest.mark.usefixtures("host")
@pytest.mark.parametrize("spelled", ["{0}-{1}", "{0} {1}", "{0}{1}", " {0}-{1} "])
def test_a_sign_up_is_found_by_its_code_as_sellers_see_it(client: Client, workshop: Workshop, spelled: str) -> None:
    wanted, _ = fill(workshop, 2)
    code = wanted.check_in_code.lower()
    query = {"q": spelled.format(code[:4], code[4:])}
    response = client.get(reverse("admin:workshops_signup_changelist"), query)
    assert list(response.context["cl"].result_list) == [wanted]


@pytest.mark.usefixtures("host")
def test_publish_page_publishes(client: Client, workshop: Workshop) -> None:
    Workshop.objects.update(published_at=None)
    assert url("publish", workshop) in client.get(url("change", workshop)).content.decode()
    assert f"1 Jul {YEAR}" in client.get(url("publish", workshop)).content.decode()
    client.post(url("publish", workshop))
    workshop.refresh_from_db()
    assert workshop.published_at is not None


@pytest.mark.usefixtures("host")
def test_publish_page_shows_why_it_is_refused(client: Client, workshop: Workshop) -> None:
    assert "published already" in client.post(url("publish", workshop)).content.decode()


@pytest.mark.usefixtures("host")
def test_cancel_page_asks_for_the_reason_and_tells_everybody(client: Client, workshop: Workshop) -> None:
    fill(workshop, 4)
    assert "4 sign-ups are cancelled" in client.get(url("cancel", workshop)).content.decode()
    assert "This field is required" in client.post(url("cancel", workshop), {"reason": ""}).content.decode()
    client.post(url("cancel", workshop), {"reason": "The hall is flooded."})
    assert states(workshop) == "CCCC"
    assert Message.objects.count() == 4


@pytest.mark.usefixtures("host")
def test_a_cancelled_workshop_is_read_only(client: Client, workshop: Workshop) -> None:
    cancel_workshop(workshop=workshop, reason="No.", now=SUMMER)
    assert client.post(url("change", workshop), filled_in(workshop, title="Renamed")).status_code == 403
    assert "No." in client.get(url("change", workshop)).content.decode()


@pytest.mark.usefixtures("host")
def test_attendees_file_lists_places_then_the_queue(client: Client, workshop: Workshop) -> None:
    placed = fill(workshop, 3)
    waiting = take(workshop)
    type(placed[0].seller).objects.filter(pk=placed[0].seller_id).update(name="=cmd()")
    check_in(workshop=workshop, code=placed[1].check_in_code, now=SUMMER)
    Signup.objects.filter(pk__in=[placed[1].pk, placed[2].pk]).update(confirm_by=SUMMER)
    Signup.objects.filter(pk=placed[1].pk).update(confirmed_at=SUMMER - timedelta(hours=1))
    response = client.get(url("attendees", workshop))
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(response.getvalue().decode("utf-8-sig").splitlines()))
    assert [row["state"] for row in rows] == ["Place", "Place", "Place", "Waiting list"]
    assert [row["number_in_line"] for row in rows] == ["", "", "", "1"]
    assert rows[3]["seller_id"] == waiting.seller.external_id
    assert [row["check_in_code"] for row in rows[:3]] == [signup.spelled_code for signup in placed]
    assert rows[0]["seller"] == "'=cmd()"
    assert rows[1]["checked_in"] == f"{YEAR}-07-01 18:00-05:00"
    assert [row["to_be_confirmed_by"] for row in rows] == ["", "", f"{YEAR}-07-01 18:00-05:00", ""]


@pytest.mark.usefixtures("host")
def test_attendees_file_says_who_comes_who_signed_up_and_what_was_answered(client: Client, workshop: Workshop) -> None:
    asked = [
        SignupQuestion.objects.create(workshop=workshop, position=number, **fields)
        for number, fields in enumerate(
            [
                {"text": "What do you eat?", "sensitive": True},
                {"text": "=First time?", "kind": "bool"},
                {"text": "Which topics?", "kind": "multi", "choices": ["Claims", "Lives"]},
            ]
        )
    ]
    diet, first, topics = (one.pk for one in asked)
    seller = member_seller(market=workshop.market)
    sign_up_people(
        workshop=workshop,
        seller=seller,
        user=seller.users.get(),
        names=["Ana"],
        now=NOW,
        answers=[{diet: ["Rice"], first: ["no"], topics: ["Claims", "Lives"]}],
    )
    take(workshop)
    response = client.get(url("attendees", workshop))
    ana, somebody = csv.DictReader(response.getvalue().decode("utf-8-sig").splitlines())
    assert (ana["who_comes"], ana["signed_up_by"]) == ("Ana", seller.users.get().name or seller.users.get().email)
    assert (ana["What do you eat?"], ana["'=First time?"], ana["Which topics?"]) == ("Rice", "No", "Claims; Lives")
    assert (somebody["who_comes"], somebody["What do you eat?"]) == ("", "")
    Workshop.objects.update(starts_at=LONG_AGO, ends_at=LONG_AGO + timedelta(hours=1))
    (ana, _) = csv.DictReader(client.get(url("attendees", workshop)).getvalue().decode("utf-8-sig").splitlines())
    assert "What do you eat?" not in ana
    assert ana["Which topics?"] == "Claims; Lives"


@pytest.mark.usefixtures("host")
def test_step_that_is_done_is_not_asked_again(client: Client, workshop: Workshop) -> None:
    signup = take(workshop)
    of_signup = lambda name: reverse(f"admin:workshops_signup_{name}", args=[signup.pk])  # noqa: E731  # short
    for page, why in [
        (url("publish", workshop), "is published already"),
        (url("unpublish", workshop), "Somebody is signed up"),
        (of_signup("give_place"), "this sign-up does not wait"),
        (of_signup("note_there"), "Check-in opens"),
        (of_signup("undo_check_in"), "That is what is noted already"),
        (of_signup("excuse"), "nothing to excuse"),
    ]:
        shown = client.get(page).content.decode()
        assert why in shown
        assert 'name="reason"' not in shown
    assert 'name="reason"' in client.get(url("cancel", workshop)).content.decode()
    cancel_workshop(workshop=workshop, reason="No.", now=SUMMER - timedelta(days=1))
    for page, why in [
        (url("cancel", workshop), "This workshop is cancelled already."),
        (url("tell", workshop), "Nobody is signed up for a draft or a cancelled workshop."),
        (url("sign_up", workshop), "This workshop was cancelled: No."),
        (of_signup("cancel"), "This place is cancelled already."),
    ]:
        shown = client.get(page).content.decode()
        assert why in shown
        assert 'name="reason"' not in shown
        assert 'name="text"' not in shown
    kept = client.post(url("cancel", workshop), {"reason": "Typed meanwhile."})
    assert kept.status_code == 409
    assert "Typed meanwhile." in kept.content.decode()


@pytest.mark.parametrize("name", ["publish", "cancel", "attendees"])
def test_tools_need_their_permission(client: Client, settings: Any, workshop: Workshop, name: str) -> None:
    settings.STAFF_MFA_REQUIRED = False
    client.force_login(UserFactory(is_staff=True))
    assert client.get(url(name, workshop)).status_code == 403
    assert client.post(url(name, workshop), {"reason": "No."}).status_code == 403


@pytest.mark.usefixtures("host")
@pytest.mark.parametrize("state", ["", "draft", "upcoming", "past", "cancelled"])
def test_list_by_state(client: Client, state: str) -> None:
    past = timezone.now() - timedelta(days=1)
    WorkshopFactory(title="draft", published_at=None)
    WorkshopFactory(title="upcoming", starts_at=SUMMER, ends_at=SUMMER + timedelta(hours=1))
    WorkshopFactory(title="past", starts_at=past, ends_at=past + timedelta(hours=1))
    cancelled = WorkshopFactory(title="cancelled", starts_at=SUMMER, ends_at=SUMMER + timedelta(hours=1))
    cancel_workshop(workshop=cancelled, reason="No.", now=past)
    response = client.get(reverse("admin:workshops_workshop_changelist"), {"state": state} if state else {})
    found = {one.title for one in response.context["cl"].queryset}
    assert found == ({state} if state else {"draft", "upcoming", "past", "cancelled"})


@pytest.mark.usefixtures("host")
@pytest.mark.parametrize("count", [1, 3])
def test_list_queries(client: Client, django_assert_num_queries: Any, count: int) -> None:
    for _ in range(count):
        fill(WorkshopFactory(), 2)
    with django_assert_num_queries(11):
        client.get(reverse("admin:workshops_workshop_changelist"))


@pytest.mark.usefixtures("host")
def test_signups_are_read_only(client: Client, workshop: Workshop) -> None:
    signup = take(workshop)
    page = client.get(reverse("admin:workshops_signup_change", args=[signup.pk]))
    assert page.status_code == 200
    assert (
        client.post(reverse("admin:workshops_signup_change", args=[signup.pk]), {"state": "waiting"}).status_code == 403
    )
    assert client.get(reverse("admin:workshops_signup_changelist")).status_code == 200


def test_a_draft_can_be_deleted_and_a_published_one_cannot(admin_client: Client, settings: Any) -> None:
    settings.STAFF_MFA_REQUIRED = False
    draft, published = WorkshopFactory(published_at=None), WorkshopFactory()
    assert admin_client.post(url("delete", draft), {"post": "yes"}).status_code == 302
    assert admin_client.post(url("delete", published), {"post": "yes"}).status_code == 403
    assert list(Workshop.objects.all()) == [published]


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(("model", "queries"), [("workshop", 8), ("signup", 5)])
def test_list_takes_the_same_queries_for_any_number(
    admin_client: Client, rows: int, model: str, queries: int, django_assert_num_queries: Any
) -> None:
    for _ in range(rows):
        fill(WorkshopFactory(starts_at=SUMMER, ends_at=SUMMER + timedelta(hours=3), capacity=2), 3)
    with django_assert_num_queries(queries):
        admin_client.get(reverse(f"admin:workshops_{model}_changelist"))


def test_page_lists_the_first_signups_and_leads_to_the_others(
    admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    workshop = WorkshopFactory(starts_at=SUMMER, ends_at=SUMMER + timedelta(hours=3), capacity=2)
    signups = [take(workshop) for _ in range(3)]
    monkeypatch.setattr(workshops, "MAX_SIGNUPS_LISTED", 2)

    page = admin_client.get(url("change", workshop))

    *_, inline = page.context["inline_admin_formsets"]
    assert [form.original.pk for form in inline if form.original] == [signup.pk for signup in signups[:2]]
    assert "The first 2 of 3 sign-ups" in page.text
    rest = reverse("admin:workshops_signup_changelist") + f"?workshop__id__exact={workshop.pk}"
    assert rest in page.text
    assert len(admin_client.get(rest).context["cl"].result_list) == 3


@pytest.mark.usefixtures("host")
def test_a_host_signs_a_seller_up_who_asked_for_it(client: Client, workshop: Workshop) -> None:
    seller = SellerFactory(market=workshop.market)
    page = client.get(url("sign_up", workshop))
    assert "waits in line like everybody else" in page.text
    sent = {"seller": "nobody", "attendee": "Ana", "reason": "They called us."}
    assert "No seller has this id" in client.post(url("sign_up", workshop), sent).text
    answer = client.post(url("sign_up", workshop), sent | {"seller": seller.external_id}, follow=True)
    signup = workshop.signups.get()
    assert answer.redirect_chain == [(reverse("admin:workshops_signup_change", args=[signup.pk]), 302)]
    assert f"{seller} has a place, and was told." in answer.text
    assert signup.check_in_code in answer.text
    assert (signup.seller, signup.attendee, signup.state) == (seller, "Ana", "placed")
    assert Message.objects.get(seller=seller).template == "workshop_signed_up"


@pytest.mark.usefixtures("host")
def test_host_reads_before_cancelling_what_becomes_of_the_place(client: Client, workshop: Workshop) -> None:
    workshop.capacity = 1
    workshop.save(update_fields=["capacity"])
    placed, waiting = fill(workshop, 2)
    pages = [reverse("admin:workshops_signup_cancel", args=[one.pk]) for one in (placed, waiting)]
    place, queue = (client.get(page).text for page in pages)
    assert f"Cancel the place of “{placed.seller}”" in place
    assert "The place goes at once to the first who waits." in place
    assert f"Cancel the waiting place of “{waiting.seller}”" in queue
    assert "first who waits" not in queue
    Workshop.objects.update(pass_on_hours=28 * 24, starts_at=timezone.now() + timedelta(days=3))
    assert "It is past the cut-off, so the place stays empty." in client.get(pages[0]).text
    cancel_signup(signup=waiting, user=waiting.user, now=timezone.now())
    assert "The place becomes free at once." in client.get(pages[0]).text


def asked(workshop: Workshop) -> tuple[str, str, str]:
    """The fields of a choice that has to be made, of something sensitive, and of some of several."""
    size = SignupQuestion.objects.create(
        workshop=workshop, text="Which size?", kind="choice", choices=["S", "L"], required=True
    )
    diet = SignupQuestion.objects.create(workshop=workshop, text="What do you not eat?", sensitive=True)
    topics = SignupQuestion.objects.create(workshop=workshop, text="Topics?", kind="multi", choices=["A", "B"])
    return f"question_{size.pk}", f"question_{diet.pk}", f"question_{topics.pk}"


@pytest.mark.usefixtures("host")
def test_a_host_answers_what_the_seller_said_and_the_seller_the_rest(client: Client, workshop: Workshop) -> None:
    size, diet, topics = asked(workshop)
    seller = member_seller(market=workshop.market)
    page = client.get(url("sign_up", workshop)).text
    said = ["Which size?", "Left open, the seller is asked to answer it.", "It is deleted 30 days after the end."]
    assert [words in page for words in said] == [True] * 3
    sent = {"seller": seller.external_id, "attendee": "Ana", "reason": "They called us.", "key": str(uuid4())}
    sent |= {diet: "Nuts", topics: ["A", "B"]}
    refused = client.post(url("sign_up", workshop), sent | {size: "XXL"}).text
    assert "Select a valid choice" in refused
    assert not workshop.signups.exists()
    for _ in range(2):
        assert client.post(url("sign_up", workshop), sent).status_code == 302
    signup = workshop.signups.get()
    assert [answer.values for answer in signup.answers.order_by("pk")] == [["Nuts"], ["A", "B"]]
    assert "**The host has a question for you.**" in Message.objects.get(seller=seller).body
    assert not any("Nuts" in f"{entry.note} {entry.changes}" for entry in AuditEntry.objects.all())

    client.force_login(seller.users.get())
    change = reverse("workshops:change_signup", args=[seller.pk, signup.pk])
    assert "Questions of the host" in client.get(signup.get_absolute_url()).text
    assert client.post(change, {"attendee": "Ana", size: "S", diet: "Nuts"}).status_code == 302
    assert "Questions of the host" not in client.get(signup.get_absolute_url()).text
    assert delete_sensitive_answers(now=workshop.ends_at + timedelta(days=30)) == 1


@pytest.mark.usefixtures("host")
def test_seller_that_a_host_puts_on_the_waiting_list_is_told_no_code_that_opens_no_door(
    client: Client, workshop: Workshop
) -> None:
    fill(workshop, 3)
    seller = member_seller(market=workshop.market)
    sent = {"seller": seller.external_id, "attendee": "", "reason": "They called us."}
    assert f"{seller} waits in line, and was told." in client.post(url("sign_up", workshop), sent, follow=True).text
    body = Message.objects.get(seller=seller).body
    assert "so you are on the waiting list" in body
    assert workshop.signups.get(seller=seller).spelled_code not in body
    assert "the next in line" not in body


@pytest.mark.usefixtures("host")
def test_seller_whose_host_knows_all_answers_is_asked_nothing(client: Client, workshop: Workshop) -> None:
    size, *_ = asked(workshop)
    seller = member_seller(market=workshop.market)
    sent = {"seller": seller.external_id, "attendee": "", "reason": "They called us.", size: "L"}
    client.post(url("sign_up", workshop), sent)
    assert "question" not in Message.objects.get(seller=seller).body
    client.force_login(seller.users.get())
    assert "Questions of the host" not in client.get(workshop.signups.get().get_absolute_url()).text


@pytest.mark.usefixtures("host")
@pytest.mark.parametrize(
    ("kind", "choices", "said"),
    [("choice", "S", "Name at least two"), ("multi", "", "Name at least two"), ("text", "S,L", "Only “One of these”")],
)
def test_host_is_told_at_the_field_which_questions_have_choices(
    client: Client, workshop: Workshop, kind: str, choices: str, said: str
) -> None:
    asked = {"text": "Which size?", "kind": kind, "choices": choices, "position": 1}
    form = filled_in(workshop) | {f"questions-0-{name}": value for name, value in asked.items()}
    page = client.post(url("change", workshop), form | {"questions-TOTAL_FORMS": 1})
    questions, *_ = page.context["inline_admin_formsets"]
    (error,) = questions.formset.errors[0]["choices"]
    assert error.startswith(said)


@pytest.mark.usefixtures("host")
def test_a_host_asks_and_reads_the_answers(client: Client, workshop: Workshop) -> None:
    asked = {"text": "Which size?", "kind": "choice", "choices": "S,L", "position": 1, "required": "on"}
    form = filled_in(workshop) | {f"questions-0-{name}": value for name, value in asked.items()}
    form |= {"questions-TOTAL_FORMS": 1}
    response = client.post(url("change", workshop), form)
    assert response.status_code == 302, response.context["errors"]
    question = workshop.questions.get()
    assert (question.choices, question.required) == (["S", "L"], True)
    signup = take(workshop)
    question.answers.create(signup=signup, values=["L"])
    page = client.get(reverse("admin:workshops_signup_change", args=[signup.pk])).text
    assert "Which size?" in page
    assert client.get(reverse("admin:workshops_seat_changelist")).status_code == 200
