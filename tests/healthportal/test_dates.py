"""The dates that lie before a seller, their page, and the private calendar of a person."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest
from django.core import signing
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from accounts.services import close_calendar, renew_calendar
from healthportal.dates.calendar import SIGNER, calendar_address
from healthportal.dates.presentation import show_dates
from healthportal.dates.selectors import Ahead, DateKind, dates_of, next_dates
from healthportal.dates.wording import date_title
from policies.models import PolicyVersion
from quizzes.next_steps import NextStep, StepKind
from sellers.models import Seller
from sellers.services import add_member
from tests.factories import (
    MemberFactory,
    PolicyFactory,
    QuizFactory,
    SellerFactory,
    UserFactory,
    WorkshopFactory,
    issue,
)
from tests.pages import ago, signed_in_seller
from violations.models import EnforcementAction
from violations.services import ask_seller, file_appeal
from workshops.models import Signup
from workshops.services import sign_up

pytestmark = pytest.mark.django_db


@pytest.fixture
def seller(client: Client) -> Seller:
    return signed_in_seller(client)


def shown(seller: Seller) -> list[tuple[DateKind, date, str]]:
    dates = show_dates(dates_of(seller=seller, as_of=timezone.now()), seller=seller)
    return [(one.kind, one.day, one.href) for one in dates]


def test_a_clean_account_has_no_dates(seller: Seller) -> None:
    assert shown(seller) == []


def test_deadlines_and_expiries_come_in_their_order_with_where_they_lead(seller: Seller) -> None:
    policy = QuizFactory(policy=PolicyFactory(points=3)).policy
    violation = issue(seller, policy, now=ago(days=3))
    expires = violation.entries.get().expires_at.astimezone(seller.market.zone).date()
    quiz, appeal, expiry = sorted(shown(seller), key=lambda line: list(DateKind).index(line[0]))
    assert (quiz[0], appeal[0], expiry[0]) == (DateKind.QUIZ, DateKind.APPEAL, DateKind.EXPIRY)
    assert quiz[2] == reverse("quizzes:detail", kwargs={"seller_id": seller.pk, "policy": policy.code})
    assert appeal[1] == (violation.appeal_until - timedelta(microseconds=1)).astimezone(seller.market.zone).date()
    assert expiry[1:] == (expires, f"/s/{seller.pk}/ledger/?as_of={expires.isoformat()}")


def test_an_appeal_that_waits_says_until_when_it_is_decided(seller: Seller) -> None:
    violation = issue(seller, PolicyFactory(points=3), now=ago(days=3))
    appeal = file_appeal(violation=violation, text="It was another.", filed_by=seller.users.get(), now=timezone.now())
    lines = {kind: href for kind, _, href in shown(seller)}
    assert lines[DateKind.DECISION] == appeal.get_absolute_url()
    assert not {DateKind.APPEAL, DateKind.ANSWER} & lines.keys()
    request = ask_seller(appeal=appeal, things=["The invoice"], asked_by=UserFactory(), now=timezone.now())
    [(_, day, href)] = [line for line in shown(seller) if line[0] is DateKind.ANSWER]
    assert day == (request.answer_by - timedelta(microseconds=1)).astimezone(seller.market.zone).date()
    assert href == appeal.get_absolute_url()


def test_the_dashboard_lists_the_first_deadline_to_appeal_alone(client: Client, seller: Seller) -> None:
    for days in (3, 2, 1):
        issue(seller, PolicyFactory(points=1), now=ago(days=days))
    dates = dates_of(seller=seller, as_of=timezone.now())
    listed = client.get(seller.get_absolute_url()).context["board"].dates
    assert [one.kind for one in listed].count(DateKind.APPEAL) == 1
    assert [one.kind for one in listed].count(DateKind.EXPIRY) == 3
    assert next(one for one in listed if one.kind is DateKind.APPEAL).at == min(
        one.at for one in dates if one.kind is DateKind.APPEAL
    )


def test_an_action_has_its_end_and_a_later_one_its_start(seller: Seller) -> None:
    issue(seller, PolicyFactory(points=12), now=ago(days=1))
    kinds = [kind for kind, _, _ in shown(seller)]
    assert DateKind.ENDS in kinds
    assert DateKind.STARTS not in kinds


def test_page_lists_them_and_is_for_members_only(client: Client, seller: Seller) -> None:
    issue(seller, PolicyFactory(name="Giveaways", points=3), now=ago(days=3))
    page = client.get(reverse("dates", kwargs={"seller_id": seller.pk}))
    assert "points expire" in page.text
    assert "Giveaways" in page.text
    for name, method in [("dates", client.get), ("change_calendar", client.post)]:
        assert method(reverse(name, kwargs={"seller_id": SellerFactory().pk})).status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_page_takes_the_same_queries_for_any_number(
    client: Client, seller: Seller, count: int, django_assert_num_queries: Any
) -> None:
    for number in range(count):
        issue(seller, QuizFactory(policy=PolicyFactory(points=1)).policy, now=ago(days=number + 1))
    client.get(seller.get_absolute_url())
    with django_assert_num_queries(6):
        client.get(reverse("dates", kwargs={"seller_id": seller.pk}))


def change(client: Client, seller: Seller, **data: str) -> Any:
    return client.post(reverse("change_calendar", kwargs={"seller_id": seller.pk}), data, follow=True)


def path_of(address: str) -> str:
    return "/" + address.split("/", 3)[3]


def events(address: str) -> list[Any]:
    response = Client().get(path_of(address))
    assert (response.status_code, response["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    assert response["Cache-Control"] == "private, no-store"
    return Calendar.from_ical(response.content).walk("VEVENT")  # type: ignore[no-any-return]  # icalendar says nothing of it


def test_a_calendar_shows_all_sellers_of_a_person_with_reminders(client: Client, seller: Seller) -> None:
    person = seller.users.get()
    other = MemberFactory(user=person, seller=SellerFactory(name="The other shop", market=seller.market)).seller
    issue(seller, QuizFactory(policy=PolicyFactory(points=3)).policy, now=ago(days=3))
    issue(other, PolicyFactory(points=2), now=ago(days=2))
    issue(SellerFactory(market=seller.market), PolicyFactory(points=2), now=ago(days=2))
    page = change(client, seller)
    person.refresh_from_db()
    address = calendar_address(person)
    assert address in page.text
    found = events(address)
    assert len(found) == len(shown(seller)) + len(shown(other))
    assert len({event["uid"] for event in found}) == len(found)
    assert sum("The other shop" in event["summary"] for event in found) == len(shown(other))
    [quiz] = [event for event in found if event["uid"].startswith("quiz-")]
    [deadline] = [day for kind, day, _ in shown(seller) if kind is DateKind.QUIZ]
    assert (quiz.decoded("dtstart"), quiz.decoded("dtend")) == (deadline, deadline + timedelta(days=1))
    [alarm] = quiz.walk("VALARM")
    assert alarm.decoded("trigger") == timedelta(hours=-15)
    assert not any(event.walk("VALARM") for event in found if event["uid"].startswith("expiry-"))


def test_a_workshop_stands_in_the_calendar_with_its_hours(seller: Seller) -> None:
    soon = timezone.now() + timedelta(days=5)
    workshop = WorkshopFactory(market=seller.market, starts_at=soon, ends_at=soon + timedelta(hours=3))
    person = seller.users.get()
    sign_up(workshop=workshop, seller=seller, user=person, now=timezone.now())
    renew_calendar(user=person)
    [event] = events(calendar_address(person))
    assert event.decoded("dtstart") == soon.replace(microsecond=0)
    assert workshop.title in event["summary"]


def test_today_is_the_day_where_a_workshop_takes_place(client: Client) -> None:
    """For a seller far from it too: 02:30 in Kiritimati is the morning before in Chicago."""
    seller = MemberFactory(seller__market__time_zone="America/Chicago").seller
    local = timezone.now().astimezone(ZoneInfo("Pacific/Kiritimati")).replace(hour=23, minute=59)
    workshop = WorkshopFactory(
        market=seller.market, starts_at=local, ends_at=local + timedelta(hours=1), time_zone="Pacific/Kiritimati"
    )
    sign_up(workshop=workshop, seller=seller, user=seller.users.get(), now=timezone.now())
    client.force_login(seller.users.get())
    page = client.get(reverse("dates", args=[seller.pk])).text
    assert re.search(r"today</span></span> <span>.*?Workshop “", page, re.DOTALL)


def test_an_address_ends_when_it_is_renewed_or_closed_or_the_person_leaves(client: Client, seller: Seller) -> None:
    person = seller.users.get()
    renew_calendar(user=person)
    first = calendar_address(person)
    renew_calendar(user=person)
    second = calendar_address(person)
    assert Client().get(path_of(first)).status_code == 404
    assert Client().get(path_of(second)).status_code == 200
    assert "calendar is closed" in change(client, seller, close="").text
    assert Client().get(path_of(second)).status_code == 404
    person.refresh_from_db()
    assert calendar_address(person) == ""
    renew_calendar(user=person)
    third = calendar_address(person)
    person.is_active = False
    person.save()
    assert Client().get(path_of(third)).status_code == 404


def test_nobody_makes_an_address_up(seller: Seller) -> None:
    person = seller.users.get()
    renew_calendar(user=person)
    elsewhere = signing.Signer(salt="another").sign_object([person.pk, person.calendar_key])
    for token in ["x", elsewhere, SIGNER.sign_object([person.pk, ""]), SIGNER.sign_object([person.pk, "guessed"])]:
        assert Client().get(reverse("calendar", kwargs={"token": token})).status_code == 404
    close_calendar(user=person)
    assert Client().get(reverse("calendar", kwargs={"token": SIGNER.sign_object([person.pk, ""])})).status_code == 404


def test_who_leaves_a_seller_no_longer_sees_its_dates(seller: Seller) -> None:
    person = seller.users.get()
    other = SellerFactory(market=seller.market)
    member = add_member(seller=other, user=person, now=timezone.now())
    issue(other, PolicyFactory(points=2), now=ago(days=2))
    renew_calendar(user=person)
    assert events(calendar_address(person))
    member.delete()
    assert events(calendar_address(person)) == []


def nothing_ahead(**beside: Any) -> Ahead:
    lists = {field: [] for field in ("quizzes", "appeals", "filed", "expiries", "actions", "signups", "versions")}
    return Ahead(**{**lists, **beside})


def test_what_has_no_date_is_in_no_list(seller: Seller) -> None:
    """An action until it is lifted has no end, a step without a deadline no day, and a draft no start."""
    endless = EnforcementAction(kind="deactivation", starts_at=ago(days=-1), ends_at=None)
    step = NextStep(StepKind.APPEAL, "Claims")
    ahead = nothing_ahead(actions=[endless], quizzes=[step], appeals=[step], versions=[PolicyVersion()])
    found = next_dates(ahead, as_of=timezone.now(), zone=seller.market.zone)
    assert [(one.kind, one.subject) for one in found] == [(DateKind.STARTS, endless)]


def test_a_cancelled_workshop_is_no_date_and_a_waiting_place_is_said_to_be_one(seller: Seller) -> None:
    soon = timezone.now() + timedelta(days=5)
    workshop = WorkshopFactory(
        market=seller.market,
        capacity=1,
        city="Bangkok",
        title="Claims",
        starts_at=soon,
        ends_at=soon + timedelta(hours=3),
    )
    first = MemberFactory(seller=SellerFactory(market=seller.market, signed_up_to_sell=True))
    sign_up(workshop=workshop, seller=first.seller, user=first.user, now=timezone.now())
    sign_up(workshop=workshop, seller=seller, user=seller.users.get(), now=timezone.now())
    (date,) = dates_of(seller=seller, as_of=timezone.now())
    assert date_title(date) == "Workshop “Claims” in Bangkok: you wait for a place"
    signup = cast(Signup, date.subject)
    signup.workshop.cancelled_at = timezone.now()
    assert next_dates(nothing_ahead(signups=[signup]), as_of=timezone.now(), zone=seller.market.zone) == []


def test_who_renews_the_address_is_told_that_the_one_before_ended(client: Client, seller: Seller) -> None:
    assert "Your calendar has an address. Keep it to yourself" in change(client, seller).text
    assert "Your calendar has a new address. The one before shows nothing any more" in change(client, seller).text
