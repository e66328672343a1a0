"""Two people let one do more alone in a market, or one with a reason that the others read; one person lets nobody."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from audit.models import AuditEntry, LoneDecision
from healthportal.workbench.selectors import needs_of
from kit.outcomes import Refused
from kit.second_person import OwnProposal
from sellers.models import ControlsProposal, Market
from sellers.rules import lets_do_more
from sellers.services import change_market, decide_controls, propose_controls
from tests.factories import NOW, MarketFactory, SellerFactory, UserFactory
from tests.forms import fields_of
from tests.quizzes.test_models import refuses
from tests.threads import together

pytestmark = pytest.mark.django_db
WHY = "Nobody else is at work before Monday."


def boss() -> User:
    user: User = UserFactory(is_staff=True, is_superuser=True)
    return user


@pytest.fixture
def market() -> Market:
    market: Market = MarketFactory(upload_second_person_above=200)
    SellerFactory(market=market)
    return market


def numbers(uploads: int | None, reversals: int | None = None) -> dict[str, int | None]:
    return {"upload_second_person_above": uploads, "reversal_second_person_above": reversals}


def proposed(market: Market, by: User, **changes: Any) -> ControlsProposal:
    sent = {"controls": numbers(500), "reason": "A large sale.", **changes}
    return propose_controls(market=market, **sent, proposed_by=by, now=timezone.now())


def decide(proposal: ControlsProposal, by: User, *, is_approved: bool = True, why: str = "") -> ControlsProposal:
    return decide_controls(
        proposal=proposal, is_approved=is_approved, decided_by=by, now=timezone.now(), alone_reason=why
    )


def held(market: Market) -> tuple[int | None, int | None]:
    market.refresh_from_db()
    return market.upload_second_person_above, market.reversal_second_person_above


@pytest.mark.parametrize(
    ("before", "after", "more"),
    [(5, 6, True), (5, None, True), (0, 1, True), (5, 5, False), (5, 4, False), (None, 5, False), (None, None, False)],
)
def test_one_person_does_more_above_a_higher_number_or_none(before: int | None, after: int | None, more: bool) -> None:
    assert lets_do_more(before, after) is more


def test_more_is_proposed_by_one_and_approved_by_another(market: Market) -> None:
    by, other = boss(), boss()
    proposal = proposed(market, by)
    assert held(market) == (200, None)
    with pytest.raises(OwnProposal):
        decide(proposal, by)
    decide(proposal, other)
    assert held(market) == (500, None)
    assert decide(proposal, by, is_approved=False).approved is True
    proposing, deciding = AuditEntry.objects.order_by("pk")
    assert proposing.note == "Proposed that one person may do more: A large sale."
    assert deciding.note == "Approved: one person may do more."
    assert deciding.changes == [{"field": "upload_second_person_above", "from": 200, "to": 500}]


def test_declined_proposal_changes_nothing_and_another_goes_alone(market: Market) -> None:
    by, other = boss(), boss()
    decide(proposed(market, by), by, is_approved=False)
    assert held(market) == (200, None)
    decide(proposed(market, by, controls=numbers(None)), by, why=WHY)
    assert held(market) == (None, None)
    assert LoneDecision.objects.get().entry.note == WHY
    assert [found.need.name for found in needs_of(other, now=timezone.now())] == ["lone_decisions"]


def test_what_is_no_proposal_is_refused(market: Market) -> None:
    by = boss()
    with pytest.raises(Refused, match="Say why"):
        proposed(market, by, reason=" ")
    with pytest.raises(Refused, match="lets nobody do more"):
        proposed(market, by, controls=numbers(100, 7))
    with pytest.raises(Refused, match="less than or equal to"):
        proposed(market, by, controls=numbers(2**31))
    proposed(market, by)
    with pytest.raises(Refused, match="waits already"):
        proposed(market, by)


def test_one_person_lets_nobody_do_more(market: Market) -> None:
    with pytest.raises(Refused, match="It lets one person do more"):
        change_market(market=market, changes=numbers(201), now=NOW)
    change_market(market=market, changes=numbers(100, 7), now=NOW)
    assert held(market) == (100, 7)
    empty = MarketFactory(upload_second_person_above=1)
    change_market(market=empty, changes=numbers(None), now=NOW)
    assert held(empty) == (None, None)


def test_database_lets_nobody_do_more_than_was_approved(market: Market) -> None:
    by = boss()
    more = "UPDATE sellers_market SET upload_second_person_above = %s WHERE id = %s"
    for number in (201, None):
        refuses("controls_approved", more, number, market.pk)
    proposal = proposed(market, by)
    refuses("controls_approved", more, 500, market.pk)
    sql = "UPDATE sellers_controlsproposal SET decided_by_id = %s, decided_at = now(), approved = true WHERE id = %s"
    refuses("controls_approved_by_another", sql, by.pk, proposal.pk)
    refuses("controls_decision_is_whole", "UPDATE sellers_controlsproposal SET approved = true")
    refuses("controls_say_why", "UPDATE sellers_controlsproposal SET reason = ' '")
    refuses("controls_reason_fits", "UPDATE sellers_controlsproposal SET reason = repeat('x', 2001)")
    sql = (
        "INSERT INTO sellers_controlsproposal (market_id, reason, proposed_by_id, proposed_at)"
        " VALUES (%s, 'Why.', %s, now())"
    )
    refuses("controls_one_waits", sql, market.pk, by.pk)
    decide(proposal, boss())
    refuses("controls_approved", more, 501, market.pk)


def test_pages_propose_and_decide(client: Client, market: Market) -> None:
    by, other = boss(), boss()
    client.force_login(by)
    change = reverse("admin:sellers_market_change", args=[market.pk])
    add = reverse("admin:sellers_controlsproposal_add", query={"market": market.pk})
    assert add in client.get(change).text
    sent = fields_of(client.get(change).text)
    assert "somebody else approves it" in client.post(change, sent | {"upload_second_person_above": "201"}).text
    assert client.post(change, sent | {"upload_second_person_above": "150"}).status_code == 302
    assert held(market) == (150, None)
    assert fields_of(client.get(add).text)["upload_second_person_above"] == ["150"]
    more = {"upload_second_person_above": "500", "reversal_second_person_above": "", "reason": "A large sale."}
    assert client.post(add, more).status_code == 302
    page = reverse("admin:sellers_controlsproposal_decide", args=[ControlsProposal.objects.get().pk])
    assert "somebody else has to decide" in client.post(page, {"decision": "approve", "alone_reason": "So."}).text
    client.force_login(other)
    assert f'<a class="button" href="{page}">Decide on it</a>' in client.get("/admin/").text
    assert "Uploads: second person above 500, now 150." in client.get(page).text
    assert client.post(page, {"decision": "approve"}).status_code == 302
    assert held(market) == (500, None)
    assert "Somebody decided on this already." in client.get(page).text
    shown = reverse("admin:sellers_controlsproposal_change", args=[ControlsProposal.objects.get().pk])
    assert "A large sale." in client.get(shown).text


def test_nobody_but_superusers_proposes(client: Client, market: Market) -> None:
    client.force_login(UserFactory(is_staff=True))
    add = reverse("admin:sellers_controlsproposal_add", query={"market": market.pk})
    assert client.get(add).status_code == 403
    client.force_login(boss())
    assert client.get(reverse("admin:sellers_controlsproposal_add")).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_two_approvals_at_once_have_one_effect(market: Market) -> None:
    proposal, people = proposed(market, boss()), [boss() for _ in range(4)]
    together(4, lambda n: decide(proposal, people[n]))
    assert AuditEntry.objects.filter(action="decide").count() == 1
    assert held(market) == (500, None)
