"""Feedback: by who was there, once, within some days, without a name; hosts read it when there is enough of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.factories import MemberFactory, UserFactory, WorkshopFactory
from tests.threads import together
from tests.workshops.places import appointment_like as like
from tests.workshops.places import member_seller, take
from workshops.feedback_selectors import Ratings, results_of, rows_of
from workshops.models import Feedback, FeedbackAnswer, FeedbackGiven, FeedbackQuestion, Signup, Workshop
from workshops.services import NoFeedback, copy_workshop, give_feedback

pytestmark = pytest.mark.django_db


def been(*, ended: timedelta = timedelta(hours=1), **fields: Any) -> Signup:
    """Somebody who was at a workshop that is over."""
    now = timezone.now()
    workshop = WorkshopFactory(starts_at=now + timedelta(hours=1), ends_at=now + timedelta(hours=2), **fields)
    return over(take(workshop, now=now), ended=ended)


def over(signup: Signup, *, ended: timedelta = timedelta(hours=1)) -> Signup:
    end = timezone.now() - ended
    Workshop.objects.filter(pk=signup.workshop_id).update(starts_at=end - timedelta(hours=2), ends_at=end)
    Signup.objects.filter(pk=signup.pk).update(checked_in_at=end - timedelta(hours=1))
    signup.workshop.refresh_from_db()
    signup.refresh_from_db()
    return signup


def say(signup: Signup, rating: int = 4, text: str = "", **fields: Any) -> Feedback:
    given = {"user": signup.user, "said": {}, "now": timezone.now(), **fields}
    return give_feedback(workshop=signup.workshop, seller=signup.seller, rating=rating, text=text, **given)


def ask(workshop: Workshop) -> tuple[FeedbackQuestion, FeedbackQuestion]:
    kind = FeedbackQuestion.Kind
    return tuple(  # type: ignore[return-value]  # two of them
        FeedbackQuestion.objects.create(workshop=workshop, position=number, text=text, kind=kind)
        for number, (text, kind) in enumerate([("The room?", kind.RATING), ("What next?", kind.TEXT)], 1)
    )


def many(count: int) -> Workshop:
    """A workshop that ``count`` sellers said something of."""
    first = been()
    workshop = first.workshop
    rating, text = ask(workshop)
    soon = timezone.now() + timedelta(hours=1)
    Workshop.objects.filter(pk=workshop.pk).update(starts_at=soon, ends_at=soon + timedelta(hours=1))
    signups = [first, *(take(workshop, now=timezone.now()) for _ in range(count - 1))]
    for number, signup in enumerate(signups, 1):
        over(signup)
        say(signup, rating=number, text=f"Text {number}", said={rating.pk: 5, text.pk: f"Next {number}"})
    return workshop


# --- Giving it


def test_feedback_is_kept_without_who_gave_it() -> None:
    signup = been()
    rating, text = ask(signup.workshop)
    feedback = say(signup, 5, "Good.", said={rating.pk: 3, text.pk: ""})
    assert (feedback.rating, feedback.text) == (5, "Good.")
    assert list(feedback.answers.values_list("question", "rating", "text")) == [(rating.pk, 3, "")]
    assert FeedbackGiven.objects.get().seller == signup.seller
    assert {field.name for field in Feedback._meta.get_fields()} == {"id", "workshop", "rating", "text", "answers"}


def test_seller_answers_once() -> None:
    signup = been()
    say(signup)
    with pytest.raises(NoFeedback, match="Thank you"):
        say(signup)
    assert Feedback.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "now", "why"),
    [
        ({"feedback_days": 0}, timedelta(0), "does not ask"),
        ({}, -timedelta(hours=2), "Come back then"),
        ({}, timedelta(days=14), "could be given until"),
    ],
)
def test_feedback_is_taken_for_some_days_after_the_end(fields: dict[str, int], now: timedelta, why: str) -> None:
    signup = been(**fields)
    with pytest.raises(NoFeedback, match=why):
        say(signup, now=timezone.now() + now)


def test_feedback_is_for_who_was_there() -> None:
    signup = been()
    Signup.objects.update(checked_in_at=None)
    with pytest.raises(NoFeedback, match="checked in"):
        say(signup)


@pytest.mark.django_db(transaction=True)
def test_seller_that_answers_twice_at_once_answers_once() -> None:
    signup = been()

    def give(_: int) -> bool:
        try:
            say(signup)
        except NoFeedback:
            return False
        return True

    assert sum(together(4, give)) == 1
    assert Feedback.objects.count() == FeedbackGiven.objects.count() == 1


@pytest.mark.parametrize(
    ("sql", "constraint"),
    [
        ("UPDATE workshops_feedback SET rating = 6", "feedback_rating_range"),
        ("INSERT INTO workshops_feedbackgiven (workshop_id, seller_id) SELECT workshop_id, seller_id FROM "
         "workshops_feedbackgiven", "feedback_given_once"),
        ("INSERT INTO workshops_feedbackanswer (feedback_id, question_id, rating, text) SELECT feedback_id, "
         "question_id, rating, text FROM workshops_feedbackanswer", "feedback_answer_once"),
        ("UPDATE workshops_feedbackanswer SET text = 'Both.'", "feedback_answer_is_a_rating_or_words"),
        ("UPDATE workshops_workshop SET feedback_days = 91", "workshop_feedback_ends"),
    ],
)  # fmt: skip
def test_database_refuses(sql: str, constraint: str) -> None:
    signup = been()
    rating, _ = ask(signup.workshop)
    say(signup, said={rating.pk: 3})
    with pytest.raises(DatabaseError) as refused, connection.cursor() as cursor:
        cursor.execute(sql)
    assert refused.value.__cause__.diag.constraint_name == constraint  # type: ignore[union-attr]  # psycopg2 is the cause


# --- The page


def page_of(signup: Signup) -> str:
    return reverse("workshops:feedback", kwargs={"seller_id": signup.seller_id, "workshop_id": signup.workshop_id})


def test_page_takes_an_answer_once(client: Client) -> None:
    signup = been()
    rating, text = ask(signup.workshop)
    client.force_login(signup.user)
    assert "The room?" in client.get(page_of(signup)).content.decode()
    data = {"rating": "2", "text": "<b>Loud.</b>", f"question_{rating.pk}": "", f"question_{text.pk}": "Tax"}
    page = client.post(page_of(signup), data, follow=True).content.decode()
    assert "It is kept without your name." in page
    assert "You have given feedback" in page
    again = client.post(page_of(signup), data).content.decode()
    assert "You have given feedback" in again
    assert list(FeedbackAnswer.objects.values_list("text", "rating")) == [("Tax", None)]


@pytest.mark.parametrize("rating", ["", "0", "6", "x", "4.5"])
def test_page_refuses_what_is_no_rating_and_keeps_the_words(client: Client, rating: str) -> None:
    signup = been()
    client.force_login(signup.user)
    page = client.post(page_of(signup), {"rating": rating, "text": "Typed."}).content.decode()
    assert "Typed." in page
    assert not Feedback.objects.exists()


def test_page_is_there_for_the_sellers_of_the_workshop_alone(client: Client) -> None:
    signup, other = been(), member_seller()
    client.force_login(other.users.get())
    assert client.get(page_of(signup)).status_code == 404
    own = reverse("workshops:feedback", kwargs={"seller_id": other.pk, "workshop_id": signup.workshop_id})
    assert client.get(own).status_code == 404


def test_viewer_is_told_why_not(client: Client) -> None:
    signup = been()
    client.force_login(MemberFactory(seller=signup.seller, role="viewer").user)
    assert "<textarea" not in client.get(page_of(signup)).content.decode()
    client.post(page_of(signup), {"rating": "2"})
    assert not Feedback.objects.exists()


# --- What hosts read


def test_hosts_read_nothing_of_few_answers() -> None:
    workshop = many(4)
    assert results_of(workshop) is None
    assert rows_of(workshop) == (["rating", "text", "The room?", "What next?"], [])


def test_hosts_read_counts_and_texts_of_enough_answers() -> None:
    workshop = many(5)
    results = results_of(workshop)
    assert results is not None
    assert results.ratings.counts == [(5, 1), (4, 1), (3, 1), (2, 1), (1, 1)]
    assert (results.ratings.number, results.ratings.mean) == (5, 3.0)
    assert results.texts == [f"Text {number}" for number in range(1, 6)]
    (room, following) = results.answers
    assert (room.ratings.mean, list(room.texts)) == (5.0, [])
    assert (following.ratings.mean, len(following.texts)) == (0.0, 5)
    _head, rows = rows_of(workshop)
    assert sorted(rows) == [[str(n), f"Text {n}", "5", f"Next {n}"] for n in range(1, 6)]


def test_ratings_of_nothing_have_no_mean() -> None:
    assert Ratings.of([]).mean == 0.0


@pytest.fixture
def host(client: Client) -> Client:
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    return client


@pytest.mark.parametrize(("count", "said"), [(4, "4 answers so far"), (5, "Text 3")])
def test_page_of_results_shows_what_may_be_shown(host: Client, count: int, said: str) -> None:
    workshop = many(count)
    page = host.get(reverse("admin:workshops_workshop_feedback", args=[workshop.pk])).content.decode()
    assert said in page
    assert ("Text 1" in page) == (count == 5)


@pytest.mark.parametrize(("count", "lines"), [(4, 1), (5, 6)])
def test_file_of_results(host: Client, count: int, lines: int) -> None:
    workshop = many(count)
    answer = host.get(reverse("admin:workshops_workshop_feedback_csv", args=[workshop.pk]))
    assert len(answer.getvalue().decode().splitlines()) == lines


def test_copy_asks_the_same_afterwards() -> None:
    signup = been()
    ask(signup.workshop)
    later = timezone.now() + timedelta(days=5)
    (copied,) = copy_workshop(
        workshop=signup.workshop, appointments=[like(signup.workshop, starts_at=later)], now=timezone.now()
    )
    assert [question.text for question in copied.feedback_questions.all()] == ["The room?", "What next?"]
