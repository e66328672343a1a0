"""Claiming jobs, and what becomes of them, by the example of downloads of sellers."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from healthportal.exports.models import Export
from kit.jobs.claims import (
    WORKERS_LOST,
    LostClaim,
    claim,
    claim_named,
    fail,
    finish,
    lock_claimed,
    release,
    renew,
    retry_job,
)
from kit.jobs.models import Priority
from kit.jobs.queues import job_kinds, queue_state
from tests.factories import NOW, MemberFactory
from tests.locks import background
from tests.threads import at_once

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


def job(*, lane: int = 0, **fields: object) -> Export:
    member = MemberFactory()
    values = {"asked_at": NOW, "due_at": NOW} | fields
    return Export.objects.create(seller=member.seller, asked_by=member.user, lane=lane, **values)


def claimed(*, limit: int = 9, at: timedelta = timedelta(0)) -> list[Export]:
    return claim(Export.objects.all(), now=NOW + at, limit=limit)


def state(one: Export) -> tuple[object, ...]:
    one.refresh_from_db()
    return one.due_at, one.claimed_at, one.attempts, one.last_error, one.given_up_at


def test_a_job_is_claimed_when_it_is_due_and_once() -> None:
    first, second = job(), job(due_at=NOW + MINUTE)
    assert claimed() == [first]
    assert claimed() == []
    assert claimed(at=MINUTE) == [second]
    assert state(first) == (NOW + Export.lease, NOW, 1, "", None)


def test_what_is_urgent_comes_before_what_has_waited_longer() -> None:
    bulk = job(priority=Priority.BULK, due_at=NOW - MINUTE)
    normal, urgent = job(), job(priority=Priority.URGENT)
    assert claimed(limit=2) == [urgent, normal]
    assert claimed() == [bulk]


def test_a_job_that_kills_its_workers_is_behind_what_others_wait_for_in_other_lanes() -> None:
    poison, fine = job(lane=1), job(lane=2)
    claimed()
    assert claimed(at=Export.lease) == [poison]
    assert claimed(at=Export.lease * 2) == [fine]
    assert claimed(at=Export.lease * 2) == [poison]


def test_lanes_take_turns_however_many_jobs_each_has() -> None:
    many = [job(lane=1, due_at=NOW - MINUTE) for _ in range(5)]
    few = [job(lane=2) for _ in range(2)]
    one = job(lane=7)
    assert claimed(limit=3) == [many[0], few[0], one]
    assert claimed(limit=4) == [many[1], few[1], many[2]]
    assert claimed(limit=4) == many[3:]


@pytest.mark.parametrize("jobs", [1, 3])
def test_a_claim_is_few_statements_for_any_number(jobs: int) -> None:
    for _ in range(jobs):
        job()
    with CaptureQueriesContext(connection) as captured:
        assert len(claimed()) == jobs
    assert len(captured) == 5  # a savepoint and its release, which, what they are, that they are claimed


def test_a_job_that_lost_its_worker_is_taken_alone() -> None:
    lost = [job(), job()]
    claimed()
    fresh = job(due_at=NOW + Export.lease * 2)
    assert [claimed(at=Export.lease * 2) for _ in range(3)] == [lost[:1], lost[1:], [fresh]]


def test_a_batch_ends_before_a_job_that_lost_its_worker() -> None:
    fresh, lost = job(due_at=NOW + MINUTE, priority=Priority.URGENT), job()
    assert claimed() == [lost]
    assert claimed(at=Export.lease) == [fresh]
    assert claimed(at=Export.lease) == [lost]


def test_a_job_that_no_worker_survives_is_given_up_and_stops_no_other() -> None:
    lost = job()
    for number in range(len(Export.waits) + 1):
        assert claimed(at=Export.lease * number) == [lost]
    at = Export.lease * (len(Export.waits) + 1)
    other = job(due_at=NOW + at)
    assert claimed(at=at) == [other]
    assert state(lost) == (None, None, len(Export.waits) + 1, WORKERS_LOST, NOW + at)
    assert lost.state == "failed"


def test_a_failure_is_tried_again_later_each_time_and_then_given_up() -> None:
    failing, moment = job(), NOW
    for number, wait in enumerate(Export.waits, 1):
        (one,) = claim(Export.objects.all(), now=moment)
        fail(one, error=f"Failure {number}", now=moment)
        assert state(failing) == (moment + wait, None, number, f"Failure {number}", None)
        moment += wait
    (one,) = claim(Export.objects.all(), now=moment)
    fail(one, error="The last one", now=moment)
    assert state(failing) == (None, None, len(Export.waits) + 1, "The last one", moment)


def test_a_failure_for_good_is_given_up_at_once() -> None:
    failing = job()
    fail(claimed()[0], error="No use", now=NOW, for_good=True)
    assert state(failing) == (None, None, 1, "No use", NOW)


def test_what_was_given_up_is_tried_again_from_the_start() -> None:
    failing, waiting = job(), job(due_at=NOW + MINUTE)
    fail(claimed()[0], error="No use", now=NOW, for_good=True)
    assert [retry_job(one, now=NOW) for one in (failing, waiting)] == [True, False]
    assert claimed() == [failing]
    assert state(failing) == (NOW + Export.lease, NOW, 1, "No use", None)


def test_what_is_given_back_was_not_tried() -> None:
    one = job()
    release(claimed(), now=NOW, wait=MINUTE)
    assert state(one) == (NOW + MINUTE, None, 0, "", None)


def test_a_worker_whose_lease_is_over_changes_nothing_any_more() -> None:
    job()
    (slow,) = claimed()
    (quick,) = claimed(at=Export.lease)
    fail(slow, error="late", now=NOW)
    release([slow], now=NOW)
    assert not finish(slow)
    for late in (lambda: renew(slow, now=NOW), lambda: lock_claimed(slow)):
        with pytest.raises(LostClaim):
            late()
    assert state(quick)[1:4] == (NOW + Export.lease, 2, "")
    renew(quick, now=NOW + Export.lease + MINUTE, rows_done=3)
    assert lock_claimed(quick).rows_done == 3
    assert state(quick)[0] == NOW + 2 * Export.lease + MINUTE


def test_a_job_that_is_done_is_never_due_again() -> None:
    one = job()
    assert finish(claimed()[0], state="failed", finished_at=NOW)
    assert state(one) == (None, None, 1, "", None)
    assert claimed(at=Export.lease) == []


@pytest.mark.django_db(transaction=True)
def test_workers_at_once_get_each_job_once() -> None:
    jobs = {job().pk for _ in range(8)}
    taken = at_once(4, lambda: [one.pk for one in claimed(limit=2)])
    assert sorted(pk for some in taken for pk in some) == sorted(jobs)


@pytest.mark.django_db(transaction=True)
def test_whoever_works_in_a_transaction_keeps_its_job_beyond_the_lease() -> None:
    """A row that is locked is skipped: a worker that only stands still loses nothing."""
    job()
    (one,) = claimed()
    with background() as start, transaction.atomic():
        lock_claimed(one)
        assert start(lambda: claimed(at=Export.lease)).result() == []


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("due_at = NULL, claimed_at = now(), state = 'failed', finished_at = now()", "export_claimed_while_due"),
        ("given_up_at = now()", "export_given_up_is_not_due"),
    ],
)
def test_the_database_refuses(change: str, constraint: str) -> None:
    one = job()
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE exports_export SET {change} WHERE id = %s", [one.pk])


def test_how_a_kind_of_job_stands() -> None:
    running, failing = job(), job()
    claimed(limit=1)
    fail(claimed(limit=1)[0], error="No use", now=NOW, for_good=True)
    job(due_at=NOW - MINUTE)
    job(due_at=NOW - 2 * MINUTE)
    job(due_at=NOW + MINUTE)
    job(due_at=NOW + MINUTE, attempts=1, last_error="Busy")
    found = queue_state(Export, as_of=NOW)
    assert (found.waiting, found.later, found.failing, found.running, found.given_up) == (2, 2, 1, 1, 1)
    assert found.oldest_due_at == NOW - 2 * MINUTE
    lost = queue_state(Export, as_of=NOW + Export.lease)
    assert (lost.waiting, lost.later, lost.running, lost.given_up) == (5, 0, 0, 1)
    assert running != failing


def test_every_model_that_is_a_job_is_a_kind() -> None:
    assert Export in job_kinds()


def test_a_named_job_that_kills_its_workers_is_given_up() -> None:
    one = job()
    named = Export.objects.filter(pk=one.pk)
    tries = [claim_named(named, now=NOW + step * Export.lease) for step in range(len(Export.waits) + 2)]
    assert tries == [one] * (len(Export.waits) + 1) + [None]
    assert state(one)[3] == WORKERS_LOST
    assert state(one)[4] is not None
