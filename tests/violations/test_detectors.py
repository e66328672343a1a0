"""Detectors: named by what they found, watched, held and settled; the pages of it; attacks with SQL."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from kit.outcomes import Refused, Result
from sellers.models import Market
from sellers.services import lock_books
from tests.api import Caller, results
from tests.factories import (
    MarketFactory,
    MemberFactory,
    PolicyFactory,
    SellerFactory,
    UserFactory,
    draft,
    issue,
    person_in,
)
from tests.locks import background, wait_until_somebody_waits_for_a_lock
from tests.violations.appealing import DENIAL
from violations import tasks
from violations.detectors import selectors
from violations.models import DetectorAlarm, HeldViolation, MassReversal, Violation
from violations.services import (
    deny_appeal,
    drop_held,
    file_appeal,
    grant_appeal,
    hold_detector,
    issue_held,
    issue_violation,
    issue_violations,
    release_detector,
    settle_alarm,
    watch_detectors,
)
from violations.wording import detectors as wording

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def now() -> Any:
    return timezone.now()


@pytest.fixture
def market() -> Market:
    made: Market = MarketFactory(code="US")
    return made


@pytest.fixture
def policy() -> Any:
    return PolicyFactory(code="claims", points=1)


def refuses(constraint: str, sql: str, *params: object) -> None:
    with pytest.raises(IntegrityError) as refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, params)
    assert refused.value.__cause__.diag.constraint_name == constraint  # type: ignore[union-attr]  # it is there


def case(market: Market, policy: Any, *, is_overturned: bool, at: Any, **fields: Any) -> Violation:
    """A violation of a detector with an appeal that is decided at a moment."""
    member = MemberFactory(seller__market=market)
    sent = {"detection": "automated", "detector": "claims-model", **fields}
    violation = issue(member.seller, policy, issued_at=at - DAY, now=at - DAY, **sent)
    appeal = file_appeal(violation=violation, text="It was a quote.", filed_by=member.user, now=at - DAY / 2)
    if is_overturned:
        grant_appeal(appeal=appeal, reason="It was.", decided_by=UserFactory(), now=at)
    else:
        deny_appeal(appeal=appeal, reason=DENIAL, decided_by=UserFactory(), now=at)
    return violation


def incident(market: Market, policy: Any, now: Any, *, cases: int = 5, **fields: Any) -> DetectorAlarm:
    """An alarm that as many overturned cases raised."""
    for number in range(cases):
        case(market, policy, is_overturned=True, at=now - timedelta(minutes=60 - number), **fields)
    assert watch_detectors(now=now) == 1
    return DetectorAlarm.objects.get(market=market, settled_at=None)


def held_one(alarm: DetectorAlarm, policy: Any, now: Any, **fields: Any) -> HeldViolation:
    if not alarm.is_holding:
        alarm = hold_detector(alarm=alarm, held_by=UserFactory(), now=now)
    sent = draft(SellerFactory(market=alarm.market), policy, detection="automated", issued_at=now - DAY, **fields)
    (outcome,) = issue_violations(market=alarm.market, drafts=[sent], source="API token feed", now=now)
    assert outcome.result is Result.HELD
    return HeldViolation.objects.get(external_id=sent.external_id)


# --- What names a detector


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"detection": "automated", "detector": ""}, "detector"),
        ({"detector": "claims-model"}, "detector"),
        ({"detection": "notice", "detector_version": "4"}, "detector_version"),
        ({"detection": "automated", "detector": "x" * 61}, "detector"),
        ({"detection": "automated", "detector": "a\u200bb"}, "detector"),
        ({"detection": "automated", "detector_version": "x" * 41}, "detector_version"),
        ({"detection": "automated", "detector_version": "4\u200b"}, "detector_version"),
    ],
)
def test_what_a_system_found_names_it_and_nothing_else_does(policy: Any, fields: Any, field: str) -> None:
    with pytest.raises(Refused) as refused:
        issue(SellerFactory(), policy, **fields)
    assert refused.value.field == field


def test_database_holds_that_too(policy: Any) -> None:
    violation = issue(SellerFactory(), policy)
    assert (violation.detector, violation.detector_version) == ("", "")
    copy = "INSERT INTO violations_violation SELECT (jsonb_populate_record(one, %s)).* FROM violations_violation one"
    for said in ('{"id": 9, "detection": "automated"}', '{"id": 9, "detector": "x"}'):
        refuses("violation_names_its_detector", copy, said)


def test_calls_and_files_name_the_detector(market: Market, policy: Any, now: Any) -> None:
    seller = SellerFactory(market=market, external_id="shop-1")
    item = {
        "external_id": "V-1", "seller": "shop-1", "policy": "claims", "issued_at": now.isoformat(),
        "facts": "It heals.",
        "detection": "automated", "automated": True, "detector": "claims-model", "detector_version": "4.2",
    }  # fmt: skip
    caller = Caller(market)
    assert results(caller.send("POST", "violations", [item])) == [("V-1", "created", [])]
    named = Violation.objects.get(seller=seller)
    assert (named.detector, named.detector_version) == ("claims-model", "4.2")
    nameless = {key: value for key, value in item.items() if key != "detector"} | {"external_id": "V-2"}
    assert results(caller.send("POST", "violations", [nameless])) == [("V-2", "refused", ["detector"])]


# --- Figures and the alarm


def test_figures_count_by_detector_policy_and_market(market: Market, policy: Any, now: Any) -> None:
    case(market, policy, is_overturned=True, at=now - DAY, detector_version="2")
    case(market, policy, is_overturned=False, at=now - DAY, detector_version="2")
    issue(SellerFactory(market=market), policy, detection="automated", detector_version="2", now=now - DAY)
    issue(SellerFactory(market=market), policy, now=now - DAY)
    (found,) = selectors.detector_figures(markets=[market], since=now - 5 * DAY, until=now)
    counts = (found.issued, found.appealed, found.decided, found.overturned, found.voided, found.reversed)
    assert (found.detector, found.version, found.policy, found.market) == ("claims-model", "2", policy.name, "US")
    assert counts == (3, 2, 2, 1, 1, 0)
    assert found.overturned_interval == pytest.approx((0.094, 0.906), abs=0.001)
    assert selectors.detector_figures(markets=[], since=now - 5 * DAY, until=now) == []
    assert selectors.detector_figures(markets=[market], since=now, until=now + DAY) == []


def test_jump_raises_one_alarm_that_drafts_a_reversal_and_voids_nothing(market: Market, policy: Any, now: Any) -> None:
    for number in range(3):
        case(market, policy, is_overturned=False, at=now - timedelta(minutes=90 - number))
    alarm = incident(market, policy, now, detector_version="2")
    assert (alarm.detector, alarm.cases, alarm.overturned) == ("claims-model", 5, 5)
    reversal = MassReversal.objects.get()
    assert (reversal, reversal.created_by, reversal.state) == (alarm.reversal, None, MassReversal.State.DRAFT)
    assert (reversal.detector, reversal.detector_version, reversal.issued_from) == ("claims-model", "2", alarm.since)
    assert "5 of 5 appeals decided in a row were granted" in reversal.incident
    assert watch_detectors(now=now) == 0


def test_few_or_denied_appeals_raise_nothing(market: Market, policy: Any, now: Any) -> None:
    case(market, policy, is_overturned=True, at=now - timedelta(minutes=3))
    for _ in range(3):
        case(market, policy, is_overturned=False, at=now - timedelta(minutes=2))
    tasks.watch_detectors()
    assert not DetectorAlarm.objects.exists()


def test_alarm_of_several_versions_drafts_for_all(market: Market, policy: Any, now: Any) -> None:
    case(market, policy, is_overturned=True, at=now - timedelta(minutes=80), detector_version="1")
    assert incident(market, policy, now, detector_version="2").reversal.detector_version == ""  # type: ignore[union-attr]  # it is there


def test_settled_alarm_is_raised_by_new_cases_only(market: Market, policy: Any, now: Any) -> None:
    alarm = incident(market, policy, now)
    settle_alarm(alarm=alarm, note="A bad release.", settled_by=UserFactory(), now=now)
    assert watch_detectors(now=now) == 0
    later = now + timedelta(minutes=1)
    for number in range(6):
        case(market, policy, is_overturned=True, at=later + timedelta(seconds=number))
    assert watch_detectors(now=later + DAY / 24) == 1


@pytest.mark.django_db(transaction=True)
def test_watchers_at_once_raise_one_alarm(market: Market, policy: Any, now: Any) -> None:
    for number in range(5):
        case(market, policy, is_overturned=True, at=now - timedelta(minutes=60 - number))
    with background() as start, transaction.atomic():
        lock_books(market_id=market.pk)
        other = start(lambda: watch_detectors(now=now))
        wait_until_somebody_waits_for_a_lock()
        assert watch_detectors(now=now) == 1
    assert other.result() == 0
    assert MassReversal.objects.count() == 1


# --- Holding


def test_held_violation_is_kept_and_nobody_is_told(market: Market, policy: Any, now: Any) -> None:
    alarm = hold_detector(alarm=incident(market, policy, now), held_by=UserFactory(), now=now)
    before = Violation.objects.count()
    held = held_one(alarm, policy, now)
    assert Violation.objects.count() == before
    assert not held.seller.messages.exists()
    sent = draft(held.seller, policy, detection="automated", issued_at=now - DAY, facts="Other.")
    assert sent.external_id == held.external_id
    (other,) = issue_violations(market=market, drafts=[sent], source="again", now=now)
    assert (other.result, other.field) == (Result.REFUSED, "external_id")
    people = draft(held.seller, policy, issued_at=now - DAY, external_id="P-1")
    assert issue_violations(market=market, drafts=[people], source="x", now=now)[0].result is Result.CREATED


def test_call_answers_held_however_often_it_is_sent(market: Market, policy: Any, now: Any) -> None:
    hold_detector(alarm=incident(market, policy, now), held_by=UserFactory(), now=now)
    SellerFactory(market=market, external_id="shop-1")
    item = {
        "external_id": "V-1", "seller": "shop-1", "policy": "claims", "issued_at": (now - DAY).isoformat(),
        "facts": "It heals.", "detection": "automated", "automated": True, "detector": "claims-model",
    }  # fmt: skip
    caller = Caller(market)
    for _ in range(2):
        assert results(caller.send("POST", "violations", [item])) == [("V-1", "held", [])]
    held = HeldViolation.objects.get()
    issue_held(held=held, issued_by=UserFactory(), now=timezone.now())
    assert results(caller.send("POST", "violations", [item])) == [("V-1", "already_there", [])]
    violation = Violation.objects.get(external_id="V-1")
    assert (violation.automated, violation.source) == (False, "API token feed")
    assert violation.recorded_at > violation.issued_at
    assert violation.entries.get().effective_at == violation.issued_at
    assert held.seller.messages.filter(template="violation_issued").count() == 1


def test_issued_or_dropped_once_and_by_nobody_of_the_seller(market: Market, policy: Any, now: Any) -> None:
    alarm = incident(market, policy, now)
    held = held_one(alarm, policy, now)
    member = MemberFactory(seller=held.seller).user
    with pytest.raises(Refused, match="cannot be issued"):
        issue_held(held=held, issued_by=member, now=now)
    with pytest.raises(Refused):
        drop_held(held=held, reason="Mine.", dropped_by=member, now=now)
    with pytest.raises(Refused) as blank:
        drop_held(held=held, reason=" ", dropped_by=UserFactory(), now=now)
    assert blank.value.field == "reason"
    drop_held(held=held, reason="It was the bad release.", dropped_by=UserFactory(), now=now)
    for decide in (issue_held, drop_held):
        reason = {"reason": "x", "dropped_by": UserFactory()} if decide is drop_held else {"issued_by": UserFactory()}
        with pytest.raises(Refused, match="decided about"):
            decide(held=held, now=now, **reason)  # type: ignore[operator]  # either service
    held.refresh_from_db()
    assert wording.held_state(held) == "Dropped"
    from violations.services.held_violations import as_draft

    (again,) = issue_violations(market=market, drafts=[as_draft(held.draft)], source="again", now=now)
    assert (again.result, again.reason) == (Result.REFUSED, "Staff looked at it and did not issue it.")


def test_content_is_kept_with_what_is_held(market: Market, policy: Any, now: Any) -> None:
    from sellers.services import ContentDraft
    from violations.services.held_violations import as_data, as_draft

    content = ContentDraft(kind="live", external_id="L-1", title="LIVE", published_at=now - 2 * DAY)
    for one in (content, None):
        sent = draft(SellerFactory(market=market), policy, detection="automated", content=one)
        assert as_draft(as_data(sent)) == sent
        assert as_draft(as_data(sent)).fingerprint == sent.fingerprint


def test_staff_who_issue_by_hand_are_told_that_it_is_held(market: Market, policy: Any, now: Any) -> None:
    hold_detector(alarm=incident(market, policy, now), held_by=UserFactory(), now=now)
    sent = draft(SellerFactory(market=market), policy, detection="automated", issued_at=now - DAY)
    with pytest.raises(Refused, match="is held until its alarm is settled") as refused, transaction.atomic():
        issue_violation(market=market, draft=sent, source="admin", now=now)
    assert refused.value.field == "detector"
    assert not HeldViolation.objects.exists()


def test_released_detector_issues_again_and_what_is_held_waits(market: Market, policy: Any, now: Any) -> None:
    alarm, by = incident(market, policy, now), UserFactory()
    with pytest.raises(Refused, match="not held"):
        release_detector(alarm=alarm, released_by=by, now=now)
    held = held_one(alarm, policy, now)
    with pytest.raises(Refused, match="still held"):
        settle_alarm(alarm=alarm, note="x", settled_by=by, now=now)
    with pytest.raises(Refused, match="already"):
        hold_detector(alarm=alarm, held_by=by, now=now)
    release_detector(alarm=alarm, released_by=by, now=now)
    sent = draft(held.seller, policy, detection="automated", issued_at=now - DAY, external_id="R-1")
    assert issue_violations(market=market, drafts=[sent], source="x", now=now)[0].result is Result.CREATED
    with pytest.raises(Refused) as blank:
        settle_alarm(alarm=alarm, note=" ", settled_by=by, now=now)
    assert blank.value.field == "note"
    settle_alarm(alarm=alarm, note="A bad release.", settled_by=by, now=now)
    for step in (
        lambda: settle_alarm(alarm=alarm, note="Again.", settled_by=by, now=now),
        lambda: hold_detector(alarm=alarm, held_by=by, now=now),
    ):
        with pytest.raises(Refused, match="settled this alarm"):
            step()
    held.refresh_from_db()
    assert wording.held_state(held) == "Waits"
    assert wording.held_state(issue_held(held=held, issued_by=by, now=now)) == "Issued"


def test_database_keeps_alarms_and_what_is_held_whole(market: Market, policy: Any, now: Any) -> None:
    held_one(incident(market, policy, now), policy, now)
    refuses("alarm_hold_is_whole", "UPDATE violations_detectoralarm SET released_at = now()")
    refuses("alarm_settled_by_somebody_with_a_note", "UPDATE violations_detectoralarm SET settled_at = now()")
    refuses("alarm_counts_its_cases", "UPDATE violations_detectoralarm SET overturned = 99")
    refuses("held_violation_decision_is_whole", "UPDATE violations_heldviolation SET decided_at = now()")
    for table, constraint in (("detectoralarm", "alarm_one_waits"), ("heldviolation", "held_violation_once")):
        copy = f"INSERT INTO violations_{table} SELECT (jsonb_populate_record(one, %s)).* FROM violations_{table} one"
        refuses(constraint, copy, '{"id": 999, "reversal_id": null}')


# --- The pages


@pytest.fixture
def lead(client: Any, settings: Any) -> Any:
    settings.STAFF_MFA_REQUIRED = False
    person = person_in("Incident lead")
    client.force_login(person)
    return person


def test_lead_finds_the_alarm_at_home_and_handles_it(
    client: Any, lead: Any, market: Market, policy: Any, now: Any
) -> None:
    alarm = incident(market, policy, now)
    url = reverse("admin:violations_detectoralarm_change", args=[alarm.pk])
    home = client.get(reverse("admin:index")).text
    assert "What 1 detector finds is overturned much more often than before" in home
    assert url in home
    page = client.get(url).text
    assert "5 of 5 appeals decided in a row were granted" in page
    assert reverse("admin:violations_massreversal_change", args=[alarm.reversal_id]) in page
    client.post(reverse("admin:violations_detectoralarm_hold", args=[alarm.pk]))
    alarm.refresh_from_db()
    held = held_one(alarm, policy, now)
    assert "1 violation is held and waits for your decision" in client.get(reverse("admin:index")).text
    assert held.external_id in client.get(reverse("admin:violations_heldviolation_changelist")).text
    assert "The host said" in client.get(reverse("admin:violations_heldviolation_change", args=[held.pk])).text
    client.post(reverse("admin:violations_heldviolation_issue", args=[held.pk]))
    assert Violation.objects.filter(external_id=held.external_id).exists()
    assert client.get(reverse("admin:violations_heldviolation_change", args=[held.pk])).status_code == 200
    client.post(reverse("admin:violations_detectoralarm_release", args=[alarm.pk]))
    client.post(reverse("admin:violations_detectoralarm_settle", args=[alarm.pk]), {"note": "A bad release."})
    alarm.refresh_from_db()
    assert alarm.settled_by == lead


def test_figures_page_and_file_say_the_same(client: Any, lead: Any, market: Market, policy: Any, now: Any) -> None:
    page = reverse("admin:violations_detectoralarm_figures")
    assert page in client.get(reverse("admin:violations_detectoralarm_changelist")).text
    assert "No automated system found anything" in client.get(page).text
    case(market, policy, is_overturned=True, at=now - DAY)
    issue(SellerFactory(market=market), policy, detection="automated", detector="price-watch", now=now - DAY)
    shown = client.get(page, {"market": "US", "days": "30"}).text
    assert "1 (100 %)" in shown
    assert "21 % to 100 %" in shown
    lines = b"".join(client.get(page, {"format": "csv"}).streaming_content).decode().splitlines()
    assert lines[1] == f"claims-model,,{policy.name},US,1,1,1,1,0.2065,1.0,1,0"


@pytest.mark.parametrize(
    ("asked", "said"), [({"market": "ZZ"}, "Market (market): “ZZ”"), ({"days": "31"}, "Period (days): “31”")]
)
def test_figures_of_what_cannot_be_read_are_none_and_no_file(
    client: Any, lead: Any, market: Market, policy: Any, now: Any, asked: Any, said: str
) -> None:
    """Those of all markets would pass for those that were asked for."""
    case(market, policy, is_overturned=True, at=now - DAY)
    page = reverse("admin:violations_detectoralarm_figures")
    shown = client.get(page, asked)
    assert (shown.status_code, said in shown.text, "claims-model" in shown.text) == (400, True, False)
    assert "No automated system found anything" not in shown.text
    file = client.get(page, {**asked, "format": "csv"})
    assert (file.status_code, file.text) == (400, f"The filter is not understood: {next(iter(asked))}")


def test_handling_is_for_incident_leads(client: Any, settings: Any, market: Market, policy: Any, now: Any) -> None:
    settings.STAFF_MFA_REQUIRED = False
    alarm = incident(market, policy, now)
    held = held_one(alarm, policy, now)
    auditor = person_in("Auditor")
    client.force_login(auditor)
    assert client.get(reverse("admin:violations_detectoralarm_figures")).status_code == 200
    for step in ("hold", "release", "settle"):
        assert client.post(reverse(f"admin:violations_detectoralarm_{step}", args=[alarm.pk])).status_code == 403
    for step in ("issue", "drop"):
        assert client.post(reverse(f"admin:violations_heldviolation_{step}", args=[held.pk])).status_code == 403
    host = person_in("Workshop host")
    client.force_login(host)
    assert client.get(reverse("admin:violations_detectoralarm_figures")).status_code == 403
