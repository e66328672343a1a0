import csv
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from inbox.models import EmailDelivery
from reports import selectors, services
from reports.models import ReportChunk, ReportRun, WeeklyReport
from tests.factories import (
    LONG_AGO,
    MemberFactory,
    PolicyFactory,
    SellerFactory,
    UserFactory,
    WorkshopFactory,
    issue,
)
from tests.inbox.states import as_in, put_into
from tests.reports.helpers import due

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
    ReportChunk.objects.filter(pk=failed.pk).update(
        attempts=9, due_at=None, given_up_at=W45_END, last_error="DataError: the disk is full"
    )
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
    response = client.post(
        RUNS, {"action": "retry_failed", "confirmed": "1", "_selected_action": [run.pk]}, follow=True
    )
    assert "1 chunk will be tried again within minutes." in response.text
    assert failed_chunk().attempts == 0
    assert failed_chunk().pk in due(failed_chunk().due_at)


def test_a_selected_chunk_can_be_tried_again_and_a_done_one_is_left(client, run, staff):
    ids = list(ReportChunk.objects.values_list("pk", flat=True))
    response = client.post(CHUNKS, {"action": "retry_selected", "confirmed": "1", "_selected_action": ids}, follow=True)
    assert "1 chunk is done already." in response.text
    assert "2 chunks will be tried again within minutes." in response.text
    assert failed_chunk().attempts == 0


def test_who_may_only_look_cannot_try_again(client, run):
    sign_in(client, "view_reportrun", "view_reportchunk")
    client.post(RUNS, {"action": "retry_failed", "confirmed": "1", "_selected_action": [run.pk]})
    assert failed_chunk().attempts == 9


@pytest.mark.parametrize("more", [0, 2])
def test_list_of_runs_query_count(client, market, run, staff, more, django_assert_num_queries):
    for _ in range(more):
        services.build_due_weeks(market=market, now=datetime(2026, 11, 23, 5, tzinfo=UTC))
    client.get(RUNS)
    with django_assert_num_queries(10):
        client.get(RUNS)


# --- The page of a run


def run_url(name, run, *args):
    return reverse(f"admin:reports_reportrun_{name}", args=[run.pk, *args])


def test_page_of_a_run_shows_progress_and_what_failed(client, run, staff):
    text = client.get(run_url("change", run)).text
    for words in (
        "Waits for staff",
        "1 of 3 (33%)",
        "1 of them waits for staff",
        "until staff try again what failed",
        "By staff only",
        "DataError: the disk is full",
        "Try again now",
        'hx-trigger="every',
    ):
        assert words in text


def test_page_of_a_run_says_in_words_what_it_knew_when_it_started(client, market, run, staff):
    workshop = WorkshopFactory(market=market, city="Austin", starts_at=W45_END + timedelta(days=10))
    policies = {"claims": {"name": "Claims", "article": None, "quiz_points": 1}}
    ahead = selectors.workshops_ahead(market=market, as_of=W45_END)
    ReportRun.objects.filter(pk=run.pk).update(workshops=ahead, rules=run.rules | {"policies": policies})
    text = client.get(run_url("change", run)).text
    assert "12 points: 7 days without new listings and campaigns<br>24 points: 14 days without" in text
    assert f"{escape(workshop)}: {workshop.when}" in text
    assert "From 5 points before it" in text
    assert "Claims: a pass takes off 1 point" in text
    assert "duration_days" not in text


def test_page_of_a_run_says_how_many_chunks_wait_for_a_worker_and_how_many_one_has(client, run, staff):
    text = client.get(run_url("change", run)).text
    assert "Chunks that wait for a worker</dt><dd>1<" in text
    assert "Chunks that a worker has" not in text
    now = timezone.now()
    assert services.claim_chunk(now=now)
    text = client.get(run_url("change", run)).text
    assert "Chunks that a worker has</dt><dd>1<" in text
    assert "wait for a worker" not in text
    over = selectors.progress_of(run, now=now + ReportChunk.lease)
    assert (over.waiting, over.running) == (1, 0)


def test_published_run_says_how_many_chunks_wait_to_be_announced(market, run):
    ReportChunk.objects.filter(done_at=None).update(done_at=W45_END, due_at=None, given_up_at=None, last_error="")
    assert selectors.progress_of(run, now=W45_END).waiting == 0
    services.publish_run(run_id=run.pk, now=W45_END)
    run.refresh_from_db()
    assert selectors.progress_of(run, now=W45_END).waiting == 3


def test_live_part_is_fetched_alone(client, run, staff):
    response = client.get(run_url("progress", run), headers={"HX-Request": "true"})
    assert "1 of 3 (33%)" in response.text
    assert "<html" not in response.text
    assert client.get(run_url("progress", run)).url == run_url("change", run)


def test_page_of_a_published_run_counts_its_emails(client, market, run, staff):
    for seller in market.sellers.all()[:2]:
        MemberFactory(seller=seller)
    services.build_run(run=run, now=W45_END)
    services.build_due_weeks(market=market, now=W45_END + timedelta(weeks=1))
    EmailDelivery.objects.filter(pk=EmailDelivery.objects.order_by("pk")[0].pk).update(**as_in("dead"))
    run.refresh_from_db()
    assert selectors.emails_of(run) == {
        "Waiting to be sent": 1, "Sent": 0, "Not wanted any more": 0, "Given up": 1,
    }  # fmt: skip
    put_into("dead")  # counted anew after half a minute
    text = client.get(run_url("change", run)).text
    assert "Published" in text
    assert "Emails: given up" in text
    assert 'emaildelivery/?state__exact=dead">1, see why' in text
    assert "hx-trigger" not in text


def test_one_chunk_can_be_tried_again_from_the_page_of_its_run(client, run, staff):
    url = run_url("retry", run, failed_chunk().pk)
    assert client.get(url).status_code == 405
    assert "1 chunk will be tried again" in client.post(url, follow=True).text
    assert failed_chunk().attempts == 0
    chunk = failed_chunk()
    history = client.get(run_url("history", run)).text
    assert f"To be tried again: sellers {chunk.first_seller_id} to {chunk.last_seller_id}." in history
    assert client.post(run_url("retry", run, 999_999)).status_code == 404
    sign_in(client, "view_reportrun")
    assert client.post(url).status_code == 403


# --- The week across the market


@pytest.fixture
def week(market, settings, policy):
    """A published week: two sellers near a milestone, one of them since the week before; one restricted; one clean."""
    settings.STAFF_MFA_REQUIRED = False
    near, still_near, restricted, _ = SellerFactory.create_batch(4, market=market, created_at=LONG_AGO)
    issue(still_near, PolicyFactory(points=8), now=W45_END - timedelta(days=1))
    services.build_due_weeks(market=market, now=W45_END)
    market.refresh_from_db()
    severe = PolicyFactory(code="fakes", name="Counterfeits", points=12)
    for seller, found in ((near, PolicyFactory(points=9)), (still_near, policy), (restricted, severe), (near, policy)):
        issue(seller, found, now=W45_END + timedelta(days=1))
    services.build_due_weeks(market=market, now=W45_END + timedelta(weeks=1))
    return ReportRun.objects.latest("week_start")


def test_totals_of_a_week(week):
    totals = selectors.get_market_week(week)
    levels = {level.value: count for level, count in totals.levels if count}
    assert levels == {"good": 1, "at_risk": 1, "restricted": 2}
    assert (totals.sellers, totals.clean, totals.clean_percent, totals.violations) == (4, 1, 25, 4)
    assert (totals.points_in, totals.points_out) == (27, 0)
    first = totals.policies[0]
    assert (first.code, first.violations, first.previous, first.sellers) == ("claims", 2, 0, 2)


def test_sellers_newly_near_are_not_those_who_were(market, week):
    (before,) = ReportRun.objects.exclude(pk=week.pk)
    assert [one.distance for one in selectors.sellers_newly_near(before)] == [4]
    assert [one.total for one in selectors.sellers_newly_near(week)] == []
    assert selectors.get_market_week(week).newly_near == 0
    assert selectors.get_market_week(before).newly_near == 1


def test_seller_who_passes_a_milestone_and_comes_near_the_next_is_newly_near(market, week):
    seller = market.sellers.get(pk=WeeklyReport.objects.filter(is_approaching=True).latest("week_start").seller_id)
    issue(seller, PolicyFactory(points=11), now=W45_END + timedelta(weeks=1, days=1))
    services.build_due_weeks(market=market, now=W45_END + timedelta(weeks=2))
    run = ReportRun.objects.latest("week_start")
    near = selectors.sellers_newly_near(run)
    assert [(one.seller_id, one.before, one.total, one.milestone) for one in near] == [(seller.pk, 11, 22, 24)]
    assert selectors.get_market_week(run).newly_near == 1


def test_totals_of_a_published_week_are_counted_once(client, week, django_assert_num_queries):
    selectors.get_market_week(week)
    with django_assert_num_queries(0):
        selectors.get_market_week(week)
    week.published_at = None
    with django_assert_num_queries(3):
        selectors.get_market_week(week)


def test_page_and_files_of_a_week(client, market, week):
    sign_in(client, "view_reportrun")
    (before,) = ReportRun.objects.exclude(pk=week.pk)
    text = client.get(run_url("totals", week)).text
    assert "4 reports. 1 of them tell of a clean week (25%)." in text
    assert "Counterfeits" in text
    rows = list(csv.reader(client.get(run_url("totals_csv", week)).getvalue().decode("utf-8-sig").splitlines()))
    assert ["sellers by standing", "Restricted", "2", ""] in rows
    assert ["violations by policy", "claims", "2", "0"] in rows
    assert ["sellers by policy", "claims", "2", ""] in rows
    response = client.get(run_url("near_csv", before))
    assert response["Content-Disposition"] == 'attachment; filename="US-2026-W45-newly-near.csv"'
    header, row = csv.reader(response.getvalue().decode("utf-8-sig").splitlines())
    assert dict(zip(header, row, strict=True))["distance"] == "4"
    sign_in(client, "view_seller")
    for name in ("totals", "totals_csv", "near_csv", "progress"):
        assert client.get(run_url(name, week)).status_code == 403


# --- Preview


def test_preview_of_a_report_writes_nothing(client, market, run):
    sign_in(client, "view_weeklyreport")
    seller = market.sellers.order_by("pk").last()
    form = reverse("admin:reports_reportrun_preview_form")
    assert "No seller of" in client.get(form, {"market": market.pk, "external_id": "nobody"}).text
    assert client.get(form).status_code == 200
    response = client.get(form, {"market": market.pk, "external_id": seller.external_id}, follow=True)
    assert "Preview for staff" in response.text
    assert "Mon 2 Nov – Sun 8 Nov 2026" in response.text
    assert not WeeklyReport.objects.filter(seller=seller).exists()


def test_preview_needs_its_right_and_a_seller_of_the_week(client, market, run):
    late = SellerFactory(market=market, created_at=W45_END)
    sign_in(client, "view_weeklyreport")
    assert client.get(reverse("admin:reports_reportrun_preview", args=[late.pk])).status_code == 404
    assert client.get(reverse("admin:reports_reportrun_preview", args=[999_999])).status_code == 404
    sign_in(client, "view_reportrun")
    assert client.get(reverse("admin:reports_reportrun_preview", args=[late.pk])).status_code == 403
    assert client.get(reverse("admin:reports_reportrun_preview_form")).status_code == 403
