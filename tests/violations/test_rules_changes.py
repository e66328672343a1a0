"""The rules of a live market change at a date, with a notice, by two people."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from time_machine import TimeMachineFixture

from accounts.models import User
from audit.models import AuditEntry
from inbox.models import Message
from kit.outcomes import Refused
from reports.selectors import rules_of
from sellers.models import Market, Seller
from sellers.services import change_market, lock_books
from tests.factories import LONG_AGO, NOW, MarketFactory, PolicyFactory, SellerFactory, UserFactory, issue
from tests.forms import fields_of
from tests.locks import background, wait_until_somebody_waits_for_a_lock
from tests.threads import at_once
from violations import tasks
from violations.models import EnforcementAction, Milestone, RulesChange
from violations.selectors import RulesPreview, explain, get_standing, market_rules, preview_rules
from violations.services import (
    announce_rules_batch,
    apply_due_rules,
    approve_rules,
    current_milestones,
    draft_rules,
    withdraw_rules,
)

pytestmark = pytest.mark.django_db

THEN = NOW + timedelta(days=20)
TEN = {"points": 10, "kind": "restriction", "capabilities": ["live"], "duration_days": 3, "notice_days": 2}


@pytest.fixture
def market() -> Market:
    """A market with one seller that has twelve points and one that has six."""
    market, policy = MarketFactory(name="Thailand"), PolicyFactory(points=6)
    for external_id, count in [("twelve", 2), ("six", 1)]:
        seller = SellerFactory(market=market, external_id=external_id, created_at=LONG_AGO)
        for number in range(count):
            issue(seller, policy, external_id=f"{external_id}-{number}", content=None)
    return market


@pytest.fixture
def lead() -> User:
    return UserFactory(name="Lead")


def drafted(market: Market, *, now: datetime = NOW, **fields: Any) -> RulesChange:
    values = {"numbers": {}, "milestones": None, "reason": "A new law.", "effective_from": THEN}
    values |= {"drafted_by": fields.pop("drafted_by", None) or UserFactory()} | fields
    return draft_rules(market=market, now=now, **values)


def in_force(market: Market, as_of: datetime) -> list[int]:
    return list(Milestone.objects.filter(market=market).in_force(as_of=as_of).values_list("points", flat=True))


def test_change_takes_effect_at_its_date_and_not_before(market: Market, lead: User) -> None:
    change = drafted(market, numbers={"points_valid_days": 90, "appeal_days": 30}, milestones=[TEN])
    assert change.numbers == {"points_valid_days": 90}
    assert apply_due_rules(now=THEN) == []  # nobody approved it
    approve_rules(change=change, approved_by=lead, now=NOW)
    assert apply_due_rules(now=THEN - timedelta(seconds=1)) == []
    market.refresh_from_db()
    assert (market.points_valid_days, in_force(market, THEN)) == (180, [12, 24, 36, 48])
    assert apply_due_rules(now=THEN + timedelta(minutes=1)) == [change]
    assert apply_due_rules(now=THEN + timedelta(minutes=1)) == []
    market.refresh_from_db()
    assert market.points_valid_days == 90
    assert (in_force(market, THEN - timedelta(seconds=1)), in_force(market, THEN)) == ([12, 24, 36, 48], [10])
    assert rules_of(market, as_of=THEN - timedelta(days=1))["milestones"][0]["points"] == 12
    assert rules_of(market, as_of=THEN)["milestones"][0]["points"] == 10


def test_numbers_change_alone_and_leave_the_milestones(market: Market, lead: User) -> None:
    approve_rules(change=(change := drafted(market, numbers={"appeal_days": 45})), approved_by=lead, now=NOW)
    assert apply_due_rules(now=THEN) == [change]
    market.refresh_from_db()
    assert (market.appeal_days, in_force(market, THEN)) == (45, [12, 24, 36, 48])


@pytest.mark.django_db(transaction=True)
def test_workers_that_come_together_apply_a_change_once(market: Market, lead: User) -> None:
    approve_rules(change=(change := drafted(market, milestones=[TEN])), approved_by=lead, now=NOW)
    with background() as do:
        with transaction.atomic():
            lock_books(market_id=market.pk)
            workers = [do(lambda: apply_due_rules(now=THEN)) for _ in range(2)]
            wait_until_somebody_waits_for_a_lock(2)
        applied = [worker.result() for worker in workers]
    assert sorted(applied, key=len) == [[], [change]]
    assert in_force(market, THEN) == [10]


def test_milestone_that_was_reached_is_retired_and_keeps_what_it_led_to(market: Market, lead: User) -> None:
    action = EnforcementAction.objects.get(milestone_points=12)
    twelve, *others = current_milestones(market, as_of=NOW)
    change = drafted(market, milestones=others)
    approve_rules(change=change, approved_by=lead, now=NOW)
    apply_due_rules(now=THEN)
    action.refresh_from_db()
    assert (action.milestone.points, action.milestone.in_force_until) == (12, THEN)
    seller = action.seller
    assert get_standing(seller=seller, as_of=THEN - timedelta(hours=1)).reached_milestone == action.milestone
    assert get_standing(seller=seller, as_of=THEN).reached_milestone is None
    again = drafted(market, milestones=[twelve, *others], effective_from=THEN + timedelta(days=30), now=THEN)
    approve_rules(change=again, approved_by=lead, now=THEN)
    apply_due_rules(now=THEN + timedelta(days=30))
    assert in_force(market, THEN + timedelta(days=30)) == [12, 24, 36, 48]


def test_preview_counts_who_would_stand_elsewhere(market: Market) -> None:
    assert preview_rules(change=drafted(market, milestones=[TEN | {"points": 6}]), as_of=NOW) == RulesPreview(
        sellers=2, reached=1, near=0, freed=0
    )
    RulesChange.objects.all().delete()
    change = drafted(market, milestones=[TEN | {"points": 20}], numbers={"approach_points": 14})
    assert preview_rules(change=change, as_of=NOW) == RulesPreview(sellers=2, reached=0, near=2, freed=1)


def test_sellers_are_told_once_it_is_approved_each_once(market: Market, lead: User) -> None:
    change = drafted(market, numbers={"appeal_days": 60})
    assert announce_rules_batch(now=NOW) is None
    approve_rules(change=change, approved_by=lead, now=NOW)
    SellerFactory(market=market, created_at=NOW + timedelta(seconds=1))
    SellerFactory(created_at=LONG_AGO)
    told = []
    while (number := announce_rules_batch(now=NOW, limit=1)) is not None:
        told.append(number)
    assert told == [1, 1, 0]
    messages = Message.objects.filter(kind=Message.Kind.POLICY).order_by("seller_id")
    assert [message.seller.external_id for message in messages] == ["twelve", "six"]
    assert messages[0].subject == "Rules change on 8 Dec 2026"
    assert messages[0].body.split("\n\n") == [
        "The rules of Thailand change on 8 Dec 2026, 07:00 EST.", "Why: A new law.", "Appeal days: 60."
    ]  # fmt: skip
    change.refresh_from_db()
    assert (change.told, change.announced_at) == (2, NOW)


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"numbers": {"appeal_days": 30}}, "", "Nothing would change"),
        ({"reason": " \u200b"}, "reason", "Say why"),
        ({"effective_from": NOW + timedelta(days=14)}, "effective_from", "Sellers have notice"),
        ({"effective_from": NOW + timedelta(days=1831)}, "effective_from", "more than five years away"),
        ({"numbers": {"appeal_days": 0}}, "appeal_days", "greater than or equal to 1"),
        ({"numbers": {"code": "X"}}, "code", "no number of the rules"),
        ({"milestones": [TEN, TEN]}, "milestones", "the same points"),
        ({"milestones": [TEN | {"points": 0}]}, "points", "greater than or equal to 1"),
        ({"milestones": [TEN | {"kind": "exile"}]}, "kind", "not a valid choice"),
    ],
)
def test_draft_that_cannot_be_is_refused(market: Market, fields: dict[str, Any], field: str, words: str) -> None:
    with pytest.raises(Refused, match=words) as refused:
        drafted(market, **{"numbers": {"appeal_days": 60}} | fields)
    assert refused.value.field == field
    assert not RulesChange.objects.exists()
    market.refresh_from_db()
    assert market.appeal_days == 30


def test_second_draft_waits_for_the_first(market: Market, lead: User) -> None:
    change = drafted(market, numbers={"appeal_days": 60})
    with pytest.raises(Refused, match="is open"):
        drafted(market, numbers={"appeal_days": 90})
    withdraw_rules(change=change, withdrawn_by=lead, now=NOW)
    drafted(market, numbers={"appeal_days": 90})


def test_who_drafted_it_does_not_approve_it_nor_anybody_twice(market: Market, lead: User) -> None:
    change = drafted(market, numbers={"appeal_days": 60}, drafted_by=lead)
    with pytest.raises(Refused, match="You proposed this"):
        approve_rules(change=change, approved_by=lead, now=NOW)
    with pytest.raises(Refused, match="Sellers have notice"):
        approve_rules(change=change, approved_by=UserFactory(), now=NOW + timedelta(days=6))
    approve_rules(change=change, approved_by=UserFactory(), now=NOW)
    with pytest.raises(Refused, match="approved"):
        approve_rules(change=change, now=NOW, approved_by=UserFactory())
    assert list(AuditEntry.objects.order_by("id").values_list("action", flat=True)) == ["add", "approve"]


@pytest.mark.parametrize(
    "attack",
    [
        "UPDATE violations_ruleschange SET approved_by_id = drafted_by_id",
        "UPDATE violations_ruleschange SET numbers = '{}'",
        "UPDATE violations_ruleschange SET effective_from = now()",
        "UPDATE violations_ruleschange SET withdrawn_at = '2026-11-19'",
        "UPDATE violations_ruleschange SET withdrawn_at = '2026-11-19', withdraw_reason = E'\\u200b'",
        "UPDATE violations_ruleschange SET withdrawn_at = effective_from, withdraw_reason = 'Too late.'",
        "UPDATE violations_ruleschange SET withdraw_reason = 'Not withdrawn.'",
        "UPDATE violations_ruleschange SET approved_at = NULL, approved_by_id = NULL",
        "DELETE FROM violations_ruleschange",
    ],
)
def test_database_refuses_to_bend_what_is_approved(market: Market, lead: User, attack: str) -> None:
    approve_rules(change=drafted(market, numbers={"appeal_days": 60}), approved_by=lead, now=NOW)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(attack)


@pytest.mark.parametrize("end", ["applied", "withdrawn"])
@pytest.mark.parametrize(
    "attack",
    [
        "UPDATE violations_ruleschange SET withdrawn_at = '2026-11-19', withdraw_reason = 'Too late.'",
        "UPDATE violations_ruleschange SET withdrawn_at = NULL, withdraw_reason = ''",
        "UPDATE violations_ruleschange SET applied_at = effective_from + interval '1 second'",
        "UPDATE violations_ruleschange SET numbers_before = '{\"appeal_days\": 7}'",
    ],
)
def test_database_refuses_to_bend_what_came_or_was_withdrawn(market: Market, lead: User, attack: str, end: str) -> None:
    change = drafted(market, numbers={"appeal_days": 60})
    approve_rules(change=change, approved_by=lead, now=NOW)
    if end == "applied":
        apply_due_rules(now=THEN)
    else:
        withdraw_rules(change=change, reason="The law was not passed.", withdrawn_by=lead, now=NOW)
    before = RulesChange.objects.values().get()
    with suppress(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(attack)
    assert RulesChange.objects.values().get() == before


# --- The past


def changed(market: Market, *, at: datetime, **fields: Any) -> None:
    """A change of the market's rules that took effect at a moment."""
    before = at - timedelta(days=20)
    market.refresh_from_db()
    change = drafted(market, effective_from=at, now=before, **fields)
    approve_rules(change=change, approved_by=UserFactory(), now=before)
    assert apply_due_rules(now=at + timedelta(hours=1)) == [change]


def test_past_is_explained_by_the_numbers_that_were_in_force_then(market: Market) -> None:
    days = [THEN + timedelta(days=30 * number) for number in range(3)]
    changed(market, at=days[0], numbers={"approach_points": 1, "rewarded_passes_per_month": 1})
    changed(market, at=days[1], numbers={"approach_points": 9}, milestones=[TEN | {"points": 15}])
    changed(market, at=days[2], numbers={"approach_points": 2, "points_expiry": "quarter"})
    market.refresh_from_db()
    instant = timedelta(microseconds=1)
    moments = [days[0] - instant, days[0], days[1] - instant, days[1], days[2] - instant, days[2]]
    found = [market_rules(market, as_of=at) for at in moments]
    assert [then.approach_points for then in found] == [5, 1, 1, 9, 9, 2]
    assert [then.rewarded_passes_per_month for then in found] == [3, 1, 1, 1, 1, 1]
    assert [then.points_expiry for then in found] == ["rolling"] * 5 + ["quarter"]
    assert [rules_of(market, as_of=at)["approach_points"] for at in moments] == [5, 1, 1, 9, 9, 2]
    assert market.approach_points == 2
    seller = Seller.objects.get(external_id="six")
    told = [explain(seller=seller, as_of=at, now=days[2] + timedelta(days=1)).standing for at in moments]
    assert [(one.total, one.next_milestone.points, one.is_approaching) for one in told if one.next_milestone] == [
        (6, 12, False), (6, 12, False), (6, 12, False), (6, 15, True), (6, 15, True), (6, 15, False),
    ]  # fmt: skip


def test_withdrawn_change_and_one_that_waits_are_no_past(market: Market, lead: User) -> None:
    change = drafted(market, numbers={"appeal_days": 60})
    approve_rules(change=change, approved_by=lead, now=NOW)
    withdraw_rules(change=change, reason="The law was not passed.", withdrawn_by=lead, now=NOW)
    approve_rules(change=drafted(market, numbers={"appeal_days": 90}), approved_by=lead, now=NOW)
    assert [market_rules(market, as_of=at).appeal_days for at in (NOW, THEN)] == [30, 30]


# --- Withdrawing


def test_withdrawn_change_does_not_come_and_those_who_were_told_of_it_are_told(market: Market, lead: User) -> None:
    change = drafted(market, numbers={"appeal_days": 60})
    approve_rules(change=change, approved_by=lead, now=NOW)
    assert announce_rules_batch(now=NOW, limit=1) == 1
    withdraw_rules(change=change, reason="The law was not passed.", withdrawn_by=lead, now=THEN - timedelta(seconds=1))
    assert apply_due_rules(now=THEN + timedelta(days=1)) == []
    told = []
    while (number := announce_rules_batch(now=THEN, limit=1)) is not None:
        told.append(number)
    assert told == [1, 0]
    messages = Message.objects.filter(kind=Message.Kind.POLICY).order_by("id")
    assert [message.seller.external_id for message in messages] == ["twelve", "twelve"]
    assert [message.subject for message in messages] == [
        "Rules change on 8 Dec 2026", "Rules do not change on 8 Dec 2026"
    ]  # fmt: skip
    assert messages[1].body.split("\n\n") == [
        "The rules of Thailand stay as they are: the change of 8 Dec 2026, 07:00 EST does not come.",
        "Why: The law was not passed.",
    ]
    change.refresh_from_db()
    market.refresh_from_db()
    assert (change.state, change.told, change.told_of_withdrawal, market.appeal_days) == ("withdrawn", 1, 1, 30)
    trail = AuditEntry.objects.filter(action="withdraw").get()
    assert (trail.actor, trail.note) == (lead.email, "Withdrawn: The law was not passed.")
    drafted(market, numbers={"appeal_days": 90})


def test_nobody_is_told_of_what_was_withdrawn_before(market: Market, lead: User) -> None:
    change = drafted(market, numbers={"appeal_days": 60})
    approve_rules(change=change, approved_by=lead, now=NOW)
    withdraw_rules(change=change, reason="The law was not passed.", withdrawn_by=lead, now=NOW)
    assert [announce_rules_batch(now=NOW), announce_rules_batch(now=NOW)] == [0, None]
    assert not Message.objects.filter(kind=Message.Kind.POLICY).exists()


@pytest.mark.parametrize("applied", [True, False])
def test_change_whose_date_has_come_is_not_withdrawn(market: Market, lead: User, applied: bool) -> None:
    change = drafted(market, numbers={"appeal_days": 60})
    approve_rules(change=change, approved_by=lead, now=NOW)
    if applied:
        apply_due_rules(now=THEN)
    with pytest.raises(Refused, match="Its date has come"):
        withdraw_rules(change=change, reason="Too late.", withdrawn_by=lead, now=THEN)


def test_withdrawing_what_is_approved_asks_for_a_reason_and_happens_once(market: Market, lead: User) -> None:
    change = drafted(market, numbers={"appeal_days": 60})
    approve_rules(change=change, approved_by=lead, now=NOW)
    with pytest.raises(Refused, match="Say why") as refused:
        withdraw_rules(change=change, reason=" \u200b", withdrawn_by=lead, now=NOW)
    assert refused.value.field == "reason"
    withdraw_rules(change=change, reason="The law was not passed.", withdrawn_by=lead, now=NOW)
    with pytest.raises(Refused, match="withdrawn before"):
        withdraw_rules(change=change, reason="Again.", withdrawn_by=lead, now=NOW)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("attempt", range(4))
def test_change_that_is_withdrawn_at_the_moment_it_is_due_comes_or_does_not(attempt: int) -> None:
    market, lead = MarketFactory(), UserFactory()
    SellerFactory(market=market, created_at=LONG_AGO)
    change = drafted(market, numbers={"appeal_days": 60})
    approve_rules(change=change, approved_by=lead, now=NOW)
    announce_rules_batch(now=NOW)
    turns = iter([True, False])

    def withdraw_or_apply() -> bool:
        if not next(turns):
            return bool(apply_due_rules(now=THEN))
        try:
            reason, just_before = "The law was not passed.", THEN - timedelta(microseconds=1)
            return bool(withdraw_rules(change=change, reason=reason, withdrawn_by=lead, now=just_before))
        except Refused:
            return False

    assert sorted(at_once(2, withdraw_or_apply)) == [False, True]
    change.refresh_from_db()
    market.refresh_from_db()
    assert (change.applied_at is None) == (change.withdrawn_at is not None)
    assert market.appeal_days == (60 if change.applied_at else 30)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("attempt", range(4))
def test_change_that_is_withdrawn_while_sellers_are_told_is_taken_back_from_exactly_those(attempt: int) -> None:
    market, lead = MarketFactory(), UserFactory()
    for _ in range(6):
        SellerFactory(market=market, created_at=LONG_AGO)
    change = drafted(market, numbers={"appeal_days": 60})
    approve_rules(change=change, approved_by=lead, now=NOW)
    turns = iter([True, False, False])

    def withdraw_or_tell() -> None:
        if next(turns):
            withdraw_rules(change=change, reason="The law was not passed.", withdrawn_by=lead, now=NOW)
        else:
            for _ in range(5):
                announce_rules_batch(now=NOW, limit=1)

    at_once(3, withdraw_or_tell)
    while announce_rules_batch(now=NOW, limit=1) is not None:
        pass
    told = Message.objects.filter(template="rules_changed").values_list("seller", flat=True)
    of_withdrawal = Message.objects.filter(template="rules_change_withdrawn").values_list("seller", flat=True)
    assert sorted(told) == sorted(of_withdrawal)
    assert len(set(told)) == len(told)


def test_nobody_is_told_of_a_draft(market: Market) -> None:
    change = drafted(market, numbers={"appeal_days": 60})
    with pytest.raises(IntegrityError, match="rules_change_told_once_approved"), transaction.atomic():
        RulesChange.objects.filter(pk=change.pk).update(due_at=NOW)


def test_rules_of_a_market_with_sellers_do_not_change_in_one_step(market: Market) -> None:
    with pytest.raises(Refused, match="draft a change") as refused:
        change_market(market=market, changes={"appeal_days": 60}, now=NOW)
    assert refused.value.field == "appeal_days"
    change_market(market=market, changes={"name": "Siam"}, now=NOW)
    change_market(market=MarketFactory(), changes={"appeal_days": 60}, now=NOW)


def test_worker_tells_and_applies(market: Market, lead: User) -> None:
    tasks.change_rules()
    change = drafted(market, numbers={"appeal_days": 60})
    approve_rules(change=change, approved_by=lead, now=NOW)
    tasks.change_rules()
    assert Message.objects.filter(kind=Message.Kind.POLICY).count() == 2


# --- The pages


def test_staff_draft_preview_and_approve_in_the_admin(
    market: Market, client: Client, time_machine: TimeMachineFixture
) -> None:
    time_machine.move_to(NOW)
    first, second = (UserFactory(is_staff=True, is_superuser=True) for _ in range(2))
    client.force_login(first)
    shown = client.get(reverse("admin:sellers_market_change", args=[market.pk])).text
    add = reverse("admin:violations_ruleschange_add", query={"market": market.pk})
    assert add.replace("&", "&amp;") in shown
    assert 'name="appeal_days"' not in shown
    assert 'name="milestones-0-points"' not in shown
    then = timezone.now() + timedelta(days=30)
    fields = fields_of(client.get(add).text)
    typed = {"effective_from_0": f"{then:%Y-%m-%d}", "effective_from_1": "00:00:00", "reason": "A new law."}
    page = client.post(add, {**fields, **typed, "points_0": "10", "points_3": ""})
    assert page.status_code == 302, page.context["form"].errors
    change = RulesChange.objects.get()
    assert [row["points"] for row in change.milestones] == [10, 24, 36]
    shown = client.get(reverse("admin:violations_ruleschange_change", args=[change.pk])).text
    assert "Of 2 sellers with points" in shown
    approve = reverse("admin:violations_ruleschange_approve", args=[change.pk])
    assert "You proposed this" in client.post(approve).text
    client.force_login(second)
    assert "Of 2 sellers with points" in client.get(approve).text
    assert client.post(approve).status_code == 302
    change.refresh_from_db()
    assert change.approved_by == second


def test_form_keeps_what_was_typed_when_it_is_refused(market: Market, admin_client: Client) -> None:
    add = reverse("admin:violations_ruleschange_add", query={"market": market.pk})
    typed = {"effective_from_0": "2020-01-01", "effective_from_1": "00:00:00", "reason": "Typed.", "appeal_days": "60"}
    page = admin_client.post(add, {**fields_of(admin_client.get(add).text), **typed})
    assert "Sellers have notice" in page.text
    assert fields_of(page.text)["reason"] == ["Typed."]


@pytest.mark.parametrize("market", ["", "x", "9" * 30, "-1", "0"])
def test_change_of_no_market_is_not_found(admin_client: Client, market: str) -> None:
    assert admin_client.get(reverse("admin:violations_ruleschange_add", query={"market": market})).status_code == 404


def test_change_of_one_of_several_markets_has_to_say_of_which(admin_client: Client) -> None:
    add = reverse("admin:violations_ruleschange_add")
    MarketFactory()
    assert admin_client.get(add).status_code == 200
    MarketFactory()
    page = admin_client.get(add, follow=True)
    assert page.redirect_chain == [(reverse("admin:sellers_market_changelist"), 302)]
    assert "Choose the market whose rules are to change" in page.text


def test_draft_is_withdrawn(market: Market, admin_client: Client) -> None:
    change = drafted(market, numbers={"appeal_days": 60})
    assert admin_client.post(reverse("admin:violations_ruleschange_withdraw", args=[change.pk])).status_code == 302
    change.refresh_from_db()
    assert change.state == "withdrawn"


def test_approved_change_is_withdrawn_in_the_admin_with_a_reason(
    market: Market, lead: User, admin_client: Client
) -> None:
    then = timezone.now() + timedelta(days=30)
    change = drafted(market, numbers={"appeal_days": 60}, effective_from=then, now=timezone.now())
    approve_rules(change=change, approved_by=lead, now=timezone.now())
    announce_rules_batch(now=timezone.now())
    withdraw = reverse("admin:violations_ruleschange_withdraw", args=[change.pk])
    record = reverse("admin:violations_ruleschange_change", args=[change.pk])
    assert withdraw in admin_client.get(record).text
    page = admin_client.get(withdraw)
    assert "2 sellers were told of it so far, and will be told that it does not come." in page.text
    assert "This field is required" in admin_client.post(withdraw, {"reason": ""}).text
    assert admin_client.post(withdraw, {"reason": "The law was not passed."}).status_code == 302
    change.refresh_from_db()
    assert (change.state, change.withdraw_reason) == ("withdrawn", "The law was not passed.")
    shown = admin_client.get(record).text
    assert withdraw not in shown
    assert "The law was not passed." in shown


def test_market_with_sellers_is_not_deleted_and_its_page_says_why(
    market: Market, admin_client: Client, django_assert_max_num_queries: Any
) -> None:
    url = reverse("admin:sellers_market_delete", args=[market.pk])
    with django_assert_max_num_queries(4):  # session, person, market, and in one what it has
        assert "Sellers that are there" in admin_client.get(url).text
    admin_client.post(url, {"post": "yes"})
    listed = reverse("admin:sellers_market_changelist")
    sent = {"action": "delete_selected", "_selected_action": [market.pk]}
    admin_client.post(listed, sent)
    assert Market.objects.filter(pk=market.pk).exists()
    assert admin_client.get(reverse("admin:sellers_market_delete", args=[MarketFactory().pk])).status_code == 200


def test_change_of_one_market_leaves_another_alone(market: Market, lead: User) -> None:
    other = MarketFactory(name="Vietnam")
    open_there = drafted(other, milestones=[TEN | {"points": 15}])
    change = drafted(market, milestones=[TEN], reason=" A new law.\n")
    assert change.reason == "A new law."
    approve_rules(change=change, approved_by=lead, now=NOW)
    assert apply_due_rules(now=THEN) == [change]
    assert (in_force(market, THEN), in_force(other, THEN)) == ([10], [12, 24, 36, 48])
    assert [row["points"] for row in current_milestones(other, as_of=THEN)] == [12, 24, 36, 48]
    withdraw_rules(change=open_there, withdrawn_by=lead, now=THEN)
    assert apply_due_rules(now=THEN + timedelta(days=60)) == []


def test_change_takes_effect_as_early_as_the_notice_lets_it(market: Market, lead: User) -> None:
    earliest = NOW + timedelta(days=market.policy_notice_days)
    with pytest.raises(Refused):
        drafted(market, numbers={"appeal_days": 45}, effective_from=earliest - timedelta(microseconds=1))
    change = drafted(market, numbers={"appeal_days": 45}, effective_from=earliest)
    approve_rules(change=change, approved_by=lead, now=NOW)
    assert apply_due_rules(now=earliest) == [change]


def test_withdrawn_change_is_not_applied_though_its_date_comes(market: Market, lead: User) -> None:
    change = drafted(market, numbers={"appeal_days": 45})
    approve_rules(change=change, approved_by=lead, now=NOW)
    withdraw_rules(change=change, withdrawn_by=lead, now=NOW, reason=" Not needed. ")
    assert apply_due_rules(now=THEN) == []
    change.refresh_from_db()
    assert (change.withdraw_reason, change.applied_at) == ("Not needed.", None)


def test_each_step_of_a_change_is_in_the_trail_with_what_it_changed(market: Market, lead: User) -> None:
    author = UserFactory()
    change = drafted(market, numbers={"appeal_days": 45}, drafted_by=author)
    approve_rules(change=change, approved_by=lead, now=NOW)
    withdraw_rules(change=change, withdrawn_by=author, now=NOW, reason="Not needed.")
    entries = AuditEntry.objects.filter(kind="violations.ruleschange", object_id=str(change.pk)).order_by("pk")
    assert [(entry.person, entry.action, entry.note) for entry in entries] == [
        (author, "add", "Drafted: A new law."),
        (lead, "approve", "Approved."),
        (author, "withdraw", "Withdrawn: Not needed."),
    ]
    changed = [{change["field"] for change in entry.changes} for entry in entries]
    assert {"numbers", "reason", "effective_from"} <= changed[0]
    assert changed[1:] == [{"approved_by", "approved_at"}, {"withdrawn_at", "withdraw_reason"}]
