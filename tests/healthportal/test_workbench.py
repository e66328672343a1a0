"""The home page of staff: what waits for whom, and where a click leads."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from audit.services import record
from healthportal import roles
from healthportal.workbench.needs import NEEDS, Urgency
from healthportal.workbench.presentation import parts_for, trends_for
from healthportal.workbench.selectors import COUNTED_BY_WEEK, FoundNeed, needs_of, trends_of
from healthportal.workbench.wording import button, counted, moment_words, part_title, title
from quizzes.services import propose_pass_points, propose_regrade
from reports.models import ReportRun
from sellers.models import Market, MemberUpload, MemberUploadLine, Seller, StaffMarket
from sellers.staff_scope import markets_of
from tests.factories import (
    LONG_AGO,
    MarketFactory,
    MemberFactory,
    PolicyFactory,
    QuestionFactory,
    QuizFactory,
    SellerFactory,
    UserFactory,
    WorkshopFactory,
    draft,
    issue,
)
from tests.healthportal.test_trail_is_complete import failed_chunk
from tests.violations.appealing import appeal_against
from violations.models import Appeal, MassReversal, RulesChange, Upload
from violations.services import assign_appeal, issue_violation

pytestmark = pytest.mark.django_db
HOME = "/admin/"


@pytest.fixture
def market() -> Market:
    return MarketFactory(books_closed_until=LONG_AGO)


@pytest.fixture
def seller(market: Market) -> Seller:
    return SellerFactory(market=market)


def staff(*names: str, **fields: Any) -> User:
    user: User = UserFactory(is_staff=True, **fields)
    user.groups.set(Group.objects.filter(name__in=names))
    return user


def names_of(person: User, *, now: datetime | None = None) -> list[str]:
    return [found.need.name for found in needs_of(person, now=now or timezone.now())]


def appealed(seller: Seller, **fields: Any) -> Appeal:
    now = timezone.now()
    return appeal_against(issue(seller, PolicyFactory(), **{"now": now, **fields}), now=now)


def test_appeal_comes_up_a_day_before_it_is_due_and_is_urgent_from_that_moment(seller: Seller) -> None:
    reviewer, appeal = staff(roles.REVIEWER), appealed(seller)
    day, second = timedelta(days=1), timedelta(seconds=1)
    assert names_of(reviewer, now=appeal.decide_by - day - second) == ["appeals_due_later"]
    assert names_of(reviewer, now=appeal.decide_by - day) == ["appeals_due_today"]
    assert names_of(reviewer, now=appeal.decide_by - second) == ["appeals_due_today"]
    assert names_of(reviewer, now=appeal.decide_by) == ["overdue_appeals"]


def test_nobody_is_shown_appeals_that_they_may_not_decide(seller: Seller) -> None:
    issuer, filer, member, other = (staff(roles.REVIEWER) for _ in range(4))
    violation = issue_violation(
        market=seller.market, draft=draft(seller, PolicyFactory()), source="admin", now=timezone.now(), issued_by=issuer
    )
    MemberFactory(seller=seller, user=member)
    appeal = appeal_against(violation, now=timezone.now(), filed_by=filer)
    assert [names_of(one, now=appeal.decide_by) for one in (issuer, filer, member)] == [[], [], []]
    assert names_of(other, now=appeal.decide_by) == ["overdue_appeals"]


def test_who_assigns_appeals_is_shown_those_that_nobody_has(client: Client, seller: Seller) -> None:
    lead, both, appeal = staff(roles.REVIEW_LEAD), staff(roles.REVIEW_LEAD, roles.REVIEWER), appealed(seller)
    day = timedelta(days=1)
    assert names_of(lead, now=appeal.decide_by - 2 * day) == ["unassigned_later"]
    assert names_of(lead, now=appeal.decide_by - day) == ["unassigned_now"]
    assert names_of(both, now=appeal.decide_by) == ["overdue_appeals"]
    client.force_login(lead)
    assert (
        f'href="{reverse("admin:violations_appeal_assign", args=[appeal.pk])}">Assign the first'
        in client.get(HOME).text
    )
    assign_appeal(appeal=appeal, to=staff(roles.REVIEWER), by=lead, now=timezone.now())
    assert names_of(lead) == []


def test_each_role_sees_only_what_it_can_settle(market: Market, seller: Seller) -> None:
    appeal = appealed(seller)
    assert names_of(staff(roles.AUDITOR), now=appeal.decide_by) == []
    assert names_of(staff(roles.POLICY_EDITOR), now=appeal.decide_by) == []
    assert names_of(staff(), now=appeal.decide_by) == []


def test_change_of_rules_waits_for_somebody_else_than_its_author(market: Market) -> None:
    author, other = staff(is_superuser=True), staff(is_superuser=True)
    RulesChange.objects.create(
        market=market,
        numbers={"appeal_days": 20},
        reason="Less time.",
        effective_from=timezone.now() + timedelta(days=40),
        drafted_at=timezone.now(),
        drafted_by=author,
    )
    assert "rules_changes" not in names_of(author)
    assert "rules_changes" in names_of(other)


def test_own_drafts_and_checked_uploads_are_the_persons_own(market: Market) -> None:
    mine, other = staff(is_superuser=True), staff(is_superuser=True)
    now = timezone.now()
    Upload.objects.create(
        market=market, name="july.csv", kind="csv", size=1, sha256="0" * 64, stored_name="x", uploaded_at=now,
        uploaded_by=mine, state=Upload.State.CHECKED,
    )  # fmt: skip
    MassReversal.objects.create(
        market=market, policy=PolicyFactory(), last_violation_id=0, incident="A wrong model.",
        created_at=now, created_by=mine,
    )  # fmt: skip
    times = {"starts_at": now + timedelta(days=9), "ends_at": now + timedelta(days=10)}
    WorkshopFactory(published_at=None, **times).hosts.add(mine)
    waits = MemberUpload.objects.create(market=market, name="a.csv", uploaded_at=now, uploaded_by=mine)
    done = MemberUpload.objects.create(
        market=market, name="b.csv", uploaded_at=now, uploaded_by=mine, state=MemberUpload.State.DONE,
        confirmed_at=now, confirmed_by=mine,
    )  # fmt: skip
    for upload in (waits, done):
        MemberUploadLine.objects.create(upload=upload, line=2, outcome="refused", reason="No address.")
    found = {one.need.name: [record.pk for record in one.records] for one in needs_of(mine, now=now)}
    assert (found["checked_members"], found["refused_members"]) == ([waits.pk], [done.pk])
    drafts = {"checked_uploads", "draft_reversals", "draft_workshops", "checked_members", "refused_members"}
    assert drafts <= set(names_of(mine))
    assert drafts.isdisjoint(names_of(other))


def test_workshop_of_this_week_leads_to_its_page(client: Client, market: Market) -> None:
    host, now = staff(roles.WORKSHOP_HOST), timezone.now()
    near = WorkshopFactory(starts_at=now + timedelta(days=6), ends_at=now + timedelta(days=6, hours=2))
    StaffMarket.objects.create(market=near.market, user=host)
    WorkshopFactory(starts_at=now + timedelta(days=5), ends_at=now + timedelta(days=6))
    WorkshopFactory(starts_at=now + timedelta(days=8), ends_at=now + timedelta(days=9))
    client.force_login(host)
    page = client.get(HOME).content.decode()
    assert "1 workshop takes place within a week" in page
    assert f'<a class="button" href="{reverse("admin:workshops_workshop_change", args=[near.pk])}">' in page


def test_door_of_a_workshop_is_one_click_away_on_the_day(client: Client, market: Market) -> None:
    host, now = staff(roles.WORKSHOP_HOST), timezone.now()
    times = {"starts_at": now + timedelta(hours=3), "ends_at": now + timedelta(hours=5)}
    near = WorkshopFactory(market=market, **times)
    WorkshopFactory(market=market, mode="online", city=None, venue="", address="", **times)
    client.force_login(host)
    page = client.get(HOME).content.decode()
    assert "1 workshop has its door today" in page
    assert f'<a class="button" href="{reverse("workshops:check_in", args=[near.pk])}">Go to the door</a>' in page


def test_operator_is_shown_runs_that_failed_in_part_and_runs_that_are_late(client: Client) -> None:
    operator, run = staff(roles.OPERATOR), failed_chunk().run
    late, second = run.ends_at + timedelta(hours=2), timedelta(seconds=1)
    assert names_of(operator, now=late) == ["failed_runs"]
    client.force_login(operator)
    listed = reverse("admin:reports_reportrun_changelist", query={"published": "failed"})
    assert f'href="{listed}"' in client.get(HOME).text
    assert client.get(listed).context["cl"].result_count == 1
    run.chunks.update(given_up_at=None, due_at=late)
    assert client.get(listed).context["cl"].result_count == 0
    assert [names_of(operator, now=moment) for moment in (late - second, late)] == [[], ["late_runs"]]
    ReportRun.objects.update(published_at=late)
    assert names_of(operator, now=late) == []


def test_home_costs_one_query_a_need_however_much_waits(
    seller: Seller, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    reviewer = staff(roles.REVIEWER)
    for _ in range(3):
        appeal = appealed(SellerFactory(market=seller.market))
    reviewer.get_all_permissions()
    markets_of(reviewer)
    with django_assert_num_queries(9):
        assert [found.total for found in needs_of(reviewer, now=appeal.decide_by)] == [3]
    appealed(SellerFactory(market=seller.market))
    with django_assert_num_queries(10):
        (found,) = needs_of(reviewer, now=appeal.decide_by + timedelta(hours=1))
    assert (found.total, len(found.records)) == (4, 3)


def test_what_somebody_did_is_a_link_while_their_roles_open_it(client: Client, market: Market) -> None:
    operator = staff(roles.OPERATOR)
    for about in (market, PolicyFactory(name="Giveaways")):
        record(by=operator, action="note", about=about, note="Seen.", now=timezone.now())
    client.force_login(operator)
    page = client.get(HOME).content.decode()
    assert reverse("admin:sellers_market_history", args=[market.pk]) in page
    assert "Giveaways" in page
    assert "/admin/policies/policy/" not in page


def test_nothing_waits_is_said(client: Client) -> None:
    client.force_login(staff(roles.POLICY_EDITOR))
    assert "Nothing waits for you." in client.get(HOME).content.decode()


def test_trend_compares_the_last_seven_days_with_the_seven_before(seller: Seller) -> None:
    cache.clear()
    reviewer, now = staff(roles.REVIEWER), timezone.now()
    policy = PolicyFactory()
    for days in (0, 6, 8, 15):
        issue(SellerFactory(market=seller.market), policy, now=now - timedelta(days=days, seconds=1))
    violations = trends_of(reviewer, now=now)[0]
    assert (violations.name, violations.now, violations.before) == ("violations", 2, 1)
    assert trends_for(reviewer, now=now)[0].title == "Violations issued"
    assert trends_of(staff(roles.POLICY_EDITOR), now=now) == []


@pytest.mark.parametrize("need", NEEDS, ids=lambda need: need.name)
def test_every_need_has_its_words_and_pages_that_open(admin_client: Client, need: Any) -> None:
    assert admin_client.get(need.list_url()).status_code == 200
    assert button(need.name)
    assert moment_words(need.name, None) == ""
    assert not need.moment or "28 Nov 2026" in moment_words(need.name, datetime.fromisoformat("2026-11-28T10:00Z"))


def test_more_than_a_hundred_are_not_counted() -> None:
    (need,) = (need for need in NEEDS if need.name == "overdue_appeals")
    assert title(FoundNeed(need, [], 100, is_more=True)) == "more than 100 appeals are overdue"
    assert title(FoundNeed(need, [], 1, is_more=False)) == "1 appeal is overdue"


def test_parts_and_numbers_have_names() -> None:
    assert [part_title(when) for when in Urgency] == ["Needs you now", "Due today", "Yours to finish", "Coming up"]
    assert all(counted(one.name) for one in COUNTED_BY_WEEK)


def test_every_need_asks_for_a_permission_that_there_is() -> None:
    known = {f"{app}.{codename}" for role in roles.ROLES for app, codename in roles.codenames(role)}
    assert {need.permission for need in NEEDS} - known == {
        "accounts.add_superuserproposal",
        "sellers.add_controlsproposal",
        "violations.add_ruleschange",
        "",
    }  # superusers'; whose it is
    assert parts_for(staff(), now=timezone.now()) == []


def test_question_and_points_of_a_pass_wait_for_somebody_else() -> None:
    author, other = staff(roles.POLICY_EDITOR), staff(roles.POLICY_EDITOR)
    quiz = QuizFactory(policy=PolicyFactory(points=9))
    QuestionFactory(quiz=quiz, state="review", author=author)
    propose_pass_points(quiz=quiz, points=2, reason="It is long.", proposed_by=author, now=timezone.now())
    question = quiz.questions.filter(state="published").first()
    right = [question.choices.filter(is_right=False).first().pk]
    said = {"explanation": "So.", "reason": "Wrong.", "now": timezone.now()}
    propose_regrade(question=question, right=right, proposed_by=author, **said)
    waiting = {"questions_in_review", "proposed_pass_points", "proposed_regrades"}
    assert waiting.isdisjoint(names_of(author))
    assert waiting <= set(names_of(other))
