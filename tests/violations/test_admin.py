from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from healthportal.roles import POLICY_EDITOR, POLICY_LEAD, REVIEWER
from inbox.models import Message
from kit.formatting import utc_words
from policies.differences import Piece, compare
from policies.models import ArticleVersion, Policy, PolicyVersion
from sellers.models import Content, Market, Seller
from sellers.services import close_books
from tests.factories import (
    NOW,
    ArticleVersionFactory,
    ArticleVersionSectionFactory,
    ContentFactory,
    MarketFactory,
    MemberFactory,
    PolicyFactory,
    PolicyVersionFactory,
    SellerFactory,
    UserFactory,
    issue,
    person_in,
)
from tests.forms import fields_of, fill_in
from tests.locks import wait_until_somebody_waits_for_a_lock
from tests.violations.appealing import DENIAL, appeal_against
from violations.models import EnforcementAction, Milestone, PointsEntry, Violation
from violations.services import deny_appeal, void_violation, withdraw_appeal

pytestmark = pytest.mark.django_db


@pytest.fixture
def reviewer(client: Client) -> User:
    user = person_in(REVIEWER)
    client.force_login(user)
    return user


@pytest.fixture
def editor(client: Client) -> User:
    user = person_in(POLICY_EDITOR)
    client.force_login(user)
    return user


def url(model: str, page: str, *args: object, **query: object) -> str:
    app = "policies" if model.startswith(("policy", "article")) else "violations"
    return reverse(f"admin:{app}_{model}_{page}", args=args, query=query or None)


def history(client: Client, model: str, pk: int) -> list[tuple[int, str]]:
    """Who did what, as the record's history page shows it."""
    page = client.get(url(model, "history", pk))
    return [(told.entry.person_id, told.entry.note) for told in page.context["entries"]]


def split(name: str, moment: Any) -> dict[str, str]:
    """A moment as the admin's date and time fields send it."""
    return {f"{name}_0": f"{moment:%Y-%m-%d}", f"{name}_1": f"{moment:%H:%M:%S}"}


# --- Violations


def issue_form(seller: Seller, policy: Policy, **fields: Any) -> dict[str, Any]:
    sent = {
        "seller": str(seller.pk),
        "policy": str(policy.pk),
        "external_id": "",
        "facts": "The host said the cream heals eczema.",
        "detection": "notice",
        **split("issued_at", timezone.now() - timedelta(hours=1)),
    }
    return sent | fields


def confirmed(client: Client, sent: dict[str, Any]) -> Any:
    """Fill the form in, look at what it would do, and confirm that."""
    asked = client.post(url("violation", "add"), sent)
    return client.post(url("violation", "add"), fields_of(asked.text))


def test_nothing_is_issued_before_its_effect_was_seen(client: Client, reviewer: User) -> None:
    member, policy = MemberFactory(), PolicyFactory(points=8)
    issue(member.seller, policy, now=timezone.now())
    sent = issue_form(member.seller, policy, external_id="staff-1")
    asked = client.post(url("violation", "add"), sent)
    assert not Violation.objects.filter(external_id="staff-1").exists()
    for words in [
        f"<b><bdi>{member.seller}</bdi></b> (<bdi>{member.seller.external_id}</bdi>)",
        "<b>8</b> to <b>16</b>",
        "It reaches <b>12 points</b>",
        f"<b><bdi>{policy.versions.get()}</bdi></b>",
        member.user.email,
    ]:
        assert words in asked.text, words
    assert Message.objects.filter(seller=member.seller).count() == 1
    client.post(url("violation", "add"), fields_of(asked.text))
    assert Violation.objects.filter(external_id="staff-1").exists()


def test_effect_that_changed_since_it_was_seen_is_shown_again(client: Client, reviewer: User) -> None:
    seller, policy = SellerFactory(), PolicyFactory(points=8)
    asked = client.post(url("violation", "add"), issue_form(seller, policy, external_id="staff-1"))
    issue(seller, policy, now=timezone.now())
    again = client.post(url("violation", "add"), fields_of(asked.text))
    assert "What it would do has changed since you looked" in again.text
    assert Violation.objects.count() == 1
    client.post(url("violation", "add"), fields_of(again.text))
    assert Violation.objects.count() == 2


def test_form_can_be_changed_after_its_effect_was_seen(client: Client, reviewer: User) -> None:
    asked = client.post(url("violation", "add"), issue_form(SellerFactory(), PolicyFactory()))
    page = client.post(url("violation", "add"), {**fields_of(asked.text), "change": "Change it"})
    assert "The host said the cream heals eczema." in page.text
    assert not page.context["form"].errors
    assert not Violation.objects.exists()


def test_issuing_records_who_did_it_and_notes_it_in_the_history(client: Client, reviewer: User) -> None:
    seller, policy = MemberFactory().seller, PolicyFactory(points=12)
    page = client.get(url("violation", "add"))
    external_id = page.context["form"].initial["external_id"]
    sent = issue_form(
        seller,
        policy,
        external_id=external_id,
        content_kind="live",
        content_external_id="live-9",
        content_title="Sunday LIVE",
        content_url="https://shop.example/live/9",
        position="1:02:03",
        automated="on",
    )
    response = confirmed(client, sent)
    violation = Violation.objects.get()
    assert response.headers["Location"] == url("violation", "change", violation.pk)
    assert violation.external_id == external_id
    assert (violation.issued_by, violation.source, violation.detection) == (reviewer, "admin", "notice")
    assert (violation.automated, violation.position_seconds) == (True, 3723)
    assert violation.content is not None
    assert violation.content.title == "Sunday LIVE"
    assert violation.explanation == violation.policy_version.breach
    assert PointsEntry.objects.get().points == 12
    assert EnforcementAction.objects.get().violation == violation
    assert Message.objects.filter(seller=seller).count() == 2
    assert history(client, "violation", violation.pk) == [
        (reviewer.pk, f"Issued to {seller}: {violation.policy_version}.")
    ]


def test_issuing_makes_an_external_id_where_none_is_given(client: Client, reviewer: User) -> None:
    confirmed(client, issue_form(SellerFactory(), PolicyFactory()))
    assert Violation.objects.get().external_id.startswith("staff-")


def test_form_sent_twice_issues_one_violation(client: Client, reviewer: User) -> None:
    sent = issue_form(SellerFactory(), PolicyFactory(), external_id="staff-1")
    asked = fields_of(client.post(url("violation", "add"), sent).text)
    for _ in range(2):
        assert client.post(url("violation", "add"), asked).status_code == 302
    assert Violation.objects.count() == 1


def test_issuing_about_known_content_uses_that_content(client: Client, reviewer: User) -> None:
    content = ContentFactory()
    confirmed(client, issue_form(content.seller, PolicyFactory(), content=str(content.pk)))
    assert Violation.objects.get().content == content
    assert Content.objects.count() == 1


@pytest.mark.parametrize(
    ("field", "fields"),
    [
        ("facts", {"facts": " "}),
        ("position", {"position": "5 minutes"}),
        ("position", {"position": "00:10:00"}),
        ("content_title", {"content_kind": "live", "content_external_id": "live-9"}),
        ("issued_at", split("issued_at", timezone.now() + timedelta(days=2))),
        ("issued_at", {"issued_at_0": "", "issued_at_1": ""}),
        ("seller", {"seller": "999999"}),
        ("policy", {"policy": ""}),
        ("detection", {"detection": "gossip"}),
    ],
)
def test_violation_that_cannot_be_issued_names_the_field_and_keeps_the_input(
    client: Client, reviewer: User, field: str, fields: dict[str, Any]
) -> None:
    sent = issue_form(SellerFactory(), PolicyFactory(), explanation="Kept words") | fields
    page = client.post(url("violation", "add"), sent)
    assert list(page.context["form"].errors) == [field]
    assert b"Kept words" in page.content
    assert not Violation.objects.exists()


def test_content_of_another_seller_is_refused(client: Client, reviewer: User) -> None:
    sent = issue_form(SellerFactory(), PolicyFactory(), content=str(ContentFactory().pk))
    page = client.post(url("violation", "add"), sent)
    assert page.context["form"].errors == {"content": ["This content belongs to another seller."]}


def test_policy_that_was_not_in_force_when_the_content_was_live_is_refused(client: Client, reviewer: User) -> None:
    content = ContentFactory(published_at=timezone.now() - timedelta(days=365 * 40))
    page = client.post(url("violation", "add"), issue_form(content.seller, PolicyFactory(), content=str(content.pk)))
    assert list(page.context["form"].errors) == ["policy"]


def test_voiding_asks_for_a_reason_and_reverses_the_points(client: Client, reviewer: User) -> None:
    violation = issue(MemberFactory().seller, PolicyFactory(points=12), now=timezone.now())
    page = client.post(url("violation", "void", violation.pk), {"reason": "  "})
    assert list(page.context["form"].errors) == ["reason"]
    client.post(url("violation", "void", violation.pk), {"reason": "The label proves it."})
    violation.refresh_from_db()
    assert (violation.voided_by, violation.void_reason) == (
        reviewer,
        "The label proves it.",
    )
    assert PointsEntry.objects.total() == 0
    assert EnforcementAction.objects.get().lifted_by == reviewer
    assert history(client, "violation", violation.pk) == [(reviewer.pk, "Voided: The label proves it.")]


def test_violation_voided_meanwhile_is_told_and_not_voided_again(client: Client, reviewer: User) -> None:
    violation = issue(SellerFactory(), PolicyFactory(), now=timezone.now())
    void_violation(violation=violation, reason="First.", voided_by=None, now=timezone.now())
    shown = client.get(url("violation", "void", violation.pk))
    assert shown.context["title"] == f"{violation} is voided already"
    assert shown.context["why"].endswith("UTC, because: First.")
    assert client.post(url("violation", "void", violation.pk), {"reason": "Second."}).status_code == 409
    violation.refresh_from_db()
    assert violation.void_reason == "First."
    assert history(client, "violation", violation.pk) == []


def test_violation_page_offers_voiding_while_it_stands(client: Client, reviewer: User) -> None:
    violation = issue(SellerFactory(), PolicyFactory(), now=timezone.now())
    void_url = url("violation", "void", violation.pk).encode()
    standing = client.get(url("violation", "change", violation.pk))
    assert void_url in standing.content
    assert standing.context["title"] == f"{violation.policy}: {violation.seller}"
    assert '<div class="readonly">Stands</div>' in standing.text
    void_violation(violation=violation, reason="A mistake.", voided_by=None, now=timezone.now())
    page = client.get(url("violation", "change", violation.pk)).content
    assert void_url not in page
    assert b"A mistake." in page
    assert b'<div class="readonly">Voided</div>' in page


@pytest.mark.parametrize("page", ["change", "delete"])
def test_violation_cannot_be_changed_or_deleted_even_by_superusers(admin_client: Client, page: str) -> None:
    violation = issue(SellerFactory(), PolicyFactory(), now=timezone.now())
    assert admin_client.post(url("violation", page, violation.pk), {"post": "yes"}).status_code == 403


def test_violations_are_filtered_and_found(client: Client, reviewer: User) -> None:
    seller, policy = SellerFactory(external_id="shop-77"), PolicyFactory()
    mine = issue(seller, policy, external_id="TT-1", now=timezone.now())
    other = issue(SellerFactory(), PolicyFactory(), external_id="TT-2", now=timezone.now(), detection="automated")
    void_violation(violation=other, reason="A mistake.", voided_by=None, now=timezone.now())
    queries: list[dict[str, object]] = [
        {"q": "TT-1"},
        {"q": "shop-77"},
        {"q": seller.name},
        {"standing": "yes"},
        {"detection__exact": "staff"},
        {"market__id__exact": seller.market_id},
        {"policy_version__policy__id__exact": policy.pk},
        {"seller__id__exact": seller.pk},
    ]
    for query in queries:
        page = client.get(url("violation", "changelist", **query))
        assert list(page.context["cl"].result_list) == [mine], query


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(
    ("model", "queries"),
    [("violation", 6), ("pointsentry", 5), ("enforcementaction", 5), ("policyversion", 5), ("policy", 7)],
)
def test_list_takes_the_same_queries_for_any_number(
    admin_client: Client, rows: int, model: str, queries: int, django_assert_num_queries: Any
) -> None:
    for _ in range(rows):
        issue(MemberFactory().seller, PolicyFactory(points=12), now=timezone.now())
    with django_assert_num_queries(queries):
        admin_client.get(url(model, "changelist"))


# --- Ledger and enforcement


def test_ledger_is_read_only_and_leads_to_the_violation(admin_client: Client) -> None:
    violation = issue(SellerFactory(), PolicyFactory(), now=timezone.now())
    entry = PointsEntry.objects.get()
    page = admin_client.get(url("pointsentry", "change", entry.pk))
    assert url("violation", "change", violation.pk).encode() in page.content
    assert admin_client.get(url("pointsentry", "add")).status_code == 403
    assert admin_client.post(url("pointsentry", "change", entry.pk), {"points": "0"}).status_code == 403
    assert admin_client.post(url("pointsentry", "delete", entry.pk), {"post": "yes"}).status_code == 403


def test_lifting_asks_for_a_reason_and_tells_the_seller(client: Client, reviewer: User) -> None:
    seller = MemberFactory().seller
    issue(seller, PolicyFactory(points=12), now=timezone.now())
    action = EnforcementAction.objects.get()
    assert (
        url("enforcementaction", "lift", action.pk).encode()
        in client.get(url("enforcementaction", "change", action.pk)).content
    )
    page = client.post(url("enforcementaction", "lift", action.pk), {"reason": ""})
    assert list(page.context["form"].errors) == ["reason"]
    client.post(url("enforcementaction", "lift", action.pk), {"reason": "Goodwill."})
    action.refresh_from_db()
    assert (action.lifted_by, action.lift_reason) == (reviewer, "Goodwill.")
    assert Message.objects.filter(seller=seller, template="action_lifted").count() == 1
    assert history(client, "enforcementaction", action.pk) == [(reviewer.pk, "Lifted: Goodwill.")]
    again = client.get(url("enforcementaction", "lift", action.pk))
    assert again.context["why"].endswith("UTC, because: Goodwill.")
    assert client.post(url("enforcementaction", "lift", action.pk), {"reason": "Again."}).status_code == 409


def test_action_that_ended_by_itself_is_told_and_not_lifted(client: Client, reviewer: User) -> None:
    issue(MemberFactory().seller, PolicyFactory(points=12), now=timezone.now() - timedelta(days=9))
    action = EnforcementAction.objects.get()
    shown = client.get(url("enforcementaction", "lift", action.pk))
    assert shown.context["why"] == f"It ended by itself on {utc_words(action.ends_at)}."
    assert client.post(url("enforcementaction", "lift", action.pk), {"reason": "Goodwill."}).status_code == 409
    action.refresh_from_db()
    assert action.lifted_at is None


# --- Policies


def version_form(policy: Policy, **fields: Any) -> dict[str, Any]:
    sent = {
        "policy": str(policy.pk),
        "requirement": "Say only what you can prove.",
        "breach": "The claim could not be proved.",
        "wording": "## 1. Claims\r\n\r\nSay only what the label proves.",
        "severity": "moderate",
        "points": "3",
        "change_summary": "Labels count as proof.",
    }
    return sent | fields


def draft_of(policy: Policy, **fields: Any) -> PolicyVersion:
    defaults = {
        "number": 2,
        "published_at": None,
        "effective_from": None,
        "change_summary": "It costs more.",
        "points": 3,
    }
    version: PolicyVersion = PolicyVersionFactory(policy=policy, **(defaults | fields))
    return version


def test_new_wording_starts_as_the_one_in_force(client: Client, editor: User) -> None:
    policy = PolicyFactory(points=4)
    page = client.get(url("policyversion", "add", policy=policy.pk))
    form = page.context["adminform"].form
    current = policy.versions.get()
    assert form.initial["wording"] == current.wording
    assert form.initial["points"] == 4
    response = client.post(url("policyversion", "add"), version_form(policy))
    draft = policy.versions.get(number=2)
    assert response.status_code == 302
    assert (draft.points, draft.published_at, draft.effective_from) == (3, None, None)
    assert history(client, "policyversion", draft.pk)[0][0] == editor.pk


def test_second_draft_of_a_policy_is_refused_and_the_first_one_shown(client: Client, editor: User) -> None:
    policy = PolicyFactory()
    draft = draft_of(policy)
    response = client.get(url("policyversion", "add", policy=policy.pk))
    assert response.headers["Location"] == url("policyversion", "change", draft.pk)
    page = client.post(url("policyversion", "add"), version_form(policy))
    assert list(page.context["adminform"].form.errors) == ["policy"]
    assert policy.versions.count() == 2


def test_draft_shows_what_it_changes(client: Client, editor: User) -> None:
    policy = PolicyFactory()
    draft = draft_of(policy, wording="## 1. Claims\n\nSay only what the <label> proves about a product.")
    page = client.get(url("policyversion", "change", draft.pk)).content.decode()
    assert (
        '<del><span class="visually-hidden">gone: </span>you can prove </del>'
        '<ins><span class="visually-hidden">new: </span>the &lt;label&gt; proves </ins>'
    ) in page
    assert "style=" not in page.partition('id="content"')[2]


def test_compare_finds_the_words_that_changed() -> None:
    assert compare("Say it once.", "Say it twice.") == [
        Piece("same", "Say it "),
        Piece("gone", "once"),
        Piece("new", "twice"),
        Piece("same", "."),
    ]
    assert compare("One product", "One product here") == [Piece("same", "One product "), Piece("new", "here")]
    assert compare("Same.", "Same.") == [Piece("same", "Same.")]
    assert compare("", "New") == [Piece("new", "New")]


def test_publishing_goes_through_the_notice_period(client: Client, editor: User) -> None:
    MarketFactory(policy_notice_days=15)
    draft = draft_of(PolicyFactory())
    early = split("effective_from", timezone.now() + timedelta(days=10))
    page = client.post(url("policyversion", "publish", draft.pk), early)
    assert list(page.context["form"].errors) == ["effective_from"]
    in_time = timezone.now().replace(microsecond=0) + timedelta(days=16)
    sent = split("effective_from", in_time) | {"alone_reason": "Nobody else is there this week."}
    response = client.post(url("policyversion", "publish", draft.pk), sent)
    assert response.headers["Location"] == url("policyversion", "change", draft.pk)
    draft.refresh_from_db()
    assert (draft.effective_from, draft.published_by) == (in_time, editor)
    assert history(client, "policyversion", draft.pk) == [
        (editor.pk, "Nobody else is there this week."),
        (editor.pk, f"Published; takes effect {utc_words(in_time)}."),
    ]


@pytest.fixture
def lead(client: Client) -> User:
    user = person_in(POLICY_LEAD)
    client.force_login(user)
    return user


def test_publishing_page_shows_difference_earliest_date_and_how_many_are_told(client: Client, editor: User) -> None:
    market = MarketFactory(name="Thailand", policy_notice_days=21)
    SellerFactory.create_batch(2, market=market)
    draft = draft_of(PolicyFactory(), points=3)
    text = client.get(url("policyversion", "publish", draft.pk)).text
    for words in [
        "<b>21 days</b>",
        "2 sellers in <bdi>Thailand</bdi>",
        "<del>",
        "assesses 2 points, this draft 3 points",
        "Policy lead can",
    ]:
        assert words in text, words


def test_editor_cannot_do_without_the_notice_whatever_is_sent(client: Client, editor: User) -> None:
    MarketFactory(policy_notice_days=15)
    draft = draft_of(PolicyFactory())
    soon = split("effective_from", timezone.now() + timedelta(days=1))
    page = client.post(url("policyversion", "publish", draft.pk), soon | {"when": "at_once", "reason": "A recall."})
    assert list(page.context["form"].errors) == ["effective_from"]
    assert "reason" not in page.context["form"].fields


def test_lead_publishes_at_once_with_a_reason(client: Client, lead: User) -> None:
    MarketFactory(policy_notice_days=15)
    policy = PolicyFactory()
    draft = draft_of(policy)
    page = client.post(url("policyversion", "publish", draft.pk), {"when": "at_once", "reason": " "})
    assert list(page.context["form"].errors) == ["reason"]
    page = client.post(url("policyversion", "publish", draft.pk), {"when": "notice", "reason": "A recall."})
    assert list(page.context["form"].errors) == ["effective_from"]
    sent = {"when": "at_once", "reason": "A recall.", "alone_reason": "Nobody else is there this week."}
    assert client.post(url("policyversion", "publish", draft.pk), sent).status_code == 302
    draft.refresh_from_db()
    assert (draft.immediate_reason, draft.at_once, draft.published_by) == ("A recall.", True, lead)
    assert history(client, "policyversion", draft.pk)[1][1].endswith("Without the notice, because: A recall.")
    assert "Sellers told of it" in client.get(url("policyversion", "change", draft.pk)).text


def test_suggested_date_is_one_that_can_be_published(client: Client, editor: User) -> None:
    MarketFactory(policy_notice_days=15)
    draft = draft_of(PolicyFactory())
    suggested = client.get(url("policyversion", "publish", draft.pk)).context["form"].initial["effective_from"]
    assert client.post(url("policyversion", "publish", draft.pk), split("effective_from", suggested)).status_code == 302


def test_a_later_version_needs_a_date_and_is_not_offered_at_once(client: Client, editor: User) -> None:
    draft = draft_of(PolicyFactory())
    empty = {"effective_from_0": "", "effective_from_1": ""}
    page = client.post(url("policyversion", "publish", draft.pk), empty)
    assert page.context["form"].errors == {"effective_from": ["This field is required."]}
    assert "at once" not in page.context["form"].fields["effective_from"].help_text


def test_first_version_of_a_policy_can_take_effect_at_once_where_no_market_asks_for_notice(
    client: Client, editor: User
) -> None:
    client.post(reverse("admin:policies_policy_add"), {"name": "Counterfeits", "code": "fakes", "topic": "Products"})
    policy = Policy.objects.get(code="fakes")
    client.post(url("policyversion", "add"), version_form(policy))
    page = url("policyversion", "publish", policy.versions.get().pk)
    assert client.post(page, split("effective_from", timezone.now() + timedelta(seconds=3))).status_code == 302
    assert list(Policy.objects.published(as_of=timezone.now() + timedelta(seconds=5))) == [policy]


def test_draft_starts_from_the_newest_wording_also_while_it_waits(client: Client, editor: User) -> None:
    policy, later = PolicyFactory(), timezone.now() + timedelta(days=20)
    PolicyVersionFactory(policy=policy, number=2, wording="## Waits", points=5, effective_from=later)
    page = client.get(url("policyversion", "add", policy=policy.pk))
    assert page.context["adminform"].form.initial["wording"] == "## Waits"
    assert "Version 2 is published and takes effect on" in page.text


def test_page_says_why_a_draft_cannot_be_published(client: Client, editor: User) -> None:
    same = draft_of(PolicyFactory(), points=2)
    assert "It says the same as version 1" in client.get(url("policyversion", "publish", same.pk)).text
    silent = draft_of(PolicyFactory(), change_summary="")
    page = client.post(
        url("policyversion", "publish", silent.pk), split("effective_from", timezone.now() + timedelta(days=60))
    )
    assert "Say in the draft what is new" in str(page.context["form"].errors)


@pytest.mark.parametrize("page", ["change", "delete"])
def test_published_version_is_read_only_even_for_superusers(admin_client: Client, page: str) -> None:
    version = PolicyFactory().versions.get()
    sent = version_form(version.policy) | {"post": "yes"}
    assert admin_client.post(url("policyversion", page, version.pk), sent).status_code == 403
    assert admin_client.get(url("policyversion", "change", version.pk)).status_code == 200


def test_published_versions_are_not_deleted_in_bulk(admin_client: Client) -> None:
    version = PolicyFactory().versions.get()
    sent = {"action": "delete_selected", "_selected_action": str(version.pk), "post": "yes"}
    assert admin_client.post(url("policyversion", "changelist"), sent).status_code == 403
    assert PolicyVersion.objects.filter(pk=version.pk).exists()


def test_published_version_cannot_be_published_again(client: Client, editor: User) -> None:
    version = PolicyFactory().versions.get()
    in_time = split("effective_from", timezone.now() + timedelta(days=30))
    page = client.post(url("policyversion", "publish", version.pk), in_time)
    assert page.status_code == 409
    for answer in [page, client.get(url("policyversion", "publish", version.pk))]:
        assert "is published already" in answer.text
        assert "<form" not in answer.text.partition('id="content"')[2]


def test_draft_is_changed_and_deleted(client: Client, editor: User) -> None:
    policy = PolicyFactory()
    draft = draft_of(policy)
    client.post(url("policyversion", "change", draft.pk), version_form(policy, points="7"))
    draft.refresh_from_db()
    assert draft.points == 7
    client.post(url("policyversion", "delete", draft.pk), {"post": "yes"})
    assert policy.versions.count() == 1


def test_code_of_a_policy_never_changes(client: Client, editor: User) -> None:
    policy = PolicyFactory(code="claims")
    sent = {
        "name": "Renamed",
        "code": "other",
        "topic": "Products",
        "versions-TOTAL_FORMS": "1",
        "versions-INITIAL_FORMS": "1",
    }
    client.post(url("policy", "change", policy.pk), sent)
    policy.refresh_from_db()
    assert (policy.name, policy.code) == ("Renamed", "claims")


def test_wording_is_previewed_without_being_saved(client: Client, editor: User) -> None:
    draft = draft_of(PolicyFactory())
    sent = version_form(draft.policy, wording="Say **only** <script>alert(1)</script> this.")
    page = client.post(url("policyversion", "preview", draft.pk), sent).content.decode()
    assert "<p>Say <strong>only</strong> &lt;script&gt;" in page
    assert draft.wording == PolicyVersion.objects.get(pk=draft.pk).wording


# --- Articles


def article_form(policy: Policy, *sections: dict[str, Any], initial: int = 0, **fields: Any) -> dict[str, Any]:
    sent: dict[str, Any] = {"policy": str(policy.pk), "title": "Claims", "summary": "Only what you can prove."}
    sent |= {"sections-TOTAL_FORMS": str(len(sections)), "sections-INITIAL_FORMS": str(initial)}
    for index, section in enumerate(sections):
        sent |= {f"sections-{index}-{name}": value for name, value in section.items()}
    return sent | fields


SECTION = {"position": "1", "slug": "proof", "title": "What counts as proof", "body": "A **test report**."}


def test_new_article_is_previewed_without_being_saved(client: Client, editor: User) -> None:
    second = SECTION | {"position": "0", "slug": "first", "title": "Read this first"}
    page = client.post(
        url("articleversion", "preview_new"), article_form(PolicyFactory(), SECTION, second)
    ).content.decode()
    assert "<p>A <strong>test report</strong>.</p>" in page
    assert page.index("Read this first") < page.index("What counts as proof")
    assert not ArticleVersion.objects.exists()


def test_saved_article_is_previewed_as_changed_in_the_form(client: Client, editor: User) -> None:
    section = ArticleVersionSectionFactory(title="Old title")
    draft = section.version
    row = SECTION | {"id": str(section.pk), "version": str(draft.pk)}
    gone = article_form(draft.policy, row | {"DELETE": "on"}, initial=1)
    kept = article_form(draft.policy, row, initial=1)
    preview = url("articleversion", "preview", draft.pk)
    assert b"What counts as proof" not in client.post(preview, gone).content
    assert b"What counts as proof" in client.post(preview, kept).content
    section.refresh_from_db()
    assert section.title == "Old title"


def test_preview_of_a_form_with_errors_names_them(client: Client, editor: User) -> None:
    page = client.post(
        url("articleversion", "preview_new"), article_form(PolicyFactory(), SECTION | {"title": ""}, title="")
    )
    assert page.status_code == 422
    assert "<li>Title: This field is required.</li>" in page.content.decode()
    assert "<li>Section 1, Title: This field is required.</li>" in page.content.decode()


def test_preview_is_for_those_who_may_write(client: Client, reviewer: User) -> None:
    draft = ArticleVersionFactory()
    assert client.post(url("articleversion", "preview", draft.pk), article_form(draft.policy)).status_code == 403
    assert client.post(url("articleversion", "preview_new"), article_form(draft.policy)).status_code == 403


# --- Markets and sellers


def market_form(**fields: Any) -> dict[str, Any]:
    sent = {
        "code": "GB",
        "name": "United Kingdom",
        "time_zone": "Europe/London",
        "language": "en",
        "points_expiry": "rolling",
        "points_valid_days": "180",
        "approach_points": "5",
        "appeal_days": "30",
        "appeal_decision_days": "14",
        "appeal_answer_days": "7",
        "rewarded_passes_per_month": "3",
        "second_review_percent": "5",
        "milestone_quiz_share": "0",
        "missed_workshop_limit": "2",
        "missed_workshop_days": "180",
        "policy_notice_days": "15",
    }
    return sent | fields


def market_url(page: str, *args: object) -> str:
    return reverse(f"admin:sellers_market_{page}", args=args)


def test_new_market_starts_with_the_default_milestones(admin_client: Client) -> None:
    admin_client.post(market_url("add"), market_form())
    market = Market.objects.get(code="GB")
    assert list(market.milestones.values_list("points", flat=True)) == [12, 24, 36, 48]


def test_market_that_cannot_be_is_refused(admin_client: Client) -> None:
    page = admin_client.post(market_url("add"), market_form(time_zone="Mars/Base", points_valid_days="0"))
    assert sorted(page.context["adminform"].form.errors) == ["points_valid_days", "time_zone"]


def test_rule_numbers_and_milestones_of_a_market_are_edited(admin_client: Client) -> None:
    market = MarketFactory(milestones=False, time_zone="Asia/Bangkok")
    closed = market.books_closed_until
    sent = market_form(
        points_valid_days="90",
        time_zone="Europe/London",
        books_closed_until_0="2030-01-01",
        **{
            "milestones-TOTAL_FORMS": "1",
            "milestones-INITIAL_FORMS": "0",
            "milestones-0-market": str(market.pk),
            "milestones-0-points": "10",
            "milestones-0-kind": "suspension",
            "milestones-0-capabilities": ["live", "videos"],
            "milestones-0-duration_days": "3",
            "milestones-0-notice_days": "1",
        },
    )
    admin_client.post(market_url("change", market.pk), sent)
    market = Market.objects.get(pk=market.pk)
    assert (market.points_valid_days, market.time_zone) == (90, "Asia/Bangkok")
    assert market.books_closed_until == closed
    milestone = Milestone.objects.get(market=market)
    assert (milestone.points, milestone.capabilities, milestone.notice_days) == (10, ["live", "videos"], 1)


@pytest.mark.django_db(transaction=True)
def test_market_is_saved_while_its_books_are_closed_and_they_stay_so(admin_client: Client) -> None:
    """The form was read before; it waits for the books, and writes only what was changed in it."""
    market, answers = MarketFactory(milestones=False), []
    url = market_url("change", market.pk)

    def save() -> None:
        answers.append(fill_in(admin_client, url, appeal_days="60").status_code)
        connection.close()

    thread = threading.Thread(target=save)
    with transaction.atomic():
        close_books(market_id=market.pk, until=NOW)
        thread.start()
        wait_until_somebody_waits_for_a_lock()
    thread.join(timeout=30)
    market.refresh_from_db()
    assert (answers, market.appeal_days) == ([302], 60)
    assert market.books_closed_until == NOW


def test_sellers_are_found_by_name_and_id_and_filtered_by_market(client: Client, reviewer: User) -> None:
    seller = SellerFactory(name="Blue Kettle", external_id="bk-1")
    SellerFactory()
    queries: list[dict[str, object]] = [{"q": "kettle"}, {"q": "bk-1"}, {"market__id__exact": seller.market_id}]
    for query in queries:
        page = client.get(reverse("admin:sellers_seller_changelist", query=query))
        assert list(page.context["cl"].result_list) == [seller], query


def test_seller_is_added_with_market_and_id_which_stay(admin_client: Client) -> None:
    market, other = MarketFactory(), MarketFactory()
    sent = {"market": str(market.pk), "external_id": "bk-1", "name": "Blue Kettle", "kind": "shop"}
    inline = {"members-TOTAL_FORMS": "0", "members-INITIAL_FORMS": "0"}
    admin_client.post(reverse("admin:sellers_seller_add"), sent | inline)
    seller = Seller.objects.get()
    changed = sent | inline | {"market": str(other.pk), "external_id": "x", "name": "Red Kettle"}
    admin_client.post(reverse("admin:sellers_seller_change", args=[seller.pk]), changed)
    seller.refresh_from_db()
    assert (seller.name, seller.external_id, seller.market) == ("Red Kettle", "bk-1", market)


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(("model", "queries"), [("seller", 5), ("market", 4)])
def test_sellers_and_markets_list_takes_the_same_queries_for_any_number(
    admin_client: Client, rows: int, model: str, queries: int, django_assert_num_queries: Any
) -> None:
    SellerFactory.create_batch(rows)
    with django_assert_num_queries(queries):
        admin_client.get(reverse(f"admin:sellers_{model}_changelist"))


@pytest.mark.parametrize("name", ["grant", "grant_partly", "deny"])
@pytest.mark.parametrize("what", ["withdrawn", "denied", "voided"])
def test_decision_that_comes_too_late_keeps_its_text(client: Client, reviewer: User, name: str, what: str) -> None:
    now = timezone.now()
    appeal = appeal_against(issue(MemberFactory().seller, PolicyFactory(), now=now), now=now)
    page = url("appeal", name, appeal.pk)
    why = "The label proves it, as the photograph of the box shows."
    sent = fields_of(client.get(page).text) | {"reason": why, "points": "1"}
    other = UserFactory()
    if what == "withdrawn":
        withdraw_appeal(appeal=appeal, withdrawn_by=appeal.filed_by, now=now)
    elif what == "denied":
        deny_appeal(appeal=appeal, reason=DENIAL, decided_by=other, now=now)
    else:
        void_violation(violation=appeal.violation, reason="A mistake.", voided_by=other, now=now)
    response = client.post(page, sent)
    assert response.status_code == 409
    assert why in response.text
    assert "This appeal is not open any more" in response.text


def test_reason_for_voiding_what_is_voided_meanwhile_is_kept(client: Client, reviewer: User) -> None:
    violation = issue(SellerFactory(), PolicyFactory(), now=timezone.now())
    void_violation(violation=violation, reason="First.", voided_by=None, now=timezone.now())
    response = client.post(url("violation", "void", violation.pk), {"reason": "An hour of work."})
    assert "An hour of work." in response.text
    assert response.context["form"].non_field_errors() == ["This violation is voided already."]
