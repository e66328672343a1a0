from collections import Counter
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db.models import Count
from django.utils import timezone

from accounts.models import User
from healthportal.demo.signins import PASSWORD, SIGN_INS
from healthportal.retention.models import Retention
from inbox.models import EmailDelivery, Message
from kit.dates import Week
from policies.models import Policy, PolicyVersion
from quizzes.models import Attempt, FairTrial, Question, QuestionPicture, Quiz, Regrade, Remark
from quizzes.trials.rules import TrialVerdict
from quizzes.trials.selectors import outcome
from reports.models import ReportRun, WeeklyReport
from sellers.models import Market, Seller
from violations.models import Appeal, DetectorAlarm, Macro, MassReversal, SecondReview, Violation
from violations.rules import StandingLevel
from violations.selectors import get_standing
from workshops.models import Workshop
from workshops.selectors import with_counts

STAFF = {
    "editor",
    "lead",
    "operator",
    "reviewer",
    "reviewer-th",
    "review-lead",
    "incidents",
    "host",
    "auditor",
    "admin",
}

pytestmark = pytest.mark.django_db


def test_demo_looks_like_life_has_its_sign_ins_and_is_made_once() -> None:
    call_command("seed_demo")
    now = timezone.now()

    sellers = Seller.objects.select_related("market")
    levels = {seller.name: get_standing(seller=seller, as_of=now).level for seller in sellers}
    assert levels["Rosewood Pantry"] is StandingLevel.GOOD
    assert levels["Lumen & Lather"] is StandingLevel.AT_RISK
    assert levels["Copperleaf Outdoors"] is StandingLevel.RESTRICTED
    assert len(levels) > 300
    assert Counter(levels.values())[StandingLevel.GOOD] > 200
    assert Policy.objects.published(as_of=now).count() == Quiz.objects.filter(published_at__isnull=False).count() == 12
    assert Violation.objects.count() > 200
    assert set(Attempt.objects.values_list("passed", flat=True)) == {True, False}

    states = {"Open", "Granted", "Partly granted", "Denied", "Withdrawn", "Settled"}
    assert {appeal.outcome for appeal in Appeal.objects.select_related("violation")} == states
    assert Appeal.objects.open().filter(decide_by__lt=now).exists()
    reviews = SecondReview.objects.filter(appeal__seller__market__code="TH")
    assert reviews.waiting().count() == 2
    assert {review.agrees for review in reviews.filter(reviewed_at__isnull=False)} == {True, False}

    assert set(Macro.objects.values_list("kind", flat=True)) == set(Macro.Kind.values)
    assert Macro.objects.exclude(policy=None).count() == 2

    kept = Retention.objects.get(market__code="US", kind="announcements")
    assert kept.removed > 0
    assert not Retention.objects.filter(done_at=None).exists()
    assert not Message.objects.filter(
        kind=Message.Kind.REPORT, seller__market=kept.market, posted_at__lt=now - timedelta(days=kept.days + 1)
    ).exists()

    reversal = MassReversal.objects.get(alarm=None)
    assert reversal.state == MassReversal.State.DONE
    assert reversal.violations_voided == reversal.expected_violations >= reversal.sellers_told > 2

    alarm = DetectorAlarm.objects.waiting().get()
    assert alarm.reversal is not None
    assert alarm.reversal.state == MassReversal.State.DRAFT

    assert QuestionPicture.objects.get().question.state == Question.State.PUBLISHED
    assert Remark.objects.waiting().count() == 1
    assert Remark.objects.get(follows=Remark.Follows.REGRADED).answered_by is not None
    regrade = Regrade.objects.approved().get()
    assert regrade.improved >= regrade.passes >= 1
    trial = FairTrial.objects.get()
    assert outcome(trial, as_of=now).verdict is not TrialVerdict.TOO_EARLY

    upcoming = PolicyVersion.objects.get(effective_from__gt=now)
    at_once = PolicyVersion.objects.exclude(immediate_reason="").get()
    told = Message.objects.filter(kind="policy").values("seller").annotate(count=Count("pk"))
    assert {row["count"] for row in told} == {2}
    assert len(told) == len(levels)
    assert [version.announcements.filter(done_at=None).count() for version in [upcoming, at_once]] == [0, 0]

    for market in Market.objects.all():
        last = Week.of(now, zone=market.zone).previous
        assert market.books_closed_until == last.starts_at(zone=market.zone)
    assert ReportRun.objects.filter(published_at=None).count() == 0
    # 24 in the hour of a Monday that has begun by the clock of summer (the seller joined then), not of winter.
    assert WeeklyReport.objects.filter(seller__name="Rosewood Pantry").count() in {24, 25}

    call_command("audit_ledger", stdout=StringIO())

    workshops = with_counts(Workshop.objects.all())
    assert workshops.count() == 13
    assert workshops.filter(waiting__gt=0).count() >= 2
    assert workshops.filter(cancelled_at__isnull=False).count() == 1
    assert EmailDelivery.objects.count() == 0

    for email, _ in SIGN_INS:
        user = User.objects.get(email=email)
        assert user.check_password(PASSWORD)
        assert user.emailaddress_set.get().verified
        assert user.is_staff is (email.split("@")[0] in STAFF)

    call_command("seed_demo")
    assert sellers.count() == len(levels)
