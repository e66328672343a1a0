"""What somebody typed is on the page that says why it was not carried out, whatever the reason."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from healthportal.errors import broken, took_too_long
from healthportal.roles import REVIEWER
from quizzes.services import send_remark
from tests.factories import (
    NOW,
    MemberFactory,
    PolicyFactory,
    QuizFactory,
    SellerFactory,
    WorkshopFactory,
    issue,
    person_in,
)
from tests.quizzes.helpers import take as take_quiz
from tests.workshops.places import member_seller
from tests.workshops.test_feedback import been, say
from workshops.models import SignupQuestion
from workshops.services import cancel_workshop

pytestmark = pytest.mark.django_db

TYPED = "An hour of work, <b>all of it</b>."
SHOWN = "An hour of work, &lt;b&gt;all of it&lt;/b&gt;."
HERE = {"origin": "http://testserver"}
"""Of a form that stood on a page of the portal."""


def test_feedback_that_came_too_late(client: Client) -> None:
    signup = been()
    client.force_login(signup.user)
    say(signup)  # by a colleague
    page = reverse("workshops:feedback", kwargs={"seller_id": signup.seller_id, "workshop_id": signup.workshop_id})
    answer = client.post(page, {"rating": "4", "text": TYPED})
    assert "Thank you" in answer.text
    assert SHOWN in answer.text
    assert SHOWN not in client.get(page).text


def test_what_a_colleague_remarked_on_first(client: Client) -> None:
    seller, quiz = SellerFactory(), QuizFactory(bank=3)
    issue(seller, quiz.policy)
    asked = take_quiz(seller, quiz, right=1).questions.get(position=2)
    user = asked.attempt.user
    client.force_login(user)
    send_remark(asked=asked, text="Two are right.", user=user, now=NOW)
    where = {"seller_id": seller.pk, "attempt_id": asked.attempt_id, "position": asked.position}
    answer = client.post(reverse("quizzes:remark", kwargs=where), {"text": TYPED})
    assert "Two are right." in answer.text
    assert "Yours was not sent" in answer.text
    assert SHOWN in answer.text


def test_sign_up_for_a_workshop_that_was_cancelled(client: Client) -> None:
    seller, start = member_seller(), timezone.now() + timedelta(days=10)
    workshop = WorkshopFactory(starts_at=start, ends_at=start + timedelta(hours=3))
    question = SignupQuestion.objects.create(workshop=workshop, text="What do you want to learn?")
    client.force_login(seller.users.get())
    cancel_workshop(workshop=workshop, reason="The hall is flooded.", now=timezone.now())
    page = reverse("workshops:sign_up", kwargs={"seller_id": seller.pk, "workshop_id": workshop.pk})
    answer = client.post(page, {"key": uuid4(), "name_1": "Ana", f"question_{question.pk}": TYPED})
    assert "flooded" in answer.text
    assert SHOWN in answer.text


# --- Pages of errors


@pytest.fixture
def reviewer() -> User:
    return person_in(REVIEWER)


def test_form_whose_record_is_gone_or_that_a_role_opens_no_more(client: Client, reviewer: User) -> None:
    client.force_login(reviewer)
    page = reverse("admin:violations_violation_void", args=[issue(SellerFactory(), PolicyFactory()).pk])
    gone = client.post(page.replace("/void/", "0000/void/"), {"reason": TYPED}, headers=HERE)
    assert (gone.status_code, SHOWN in gone.text) == (404, True)
    reviewer.groups.clear()
    refused = client.post(page, {"reason": TYPED, "password": "secret words", "market": "17"}, headers=HERE)
    assert (refused.status_code, SHOWN in refused.text) == (403, True)
    assert "secret words" not in refused.text
    assert '"auto">17' not in refused.text


def test_form_of_a_seller_that_somebody_left_meanwhile(client: Client) -> None:
    member = MemberFactory()
    violation = issue(member.seller, PolicyFactory())
    client.force_login(member.user)
    member.delete()
    page = reverse("violations:appeal_file", args=[violation.seller_id, violation.pk])
    answer = client.post(page, {"text": TYPED}, headers=HERE)
    assert (answer.status_code, SHOWN in answer.text) == (404, True)


def test_form_that_the_portal_broke_at(rf: RequestFactory, django_assert_num_queries: Any) -> None:
    for address in ("/s/1/violations/1/appeal/", reverse("admin:sellers_seller_add")):
        with django_assert_num_queries(0):
            answer = broken(rf.post(address, {"text": TYPED}, headers=HERE))
        assert SHOWN in answer.text


def test_form_that_took_too_long(rf: RequestFactory, reviewer: User) -> None:
    request = rf.post(reverse("admin:sellers_seller_add"), {"reason": TYPED}, headers=HERE)
    request.user = reviewer
    answer = took_too_long(request)
    assert (answer.status_code, SHOWN in answer.content.decode()) == (503, True)


@pytest.mark.parametrize("headers", [{}, {"origin": "https://elsewhere.example"}])
def test_nothing_is_shown_of_what_another_site_made_a_browser_send(client: Client, headers: dict[str, str]) -> None:
    answer = client.post("/no/such/page/", {"text": TYPED}, headers=headers)
    assert (answer.status_code, SHOWN in answer.text) == (404, False)
