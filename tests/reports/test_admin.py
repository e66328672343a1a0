from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from reports import services
from reports.models import ReportChunk
from tests.factories import LONG_AGO, SellerFactory, UserFactory

W45_END = datetime(2026, 11, 9, 5, tzinfo=UTC)
RUNS = reverse("admin:reports_reportrun_changelist")
CHUNKS = reverse("admin:reports_reportchunk_changelist")


@pytest.fixture
def run(market, settings):
    """A run of three chunks: one done, one failed, one not tried yet."""
    settings.REPORT_CHUNK_SELLERS = 1
    settings.STAFF_MFA_REQUIRED = False
    SellerFactory.create_batch(3, market=market, created_at=LONG_AGO)
    run = services.start_run(market=market, now=W45_END)
    done, failed, _ = run.chunks.order_by("pk")
    services.build_chunk(chunk_id=done.pk, now=W45_END)
    ReportChunk.objects.filter(pk=failed.pk).update(attempts=9, last_error="DataError: the disk is full")
    return run


@pytest.fixture
def staff(client, run):
    return sign_in(client, "view_reportrun", "view_reportchunk", "change_reportrun")


def sign_in(client, *permissions):
    user = UserFactory(is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return user


def failed_chunk():
    return ReportChunk.objects.exclude(last_error="").get()


def test_runs_show_their_progress(client, run, staff):
    text = client.get(RUNS).text
    assert "1 of 3 (33%)" in text
    assert "2026-W45" in text


def test_a_run_without_chunks_is_shown(client, market, settings):
    settings.STAFF_MFA_REQUIRED = False
    services.start_run(market=market, now=W45_END)
    sign_in(client, "view_reportrun")
    assert "0 of 0" in client.get(RUNS).text


@pytest.mark.parametrize(("published", "count"), [("", 1), ("yes", 0), ("no", 1)])
def test_runs_can_be_filtered(client, run, staff, published, count):
    query = {"published": published} if published else {}
    assert client.get(RUNS, query).context["cl"].result_count == count


@pytest.mark.parametrize(("state", "count"), [("", 3), ("done", 1), ("failed", 1), ("open", 1)])
def test_chunks_can_be_filtered(client, run, staff, state, count):
    query = {"state": state} if state else {}
    assert client.get(CHUNKS, query).context["cl"].result_count == count


def test_a_run_shows_its_chunks_and_changes_nothing(client, run, staff):
    url = reverse("admin:reports_reportrun_change", args=[run.pk])
    text = client.get(url).text
    assert "DataError: the disk is full" in text
    assert 'name="_save"' not in text
    assert client.post(url, {}).status_code == 403
    assert client.get(reverse("admin:reports_reportrun_add")).status_code == 403
    assert client.get(reverse("admin:reports_reportrun_delete", args=[run.pk])).status_code == 403


def test_failed_chunks_of_a_run_can_be_tried_again(client, run, staff):
    response = client.post(RUNS, {"action": "retry_failed", "_selected_action": [run.pk]}, follow=True)
    assert "1 chunk will be tried again within minutes." in response.text
    assert failed_chunk().attempts == 0
    assert failed_chunk().pk in services.hand_out_chunks(now=failed_chunk().due_at)


def test_a_selected_chunk_can_be_tried_again_and_a_done_one_is_left(client, run, staff):
    ids = list(ReportChunk.objects.values_list("pk", flat=True))
    response = client.post(CHUNKS, {"action": "retry_selected", "_selected_action": ids}, follow=True)
    assert "This chunk is done already." in response.text
    assert "2 chunks will be tried again within minutes." in response.text
    assert failed_chunk().attempts == 0


def test_who_may_only_look_cannot_try_again(client, run):
    sign_in(client, "view_reportrun", "view_reportchunk")
    client.post(RUNS, {"action": "retry_failed", "_selected_action": [run.pk]})
    assert failed_chunk().attempts == 9


@pytest.mark.parametrize("more", [0, 2])
def test_list_of_runs_query_count(client, market, run, staff, more, django_assert_num_queries):
    for _ in range(more):
        services.build_due_weeks(market=market, now=datetime(2026, 11, 23, 5, tzinfo=UTC))
    client.get(RUNS)
    with django_assert_num_queries(10):
        client.get(RUNS)
