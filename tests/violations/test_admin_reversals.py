"""Staff pages of mass reversals: filter, preview, confirmation, progress, and who did what."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from audit.models import AuditEntry
from healthportal.roles import AUDITOR, INCIDENT_LEAD, REVIEWER
from sellers.models import Market
from tests.factories import (
    MarketFactory,
    MemberFactory,
    PolicyFactory,
    SellerFactory,
    draft,
    issue,
    person_in,
)
from tests.locks import wait_until_somebody_waits_for_a_lock
from tests.violations.reversing import REASON, draft_mass, run_mass, start_mass
from tests.violations.test_admin import history, split, url
from violations.models import MassReversal, Violation
from violations.services import issue_violation

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead(client: Client) -> User:
    user = person_in(INCIDENT_LEAD)
    client.force_login(user)
    return user


@pytest.fixture
def market() -> Market:
    return MarketFactory()


def some(market: Market, count: int = 1, **fields: Any) -> list[Violation]:
    policy = PolicyFactory(points=2)
    sellers = SellerFactory.create_batch(count, market=market)
    return [issue(seller, policy, now=timezone.now(), **fields) for seller in sellers]


def page(name: str, reversal: MassReversal) -> str:
    return url("massreversal", name, reversal.pk)


def test_from_the_filter_by_the_preview_to_the_start(client: Client, lead: User, market: Market) -> None:
    some(market, 3)
    sent = {"market": market.pk, "incident": "INC-7", "detection": "staff"}
    response = client.post(url("massreversal", "add"), sent, follow=True)
    reversal = MassReversal.objects.get()
    assert response.redirect_chain[-1][0] == page("start", reversal)
    assert response.context["preview"].violations == 3
    assert Violation.objects.standing().count() == 3

    response = client.post(page("start", reversal), {"reason": REASON, "confirmed": "2"})
    assert response.context["form"].errors == {"confirmed": ["It would void 3 violations: type that number."]}
    response = client.post(page("start", reversal), {"reason": REASON, "confirmed": "3"}, follow=True)
    reversal.refresh_from_db()
    assert (reversal.state, reversal.started_by, reversal.reason) == (MassReversal.State.RUNNING, lead, REASON)
    assert "0 of 3 violations voided" in response.content.decode()
    assert history(client, "massreversal", reversal.pk)[::-1] == [
        (lead.pk, f"Drafted: market {market}; how it was found Found by staff. Incident: INC-7"),
        (
            lead.pk,
            f"Started: market {market}; how it was found Found by staff. Violations to void: 3 of 3 sellers. "
            f"Reason: {REASON} Incident: INC-7",
        ),
    ]
    again = client.get(page("start", reversal))
    assert again.headers["Location"] == page("change", reversal)


def test_filter_keeps_everything_that_was_named(client: Client, lead: User, market: Market) -> None:
    version = PolicyFactory().versions.get()
    now = timezone.now().replace(microsecond=0)
    sent = {
        "market": market.pk, "incident": "INC-7", "policy": version.policy_id, "policy_version": version.pk,
        "source": "API token feed", "detection": "automated", "automated": "yes",
        **split("issued_from", now - timedelta(days=2)), **split("issued_until", now),
        **split("recorded_from", now - timedelta(days=1)), **split("recorded_until", now),
    }  # fmt: skip
    client.post(url("massreversal", "add"), sent)
    reversal = MassReversal.objects.get()
    assert (reversal.policy, reversal.policy_version, reversal.automated) == (version.policy, version, True)
    assert (reversal.issued_from, reversal.recorded_until) == (now - timedelta(days=2), now)

    form = client.get(page("redraft", reversal)).context["form"]
    assert form["automated"].value() == "yes"
    assert form["policy_version"].value() == version.pk
    client.post(page("redraft", reversal), sent | {"automated": "", "policy_version": ""})
    reversal.refresh_from_db()
    assert (reversal.automated, reversal.policy_version) == (None, None)
    assert [note[:9] for _, note in history(client, "massreversal", reversal.pk)] == ["Changed t", "Drafted: "]


def test_filter_suggests_the_sources_of_late_and_takes_any(client: Client, lead: User, market: Market) -> None:
    violation = some(market)[0]
    for source in ("import <may>.csv", "API token feed", "API token feed"):
        issue_violation(
            market=market, draft=draft(violation.seller, violation.policy), source=source, now=timezone.now()
        )
    text = client.get(url("massreversal", "add")).text
    assert text.count('list="source-suggestions"') == text.count('<datalist id="source-suggestions">') == 1
    offered = re.findall('<option value="([^"]*)"></option>', text)
    assert offered == ["API token feed", "import &lt;may&gt;.csv", "test"]
    sent = {"market": market.pk, "incident": "INC-7", "source": "import of another year.csv"}
    client.post(url("massreversal", "add"), sent)
    assert MassReversal.objects.get().source == "import of another year.csv"


def test_filter_that_names_only_the_market_is_refused_at_the_field(client: Client, lead: User, market: Market) -> None:
    response = client.post(url("massreversal", "add"), {"market": market.pk, "incident": "INC-7"})
    assert list(response.context["form"].errors) == ["policy"]
    assert not MassReversal.objects.exists()


def test_preview_shows_what_is_left_alone_and_an_empty_set(client: Client, lead: User, market: Market) -> None:
    some(market)
    run_mass(start_mass(market, now=timezone.now()), now=timezone.now())
    body = client.get(page("start", draft_mass(market, now=timezone.now()))).content.decode()
    assert "1 matching violation is voided already and left alone." in body
    assert "No violation that stands matches." in body


def test_stop_and_resume_are_noted(client: Client, lead: User, market: Market) -> None:
    some(market)
    reversal = start_mass(market, now=timezone.now())
    client.post(page("stop", reversal))
    body = client.get(page("change", reversal)).content.decode()
    assert f"by <bdi>{lead}</bdi>" in body
    client.post(page("resume", reversal))
    reversal.refresh_from_db()
    assert reversal.state == MassReversal.State.RUNNING
    assert history(client, "massreversal", reversal.pk)[:2] == [
        (lead.pk, f"Resumed after 0 violations. Incident: {reversal.incident}"),
        (lead.pk, f"Stopped after 0 violations. Incident: {reversal.incident}"),
    ]
    response = client.post(page("resume", reversal))
    assert response.context["form"].non_field_errors() == ["This mass reversal is not stopped: running."]


@pytest.mark.django_db(transaction=True)
def test_stopping_notes_nothing_of_the_batch_that_was_waited_for(client: Client) -> None:
    person, reversal = person_in(INCIDENT_LEAD), start_mass(some(MarketFactory(), 2)[0].market)
    client.force_login(person)
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():  # as a worker at a batch does
            MassReversal.objects.select_for_update(no_key=True).get(pk=reversal.pk)
            stopped = pool.submit(client.post, page("stop", reversal))
            wait_until_somebody_waits_for_a_lock()
            MassReversal.objects.filter(pk=reversal.pk).update(violations_voided=1, sellers_told=1, last_seller_id=7)
        assert stopped.result().status_code == 302
        pool.submit(lambda: connection.close()).result()
    entry = AuditEntry.objects.get(action="stop")
    assert entry.note == f"Stopped after 1 violation. Incident: {reversal.incident}"
    assert [change["field"] for change in entry.changes] == ["stopped_at", "stopped_by"]


def test_page_shows_why_a_batch_failed(client: Client, lead: User, market: Market) -> None:
    some(market)
    reversal = start_mass(market, now=timezone.now())
    MassReversal.objects.filter(pk=reversal.pk).update(attempts=1, last_error="OperationalError: disk full")
    assert "OperationalError: disk full" in client.get(page("change", reversal)).content.decode()


def test_draft_can_be_thrown_away_and_what_was_started_cannot(client: Client, lead: User, market: Market) -> None:
    some(market)
    draft, started = draft_mass(market), start_mass(market, now=timezone.now())
    assert client.post(page("delete", draft), {"post": "yes"}).status_code == 302
    assert client.post(page("delete", started), {"post": "yes"}).status_code == 403
    assert MassReversal.objects.get() == started


def test_done_reversal_leads_to_its_violations_and_they_lead_back(client: Client, lead: User, market: Market) -> None:
    voided, _ = some(market, 2)
    reversal = run_mass(start_mass(market, now=timezone.now()), now=timezone.now())
    tools = client.get(page("change", reversal)).context["tools"]
    assert [tool.label for tool in tools] == ["The violations it voided"]
    assert client.get(tools[0].url).context["cl"].result_count == 2
    body = client.get(url("violation", "change", voided.pk)).content.decode()
    assert page("change", reversal) in body


def test_violation_offers_to_void_all_like_it(client: Client, lead: User, market: Market) -> None:
    (violation,) = some(market)
    tools = client.get(url("violation", "change", violation.pk)).context["tools"]
    (tool,) = [tool for tool in tools if tool.label == "Void all like it"]
    form = client.get(tool.url).context["form"]
    assert form["market"].value() == str(market.pk)
    assert form["policy"].value() == str(violation.policy.pk)
    assert (form["source"].value(), form["detection"].value()) == ("test", "staff")


@pytest.mark.parametrize("role", [REVIEWER, AUDITOR])
def test_others_read_and_do_nothing(client: Client, market: Market, role: str) -> None:
    user = person_in(role)
    client.force_login(user)
    (violation,) = some(market)
    draft, running = draft_mass(market, now=timezone.now()), start_mass(market, now=timezone.now())
    assert client.get(page("change", draft)).context["preview"].violations == 1
    assert client.get(page("change", running)).context["tools"] == []
    for name in ["start", "redraft", "stop", "resume", "delete"]:
        for reversal in (draft, running):
            assert client.post(page(name, reversal), {"post": "yes"}).status_code == 403
    labels = [tool.label for tool in client.get(url("violation", "change", violation.pk)).context["tools"]]
    assert "Void all like it" not in labels


@pytest.mark.parametrize("count", [1, 3])
def test_list_takes_the_same_queries(client: Client, lead: User, count: int, django_assert_num_queries: Any) -> None:
    for market in MarketFactory.create_batch(count):
        some(market)
        start_mass(market, now=timezone.now())
    with django_assert_num_queries(8):
        assert client.get(url("massreversal", "changelist")).status_code == 200


def test_list_can_be_filtered_by_state(client: Client, lead: User, market: Market) -> None:
    some(market)
    draft, running = draft_mass(market, now=timezone.now()), start_mass(market, now=timezone.now())
    for state, expected in [("draft", [draft]), ("running", [running]), ("stopped", []), ("done", [])]:
        answer = client.get(url("massreversal", "changelist", state=state))
        assert list(answer.context["cl"].queryset) == expected


def test_seller_sees_that_it_was_voided_together_with_others(client: Client, market: Market) -> None:
    member = MemberFactory(seller__market=market)
    violation = issue(member.seller, PolicyFactory(), now=timezone.now())
    run_mass(start_mass(market, now=timezone.now()), now=timezone.now())
    client.force_login(member.user)
    body = client.get(violation.get_absolute_url()).content.decode()
    assert "Why it was voided, together with others" in body
    assert REASON in body
    assert client.get(reverse("violations:list", args=[member.seller_id]) + "?state=voided").status_code == 200
