"""What a report says beyond its figures: what to do, what happened since, what expires, what is near."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.urls import reverse

from kit.dates import Week
from quizzes.services import answer_question, start_attempt, submit_attempt
from reports import selectors, services
from reports.models import ReportRun, WeeklyReport
from reports.presentation.nodes import ExpiringViolation, FollowUpState
from reports.presentation.presenting import present
from reports.selectors import get_report
from sellers.models import Market
from sellers.services import ContentDraft
from tests.factories import (
    ArticleFactory,
    MemberFactory,
    PolicyFactory,
    QuizFactory,
    SellerFactory,
    UserFactory,
    WorkshopFactory,
    issue,
)
from tests.reports.helpers import presented
from tests.violations.appealing import DENIAL, appeal_against, take_back
from violations.services import deny_appeal, void_violation
from workshops.services import sign_up

W45_END = datetime(2026, 11, 9, 5, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
W45 = Week(date(2026, 11, 2))


def build(market):
    fresh = Market.objects.get(pk=market.pk)
    services.build_due_weeks(market=fresh, now=selectors.next_week(market=fresh).ends_at(zone=fresh.zone))


def report(seller, *, now=W45_END, week=W45):
    return presented(seller, week, now=now)


def steps(context):
    return [(step.kind, step.gain, step.by, step.state, step.note) for step in context.follow_ups]


def passes(quiz, seller, *, now):
    attempt = start_attempt(quiz=quiz, seller=seller, user=MemberFactory(seller=seller).user, now=now)
    for asked in attempt.questions.all():
        choices = asked.right_ids
        answer_question(attempt=attempt, user=attempt.user, position=asked.position, choices=choices, now=now)
    submit_attempt(attempt=attempt, user=attempt.user, now=now + timedelta(minutes=1))


@pytest.fixture
def violation(market, seller, policy):
    ArticleFactory(policy=policy, title="What you can say")
    return issue(seller, policy, now=W45_END - DAY, content=ContentDraft("live", "1", "Sunday LIVE"))


def test_steps_are_quiz_then_appeal_then_article(market, seller, policy, violation):
    QuizFactory(policy=policy)
    build(market)
    assert steps(report(seller)) == [
        (
            "quiz",
            1,
            "31 Dec 2026",
            FollowUpState.OPEN,
            "3 of 3 attempts and 3 of 3 rewarded passes left this month. Your plan counts on 3 passes of this quiz",
        ),
        ("appeal", 3, "the end of 7 Dec 2026", FollowUpState.OPEN, ""),
        ("article", 0, "", FollowUpState.OPEN, "So that it does not happen again"),
    ]


def test_plan_is_as_of_now_and_the_frozen_week_stays(market, seller, policy):
    """8 points: two passes bring them below 7. Once they were taken there is nothing to reach any more."""
    quiz = QuizFactory(policy=PolicyFactory(points=8))
    issue(seller, quiz.policy, now=W45_END - DAY)
    build(market)
    before = WeeklyReport.objects.get(seller=seller).detail
    assert report(seller).plan == ["Do nothing: good standing on 7 May 2027. With 2 quizzes: at once."]
    for _ in range(2):
        passes(quiz, seller, now=W45_END + DAY)
    assert report(seller, now=W45_END + 2 * DAY).plan == [
        "You are in good standing. With 4 quizzes your total falls from 6 to 2."
    ]
    assert WeeklyReport.objects.get(seller=seller).detail == before


def test_where_nothing_is_to_be_reached_or_gained_no_plan_is_said(market, seller, violation):
    build(market)
    assert report(seller).plan == []


def test_appeals_of_earlier_weeks_are_named_until_their_window_closes(market, seller, policy, violation):
    for _ in range(6):
        build(market)
    named = {
        r.week_start: [
            s.by.removeprefix("the end of ")
            for s in report(seller, week=r.week, now=r.run.ends_at - HOUR).open_follow_ups
            if s.kind == "appeal"
        ]
        for r in seller.reports.all()
    }
    assert [named[monday] for monday in sorted(named)] == [["7 Dec 2026"]] * 5 + [[]]  # fmt: skip


def test_quiz_passed_since_is_done_and_the_report_stays(market, seller, policy, violation):
    quiz = QuizFactory(policy=policy)
    build(market)
    before = WeeklyReport.objects.get(seller=seller).detail
    passes(quiz, seller, now=W45_END + DAY)
    context = report(seller, now=W45_END + 2 * DAY)
    (step,) = [step for step in context.follow_ups if step.kind == "quiz"]
    assert (step.state, step.note) == (
        FollowUpState.OPEN,
        "2 of 3 attempts and 2 of 3 rewarded passes left this month. Your plan counts on 2 passes of this quiz",
    )
    assert [(line.day, line.title) for line in context.developments] == [
        ("10 Nov 2026", "The quiz on “Misleading claims” was passed: 1 point less")
    ]
    Market.objects.filter(pk=market.pk).update(rewarded_passes_per_month=1)
    seller.market.refresh_from_db()
    (step,) = [step for step in report(seller, now=W45_END + 2 * DAY).follow_ups if step.kind == "quiz"]
    assert (step.state, step.waits, step.title) == (
        FollowUpState.OPEN, True, "Take the quiz “Misleading claims” from 1 Dec 2026",
    )  # fmt: skip
    (step,) = [step for step in report(seller, now=W45_END + 60 * DAY).follow_ups if step.kind == "quiz"]
    assert (step.state, step.note) == (FollowUpState.DONE, "Passed on 10 Nov 2026: 1 point less")
    assert WeeklyReport.objects.get(seller=seller).detail == before


def test_quiz_without_points_left_is_closed(market, seller, policy, violation):
    QuizFactory(policy=policy)
    build(market)
    void_violation(violation=violation, reason="A mistake.", voided_by=None, now=W45_END + HOUR)
    context = report(seller, now=W45_END + DAY)
    assert steps(context)[:2] == [
        ("quiz", 1, "31 Dec 2026", FollowUpState.CLOSED, "No points of it are left"),
        ("appeal", 3, "7 Dec 2026", FollowUpState.CLOSED, "The violation was voided on 9 Nov 2026"),
    ]
    assert [line.title for line in context.developments] == ["The violation of “Misleading claims” was voided"]
    assert context.open_follow_ups == []
    assert len(context.settled_follow_ups) == 2
    assert [policy.article for policy in context.breaches.articles] == ["What you can say"]


def test_quiz_is_promised_nothing_in_a_market_that_rewards_none(market, seller, policy, violation):
    QuizFactory(policy=policy)
    build(market)
    Market.objects.filter(pk=market.pk).update(rewarded_passes_per_month=0)
    seller.market.refresh_from_db()
    appeal, article, quiz = report(seller).follow_ups
    assert (appeal.kind, article.kind) == ("appeal", "article")
    assert (quiz.kind, quiz.state, quiz.note) == (
        "quiz",
        FollowUpState.CLOSED,
        "Quizzes remove no points in your market",
    )


def test_appeals_come_in_order_of_effect_and_deadline(market, seller, policy, violation):
    told_late = issue(seller, policy, issued_at=W45_END - 6 * DAY, now=W45_END - HOUR, content=None)
    large = issue(seller, PolicyFactory(points=6), now=W45_END - HOUR, content=None)
    build(market)
    appeals = [step.href for step in report(seller).follow_ups if step.kind == "appeal"]
    expected = [large, violation, told_late]
    assert appeals == [reverse("violations:appeal_file", args=[seller.pk, one.pk]) for one in expected]


def test_appeal_filed_and_decided_since(market, seller, violation):
    build(market)
    appeal = appeal_against(violation, now=W45_END + HOUR)
    context = report(seller, now=W45_END + DAY)
    assert (context.settled_follow_ups[0].state, context.settled_follow_ups[0].note) == (
        FollowUpState.DONE, "Filed on 9 Nov 2026: waits for a decision",
    )  # fmt: skip
    assert [line.note for line in context.contents.violations] == ["Appeal open"]
    deny_appeal(
        appeal=appeal,
        decided_by=UserFactory(),
        reason=DENIAL,
        now=W45_END + 2 * DAY,
    )
    context = report(seller, now=W45_END + 3 * DAY)
    assert context.settled_follow_ups[0].note == "Filed on 9 Nov 2026: denied on 11 Nov 2026"
    assert [line.title for line in context.developments] == [
        "An appeal against “Misleading claims” was filed",
        "The appeal against “Misleading claims” was denied",
    ]


def test_appeal_settled_by_voiding_and_appeal_withdrawn(market, seller, policy, violation):
    other = issue(seller, policy, now=W45_END - HOUR, content=None)
    build(market)
    appeal_against(violation, now=W45_END + HOUR)
    void_violation(violation=violation, reason="A mistake.", voided_by=None, now=W45_END + HOUR)
    withdrawn = appeal_against(other, now=W45_END + HOUR)
    take_back(withdrawn, now=W45_END + 2 * HOUR)
    appeals = [
        (step.state, step.note) for step in report(seller, now=W45_END + DAY).follow_ups if step.kind == "appeal"
    ]
    assert appeals == [
        (FollowUpState.OPEN, ""),
        (FollowUpState.DONE, "Filed on 9 Nov 2026: settled"),
    ]


def test_appeal_whose_time_is_over(market, seller, violation):
    build(market)
    (step,) = report(seller, now=W45_END + 40 * DAY).settled_follow_ups
    assert (step.state, step.note, step.button) == (
        FollowUpState.CLOSED, "It was possible until 7 Dec 2026", "See the violation",
    )  # fmt: skip


def test_restriction_lifted_since(market, seller):
    violation = issue(seller, PolicyFactory(points=13), now=W45_END - DAY)
    build(market)
    void_violation(violation=violation, reason="A mistake.", voided_by=None, now=W45_END + HOUR)
    titles = [line.title for line in report(seller, now=W45_END + DAY).developments]
    assert "The restriction at 12 points was lifted" in titles


def test_expiries_of_the_coming_four_weeks(market, seller, policy):
    Market.objects.filter(pk=market.pk).update(points_valid_days=20)
    seller.market.refresh_from_db()
    first = issue(seller, policy, issued_at=W45_END - 10 * DAY, now=W45_END - HOUR)
    issue(seller, PolicyFactory(points=2), issued_at=W45_END - 5 * DAY, now=W45_END - HOUR)
    Market.objects.filter(pk=market.pk).update(points_valid_days=90)
    market.refresh_from_db()
    issue(SellerFactory(market=market), policy, now=W45_END - HOUR)
    build(market)
    context = report(seller)
    assert [(line.points, line.total) for line in context.ledger.expiring] == [(3, 2), (2, 0)]
    assert context.ledger.expiring[0].violations == [ExpiringViolation(policy.name, 3, first.get_absolute_url())]
    assert context.ledger.expiry_sentence == "5 points expire in the coming four weeks; none is left then."
    (other,) = WeeklyReport.objects.exclude(seller=seller)
    later = report(other.seller)
    assert later.ledger.expiring == []
    assert later.ledger.expiry_sentence.startswith(
        "No points expire in the coming four weeks; the next are 3 points on "
    )


def test_alert_when_a_milestone_is_near(market, seller):
    issue(seller, PolicyFactory(name="Claims", points=9), now=W45_END - DAY)
    build(market)
    context = report(seller)
    assert context.alert.title == "You are near a milestone: 3 points left before 12"
    assert context.alert.text == (
        "At 12 points: 7 days without new listings and campaigns. It starts with the message that announces it. "
        "One more violation of “Claims” (9 points) would be enough."
    )


def test_clean_week_says_how_long(market, seller, violation):
    for _ in range(3):
        build(market)
    context = report(seller, week=W45.next.next)
    assert (context.is_clean, context.alert) == (True, None)
    assert context.history.streak_sentence == "That makes 2 weeks in a row without a violation."
    assert (context.changes, context.history.totals.has_moved) == ([], False)


# --- Workshops


@pytest.fixture
def workshops(market, seller):
    """One in the seller's city, one elsewhere in the market, one in nine weeks, one of another market."""
    seller.city = "Boston"
    seller.save()
    near = WorkshopFactory(
        market=market, city="boston", starts_at=W45_END + 20 * DAY, ends_at=W45_END + 21 * DAY, capacity=1
    )
    far = WorkshopFactory(market=market, city="Austin", starts_at=W45_END + 10 * DAY, ends_at=W45_END + 11 * DAY)
    WorkshopFactory(market=market, starts_at=W45_END + 63 * DAY, ends_at=W45_END + 64 * DAY)
    WorkshopFactory(starts_at=W45_END + 10 * DAY, ends_at=W45_END + 11 * DAY)
    type(near).objects.update(published_at=W45_END - 2 * DAY)
    return near, far


def lines(seller, *, now=W45_END):
    return [(line.href, line.is_near, line.state) for line in report(seller, now=now).workshops.items]


def test_workshops_near_the_seller_come_first(market, seller, workshops):
    near, far = workshops
    build(market)
    assert [one["id"] for one in ReportRun.objects.get().workshops] == [far.pk, near.pk]
    assert lines(seller) == [
        (near.get_absolute_url(), True, "1 place left"),
        (far.get_absolute_url(), False, f"{far.capacity} places left"),
    ]
    sign_up(workshop=near, seller=seller, user=MemberFactory(seller=seller).user, now=W45_END)
    assert lines(seller)[0] == (near.get_absolute_url(), True, "You have a place")
    assert [state for *_, state in lines(seller, now=W45_END + 30 * DAY)] == ["You had a place", "Took place"]
    assert report(seller).workshops.title == "Workshops in your market"
    type(far).objects.filter(pk=far.pk).update(cancelled_at=W45_END, cancel_reason="The hall is closed.")
    assert lines(seller)[1] == (far.get_absolute_url(), False, "Cancelled")


def test_workshops_published_after_the_week_are_not_in_its_report(market, seller, workshops):
    near, far = workshops
    type(near).objects.filter(pk=near.pk).update(published_at=W45_END)
    build(market)
    assert [href for href, *_ in lines(seller)] == [far.get_absolute_url()]
    assert report(seller).workshops.title == "Workshops in your market"


def test_workshops_are_not_offered_to_sellers_who_cannot_take_a_place(market, seller, workshops):
    seller.signed_up_to_sell = False
    seller.save()
    build(market)
    assert lines(seller) == []


# --- Drafts


def test_draft_of_the_week_so_far_is_what_the_run_would_say(market, seller, policy, violation):
    now = W45_END - HOUR
    run = selectors.draft_run(market=market, now=now)
    draft = selectors.get_draft(seller=seller, run=run, now=now)
    assert (run.pk, run.ends_at, present(draft).is_draft) == (None, now, True)
    assert not ReportRun.objects.exists()
    build(market)
    built = report(seller)
    assert get_report(seller=seller, week=W45, now=now).report.detail == draft.report.detail
    shown = present(draft)
    assert (built.sentence, built.figures) == (shown.sentence, shown.figures)
    assert shown.freshness == "A draft: what was recorded until 8 Nov 2026, 23:00 EST"


def test_draft_of_a_run_that_is_being_built_is_of_its_week(market, seller, violation):
    run = services.start_run(market=market, now=W45_END)
    void_violation(violation=violation, reason="A mistake.", voided_by=None, now=W45_END + HOUR)
    assert selectors.draft_run(market=market, now=W45_END + DAY) == run
    draft = selectors.get_draft(seller=seller, run=run, now=W45_END + DAY)
    assert (draft.report.points_at_end, draft.report.violation_count) == (3, 1)


def test_draft_of_a_seller_who_came_after_the_week_is_none(market, seller):
    run = services.start_run(market=market, now=W45_END)
    late = SellerFactory(market=market, created_at=W45_END + HOUR)
    assert selectors.get_draft(seller=late, run=run, now=W45_END + DAY) is None
