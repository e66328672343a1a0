"""Reasons by which decisions on appeals are counted."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from audit.models import AuditEntry
from healthportal.roles import POLICY_EDITOR, REVIEWER
from inbox.events.models import Event
from inbox.models import Message
from kit.outcomes import Refused
from policies.models import Policy
from sellers.models import Seller
from tests.factories import LONG_AGO, MarketFactory, PolicyFactory, SellerFactory, UserFactory, issue, person_in
from tests.quizzes.test_models import refuses
from tests.violations.appealing import DENIAL, appeal_against
from violations.models import Appeal, AppealReason, Macro
from violations.selectors import reasons_for, recent_decisions
from violations.services import deny_appeal, grant_appeal, grant_partly, retire_appeal_reason

pytestmark = pytest.mark.django_db


@pytest.fixture
def seller() -> Seller:
    return SellerFactory(market=MarketFactory(books_closed_until=LONG_AGO, language="th"))


@pytest.fixture
def policy() -> Policy:
    return PolicyFactory(points=4)


def filed(seller: Seller, policy: Policy) -> Appeal:
    return appeal_against(issue(seller, policy, now=timezone.now()), now=timezone.now())


def reason(
    code: str = "on-tape", *, outcome: str = "denied", label: str = "On the tape", **fields: Any
) -> AppealReason:
    return AppealReason.objects.create(outcome=outcome, code=code, label=label, **fields)


def test_reason_of_a_market_is_retired_once(seller: Seller) -> None:
    row, now = reason(market=seller.market), timezone.now()
    retired = retire_appeal_reason(reason=row, retired_by=UserFactory(), now=now)
    again = retire_appeal_reason(reason=row, retired_by=UserFactory(), now=now + timedelta(days=1))
    assert retired.retired_at == again.retired_at == now


def deny(appeal: Appeal, **said: Any) -> Appeal:
    return deny_appeal(appeal=appeal, reason=DENIAL, decided_by=UserFactory(), now=timezone.now(), **said)


def labels(appeal: Appeal, outcome: str = "denied") -> list[str]:
    return [one.label for one in reasons_for(appeal, outcome=outcome)]


def test_decision_keeps_code_and_label_as_they_were(seller: Seller, policy: Policy) -> None:
    row = reason()
    appeal = deny(filed(seller, policy), reason_code="on-tape")
    row.label = "Another"
    row.save()
    retire_appeal_reason(reason=row, retired_by=UserFactory(), now=timezone.now())
    appeal.refresh_from_db()
    assert (appeal.reason_code, appeal.reason_label) == ("on-tape", "On the tape")
    message = Message.objects.get(template="appeal_denied")
    assert "**On the tape**" in message.body
    event = Event.objects.get(kind="appeal.decided")
    assert event.data["reason_code"] == "on-tape"
    with pytest.raises(Refused, match="no such reason"):
        deny(filed(seller, PolicyFactory()), reason_code="on-tape")


def test_reason_is_needed_where_the_market_has_some_for_that_outcome(seller: Seller, policy: Policy) -> None:
    reason()
    appeal = filed(seller, policy)
    with pytest.raises(Refused, match="Choose a reason") as refused:
        deny(appeal)
    assert refused.value.field == "reason_code"
    with pytest.raises(Refused, match="no such reason"):
        deny(appeal, reason_code="proof")
    granted = grant_appeal(appeal=appeal, decided_by=UserFactory(), now=timezone.now())
    assert (granted.reason_code, granted.reason_label) == ("", "")
    assert "reason_code" not in Event.objects.get(kind="appeal.decided").data


def test_part_grants_name_reasons_of_grants(seller: Seller, policy: Policy) -> None:
    reason("proof", outcome="granted", label="Proved")
    said = {"appeal": filed(seller, policy), "points": 1, "reason": "So.", "decided_by": UserFactory()}
    with pytest.raises(Refused, match="Choose a reason"):
        grant_partly(**said, now=timezone.now())
    assert grant_partly(**said, now=timezone.now(), reason_code="proof").reason_label == "Proved"


def test_closest_of_rows_with_one_code_is_taken(seller: Seller, policy: Policy) -> None:
    appeal = filed(seller, policy)
    reason(label="Any")
    reason(label="Other language", language="en")
    reason(label="Other market", market=MarketFactory())
    reason(label="Other policy", policy=PolicyFactory())
    reason(label="Grant", outcome="granted")
    reason("z", label="B")
    assert labels(appeal) == ["Any", "B"]
    reason(label="Thai", language="th")
    assert labels(appeal) == ["Thai", "B"]
    reason(label="Policy", policy=policy)
    assert labels(appeal) == ["Policy", "B"]
    reason(label="Market", market=seller.market)
    assert labels(appeal) == ["Market", "B"]
    assert labels(appeal, "granted") == ["Grant"]


def test_figures_say_how_appeals_turned_out_by_reason(client: Client, seller: Seller, policy: Policy) -> None:
    cache.clear()
    reason()
    reason("proof", outcome="granted", label="Proved")
    for _ in range(2):
        deny(filed(seller, PolicyFactory()), reason_code="on-tape")
    grant_appeal(appeal=filed(seller, policy), decided_by=UserFactory(), now=timezone.now(), reason_code="proof")
    lines = recent_decisions(days=30, as_of=timezone.now()).by_reason
    assert [(one.name, one.decided, one.overturned) for one in lines] == [
        ("on-tape: On the tape", 2, 0), ("proof: Proved", 1, 100),
    ]  # fmt: skip
    client.force_login(person_in(REVIEWER))
    shown = client.get(reverse("admin:violations_appeal_statistics")).text
    assert "By reason" in shown
    assert "proof: Proved" in shown


def test_form_asks_for_a_reason_only_where_there_are_some(client: Client, seller: Seller, policy: Policy) -> None:
    client.force_login(person_in(REVIEWER))
    page = reverse("admin:violations_appeal_deny", args=[filed(seller, policy).pk])
    assert 'name="reason_code"' not in client.get(page).text
    reason()
    shown = client.get(page).text
    assert "on-tape: On the tape" in shown
    assert shown.index('name="reason_code"') < shown.index('name="reason"')
    answer = client.post(page, {"reason": DENIAL, "reason_code": ""})
    assert list(answer.context["form"].errors) == ["reason_code"]
    assert DENIAL in answer.text
    assert client.post(page, {"reason": DENIAL, "reason_code": "on-tape"}).status_code == 302
    appeal = Appeal.objects.get()
    assert (appeal.state, appeal.reason_code) == ("denied", "on-tape")
    change = reverse("admin:violations_appeal_change", args=[appeal.pk])
    assert "Counted by the reason <b>on-tape</b>" in client.get(change).text


def test_chosen_reason_stays_when_a_text_is_put_in(client: Client, seller: Seller, policy: Policy) -> None:
    macro = Macro.objects.create(kind="deny", name="On tape", text="It is on tape.")
    reason()
    client.force_login(person_in(REVIEWER))
    page = reverse("admin:violations_appeal_deny", args=[filed(seller, policy).pk])
    shown = client.post(page, {"reason": "Hm.", "reason_code": "on-tape", "macro": str(macro.pk)})
    assert shown.context["form"].initial["reason_code"] == "on-tape"
    assert '<option value="on-tape" selected>' in shown.text


def test_seller_reads_the_label(client: Client, seller: Seller, policy: Policy) -> None:
    reason(label="On the tape & clear")
    appeal = deny(filed(seller, policy), reason_code="on-tape")
    client.force_login(appeal.filed_by)
    assert "Reason: <b><bdi>On the tape &amp; clear</bdi></b>" in client.get(appeal.get_absolute_url()).text


def test_editor_keeps_reasons_and_retires_them(client: Client) -> None:
    client.force_login(person_in(POLICY_EDITOR))
    sent = {"outcome": "denied", "code": "on-tape", "label": "On the tape", "market": "", "policy": "", "language": ""}
    assert client.post(reverse("admin:violations_appealreason_add"), sent).status_code == 302
    row = AppealReason.objects.get()
    change, retire = (reverse(f"admin:violations_appealreason_{name}", args=[row.pk]) for name in ("change", "retire"))
    assert retire in client.get(change).text
    assert client.get(reverse("admin:violations_appealreason_delete", args=[row.pk])).status_code == 403
    assert client.post(retire).status_code == 302
    assert client.post(retire).status_code == 302
    row.refresh_from_db()
    assert row.retired_at is not None
    assert AuditEntry.objects.filter(action="retire").count() == 1
    assert retire not in client.get(change).text
    assert client.post(reverse("admin:violations_appealreason_add"), sent).status_code == 302


def test_database_keeps_reasons_whole(seller: Seller, policy: Policy) -> None:
    row = reason()
    appeal = filed(seller, policy)
    named = "UPDATE violations_appeal SET reason_code = 'x', reason_label = 'X' WHERE id = %s"
    refuses("appeal_decision_has_reason_with_label", named, appeal.pk)
    decided = deny(filed(seller, PolicyFactory()), reason_code="on-tape")
    refuses("appeal_stays_as_filed", "UPDATE violations_appeal SET reason_code = 'x' WHERE id = %s", decided.pk)
    refuses("appeal_reason_outcome_known", "UPDATE violations_appealreason SET outcome = 'x' WHERE id = %s", row.pk)
    refuses("appeal_reason_code_is_one", "UPDATE violations_appealreason SET code = '' WHERE id = %s", row.pk)
    refuses("appeal_reason_code_is_one", "UPDATE violations_appealreason SET code = 'a b' WHERE id = %s", row.pk)
    refuses("appeal_reason_label_can_be_seen", "UPDATE violations_appealreason SET label = ' ' WHERE id = %s", row.pk)
    again = "INSERT INTO violations_appealreason (outcome, code, label, language) VALUES ('denied', 'on-tape', 'X', '')"
    refuses("appeal_reason_once", again)
