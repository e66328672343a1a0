"""A member says anew who comes and what the host is answered, without losing the place."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from sellers.models import Seller
from sellers.rules import Role
from sellers.services import NotYours
from tests.factories import NOW, MemberFactory, WorkshopFactory
from tests.workshops.places import fill, member_seller, take
from workshops.models import Signup, SignupAnswer, SignupQuestion, Workshop
from workshops.roster import roster_of
from workshops.services import TooLate, cancel_signup, change_signup, check_in, sign_up_people

pytestmark = pytest.mark.django_db


def ask(workshop: Workshop, **fields: Any) -> SignupQuestion:
    question: SignupQuestion = SignupQuestion.objects.create(workshop=workshop, **{"text": "What do you eat?"} | fields)
    return question


def change(signup: Signup, *, now: datetime = NOW, **said: Any) -> Signup:
    return change_signup(signup=signup, user=signup.user, now=now, **{"attendee": "Grace", "answers": {}} | said)


def answers(signup: Signup) -> dict[int, list[str]]:
    return dict(SignupAnswer.objects.filter(signup=signup).values_list("question", "values"))


def test_who_comes_and_the_answers_are_said_anew_and_the_place_stays() -> None:
    workshop, seller = WorkshopFactory(), member_seller()
    diet, size = ask(workshop), ask(workshop, text="Which size?")
    said = {diet.pk: ["Rice"], size.pk: ["M"]}
    (signup,) = sign_up_people(
        workshop=workshop, seller=seller, user=seller.users.get(), names=["Ada"], answers=[said], now=NOW
    )
    changed = change(signup, answers={diet.pk: ["Bread"], size.pk: []})
    assert (changed.attendee, changed.check_in_code, changed.seat_id) == ("Grace", signup.check_in_code, signup.seat_id)
    assert answers(signup) == {diet.pk: ["Bread"]}


def test_who_waits_keeps_the_number_in_line() -> None:
    _, first, second = fill(WorkshopFactory(capacity=1), 3)
    change(first)
    assert list(Signup.objects.waiting()) == [first, second]


def test_door_reads_the_new_name() -> None:
    signup = take(WorkshopFactory())
    before = roster_of(signup.workshop, now=NOW).version
    change(signup)
    after = roster_of(signup.workshop, now=NOW)
    assert after.version != before
    assert after.placed[0].who.startswith("Grace")


def test_nothing_is_changed_once_it_is_cancelled_begun_or_checked_in() -> None:
    gone, late, here = fill(WorkshopFactory(), 3)
    cancel_signup(signup=gone, user=gone.user, now=NOW)
    check_in(workshop=here.workshop, code=here.check_in_code, now=here.workshop.starts_at - timedelta(hours=1))
    for signup, now, why in (
        (gone, NOW, "was cancelled"),
        (late, late.workshop.starts_at, "has started"),
        (here, here.workshop.starts_at - timedelta(minutes=59), "checked in already"),
    ):
        with pytest.raises(TooLate, match=why):
            change(signup, now=now)
    assert set(Signup.objects.values_list("attendee", flat=True)) == {""}


def test_viewer_changes_nothing() -> None:
    signup = take(WorkshopFactory())
    viewer = MemberFactory(seller=signup.seller, role=Role.VIEWER).user
    with pytest.raises(NotYours, match="You are a viewer"):
        change_signup(signup=signup, attendee="Grace", answers={}, user=viewer, now=NOW)


# --- The page


@pytest.fixture
def signup() -> Signup:
    start = timezone.now() + timedelta(days=10)
    return take(WorkshopFactory(starts_at=start, ends_at=start + timedelta(hours=3)), now=timezone.now())


def page(signup: Signup) -> str:
    return reverse("workshops:change_signup", kwargs={"seller_id": signup.seller_id, "signup_id": signup.pk})


def send(client: Client, signup: Signup, **data: object) -> str:
    client.force_login(signup.user)
    return client.post(page(signup), data, follow=True).content.decode()


def test_form_is_filled_with_what_was_said_and_leads_back(client: Client, signup: Signup) -> None:
    kinds = [("text", []), ("choice", ["S", "L"]), ("multi", ["Claims", "Prices"]), ("bool", [])]
    diet, size, topics, first = [ask(signup.workshop, kind=kind, choices=choices) for kind, choices in kinds]
    names = {f"question_{diet.pk}": "Rice", f"question_{size.pk}": "L", f"question_{topics.pk}": ["Claims", "Prices"]}
    assert "Changed. The host sees" in send(client, signup, attendee="Ada <b>", **names)
    shown = client.get(page(signup)).content.decode()
    for piece in ('value="Ada &lt;b&gt;"', "Rice</textarea>", 'value="L" id="id_question_', 'value="Prices"'):
        assert piece in shown
    assert shown.count(" checked") == 3
    assert answers(signup) == {diet.pk: ["Rice"], size.pk: ["L"], topics.pk: ["Claims", "Prices"]}
    assert first.pk not in answers(signup)
    assert page(signup) in client.get(signup.get_absolute_url()).content.decode()


def test_what_is_wrong_keeps_what_was_typed(client: Client, signup: Signup) -> None:
    question = ask(signup.workshop, required=True)
    shown = send(client, signup, attendee="Grace")
    assert "This question has no answer yet." in shown
    assert 'value="Grace"' in shown
    assert not SignupAnswer.objects.filter(question=question).exists()


def test_page_of_what_cannot_be_changed_says_why(client: Client, signup: Signup) -> None:
    cancel_signup(signup=signup, user=signup.user, now=timezone.now())
    assert "nothing of it can be changed any more" in send(client, signup, attendee="Grace")
    assert page(signup) not in client.get(signup.get_absolute_url()).content.decode()


def test_page_of_somebody_else_is_not_there(client: Client, signup: Signup) -> None:
    client.force_login(MemberFactory().user)
    assert client.get(page(signup)).status_code == 404
    assert client.post(page(signup), {"attendee": "Grace"}).status_code == 404


def test_viewer_reads_who_can(client: Client, signup: Signup) -> None:
    seller: Seller = signup.seller
    client.force_login(MemberFactory(seller=seller, role=Role.VIEWER).user)
    assert '<form method="post" class="stack"' not in client.get(page(signup)).content.decode()
    assert page(signup) not in client.get(signup.get_absolute_url()).content.decode()


@pytest.mark.parametrize("questions", [1, 3])
def test_page_takes_the_same_queries_for_any_number_of_questions(
    client: Client, signup: Signup, questions: int, django_assert_num_queries: Any
) -> None:
    for _ in range(questions):
        ask(signup.workshop)
    client.force_login(signup.user)
    with django_assert_num_queries(10):
        client.get(page(signup))
