"""What beat asks the workshops for."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.factories import WorkshopFactory
from tests.workshops.places import fill, states, take
from workshops.models import SignupAnswer, SignupQuestion
from workshops.services import cancel_signup
from workshops.tasks import delete_sensitive_answers, pass_on_unconfirmed_places

pytestmark = pytest.mark.django_db


def test_unconfirmed_places_are_passed_on_once() -> None:
    now = timezone.now()
    ahead = {"starts_at": now + timedelta(days=9), "ends_at": now + timedelta(days=9, hours=1)}
    workshop = WorkshopFactory(capacity=1, confirm_hours=1, **ahead)
    placed, *_ = fill(workshop, 3, now=now - timedelta(hours=3))
    cancel_signup(signup=placed, user=placed.user, now=now - timedelta(hours=2))
    pass_on_unconfirmed_places()
    pass_on_unconfirmed_places()
    assert states(workshop) == "CCP"


def test_sensitive_answers_are_deleted() -> None:
    ended = timezone.now() - timedelta(days=31)
    workshop = WorkshopFactory(starts_at=ended - timedelta(hours=1), ends_at=ended)
    question = SignupQuestion.objects.create(workshop=workshop, text="What do you eat?", sensitive=True)
    signup = take(workshop, now=ended - timedelta(days=1))
    SignupAnswer.objects.create(signup=signup, question=question, values=["Rice"])
    delete_sensitive_answers()
    assert not SignupAnswer.objects.exists()
