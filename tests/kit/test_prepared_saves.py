"""Records saved with SQL that is written once: what Django would have stored, in one statement."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from kit.database.prepared_saves import PreparedInsert, PreparedSave
from quizzes.models import AttemptQuestion
from tests.factories import PolicyFactory, QuizFactory, SellerFactory, UserFactory, WorkshopFactory, issue
from tests.quizzes.helpers import start
from workshops.models import Signup

pytestmark = pytest.mark.django_db

insert_question, insert_signup = PreparedInsert(AttemptQuestion), PreparedInsert(Signup)
save_answer = PreparedSave(AttemptQuestion, ["chosen", "answered_at", "section"])


def drawn() -> AttemptQuestion:
    """A question of an attempt that was begun."""
    shop, quiz = SellerFactory(), QuizFactory(policy=PolicyFactory(points=2))
    issue(shop, quiz.policy)
    return start(shop, quiz).questions.get(position=1)


def stored(record: Any) -> dict[str, Any]:
    return type(record)._base_manager.values().get(pk=record.pk)


def test_inserted_is_what_django_would_have_inserted(django_assert_num_queries: Any) -> None:
    asked = drawn()
    copy = AttemptQuestion.objects.get(pk=asked.pk)
    other = asked.question.quiz.questions.exclude(asked__attempt=asked.attempt).first()
    copy.pk, copy.position, copy.text, copy.question = None, 4, "Is 100 % right? %s %(name)s", other
    with django_assert_num_queries(1):
        insert_question.save(copy)
    assert stored(copy) == {**stored(asked), "id": copy.pk, "question_id": other.pk, "position": 4, "text": copy.text}
    assert copy.pk != asked.pk


def test_inserted_has_defaults_and_can_be_saved_again() -> None:
    workshop, seller, user, key = WorkshopFactory(), SellerFactory(), UserFactory(), uuid4()
    now = timezone.now()
    signup = Signup(
        workshop=workshop, seller=seller, user=user, request_key=key, state="cancelled", ordinal=1, cancelled_at=now,
        signed_up_at=now, check_in_code="code-1",
    )  # fmt: skip
    insert_signup.save(signup)
    found = Signup.objects.get(pk=signup.pk)
    assert (found.request_key, found.seat_id, found.attendee) == (key, None, "")
    signup.attendee = "Ana"
    signup.save()
    assert Signup.objects.get().attendee == "Ana"


def test_only_the_named_fields_are_saved(django_assert_num_queries: Any) -> None:
    asked, now = drawn(), timezone.now()
    before = stored(asked)
    asked.chosen, asked.answered_at, asked.section, asked.text = asked.choice_ids[:1], now, None, "Another"
    with django_assert_num_queries(1):
        save_answer.save(asked)
    answered = {"chosen": asked.choice_ids[:1], "answered_at": now, "section_id": None}
    assert stored(asked) == {**before, **answered}


def test_a_record_that_is_gone_is_not_saved() -> None:
    asked = drawn()
    asked.pk = 10**9
    with pytest.raises(AttemptQuestion.DoesNotExist):
        save_answer.save(asked)
