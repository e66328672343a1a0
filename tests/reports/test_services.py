import threading
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest
from django.db import DatabaseError, connection, transaction

from audit.models import AuditEntry
from inbox.models import EmailDelivery, Message
from inbox.services import MessageDraft, post_messages
from kit.dates import Week
from kit.outcomes import Refused
from policies.models import Policy
from quizzes.models import Quiz
from reports import selectors, services
from reports.models import ReportChunk, ReportRun, WeeklyReport
from reports.selectors import get_report
from sellers.models import Market
from sellers.services import lock_books, recording_time
from tests.credits import credit_points
from tests.factories import (
    LONG_AGO,
    ArticleFactory,
    MarketFactory,
    MemberFactory,
    PolicyFactory,
    QuizFactory,
    SellerFactory,
    UserFactory,
    issue,
)
from tests.locks import background, wait_until_somebody_waits_for_a_lock
from tests.reports.helpers import due, presented, start_due_runs
from violations.models import PointsEntry
from violations.services import void_violation

W45_END = datetime(2026, 11, 9, 5, tzinfo=UTC)
W46_END = datetime(2026, 11, 16, 5, tzinfo=UTC)
W47_END = datetime(2026, 11, 23, 5, tzinfo=UTC)
W45 = date(2026, 11, 2)
HOUR = timedelta(hours=1)


def build_until(market, now):
    return services.build_due_weeks(market=market, now=now)


def report_of(seller, monday):
    return WeeklyReport.objects.get(seller=seller, week_start=monday)


# --- Starting


def test_start_run_closes_the_books_and_cuts_the_sellers(market, settings):
    settings.REPORT_CHUNK_SELLERS = 2
    sellers = SellerFactory.create_batch(5, market=market)
    SellerFactory()
    run = services.start_run(market=market, now=W45_END)
    market.refresh_from_db()
    assert (run.week_start, run.starts_at, run.ends_at) == (W45, datetime(2026, 11, 2, 5, tzinfo=UTC), W45_END)
    assert market.books_closed_until == W45_END
    ids = [seller.pk for seller in sellers]
    ranges = list(run.chunks.order_by("first_seller_id").values_list("first_seller_id", "last_seller_id"))
    assert ranges == [(ids[0], ids[1]), (ids[2], ids[3]), (ids[4], ids[4])]


def test_start_run_keeps_the_rules_of_the_market(market):
    run = services.start_run(market=market, now=W45_END)
    assert run.rules["time_zone"] == "America/New_York"
    assert run.rules["approach_points"] == 5
    assert [milestone["points"] for milestone in run.rules["milestones"]] == [12, 24, 36, 48]
    assert run.rules["policies"] == {}


def test_start_run_keeps_the_policies_with_their_articles_and_quizzes(market, policy):
    ArticleFactory(policy=policy, title="What you can say")
    QuizFactory(policy=policy, pass_points=2)
    late = QuizFactory(policy__code="late", policy__name="Late", published_at=W45_END)
    run = services.start_run(market=market, now=W45_END)
    assert run.rules["policies"] == {
        "claims": {"name": "Misleading claims", "article": "What you can say", "quiz_points": 2},
        late.policy.code: {"name": "Late", "article": None, "quiz_points": None},
    }


def test_start_run_keeps_no_quiz_where_the_market_rewards_none(market, policy):
    QuizFactory(policy=policy)
    market.rewarded_passes_per_month = 0
    market.save()
    run = services.start_run(market=market, now=W45_END)
    assert run.rules["policies"]["claims"]["quiz_points"] is None


def test_start_run_refuses_a_week_that_has_not_ended(market):
    with pytest.raises(Refused, match=r"2026-W45 of Market .* ends on 9 Nov 2026, 05:00 UTC"):
        services.start_run(market=market, now=W45_END - timedelta(microseconds=1))
    assert not ReportRun.objects.exists()


def test_start_run_refuses_while_the_run_before_is_open(market, seller):
    services.start_run(market=market, now=W47_END)
    with pytest.raises(Refused, match=r"2026-W45 of Market .* is not published yet"):
        services.start_run(market=market, now=W47_END)


def test_start_due_runs_starts_each_market_in_its_own_time_zone(market):
    bangkok = MarketFactory(time_zone="Asia/Bangkok", books_closed_until=datetime(2026, 11, 1, 17, tzinfo=UTC))
    assert start_due_runs(now=W45_END - timedelta(hours=13)) == []
    assert [run.market for run in start_due_runs(now=W45_END - timedelta(hours=12))] == [bangkok]
    assert [run.market for run in start_due_runs(now=W45_END)] == [market]


def test_start_run_after_a_move_west_goes_on_with_the_next_week(market, seller):
    build_until(market, W45_END)
    Market.objects.filter(pk=market.pk).update(time_zone="America/Los_Angeles")
    moved = Market.objects.get(pk=market.pk)
    run = services.start_run(market=moved, now=W46_END + 3 * HOUR)
    assert (str(run.week), run.starts_at, run.ends_at) == ("2026-W46", W45_END, W46_END + 3 * HOUR)


@pytest.mark.parametrize(
    ("books", "monday", "hours"),
    [
        (datetime(2026, 10, 26, 4, tzinfo=UTC), date(2026, 10, 26), 169),
        (datetime(2027, 3, 8, 5, tzinfo=UTC), date(2027, 3, 8), 167),
    ],
)
def test_start_run_covers_a_week_across_a_clock_change(db, books, monday, hours):
    market = MarketFactory(books_closed_until=books)
    run = services.start_run(market=market, now=books + timedelta(days=8))
    assert run.week_start == monday
    assert run.ends_at - run.starts_at == timedelta(hours=hours)


# --- Building


def test_report_of_a_clean_week(market, seller):
    build_until(market, W45_END)
    report = report_of(seller, W45)
    assert (report.points_at_start, report.points_at_end, report.points_in, report.points_out) == (0, 0, 0, 0)
    assert (report.violation_count, report.previous_violation_count, report.message_count) == (0, 0, 0)
    assert (report.next_milestone_points, report.is_approaching) == (12, False)
    assert report.detail == {}


def test_sellers_who_came_after_the_week_get_no_report(market, seller):
    late = SellerFactory(market=market, created_at=W45_END)
    build_until(market, W45_END)
    assert list(WeeklyReport.objects.values_list("seller_id", flat=True)) == [seller.pk]
    build_until(market, W46_END)
    assert set(WeeklyReport.objects.values_list("seller_id", "week_start")) == {
        (seller.pk, W45), (seller.pk, date(2026, 11, 9)), (late.pk, date(2026, 11, 9)),
    }  # fmt: skip


def test_sellers_of_other_markets_in_the_range_get_no_report(market):
    first = SellerFactory(market=market, created_at=LONG_AGO)
    SellerFactory(created_at=LONG_AGO)
    last = SellerFactory(market=market, created_at=LONG_AGO)
    build_until(market, W45_END)
    assert set(WeeklyReport.objects.values_list("seller_id", flat=True)) == {first.pk, last.pk}


def test_report_of_a_week_with_violations(market, seller, policy):
    other = PolicyFactory(code="giveaways", name="Giveaways", points=2)
    ArticleFactory(policy=policy, title="What you can say")
    first = issue(seller, policy, now=W45_END - 3 * HOUR)
    build_until(market, W45_END)
    second = issue(seller, policy, now=W45_END + HOUR)
    third = issue(seller, policy, now=W45_END + 2 * HOUR, content=None)
    credit = credit_points(violation=first, points=1, reason="Quiz passed", now=W45_END + 3 * HOUR)
    void_violation(violation=second, reason="A mistake.", voided_by=None, now=W45_END + 4 * HOUR)
    fourth = issue(seller, other, now=W45_END + 5 * HOUR)
    build_until(market, W46_END)

    report = report_of(seller, date(2026, 11, 9))
    assert (report.points_at_start, report.points_at_end, report.points_in, report.points_out) == (3, 7, 8, -4)
    assert (report.violation_count, report.previous_violation_count) == (3, 1)
    assert (report.next_milestone_points, report.is_approaching) == (12, True)
    detail = report.detail
    assert [violation["id"] for violation in detail["violations"]] == [second.pk, third.pk, fourth.pk]
    assert [violation.get("content_kind") for violation in detail["violations"]] == ["live", None, "live"]
    lines = get_report(seller=seller, week=report.week, now=W46_END).policies
    assert [(line.code, line.name, line.article, line.count, line.previous, line.before) for line in lines] == [
        ("claims", "Misleading claims", "What you can say", 2, 1, [1]),
        ("giveaways", "Giveaways", None, 1, 0, [0]),
    ]
    assert sum(entry["points"] for entry in detail["entries"]) == 8 - 4
    assert credit.pk in [entry["id"] for entry in detail["entries"]]
    # Three for violations, one for the voiding; not the one that announced the report.
    assert [message["kind"] for message in detail["messages"]] == ["violation"] * 4
    assert report.message_count == 4


def test_report_counts_messages_by_content(market, seller):
    draft = MessageDraft(seller_id=seller.pk, kind=Message.Kind.NOTICE, subject="Hello", body="…")
    (message_id,) = post_messages(market=market, drafts=[draft], now=W45_END - HOUR)
    build_until(market, W45_END)
    (row,) = report_of(seller, W45).detail["messages"]
    assert (row["id"], row["kind"], row.get("content_kind")) == (message_id, "notice", None)


def test_report_counts_policies_in_each_of_the_eight_weeks_before(market, seller, policy):
    other = PolicyFactory(code="giveaways", name="Giveaways")
    for week, times in enumerate([2, 0, 1, 0, 0, 0, 0, 0, 3, 0, 1]):
        for n in range(times):
            issue(seller, policy, now=W45_END + timedelta(weeks=week - 1, minutes=n))
        if week == 5:
            issue(seller, other, now=W45_END + timedelta(weeks=week - 1))
        build_until(market, W45_END + timedelta(weeks=week, hours=1))
    series = {}
    for report in WeeklyReport.objects.all():
        lines = get_report(seller=seller, week=report.week, now=W45_END + timedelta(weeks=11)).policies
        series[report.week_start] = [(line.code, line.before, line.count) for line in lines]
    assert series[W45] == [("claims", [], 2)]
    assert series[W45 + timedelta(weeks=1)] == [("claims", [2], 0)]
    assert series[W45 + timedelta(weeks=4)] == []
    assert series[W45 + timedelta(weeks=5)] == [("giveaways", [0, 0, 0, 0, 0], 1)]
    assert series[W45 + timedelta(weeks=8)] == [("claims", [2, 0, 1, 0, 0, 0, 0, 0], 3)]
    assert series[W45 + timedelta(weeks=10)] == [("claims", [1, 0, 0, 0, 0, 0, 3, 0], 1)]


def test_points_that_expire_in_the_week_are_the_rest(market, seller, policy):
    market.points_valid_days = 3
    market.save()
    first = issue(seller, policy, issued_at=W45_END - timedelta(days=2), now=W45_END - HOUR)
    build_until(market, W45_END)
    late = issue(seller, policy, issued_at=W45_END - timedelta(days=1), now=W45_END + HOUR)
    build_until(market, W46_END)
    assert report_of(seller, W45).points_at_end == 3
    report = report_of(seller, date(2026, 11, 9))
    assert (report.points_at_start, report.points_in, report.points_at_end) == (3, 3, 0)
    context = selectors.get_report(seller=seller, week=report.week, now=W46_END)
    assert [entry.violation_id for entry in context.expired] == [first.pk, late.pk]
    assert sum(entry.points for entry in context.expired) == 6


def test_report_lists_actions(market, seller):
    severe = PolicyFactory(points=13)
    issue(seller, severe, now=W45_END - HOUR)
    build_until(market, W46_END)
    (action,) = report_of(seller, W45).detail["actions"]
    assert (action["milestone"], action["is_new"], action["in_force"]) == (12, True, True)
    # Seven days from an hour before the week began: over before it ended.
    assert "actions" not in report_of(seller, date(2026, 11, 9)).detail


def offered(seller, week, now):
    """The quizzes that a report offers: policy, points, deadline."""
    steps = presented(seller, Week(week), now=now).follow_ups
    return [(step.title, step.gain, step.deadline) for step in steps if step.kind == "quiz"]


def test_report_lists_open_quizzes_with_the_deadline_from_when_the_seller_was_told(market, seller):
    policy = QuizFactory(policy=PolicyFactory(name="Misleading claims", points=1)).policy
    issue(seller, policy, issued_at=datetime(2026, 9, 30, tzinfo=UTC), now=W45_END - HOUR)
    issue(seller, policy, issued_at=datetime(2026, 11, 3, tzinfo=UTC), now=W45_END - HOUR)
    # It has no quiz, or none that was published in the week, or no points left.
    issue(seller, PolicyFactory(), now=W45_END - HOUR)
    issue(seller, QuizFactory(published_at=W45_END + HOUR).policy, now=W45_END - HOUR)
    voided = issue(seller, QuizFactory().policy, now=W45_END - HOUR)
    void_violation(violation=voided, reason="A mistake.", voided_by=None, now=W45_END - HOUR)
    build_until(market, W45_END)
    closes_at = datetime(2027, 1, 1, 5, tzinfo=UTC)
    assert offered(seller, W45, W45_END) == [("Take the quiz “Misleading claims”", 1, closes_at)]


def test_report_keeps_the_quizzes_of_its_week(market, seller, policy):
    quiz = QuizFactory(policy=policy, pass_points=2)
    issue(seller, policy, now=W45_END - HOUR)
    build_until(market, W45_END)
    before = offered(seller, W45, W45_END)
    assert [gain for _, gain, _ in before] == [2]
    Quiz.objects.filter(pk=quiz.pk).update(published_at=None, pass_points=1)
    Policy.objects.filter(pk=policy.pk).update(name="Claims")
    assert offered(seller, W45, W46_END) == before


def test_a_violation_voided_after_the_week_is_in_the_report_as_it_was(market, seller, policy):
    QuizFactory(policy=policy)
    violation = issue(seller, policy, now=W45_END - HOUR)
    run = services.start_run(market=market, now=W45_END)
    void_violation(violation=violation, reason="A mistake.", voided_by=None, now=W45_END + HOUR)
    services.build_run(run=run, now=W45_END + 2 * HOUR)
    report = report_of(seller, W45)
    assert (report.points_at_end, report.points_out) == (3, 0)
    assert len(offered(seller, W45, W45_END + 2 * HOUR)) == 1


def test_build_chunk_twice_changes_nothing(market, seller):
    run = services.start_run(market=market, now=W45_END)
    chunk = run.chunks.get()
    assert services.build_chunk(chunk_id=chunk.pk, now=W45_END)
    assert not services.build_chunk(chunk_id=chunk.pk, now=W45_END)
    chunk.refresh_from_db()
    assert (chunk.rows, chunk.done_at, WeeklyReport.objects.count()) == (1, W45_END, 1)


def test_number_of_statements_does_not_depend_on_sellers(market, policy, django_assert_num_queries):
    for count in (1, 3):
        for seller in SellerFactory.create_batch(count, market=market, created_at=LONG_AGO):
            issue(seller, policy, now=Market.objects.get(pk=market.pk).books_closed_until + HOUR)
        run = services.start_run(market=market, now=W47_END)
        chunk = run.chunks.get()
        # To claim: a savepoint and its release, lock, note. To build: the same with the weeks
        # before, the tuning and the insertion, and a savepoint of the note.
        with django_assert_num_queries(4 + 9):
            services.build_chunk(chunk_id=chunk.pk, now=W47_END)
        services.publish_run(run_id=run.pk, now=W47_END)


# --- Failing and trying again


@pytest.fixture
def broken_sellers(db):
    """Makes the insertion of a seller's report fail, as a full disk would. Returns the function that breaks one."""

    def breaks(seller):
        with connection.cursor() as cursor:
            cursor.execute(
                f"ALTER TABLE reports_weeklyreport ADD CONSTRAINT broken CHECK (seller_id <> {seller.pk}) NOT VALID"
            )

    return breaks


def mend():
    connection.check_constraints()  # Postgres alters no table whose foreign keys are still to be checked
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE reports_weeklyreport DROP CONSTRAINT broken")


def test_chunk_that_fails_half_way_leaves_nothing_and_is_tried_again(market, settings, broken_sellers):
    settings.REPORT_CHUNK_SELLERS = 2
    sellers = SellerFactory.create_batch(4, market=market, created_at=LONG_AGO)
    broken_sellers(sellers[1])
    run = services.start_run(market=market, now=W45_END)
    bad, good = due(W45_END)
    with pytest.raises(DatabaseError, match="broken"):
        services.build_chunk(chunk_id=bad, now=W45_END)
    assert services.build_chunk(chunk_id=good, now=W45_END)
    assert set(WeeklyReport.objects.values_list("seller_id", flat=True)) == {sellers[2].pk, sellers[3].pk}
    assert not services.publish_run(run_id=run.pk, now=W45_END)
    chunk = ReportChunk.objects.get(pk=bad)
    assert (chunk.attempts, chunk.due_at, chunk.done_at) == (1, W45_END + timedelta(seconds=30), None)
    assert chunk.claimed_at is None
    assert chunk.last_error.startswith("IntegrityError: new row")

    mend()
    assert due(W45_END + timedelta(seconds=29)) == []
    assert due(W45_END + timedelta(seconds=30)) == [bad]
    assert services.build_chunk(chunk_id=bad, now=W45_END + HOUR)
    assert services.publish_run(run_id=run.pk, now=W45_END + HOUR)
    chunk.refresh_from_db()
    assert (WeeklyReport.objects.published().count(), chunk.last_error) == (4, "")


def test_chunk_that_failed_too_often_waits_for_staff(market, seller, broken_sellers):
    broken_sellers(seller)
    chunk = services.start_run(market=market, now=W45_END).chunks.get()
    for attempt in range(1 + len(ReportChunk.waits)):
        with pytest.raises(DatabaseError):
            services.build_chunk(chunk_id=chunk.pk, now=W45_END + attempt * HOUR)
    assert due(W45_END + timedelta(days=9)) == []
    assert list(selectors.chunks_given_up()) == [chunk]
    services.retry_chunk(chunk_id=chunk.pk, now=W45_END + 8 * HOUR)
    assert due(W45_END + 8 * HOUR) == [chunk.pk]


def test_retry_chunk_begins_anew(market, seller, broken_sellers):
    broken_sellers(seller)
    chunk = services.start_run(market=market, now=W45_END).chunks.get()
    with pytest.raises(DatabaseError):
        services.build_chunk(chunk_id=chunk.pk, now=W45_END)
    mend()
    lose_worker(chunk.pk, W45_END + HOUR)
    staff = UserFactory()
    services.retry_chunk(chunk_id=chunk.pk, now=W45_END + HOUR, retried_by=staff)
    chunk.refresh_from_db()
    assert (chunk.attempts, chunk.due_at, chunk.claimed_at) == (0, W45_END + HOUR, None)
    entry = AuditEntry.objects.get()
    assert (entry.person, entry.action, entry.object_id) == (staff, "retry", str(chunk.pk))
    assert entry.note == "To be tried again."


def test_retry_chunks_leaves_out_what_is_done_and_notes_it_at_each_run(market, settings):
    settings.REPORT_CHUNK_SELLERS = 1
    SellerFactory.create_batch(3, market=market, created_at=LONG_AGO)
    other = SellerFactory(created_at=LONG_AGO)
    runs = [services.start_run(market=one, now=W45_END) for one in (market, other.market)]
    first, *left = runs[0].chunks.order_by("pk")
    services.build_chunk(chunk_id=first.pk, now=W45_END)
    staff = UserFactory()
    again = services.retry_chunks(chunks=ReportChunk.objects.all(), now=W45_END, retried_by=staff)
    assert again == [*left, runs[1].chunks.get()]
    entries = AuditEntry.objects.filter(kind="reports.reportrun").order_by("id")
    assert [(entry.object_id, entry.note) for entry in entries] == [
        (str(runs[0].pk), "To be tried again: 2 chunks."),
        (str(runs[1].pk), f"To be tried again: sellers {other.pk} to {other.pk}."),
    ]
    assert AuditEntry.objects.filter(kind="reports.reportchunk", person=staff).count() == 3


def test_retry_chunk_refuses_one_that_is_done(market, seller):
    run = services.start_run(market=market, now=W45_END)
    services.build_run(run=run, now=W45_END)
    with pytest.raises(Refused, match="done already"):
        services.retry_chunk(chunk_id=run.chunks.get().pk, now=W45_END)


def lose_worker(chunk_id, now):
    """A worker takes a chunk and is killed: its transaction is undone, its claim is not."""

    class Killed(BaseException):
        pass

    def killed(**kwargs):
        raise Killed

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("reports.services.chunks.insert_reports", killed)
        with pytest.raises(Killed):
            services.build_chunk(chunk_id=chunk_id, now=now)


def test_chunk_whose_worker_was_lost_is_taken_up_once_its_lease_is_over(market, seller):
    chunk = services.start_run(market=market, now=W45_END).chunks.get()
    lose_worker(chunk.pk, W45_END)
    over = W45_END + ReportChunk.lease
    assert services.claim_chunk(now=over - timedelta(seconds=1)) is None
    assert services.claim_chunk(now=over) == chunk
    chunk.refresh_from_db()
    assert (chunk.attempts, chunk.claimed_at) == (2, over)


def test_chunk_that_kills_its_workers_waits_for_staff_and_the_others_go_on(market, settings):
    settings.REPORT_CHUNK_SELLERS = 1
    SellerFactory.create_batch(2, market=market, created_at=LONG_AGO)
    services.start_run(market=market, now=W45_END)
    bad, good = due(W45_END)
    lose_worker(bad, W45_END)
    assert services.build_chunk(chunk_id=good, now=W45_END)
    for hours in range(1, 1 + len(ReportChunk.waits)):
        lose_worker(bad, W45_END + hours * HOUR)
    later = W45_END + timedelta(days=9)
    assert services.claim_chunk(now=later) is None
    chunk = ReportChunk.objects.get(pk=bad)
    assert (chunk.given_up_at, chunk.last_error) == (later, "Each worker that took it was lost.")
    services.retry_chunk(chunk_id=bad, now=later)
    assert services.build_chunk(chunk_id=bad, now=later)


def test_worker_does_the_step_that_a_chunk_is_at(market, seller):
    run = services.start_run(market=market, now=W45_END)
    services.work_on_chunk(chunk=services.claim_chunk(now=W45_END), clock=lambda: W45_END)
    assert services.claim_chunk(now=W45_END) is None
    services.publish_run(run_id=run.pk, now=W45_END)
    services.work_on_chunk(chunk=services.claim_chunk(now=W45_END), clock=lambda: W45_END)
    chunk = run.chunks.get()
    assert (chunk.rows, chunk.done_at, chunk.announced_at, chunk.due_at) == (1, W45_END, W45_END, None)


def test_worker_that_lost_its_claim_builds_nothing(market, seller):
    chunk = services.start_run(market=market, now=W45_END).chunks.get()
    slow = services.claim_chunk(now=W45_END)
    assert services.build_chunk(chunk_id=chunk.pk, now=W45_END + HOUR)
    services.work_on_chunk(chunk=slow, clock=lambda: W45_END + HOUR)
    assert WeeklyReport.objects.count() == 1
    chunk.refresh_from_db()
    assert (chunk.attempts, chunk.done_at, chunk.last_error) == (2, W45_END + HOUR, "")


def test_worker_notes_what_went_wrong_and_goes_on(market, seller, broken_sellers):
    broken_sellers(seller)
    chunk = services.start_run(market=market, now=W45_END).chunks.get()
    services.work_on_chunk(chunk=services.claim_chunk(now=W45_END), clock=lambda: W45_END)
    chunk.refresh_from_db()
    assert (chunk.attempts, chunk.due_at) == (1, W45_END + ReportChunk.waits[0])
    assert chunk.last_error.startswith("IntegrityError: new row")


def test_build_run_by_hand_takes_over_from_a_lost_worker(market, seller):
    run = services.start_run(market=market, now=W45_END)
    lose_worker(run.chunks.get().pk, W45_END)
    services.build_run(run=run, now=W45_END)
    assert WeeklyReport.objects.published().count() == 1


def test_build_run_by_hand_tries_what_waits_for_staff(market, seller):
    run = services.start_run(market=market, now=W45_END)
    run.chunks.update(due_at=None, given_up_at=W45_END, attempts=8, last_error="It broke.")
    services.build_run(run=run, now=W45_END)
    assert WeeklyReport.objects.published().count() == 1
    assert run.chunks.get().last_error == ""


# --- Publishing


def test_publish_run_tells_each_seller_once(market, seller, policy):
    member = MemberFactory(seller=seller)
    issue(seller, policy, now=W45_END - HOUR)
    run = services.start_run(market=market, now=W45_END)
    assert not services.publish_run(run_id=run.pk, now=W45_END)
    services.build_chunk(chunk_id=run.chunks.get().pk, now=W45_END)
    assert not WeeklyReport.objects.published().exists()
    assert services.publish_run(run_id=run.pk, now=W45_END + HOUR)
    assert not services.publish_run(run_id=run.pk, now=W45_END + 2 * HOUR)
    assert services.announce_chunk(chunk_id=run.chunks.get().pk, now=W45_END + HOUR)
    message = Message.objects.get(kind=Message.Kind.REPORT)
    assert message.subject == "Your report for the week of 2–8 November 2026"
    assert message.body == (
        "1 violation this week. Your total rose from 0 to 3 points. 9 points left before the milestone at 12."
    )
    assert message.path == f"/s/{seller.pk}/reports/2026-W45/"
    assert message.posted_at == W45_END + HOUR
    assert message.deliveries.get().user == member.user
    run.refresh_from_db()
    assert run.published_at == W45_END + HOUR


def test_announcing_takes_the_same_statements_for_any_number_of_sellers(market, django_assert_num_queries):
    for count in (1, 3):
        for seller in SellerFactory.create_batch(count, market=market, created_at=LONG_AGO):
            MemberFactory(seller=seller)
        run = services.start_run(market=market, now=W47_END)
        chunk = run.chunks.get()
        services.build_chunk(chunk_id=chunk.pk, now=W47_END)
        services.publish_run(run_id=run.pk, now=W47_END)
        # To claim: a savepoint and its release, lock, note. To announce: the same, the books, the figures, the sellers
        # and their events, and with a savepoint of its own each the recording time, the messages and the emails, and
        # the note.
        with django_assert_num_queries(4 + 15):
            assert services.announce_chunk(chunk_id=chunk.pk, now=W47_END)


def test_publish_run_takes_the_same_statements_for_any_number_of_sellers(market, django_assert_num_queries):
    for count in (1, 3):
        SellerFactory.create_batch(count, market=market, created_at=LONG_AGO)
        run = services.start_run(market=market, now=W47_END)
        services.build_chunk(chunk_id=run.chunks.get().pk, now=W47_END)
        with django_assert_num_queries(6):  # a savepoint and its release, lock, open chunks, published, chunks due
            services.publish_run(run_id=run.pk, now=W47_END)


def published(market, settings, *, chunks):
    settings.REPORT_CHUNK_SELLERS = 1
    SellerFactory.create_batch(chunks, market=market, created_at=LONG_AGO)
    run = services.start_run(market=market, now=W45_END)
    for chunk in run.chunks.all():
        services.build_chunk(chunk_id=chunk.pk, now=W45_END)
    assert due(W45_END + HOUR) == []
    assert not services.announce_chunk(chunk_id=run.chunks.first().pk, now=W45_END)
    services.publish_run(run_id=run.pk, now=W45_END + HOUR)
    return run


def test_announcements_are_found_by_looking(market, settings):
    run = published(market, settings, chunks=2)
    first, second = due(W45_END + HOUR)
    assert services.announce_chunk(chunk_id=second, now=W45_END + HOUR)
    assert not services.announce_chunk(chunk_id=second, now=W45_END + HOUR)
    assert due(W45_END + 2 * HOUR) == [first]
    assert services.announce_chunk(chunk_id=first, now=W45_END + 2 * HOUR)
    assert due(W45_END + timedelta(days=9)) == []
    posted = Message.objects.order_by("seller").values_list("posted_at", flat=True)
    assert list(posted) == [W45_END + 2 * HOUR, W45_END + HOUR]
    assert list(run.chunks.order_by("pk").values_list("announced_at", flat=True)) == list(posted)


def test_announcement_that_fails_leaves_nothing_and_is_tried_again(market, settings):
    published(market, settings, chunks=2)
    first, second = due(W45_END + HOUR)
    seller = ReportChunk.objects.get(pk=first).first_seller_id
    with connection.cursor() as cursor:
        connection.check_constraints()
        cursor.execute(f"ALTER TABLE inbox_message ADD CONSTRAINT disk_full CHECK (seller_id <> {seller}) NOT VALID")
    with pytest.raises(DatabaseError, match="disk_full"):
        services.announce_chunk(chunk_id=first, now=W45_END + HOUR)
    assert services.announce_chunk(chunk_id=second, now=W45_END + HOUR)
    chunk = ReportChunk.objects.get(pk=first)
    assert (chunk.attempts, chunk.announced_at) == (1, None)
    assert chunk.last_error.startswith("IntegrityError: new row")
    with connection.cursor() as cursor:
        connection.check_constraints()
        cursor.execute("ALTER TABLE inbox_message DROP CONSTRAINT disk_full")
    services.retry_chunk(chunk_id=first, now=W45_END + HOUR)
    assert due(W45_END + HOUR) == [first]
    assert services.announce_chunk(chunk_id=first, now=W45_END + HOUR)
    assert Message.objects.count() == 2
    with pytest.raises(Refused, match="done already"):
        services.retry_chunk(chunk_id=first, now=W45_END + HOUR)


def test_chunk_of_sellers_who_joined_later_has_nobody_to_tell(market):
    SellerFactory(market=market, created_at=W45_END)
    build_until(market, W45_END)
    chunk = ReportChunk.objects.get()
    assert (chunk.rows, chunk.announced_at) == (0, W45_END)
    assert not Message.objects.filter(kind=Message.Kind.REPORT).exists()


def test_each_seller_is_told_their_own_sentence(market, policy):
    sellers = SellerFactory.create_batch(3, market=market, created_at=LONG_AGO)
    issue(sellers[1], policy, now=W45_END - HOUR)
    build_until(market, W45_END)
    told = Message.objects.filter(kind=Message.Kind.REPORT).order_by("seller_id")
    assert [(message.seller, message.path) for message in told] == [
        (seller, f"/s/{seller.pk}/reports/2026-W45/") for seller in sellers
    ]
    assert [message.body.split(".")[0] for message in told] == [
        "No violations this week", "1 violation this week", "No violations this week",
    ]  # fmt: skip


def test_sellers_of_other_markets_in_the_range_are_not_told(market):
    first, other, last = (SellerFactory(market=one, created_at=LONG_AGO) for one in (market, MarketFactory(), market))
    runs = [services.start_run(market=one, now=W45_END) for one in (market, other.market)]
    for run in runs:
        services.build_chunk(chunk_id=run.chunks.get().pk, now=W45_END)
    services.publish_run(run_id=runs[0].pk, now=W45_END)
    services.announce_chunk(chunk_id=runs[0].chunks.get().pk, now=W45_END)
    assert set(Message.objects.values_list("seller", flat=True)) == {first.pk, last.pk}


def test_publish_complete_runs_publishes_a_market_without_sellers(market):
    run = services.start_run(market=market, now=W45_END)
    assert services.publish_complete_runs(now=W45_END) == [run.pk]
    assert services.publish_complete_runs(now=W45_END) == []


def test_build_due_weeks_catches_up_in_order_and_without_a_gap(market, seller):
    runs = build_until(market, W47_END)
    assert [str(run.week) for run in runs] == ["2026-W45", "2026-W46", "2026-W47"]
    assert [run.starts_at for run in runs[1:]] == [run.ends_at for run in runs[:-1]]
    assert build_until(market, W47_END) == []
    market.refresh_from_db()
    assert str(selectors.next_week(market=market)) == "2026-W48"


def test_build_due_weeks_goes_on_with_a_run_that_was_left(market, seller):
    run = services.start_run(market=market, now=W45_END)
    assert build_until(market, W45_END) == [run]
    assert WeeklyReport.objects.published().count() == 1


# --- At the same time


@pytest.mark.django_db(transaction=True)
def test_two_builders_at_once_build_everything_once(settings):
    settings.REPORT_CHUNK_SELLERS = 3
    market, policy = MarketFactory(), PolicyFactory(points=3)
    sellers = SellerFactory.create_batch(10, market=market, created_at=LONG_AGO)
    for seller in sellers:
        issue(seller, policy, now=W45_END - HOUR)
        issue(seller, policy, now=W46_END - HOUR)
    barrier = threading.Barrier(4)

    def work(builder):
        barrier.wait()
        while builder():
            pass

    def by_hand():
        return services.build_due_weeks(market=market, now=W47_END)

    def by_workers():
        started = start_due_runs(now=W47_END)
        while chunk := services.claim_chunk(now=W47_END):
            services.work_on_chunk(chunk=chunk, clock=lambda: W47_END)
        return services.publish_complete_runs(now=W47_END) or started

    errors = run_threads([lambda b=b: work(b) for b in (by_workers, by_workers, by_workers, by_hand)])
    assert [error for error in errors if not isinstance(error, Refused)] == []
    build_until(market, W47_END)
    assert ReportRun.objects.filter(published_at__isnull=False).count() == 3
    assert Message.objects.filter(kind=Message.Kind.REPORT).count() == 30
    for seller in sellers:
        reports = list(WeeklyReport.objects.filter(seller=seller).order_by("week_start"))
        assert [report.points_in for report in reports] == [3, 3, 0]
        assert [report.points_at_end for report in reports] == [3, 6, 6]


def run_threads(functions):
    errors = []

    def call(function):
        try:
            function()
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=call, args=[function], daemon=True) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
        assert not thread.is_alive()
    return errors


@pytest.mark.django_db(transaction=True)
def test_chunk_that_somebody_takes_is_left_to_them():
    seller = SellerFactory(created_at=LONG_AGO)
    services.start_run(market=seller.market, now=W45_END)
    with background() as start, transaction.atomic():
        assert services.claim_chunk(now=W45_END)
        assert start(lambda: services.claim_chunk(now=W45_END)).result() is None


@pytest.mark.django_db(transaction=True)
def test_chunk_that_somebody_works_on_is_left_to_them_unless_one_waits():
    seller = SellerFactory(created_at=LONG_AGO)
    chunk_id = services.start_run(market=seller.market, now=W45_END).chunks.get().pk
    with background() as start:
        with transaction.atomic():
            assert services.build_chunk(chunk_id=chunk_id, now=W45_END)
            build = partial(services.build_chunk, chunk_id=chunk_id, now=W45_END)
            assert start(build).result() is False
            waits = start(partial(build, wait=True))
            wait_until_somebody_waits_for_a_lock()
        assert waits.result() is False
    assert ReportChunk.objects.get().attempts == 1


@pytest.mark.django_db(transaction=True)
def test_chunk_is_held_while_its_reports_are_inserted():
    seller = SellerFactory(created_at=LONG_AGO)
    chunk_id = services.start_run(market=seller.market, now=W45_END).chunks.get().pk
    build = partial(services.build_chunk, chunk_id=chunk_id, now=W45_END)
    with background() as start:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("LOCK TABLE reports_weeklyreport IN SHARE MODE")
            first = start(build)
            wait_until_somebody_waits_for_a_lock()
            second = start(partial(build, wait=True))
            wait_until_somebody_waits_for_a_lock(2)
        assert (first.result(), second.result()) == (True, False)
    assert ReportChunk.objects.get().attempts == 1


@pytest.mark.django_db(transaction=True)
def test_chunk_that_is_being_built_cannot_be_tried_again_afterwards():
    seller = SellerFactory(created_at=LONG_AGO)
    chunk_id = services.start_run(market=seller.market, now=W45_END).chunks.get().pk
    with background() as start:
        with transaction.atomic():
            services.build_chunk(chunk_id=chunk_id, now=W45_END)
            retried = start(lambda: services.retry_chunk(chunk_id=chunk_id, now=W45_END))
            wait_until_somebody_waits_for_a_lock()
        with pytest.raises(Refused, match="done already"):
            retried.result()


@pytest.mark.django_db(transaction=True)
def test_chunk_that_somebody_announced_meanwhile_is_not_announced_again():
    seller = SellerFactory(created_at=LONG_AGO)
    run = services.start_run(market=seller.market, now=W45_END)
    announce = partial(services.announce_chunk, chunk_id=run.chunks.get().pk, now=W45_END)
    services.build_chunk(chunk_id=run.chunks.get().pk, now=W45_END)
    services.publish_run(run_id=run.pk, now=W45_END)
    with background() as start:
        with transaction.atomic():
            lock_books(market_id=seller.market_id)
            worker = start(announce)
            wait_until_somebody_waits_for_a_lock()
            assert announce(wait=True)
        assert worker.result() is False
    assert Message.objects.filter(kind=Message.Kind.REPORT).count() == 1


@pytest.mark.django_db(transaction=True)
def test_closing_waits_for_a_transaction_that_is_recording():
    market, policy = MarketFactory(), PolicyFactory(points=3)
    seller = SellerFactory(market=market, created_at=LONG_AGO)
    recorded, finish = threading.Event(), threading.Event()

    def record():
        with transaction.atomic():
            issue(seller, policy, now=W45_END - HOUR)
            recorded.set()
            assert finish.wait(timeout=20)

    def build():
        assert recorded.wait(timeout=20)
        services.build_due_weeks(market=market, now=W45_END)

    def commit_once_the_builder_waits():
        assert recorded.wait(timeout=20)
        wait_until_somebody_waits_for_a_lock()
        finish.set()

    assert run_threads([record, build, commit_once_the_builder_waits]) == []
    report = WeeklyReport.objects.get()
    assert (report.points_in, report.violation_count) == (3, 1)


@pytest.mark.django_db(transaction=True)
def test_what_arrives_while_the_books_close_lands_in_the_next_week():
    market, policy = MarketFactory(), PolicyFactory(points=3)
    seller = SellerFactory(market=market, created_at=LONG_AGO)
    closed, finish = threading.Event(), threading.Event()

    def build():
        with transaction.atomic():
            services.start_run(market=market, now=W45_END)
            closed.set()
            assert finish.wait(timeout=20)
        build_until(market, W45_END)

    def record():
        assert closed.wait(timeout=20)
        issue(seller, policy, now=W45_END - HOUR)

    def commit_once_the_recorder_waits():
        assert closed.wait(timeout=20)
        wait_until_somebody_waits_for_a_lock()
        finish.set()

    assert run_threads([build, record, commit_once_the_recorder_waits]) == []
    build_until(market, W46_END)
    assert [report.points_in for report in WeeklyReport.objects.order_by("week_start")] == [0, 3]


@pytest.mark.django_db(transaction=True)
def test_closing_gets_its_turn_although_recorders_overlap_without_a_gap():
    """The second recorder comes while the first still records and somebody waits to close: it waits its turn."""
    market, policy = MarketFactory(), PolicyFactory(points=3)
    seller = SellerFactory(market=market, created_at=LONG_AGO)
    recording, finish = threading.Event(), threading.Event()

    def first_recorder():
        with transaction.atomic():
            recording_time(market_id=market.pk, now=W45_END - HOUR)
            recording.set()
            assert finish.wait(timeout=20)

    def closer():
        assert recording.wait(timeout=20)
        services.start_run(market=market, now=W45_END)

    def second_recorder():
        assert recording.wait(timeout=20)
        wait_until_somebody_waits_for_a_lock()
        issue(seller, policy, now=W45_END - HOUR)

    def finish_once_both_wait():
        assert recording.wait(timeout=20)
        wait_until_somebody_waits_for_a_lock(2)
        finish.set()

    assert run_threads([first_recorder, closer, second_recorder, finish_once_both_wait]) == []
    assert PointsEntry.objects.get().recorded_at == W45_END
    build_until(market, W46_END)
    assert [report.points_in for report in WeeklyReport.objects.order_by("week_start")] == [0, 3]


def work_twice(now):
    """Two chunks, each of which comes to its worker twice."""
    for _ in range(2):
        if chunk := services.claim_chunk(now=now):
            for _ in range(2):
                services.work_on_chunk(chunk=chunk, clock=lambda: now)


@pytest.mark.django_db(transaction=True)
def test_two_beats_and_ten_workers_with_duplicate_deliveries_build_missed_weeks_in_order(settings):
    """Each chunk is worked on twice, weeks were missed, and everybody looks for work at once."""
    settings.REPORT_CHUNK_SELLERS = 2
    market, policy = MarketFactory(), PolicyFactory(points=3)
    sellers = SellerFactory.create_batch(9, market=market, created_at=LONG_AGO)
    for seller in sellers:
        MemberFactory(seller=seller)
        issue(seller, policy, now=W45_END - HOUR)
    finished = threading.Event()
    seen = []

    def beat():
        while not finished.wait(0.1):
            start_due_runs(now=W47_END)
            services.publish_complete_runs(now=W47_END)
            seen.append([str(run.week) for run in ReportRun.objects.published().order_by("published_at", "pk")])
            told = ReportChunk.objects.filter(announced_at__isnull=False).count()
            if len(seen[-1]) == 3 and told == ReportChunk.objects.count():
                finished.set()

    def worker():
        while not finished.wait(0.02):
            work_twice(W47_END)
            services.publish_complete_runs(now=W47_END)

    assert run_threads([beat, beat, *[worker] * 10]) == []
    weeks = ["2026-W45", "2026-W46", "2026-W47"]
    assert all(some == weeks[: len(some)] for some in seen)
    assert set(WeeklyReport.objects.published().values_list("seller_id", "week_start")) == {
        (seller.pk, monday) for seller in sellers for monday in (W45, date(2026, 11, 9), date(2026, 11, 16))
    }
    told = Counter(message.path for message in Message.objects.filter(kind=Message.Kind.REPORT))
    assert told == Counter(f"/s/{seller.pk}/reports/{week}/" for seller in sellers for week in weeks)
    emails = Counter(EmailDelivery.objects.filter(message__kind=Message.Kind.REPORT).values_list("user", flat=True))
    assert set(emails.values()) == {3}
