"""Other rules replayed over what happened: the same steps as when it happened, and nothing is written."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from accounts.models import User
from audit.models import AuditEntry
from inbox.models import Message
from kit.outcomes import Refused
from policies.models import Policy
from sellers.models import Market, Seller
from tests.credits import credit_points
from tests.factories import (
    LONG_AGO,
    NOW,
    MarketFactory,
    PolicyFactory,
    PolicyVersionFactory,
    SellerFactory,
    UserFactory,
    draft,
    issue,
    person_in,
)
from tests.forms import fields_of
from violations import tasks
from violations.models import EnforcementAction, PointsEntry, Rehearsal, ShadowWeek, Violation
from violations.rehearsals import comparing
from violations.rehearsals.reading import RehearsalQuestion, read_sellers
from violations.rehearsals.rules import Breach, Rulebook, Threshold, replay, restricted_time
from violations.rules import StandingLevel
from violations.services import (
    NothingToCredit,
    answer_next_rehearsal,
    draft_rules,
    issue_violations,
    rehearse,
    stop_shadow,
    void_violation,
)
from violations.wording import rehearsals as wording

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture
def market() -> Market:
    return MarketFactory(name="Thailand", books_closed_until=NOW - 300 * DAY)


@pytest.fixture
def policy() -> Policy:
    return PolicyFactory(name="Health claims", points=6)


@pytest.fixture
def lead() -> User:
    return UserFactory(name="Lead")


def violate(seller: Seller, policy: Policy, *, days: float, **fields: Any) -> Violation:
    """A violation that was issued and told so many days ago."""
    return issue(seller, policy, now=NOW - days * DAY, content=None, **fields)


def at(moment: datetime) -> datetime:
    """A clock that stands."""
    return moment


def ask(market: Market, *, now: datetime = NOW, **fields: Any) -> Rehearsal:
    values: dict[str, Any] = {"question": "What if?", "numbers": {}, "milestones": None, "points": {}}
    values |= {"shadow_weeks": 0, "asked_by": fields.pop("asked_by", None) or UserFactory()} | fields
    return rehearse(market=market, now=now, **values)


def answered(market: Market, **fields: Any) -> dict[str, Any]:
    rehearsal = ask(market, **fields)
    assert answer_next_rehearsal(clock=lambda: NOW)
    rehearsal.refresh_from_db()
    result: dict[str, Any] = rehearsal.result
    return result


# --- The same steps as in earnest


def live_through(seller: Seller, policies: list[Policy], random: Random) -> None:
    """A random life: violations one by one and in batches, late ones, credits, and some that turn out to be wrong."""
    now = NOW - 200 * DAY
    for number in range(14):
        now += timedelta(days=random.randrange(1, 14), seconds=random.randrange(1000))
        standing = list(seller.violations.filter(voided_at=None))
        chance = random.random()
        if chance < 0.2 and standing:
            void_violation(violation=random.choice(standing), voided_by=None, reason="Wrong.", now=now)
        elif chance < 0.4 and standing:
            with suppress(NothingToCredit):
                credit_points(violation=random.choice(standing), points=1, reason="Quiz", now=now)
        else:
            drafts = [
                draft(seller, random.choice(policies), external_id=f"{number}-{n}", content=None,
                      issued_at=now - timedelta(days=random.choice([0, 0, 1, 30, 190])))
                for n in range(random.randrange(1, 4))
            ]  # fmt: skip
            issue_violations(market=seller.market, drafts=drafts, source="test", now=now)


@pytest.mark.parametrize("seed", range(12))
def test_replay_by_the_rules_of_today_is_what_happened(market: Market, seed: int) -> None:
    policies = [PolicyFactory(points=points) for points in (2, 5, 8)]
    seller, random = SellerFactory(market=market), Random(seed)
    live_through(seller, policies, random)
    rehearsal = Rehearsal(market=market, as_of=NOW)
    rules = comparing.compared_rules(rehearsal, as_of=NOW)
    question = RehearsalQuestion(market, counts_after=LONG_AGO, until=NOW, points={}, least=1)
    [(seller_id, breaches)] = read_sellers(question)
    [found] = replay(breaches, rules.today, until=NOW)
    real = EnforcementAction.objects.filter(seller=seller).order_by("noticed_at", "milestone_points")
    assert seller_id == seller.pk
    assert [(a.milestone, a.kind, a.noticed_at, a.starts_at, a.ends_at, a.lifted_at) for a in found.actions] == [
        (a.milestone_points, a.kind, a.noticed_at, a.starts_at, a.ends_at, a.lifted_at) for a in real
    ]
    assert found.total == PointsEntry.objects.filter(seller=seller).counting(as_of=NOW).total()


TWELVE = Rulebook({12: Threshold("restriction", 7, 0)}, approach_points=5)


def breach(days: float, points: int = 6, **fields: Any) -> Breach:
    at = NOW - days * DAY
    values = {"policy_id": 1, "points": points, "issued_at": at, "recorded_at": at, "expires_at": at + 180 * DAY}
    return Breach(**{"voided_at": None, **values, **fields})


def test_points_that_are_over_reach_nothing() -> None:
    [found] = replay([breach(181), breach(1)], TWELVE, until=NOW)
    assert (found.actions, found.total, found.level) == ([], 6, StandingLevel.GOOD)


def test_action_goes_on_though_what_reached_it_is_credited_and_ends_when_it_is_voided() -> None:
    [credited] = replay([breach(3), breach(2, credits=[(NOW - DAY, 1)])], TWELVE, until=NOW)
    assert (credited.total, credited.level, credited.actions[0].lifted_at) == (11, StandingLevel.RESTRICTED, None)
    [voided] = replay([breach(3), breach(2, voided_at=NOW - DAY)], TWELVE, until=NOW)
    assert (voided.total, voided.level, voided.actions[0].lifted_at) == (6, StandingLevel.GOOD, NOW - DAY)


def test_time_that_two_actions_share_counts_once() -> None:
    two = Rulebook({6: Threshold("restriction", 7, 0), 12: Threshold("suspension", None, 1)}, approach_points=5)
    warned = Rulebook({6: Threshold("warning", 7, 0)}, approach_points=5)
    [found] = replay([breach(10), breach(5)], two, until=NOW)
    assert restricted_time(found.actions, since=NOW - 8 * DAY, until=NOW) == 8 * DAY
    assert restricted_time(found.actions, since=NOW - 20 * DAY, until=NOW - DAY) == 9 * DAY
    assert not restricted_time(replay([breach(5)], warned, until=NOW)[0].actions, since=NOW - 8 * DAY, until=NOW)


# --- Who would be restricted, and who not


def test_other_milestone_restricts_some_and_spares_others(market: Market, policy: Policy) -> None:
    twelve, six, _ = (SellerFactory(market=market, created_at=LONG_AGO) for _ in range(3))
    for days in (40, 30):
        violate(twelve, policy, days=days)
    violate(six, policy, days=20)
    milestone = {"kind": "restriction", "capabilities": ["live"], "duration_days": 7, "notice_days": 0}
    lower = answered(market, milestones=[{"points": 5, **milestone}])
    assert (lower["sellers"], lower["replayed"], lower["newly"], lower["freed"]) == (3, 2, 1, 0)
    assert lower["actions"] == {"today": {"12": 1}, "proposed": {"5": 2}}
    assert lower["names"]["newly"] == [[six.pk, 0.0, 7.0]]
    assert lower["groups"]["age"]["newly"] == {"older": 1}
    assert lower["groups"]["size"]["newly"] == {"none": 1}
    higher = answered(market, milestones=[{"points": 13, **milestone}])
    assert (higher["newly"], higher["freed"], higher["names"]["freed"]) == (0, 1, [[twelve.pk, 7.0, 0.0]])


def test_policy_that_had_no_points_gets_some(market: Market) -> None:
    mild, seller = PolicyFactory(points=0), SellerFactory(market=market)
    for days in (3, 2):
        violate(seller, mild, days=days)
    found = answered(market, points={mild: 6})
    assert (found["actions"]["today"], found["actions"]["proposed"], found["newly"]) == ({}, {"12": 1}, 1)
    assert found["levels"] == {"today": {"good": 1}, "proposed": {"restricted": 1}}


def test_points_that_are_over_sooner_add_up_less(market: Market, policy: Policy) -> None:
    seller = SellerFactory(market=market)
    for days in (100, 5):
        violate(seller, policy, days=days)
    found = answered(market, numbers={"points_valid_days": 90, "appeal_days": 99})
    assert (found["freed"], found["newly"]) == (1, 0)
    assert Rehearsal.objects.get().numbers == {"points_valid_days": 90}
    quarter = answered(market, numbers={"points_expiry": "quarter"})
    assert (quarter["freed"], quarter["newly"]) == (1, 0)


def test_appeals_to_expect_follow_from_how_often_actions_were_appealed(market: Market, policy: Policy) -> None:
    for _ in range(3):
        seller = SellerFactory(market=market)
        for days in (40, 30):
            violate(seller, policy, days=days)
    found = answered(market, points={policy: 12})["appeals"]
    assert (found["all"], found["led"], found["more_actions"]) == (6, 3, 0 + 3)
    assert (found["low"], found["high"]) == (0, 2)
    assert "Between 0 and 2 appeals more" in wording.appeals_words(found)


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [(0, 0, "About as many"), (-5, -2, "Between 2 and 5 appeals fewer"), (-1, 4, "Up to 1 appeals fewer or 4 more")],
)
def test_appeals_are_said_in_words(low: int, high: int, said: str) -> None:
    assert said in wording.appeals_words({"low": low, "high": high, "more_actions": 1, "led": 1})


def test_appeals_of_which_nothing_is_known_are_not_promised() -> None:
    counts = {"low": 0, "high": 9, "more_actions": 1, "led": 0}
    assert "cannot be said" in wording.appeals_words(counts)
    assert "As many appeals as today" in wording.appeals_words({**counts, "more_actions": 0})


def test_answer_is_the_same_later_and_writes_nothing_else(market: Market, policy: Policy) -> None:
    seller = SellerFactory(market=market)
    first = violate(seller, policy, days=3)
    violate(seller, policy, days=2)
    tables = (Violation, PointsEntry, EnforcementAction, Message)
    before = [model.objects.count() for model in tables]
    once = answered(market, points={policy: 12})
    assert [model.objects.count() for model in tables] == before
    violate(seller, policy, days=0)
    void_violation(violation=first, voided_by=None, reason="Wrong.", now=NOW)
    assert answered(market, points={policy: 12}) == {**once, "appeals": once["appeals"]}


def test_sellers_of_another_market_are_not_replayed(market: Market, policy: Policy) -> None:
    violate(SellerFactory(market=MarketFactory(books_closed_until=market.books_closed_until)), policy, days=3)
    assert answered(market, points={policy: 12})["replayed"] == 0


# --- Asking


@pytest.mark.parametrize(
    ("fields", "field", "said"),
    [
        ({}, "", "Nothing differs"),
        ({"numbers": {"points_valid_days": 180}}, "", "Nothing differs"),
        ({"question": " \u200b", "numbers": {"approach_points": 1}}, "question", "what you want to know"),
        ({"numbers": {"points_valid_days": 0}}, "points_valid_days", "greater than or equal to 1"),
        ({"numbers": {"approach_points": 1}, "shadow_weeks": 99}, "shadow_weeks", "less than or equal to 26"),
    ],
)
def test_question_that_cannot_be_answered_is_refused(market: Market, fields: Any, field: str, said: str) -> None:
    with pytest.raises(Refused, match=said) as refused:
        ask(market, **fields)
    assert refused.value.field == field
    assert not Rehearsal.objects.exists()


def test_points_of_a_policy_have_bounds_and_milestones_that_are_as_today_differ_in_nothing(
    market: Market, policy: Policy
) -> None:
    with pytest.raises(Refused, match="between 0 and 100"):
        ask(market, points={policy: 101})
    same = [
        {"points": m.points, "kind": m.kind, "capabilities": m.capabilities, "duration_days": m.duration_days,
         "notice_days": m.notice_days} for m in market.milestones.all()
    ]  # fmt: skip
    with pytest.raises(Refused, match="Nothing differs"):
        ask(market, milestones=same)


def test_question_is_in_the_trail(market: Market, policy: Policy, lead: User) -> None:
    rehearsal = ask(market, points={policy: 12}, asked_by=lead)
    entry = AuditEntry.objects.get()
    assert (entry.person, entry.action, entry.note) == (lead, "add", str(rehearsal))


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("rehearsal_asks_something", {"question": "\u200b"}),
        ("rehearsal_of_the_past", {"as_of": NOW + DAY}),
        ("rehearsal_shadow_is_bounded", {"shadow_weeks": 27}),
        ("rehearsal_answer_has_time", {"answered_at": NOW}),
    ],
)
def test_database_refuses_what_no_rehearsal_is(market: Market, policy: Policy, name: str, values: Any) -> None:
    rehearsal = ask(market, points={policy: 1})
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Rehearsal.objects.filter(pk=rehearsal.pk).update(**values)


@pytest.mark.parametrize(("name", "days"), [("shadow_week_once", 7), ("shadow_week_has_days", 0)])
def test_database_refuses_weeks_that_are_none(market: Market, policy: Policy, name: str, days: int) -> None:
    rehearsal, numbers = ask(market, points={policy: 1}), dict.fromkeys(
        ("imposed", "today", "proposed", "newly", "freed"), 0
    )  # fmt: skip
    if name == "shadow_week_once":
        ShadowWeek.objects.create(rehearsal=rehearsal, starts_at=NOW, ends_at=NOW + 7 * DAY, **numbers)
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        ShadowWeek.objects.create(rehearsal=rehearsal, starts_at=NOW, ends_at=NOW + days * DAY, **numbers)


# --- In shadow


def test_shadow_replays_each_week_that_is_over(market: Market, policy: Policy) -> None:
    rehearsal, seller = ask(market, points={policy: 12}, shadow_weeks=2), SellerFactory(market=market)
    assert str(rehearsal.state) == "waiting"
    tasks.answer_rehearsals.apply()
    rehearsal.refresh_from_db()
    monday = datetime.fromisoformat("2026-11-23T05:00:00+00:00")
    assert (rehearsal.state, rehearsal.due_at) == (Rehearsal.State.SHADOW, monday + timedelta(days=7, hours=6))
    issue(seller, policy, now=monday + DAY, content=None)
    while due_at := rehearsal.due_at:
        assert answer_next_rehearsal(clock=partial(at, due_at))
        rehearsal.refresh_from_db()
    assert (rehearsal.state, rehearsal.due_at) == (Rehearsal.State.DONE, None)
    weeks = rehearsal.weeks.values_list("starts_at", "imposed", "today", "proposed", "newly", "freed")
    assert list(weeks) == [(monday, 0, 0, 1, 1, 0), (monday + 7 * DAY, 0, 0, 0, 1, 0)]
    assert str(rehearsal.weeks.all()[0]) == "Week of 2026-11-23"


def test_shadow_is_stopped_and_its_weeks_stay(market: Market, policy: Policy, lead: User) -> None:
    rehearsal = ask(market, points={policy: 12}, shadow_weeks=2)
    with pytest.raises(Refused, match="not in shadow"):
        stop_shadow(rehearsal=rehearsal, stopped_by=lead, now=NOW)
    answer_next_rehearsal(clock=lambda: NOW)
    stopped = stop_shadow(rehearsal=rehearsal, stopped_by=lead, now=NOW + DAY)
    assert (stopped.state, stopped.stopped_at) == (Rehearsal.State.DONE, NOW + DAY)
    assert not answer_next_rehearsal(clock=lambda: NOW + 90 * DAY)


def test_rehearsal_that_fails_is_tried_again_and_given_up_in_the_end(
    market: Market, policy: Policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    rehearsal = ask(market, points={policy: 12})
    Rehearsal.objects.filter(pk=rehearsal.pk).update(numbers={"points_valid_days": "many"})
    for day in range(6):
        answer_next_rehearsal(clock=partial(at, NOW + day * DAY))
    rehearsal.refresh_from_db()
    assert (rehearsal.state, rehearsal.result) == (Rehearsal.State.FAILED, None)
    assert "TypeError" in rehearsal.last_error


# --- In the admin


def add_url(**query: object) -> str:
    return reverse("admin:violations_rehearsal_add", query=query)


def test_staff_rehearse_and_read_the_answer(market: Market, policy: Policy, admin_client: Client) -> None:
    seller = SellerFactory(market=market, name="Cedar")
    for days in (3, 2):
        violate(seller, policy, days=days)
    shown = admin_client.get(reverse("admin:sellers_market_change", args=[market.pk])).text
    assert add_url(market=market.pk) in shown
    fields = fields_of(admin_client.get(add_url(market=market.pk)).text)
    typed = {"question": "Twelve points each?", "policy_0": policy.pk, "policy_points_0": "12", "shadow_weeks": "1"}
    assert admin_client.post(add_url(market=market.pk), {**fields, **typed}).status_code == 302
    rehearsal = Rehearsal.objects.get()
    page = reverse("admin:violations_rehearsal_change", args=[rehearsal.pk])
    assert "It is being replayed" in admin_client.get(page).text
    Rehearsal.objects.update(as_of=NOW)
    answer_next_rehearsal(clock=lambda: rehearsal.asked_at)
    shown = admin_client.get(page).text
    for text in ("Health claims: 12 points a violation.", "Actions by milestone", "In shadow", "By size"):
        assert text in shown
    stop = reverse("admin:violations_rehearsal_stop", args=[rehearsal.pk])
    assert stop in shown
    assert admin_client.post(stop).status_code == 302
    assert stop not in admin_client.get(page).text


def test_answer_names_sellers_only_to_who_may_see_them(market: Market, policy: Policy, client: Client) -> None:
    seller = SellerFactory(market=market, name="Cedar")
    violate(seller, policy, days=3)
    rehearsal = ask(market, points={policy: 12})
    answer_next_rehearsal(clock=lambda: NOW)
    page = reverse("admin:violations_rehearsal_change", args=[rehearsal.pk])
    editor, auditor = person_in("Policy editor"), person_in("Auditor")
    client.force_login(editor)
    shown = client.get(page).text
    assert "1 seller would have been restricted" in shown
    assert "Cedar" not in shown
    client.force_login(auditor)
    assert "Cedar" in client.get(page).text
    assert client.get(add_url(market=market.pk)).status_code == 403


def test_question_starts_from_a_draft(market: Market, policy: Policy, admin_client: Client) -> None:
    version = PolicyVersionFactory(policy=policy, number=2, points=9, published_at=None, effective_from=None)
    SellerFactory(market=market)
    change = draft_rules(
        market=market, numbers={"approach_points": 2}, reason="A law.", effective_from=NOW + 20 * DAY,
        milestones=[{"points": 10, "kind": "warning", "capabilities": [], "duration_days": 3, "notice_days": 1}],
        drafted_by=UserFactory(), now=NOW,
    )  # fmt: skip
    fields = fields_of(admin_client.get(add_url(market=market.pk, version=version.pk, change=change.pk)).text)
    assert (fields["policy_0"], fields["policy_points_0"]) == ([str(policy.pk)], ["9"])
    assert (fields["approach_points"], fields["points_0"], fields["kind_0"]) == (["2"], ["10"], ["warning"])
    assert "Rehearse" in admin_client.get(reverse("admin:violations_ruleschange_change", args=[change.pk])).text
    assert admin_client.get(add_url(market=market.pk, version="x", change="9" * 30)).status_code == 200


def test_policy_and_points_belong_together(market: Market, policy: Policy, admin_client: Client) -> None:
    fields = fields_of(admin_client.get(add_url(market=market.pk)).text) | {"question": "Why?"}
    wrong = {"policy_0": policy.pk, "policy_1": policy.pk, "policy_points_1": "3", "policy_points_2": "1"}
    shown = admin_client.post(add_url(market=market.pk), {**fields, **wrong}).text
    for text in ("Say how many points", "Choose the policy that has", "chosen twice", "Why?"):
        assert text in shown
    twice = {"points_1": fields["points_0"], "kind_1": "warning"}
    assert (
        "Two milestones have the same points" in admin_client.post(add_url(market=market.pk), {**fields, **twice}).text
    )


def test_question_about_one_of_several_markets_has_to_say_of_which(admin_client: Client) -> None:
    one, _ = MarketFactory(), MarketFactory()
    asked = admin_client.get(add_url(version=3)).text
    assert add_url(market=one.pk, version=3).replace("&", "&amp;") in asked
    assert admin_client.get(add_url(market="x")).status_code == 404


def test_draft_of_a_policy_leads_to_its_rehearsal(policy: Policy, admin_client: Client) -> None:
    version = PolicyVersionFactory(policy=policy, number=2, points=9, published_at=None, effective_from=None)
    page = admin_client.get(reverse("admin:policies_policyversion_change", args=[version.pk])).text
    assert add_url(version=version.pk) in page
    published = reverse("admin:policies_policyversion_change", args=[policy.versions.get(number=1).pk])
    assert "?version=" not in admin_client.get(published).text


def test_verdict_says_who_would_have_been_restricted_and_who_spared() -> None:
    assert wording.verdict({"newly": 1, "freed": 0}) == "1 seller would have been restricted who was not."
    assert wording.verdict({"newly": 0, "freed": 2}) == "2 sellers would have been spared."
    both = wording.verdict({"newly": 1_000, "freed": 1})
    assert both == "1,000 sellers would have been restricted who were not. 1 seller would have been spared."
    assert wording.verdict({"newly": 0, "freed": 0}).startswith("Nobody")
