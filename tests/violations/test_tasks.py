from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings as project
from django.utils import timezone

from healthportal.celery import app
from inbox.models import Message
from tests.factories import MarketFactory, PolicyFactory, SellerFactory, UserFactory, issue
from tests.violations.reversing import draft_mass, start_mass
from violations import tasks
from violations.models import MassReversal, Violation
from violations.services import stop_reversal, void_next_batch

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def eager() -> Iterator[None]:
    """Tasks that are handed out run at once, in this process."""
    app.conf.task_always_eager = app.conf.task_eager_propagates = True
    yield
    app.conf.task_always_eager = app.conf.task_eager_propagates = False


def test_beat_continues_what_runs_and_nothing_else(settings: Any) -> None:
    """Also what a worker left half-way that was killed; drafts and what is stopped wait."""
    settings.REVERSAL_BATCH_SELLERS = 1
    now = timezone.now()
    markets = MarketFactory.create_batch(3)
    for market in markets:
        for seller in SellerFactory.create_batch(3, market=market):
            issue(seller, PolicyFactory(), now=now)
    running, stopped, draft = (
        start_mass(markets[0], now=now), start_mass(markets[1], now=now), draft_mass(markets[2], now=now)
    )  # fmt: skip
    stop_reversal(reversal=stopped, stopped_by=UserFactory(), now=now)
    assert void_next_batch(reversal_id=running.pk, now=now)
    tasks.continue_reversals()
    assert [reversal.state for reversal in MassReversal.objects.order_by("pk")] == ["done", "stopped", "draft"]
    assert set(Violation.objects.standing().values_list("market", flat=True)) == {stopped.market_id, draft.market_id}
    assert Message.objects.filter(template="violation_voided").count() == 3


def test_beat_knows_the_task() -> None:
    assert project.CELERY_BEAT_SCHEDULE["continue-mass-reversals"]["task"] == tasks.continue_reversals.name
