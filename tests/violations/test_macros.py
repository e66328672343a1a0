"""Texts that staff keep for requests and reasons."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from healthportal.roles import POLICY_EDITOR, REVIEWER
from policies.models import Policy
from tests.factories import LONG_AGO, MarketFactory, PolicyFactory, SellerFactory, issue
from tests.pages import (
    ago,
    staff_client,
)
from tests.violations.appealing import DENIAL, appeal_against
from tests.violations.test_models import refused
from violations.models import Appeal, AppealRequest, Macro
from violations.selectors import macros_for

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("attachments_root")]


@pytest.fixture
def policy() -> Policy:
    made: Policy = PolicyFactory()
    return made


@pytest.fixture
def appeal(policy: Policy) -> Appeal:
    seller = SellerFactory(market=MarketFactory(books_closed_until=LONG_AGO, language="th"))
    return appeal_against(issue(seller, policy, now=ago(days=2)), now=ago(days=1))


def macro(**fields: Any) -> Macro:
    return Macro.objects.create(**{"kind": "deny", "name": "On tape", "text": DENIAL} | fields)


def page_of(name: str, appeal: Appeal) -> str:
    return reverse(f"admin:violations_appeal_{name}", args=[appeal.pk])


def test_macros_are_for_a_step_a_policy_or_all_and_a_language_or_all(appeal: Appeal, policy: Policy) -> None:
    fitting = [macro(), macro(policy=policy), macro(language="th"), macro(policy=policy, language="th")]
    macro(policy=PolicyFactory())
    macro(language="en")
    macro(kind="ask")
    assert macros_for(appeal, kind="deny") == fitting


def test_text_goes_after_what_was_typed_and_nothing_is_decided(appeal: Appeal) -> None:
    chosen, reviewer = macro(), staff_client(REVIEWER)
    assert "On tape</bdi></button>" in reviewer.get(page_of("deny", appeal)).text
    answer = reviewer.post(page_of("deny", appeal), {"reason": "You say it was a quote.", "macro": str(chosen.pk)})
    assert f"You say it was a quote.\n{DENIAL}</textarea>" in answer.text
    appeal.refresh_from_db()
    assert appeal.is_open
    unknown = reviewer.post(page_of("deny", appeal), {"reason": "Too short.", "macro": "0"})
    assert "at least 40 characters" in unknown.text


def test_request_is_made_of_macros_too(appeal: Appeal) -> None:
    chosen, reviewer = macro(kind="ask", name="Proofs", text="The invoice\nA photo"), staff_client(REVIEWER)
    answer = reviewer.post(page_of("ask", appeal), {"things": "", "note": "Why.", "macro": str(chosen.pk)})
    assert "The invoice\nA photo</textarea>" in answer.text
    assert "Why.</textarea>" in answer.text
    assert not AppealRequest.objects.exists()


def test_editors_keep_macros_and_reviewers_read_them(policy: Policy) -> None:
    kept, editor, reviewer = macro(), staff_client(POLICY_EDITOR), staff_client(REVIEWER)
    change = reverse("admin:violations_macro_change", args=[kept.pk])
    add = reverse("admin:violations_macro_add")
    sent = {"kind": "ask", "name": "Proofs", "policy": str(policy.pk), "language": "th", "text": "The invoice"}
    assert editor.post(add, sent).status_code == 302
    made = Macro.objects.get(name="Proofs")
    assert (made.kind, made.policy, made.language, made.text) == ("ask", policy, "th", "The invoice")
    assert "Proofs" in editor.get(reverse("admin:violations_macro_changelist")).text
    assert reviewer.get(change).status_code == 200
    assert reviewer.post(change, sent).status_code == 403


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"kind": "void"}, "macro_kind_known"),
        ({"name": " "}, "macro_name_can_be_seen"),
        ({"text": "\u200b"}, "macro_text_can_be_seen"),
        ({"text": "x" * 2001}, "macro_text_fits"),
    ],
)
def test_macro_keeps_to_its_limits(fields: dict[str, Any], rule: str) -> None:
    with refused(rule):
        macro(**fields)
