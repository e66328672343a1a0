import re
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from audit.models import AuditEntry
from inbox.models import Message
from kit.outcomes import Outcome, Refused
from policies.models import Policy
from sellers.models import Content, Market, Seller
from sellers.services import ContentDraft, close_books, put_content
from tests.factories import (
    NOW,
    MarketFactory,
    MemberFactory,
    PolicyFactory,
    PolicyVersionFactory,
    SellerFactory,
    UserFactory,
    draft,
    issue,
)
from tests.locks import background, wait_until_somebody_waits_for_a_lock
from violations.models import EnforcementAction, PointsEntry, Violation
from violations.services import ViolationDraft, issue_violation, issue_violations, preview_violation, void_violation
from violations.services.issuing import Result
from violations.wording.decisions import decision_words
from violations.wording.statements import section_words

pytestmark = pytest.mark.django_db


@pytest.fixture
def seller() -> Seller:
    return SellerFactory()


@pytest.fixture
def policy() -> Policy:
    return PolicyFactory(points=5)


def issue_all(seller: Seller, *drafts: ViolationDraft, now: object = NOW) -> list[Outcome]:
    return issue_violations(market=seller.market, drafts=drafts, source="test", now=now)


def results(outcomes: list[Outcome]) -> list[tuple[str, str]]:
    return [(outcome.result.value, outcome.field) for outcome in outcomes]


def test_issuing_states_the_reasons(seller: Seller, policy: Policy) -> None:
    violation = issue(seller, policy)
    version = policy.versions.get()
    assert violation.facts == "The host said the cream heals eczema."
    assert violation.explanation == version.breach
    assert section_words(violation) == f"{policy.name}, version 1"
    assert decision_words(violation) == (
        f"5 points count in the market {seller.market.name} until 17 May 2027, 08:00 EDT."
    )
    assert violation.appeal_until == NOW + timedelta(days=30)


def test_violation_fed_late_can_be_appealed_from_when_it_is_told(seller: Seller, policy: Policy) -> None:
    violation = issue(seller, policy, issued_at=NOW - timedelta(days=40), now=NOW)
    assert (violation.told_at, violation.appeal_until) == (NOW, NOW + timedelta(days=30))


@pytest.mark.parametrize("days", [179, 180, 400])
def test_points_that_are_over_when_told_are_told_as_over(seller: Seller, policy: Policy, days: int) -> None:
    violation = issue(seller, policy, issued_at=NOW - timedelta(days=days), now=NOW)
    is_over = days >= 180
    said = decision_words(violation)
    assert ("They would have counted until" in said) == is_over
    assert ("nothing of it counts now" in said) == is_over
    assert ("points count in the market" in said) == (not is_over)
    assert said in Message.objects.get().body
    assert violation.entries.get().was_over_when_told == is_over


def test_points_that_are_over_are_told_as_over_beside_the_marketplaces_own_words(
    seller: Seller, policy: Policy
) -> None:
    issue(seller, policy, decision="Five points for 180 days.", issued_at=NOW - timedelta(days=200), now=NOW)
    assert Message.objects.get().body.startswith(
        "Five points for 180 days.\n\nThat was over before you were told: nothing of it counts now."
    )


def test_decision_stays_as_told_whatever_becomes_of_the_market(seller: Seller, policy: Policy) -> None:
    said = decision_words(issue(seller, policy))
    Market.objects.update(name="Renamed", time_zone="Asia/Tokyo", points_valid_days=30)
    assert decision_words(Violation.objects.get()) == said
    assert Message.objects.get().body.startswith(said)


def test_decision_of_the_marketplace_stays_as_written_beside_what_was_decided(seller: Seller, policy: Policy) -> None:
    violation = issue(seller, policy, decision="Five points.\n\n**For good.**")
    assert decision_words(violation) == "Five points.\n\n**For good.**"
    assert (violation.decided_points, violation.decided_until) == (5, violation.entries.get().expires_at)
    assert (violation.decided_market, violation.decided_zone) == (seller.market.name, seller.market.time_zone)


@pytest.fixture
def versions() -> Policy:
    """A policy of one point, and of two since ten days ago."""
    policy = PolicyFactory(points=1)
    PolicyVersionFactory(
        policy=policy,
        number=2,
        points=2,
        published_at=NOW - timedelta(days=12),
        effective_from=NOW - timedelta(days=10),
    )
    return policy


LIVE = ContentDraft(kind="live", external_id="L-1", title="Sunday LIVE")
BEFORE, AFTER = NOW - timedelta(days=20), NOW - timedelta(days=5)


def published(moment: datetime | None) -> ContentDraft:
    return replace(LIVE, published_at=moment)


def points_of(seller: Seller, policy: Policy, content: ContentDraft) -> int:
    return issue(seller, policy, content=content).policy_version.points


def test_content_is_judged_by_the_date_that_the_portal_knows(seller: Seller, versions: Policy) -> None:
    put_content(market=seller.market, drafts=[(seller.external_id, published(BEFORE))], now=NOW)
    violation = issue(seller, versions, content=LIVE)
    assert (violation.policy_version.points, violation.content_published_at) == (1, BEFORE)


def test_date_of_a_draft_is_kept_for_content_without_one(seller: Seller, versions: Policy) -> None:
    put_content(market=seller.market, drafts=[(seller.external_id, LIVE)], now=NOW)
    assert points_of(seller, versions, LIVE) == 2
    assert points_of(seller, versions, published(BEFORE)) == 1
    assert points_of(seller, versions, LIVE) == 1
    assert Content.objects.get().published_at == BEFORE


def test_draft_with_another_date_than_the_portal_knows_is_refused(seller: Seller, versions: Policy) -> None:
    put_content(market=seller.market, drafts=[(seller.external_id, published(BEFORE))], now=NOW)
    other = draft(seller, versions, external_id="other", content=published(AFTER))
    same = draft(seller, versions, external_id="same", content=published(BEFORE.astimezone(seller.market.zone)))
    refused, created = issue_all(seller, other, same)
    assert (refused.field, refused.reason) == (
        "content_published_at",
        "The portal knows that this content was published at 2026-10-29T12:00:00Z.",
    )
    assert created.result is Result.CREATED


def test_drafts_of_one_batch_agree_about_the_date_of_their_content(seller: Seller, versions: Policy) -> None:
    drafts = [
        draft(seller, versions, external_id=f"v{n}", content=published(moment))
        for n, moment in enumerate([BEFORE, None, AFTER])
    ]
    assert results(issue_all(seller, *drafts)) == [
        ("created", ""),
        ("created", ""),
        ("refused", "content_published_at"),
    ]
    assert {violation.policy_version.points for violation in Violation.objects.all()} == {1}


@pytest.mark.parametrize("is_known", [True, False])
@pytest.mark.parametrize("moment", [NOW + timedelta(seconds=1), datetime(2199, 1, 1, tzinfo=UTC)])
def test_content_published_after_the_decision_is_refused(
    seller: Seller, policy: Policy, is_known: bool, moment: datetime
) -> None:
    if is_known:
        Content.objects.create(seller=seller, kind="live", external_id="L-1", title="Sunday", published_at=moment)
    outcomes = issue_all(seller, draft(seller, policy, content=LIVE if is_known else published(moment)))
    assert results(outcomes) == [("refused", "content_published_at")]
    assert "lies after issued_at" in outcomes[0].reason


def test_refused_draft_leaves_the_content_that_is_there_alone(seller: Seller, versions: Policy) -> None:
    put_content(market=seller.market, drafts=[(seller.external_id, LIVE)], now=NOW)
    refused = draft(seller, versions, content=published(BEFORE), facts=" ")
    assert results(issue_all(seller, refused)) == [("refused", "facts")]
    assert Content.objects.get().published_at is None


def test_violation_keeps_its_evidence_as_it_was(seller: Seller, policy: Policy) -> None:
    content = replace(LIVE, url="https://shop.example/1", published_at=BEFORE)
    violation = issue(seller, policy, content=content)
    renamed = replace(content, title="Renamed", url="https://shop.example/2", published_at=AFTER)
    put_content(market=seller.market, drafts=[(seller.external_id, renamed)], now=NOW)
    violation.refresh_from_db()
    assert violation.content.title == "Renamed"
    assert (
        violation.content_kind,
        violation.content_title,
        violation.content_url,
        violation.content_published_at,
    ) == ("live", "Sunday LIVE", "https://shop.example/1", BEFORE)


def test_messages_about_a_violation_keep_its_evidence_whatever_the_content_is_called_by_then(
    seller: Seller, policy: Policy
) -> None:
    content = replace(LIVE, url="https://shop.example/1")
    violation = issue(seller, policy, content=content)
    put_content(market=seller.market, drafts=[(seller.external_id, replace(content, title="Renamed"))], now=NOW)
    void_violation(violation=violation, reason="It was somebody else.", voided_by=None, now=NOW)
    kept = Message.objects.values_list("content_id", "content_kind", "content_title", "content_url")
    assert list(kept) == [(violation.content_id, "live", "Sunday LIVE", "https://shop.example/1")] * 2


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("external_id", {"external_id": "v-9\u200b"}),
        ("external_id", {"external_id": "cafe\u0301"}),
        ("external_id", {"external_id": "\u2800"}),
        ("facts", {"facts": "\u200b\n\u3164"}),
        ("content_id", {"content": replace(LIVE, external_id="L-1\u202e")}),
        ("content_title", {"content": replace(LIVE, title="\u200b")}),
    ],
)
def test_what_nobody_sees_is_refused(seller: Seller, policy: Policy, field: str, changes: dict[str, Any]) -> None:
    good = draft(seller, policy, external_id="v-9")
    assert results(issue_all(seller, good, draft(seller, policy, **changes))) == [("created", ""), ("refused", field)]


def test_words_that_nobody_sees_are_as_none(seller: Seller, policy: Policy) -> None:
    violation = issue(seller, policy, decision="\u200b", policy_section="\u2060", explanation="\u3164")
    assert (violation.decision, violation.policy_section, violation.explanation) == (
        "",
        "",
        policy.versions.get().breach,
    )


def test_violation_of_an_account_has_no_evidence_of_content(seller: Seller, policy: Policy) -> None:
    violation = issue(seller, policy, content=None)
    assert (violation.content_kind, violation.content_title, violation.content_published_at) == ("", "", None)


def test_reasons_that_are_sent_are_kept(seller: Seller, policy: Policy) -> None:
    violation = issue(seller, policy, decision="Video removed. ", policy_section="\n2. Health", explanation=" Because.")
    assert (violation.decision, violation.policy_section, violation.explanation) == (
        "Video removed.",
        "2. Health",
        "Because.",
    )


def test_issuing_assesses_points_from_issue_until_they_expire(seller: Seller, policy: Policy) -> None:
    violation = issue(seller, policy, issued_at=NOW - timedelta(days=2), now=NOW)
    entry = PointsEntry.objects.get()
    assert (entry.violation, entry.kind, entry.points) == (violation, "assessment", 5)
    assert entry.effective_at == NOW - timedelta(days=2)
    assert entry.expires_at == NOW + timedelta(days=178)
    assert entry.recorded_at == NOW


def test_violation_without_points_has_no_entry(seller: Seller) -> None:
    violation = issue(seller, PolicyFactory(points=0))
    assert not PointsEntry.objects.exists()
    assert decision_words(violation) == (f"A violation without points was recorded in the market {seller.market.name}.")


def test_one_point_is_singular(seller: Seller) -> None:
    assert re.match("1 point counts in the market .* until ", decision_words(issue(seller, PolicyFactory(points=1))))


def test_issuing_tells_the_seller(seller: Seller, policy: Policy) -> None:
    violation = issue(seller, policy)
    message = Message.objects.get()
    assert (message.seller, message.kind, message.path) == (seller, "violation", violation.get_absolute_url())
    assert message.content == violation.content


def test_same_violation_again_is_already_there(seller: Seller, policy: Policy) -> None:
    sent = draft(seller, policy)
    assert results(issue_all(seller, sent, sent)) == [("created", ""), ("already there", "")]
    assert results(issue_all(seller, sent)) == [("already there", "")]
    assert Violation.objects.count() == PointsEntry.objects.count() == Message.objects.count() == 1


def test_one_that_is_there_already_is_issued_once_in_the_trail_too(seller: Seller, policy: Policy) -> None:
    made, staff = draft(seller, policy, external_id="v-1"), UserFactory()
    first, again = (
        issue_violation(market=seller.market, draft=made, source="admin", now=NOW, issued_by=staff) for _ in range(2)
    )
    assert first == again
    entry = AuditEntry.objects.get(action="add", kind="violations.violation")
    assert (entry.person, entry.note) == (staff, f"Issued to {seller}: {first.policy_version}.")
    assert {"field": "facts", "from": None, "to": made.facts} in entry.changes
    assert (first.issued_by, first.entries.get().created_by) == (staff, staff)


def test_one_that_was_in_a_batch_is_not_in_the_trail_when_it_is_issued_again(seller: Seller, policy: Policy) -> None:
    made = draft(seller, policy, external_id="v-1")
    issue_all(seller, made)
    issue_violation(market=seller.market, draft=made, source="admin", now=NOW, issued_by=UserFactory())
    assert not AuditEntry.objects.exists()


def test_answer_says_when_it_was_recorded_and_whether_it_was_over(seller: Seller, policy: Policy) -> None:
    late = draft(seller, policy, external_id="late", issued_at=NOW - timedelta(days=180))
    outcomes = issue_all(seller, draft(seller, policy, external_id="fresh"), late)
    assert [(outcome.recorded_at, outcome.is_over) for outcome in outcomes] == [(NOW, False), (NOW, True)]


def test_same_moment_in_another_offset_is_the_same_violation(seller: Seller, policy: Policy) -> None:
    sent = draft(seller, policy, issued_at=NOW)
    again = replace(sent, issued_at=NOW.astimezone(seller.market.zone))
    assert results(issue_all(seller, sent, again)) == [("created", ""), ("already there", "")]


def test_external_id_with_other_content_is_refused(seller: Seller, policy: Policy) -> None:
    issue(seller, policy, external_id="v1")
    other = draft(seller, policy, external_id="v1", facts="Something else.")
    assert results(issue_all(seller, other)) == [("refused", "external_id")]


def test_external_id_with_other_content_in_one_batch_is_refused(seller: Seller, policy: Policy) -> None:
    first, second = (draft(seller, policy, external_id="v1", facts=facts) for facts in ("One.", "Two."))
    assert results(issue_all(seller, first, second)) == [("created", ""), ("refused", "external_id")]


def test_external_id_is_free_in_another_market(seller: Seller, policy: Policy) -> None:
    other = SellerFactory()
    assert issue(seller, policy, external_id="v1") != issue(other, policy, external_id="v1")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"external_id": " "}, "external_id"),
        ({"seller_external_id": "nobody"}, "seller"),
        ({"policy_code": "nothing"}, "policy"),
        ({"issued_at": NOW + timedelta(seconds=1)}, "issued_at"),
        ({"facts": " \n"}, "facts"),
        ({"detection": "guess"}, "detection"),
        ({"content": None, "position_seconds": 3}, "position"),
        ({"content": ContentDraft("listing", "l1", "A bag"), "position_seconds": 3}, "position"),
    ],
)
def test_bad_draft_is_refused_by_field_and_good_ones_are_kept(
    seller: Seller, policy: Policy, fields: dict[str, object], field: str
) -> None:
    good, bad = draft(seller, policy, external_id="good"), draft(seller, policy, **{"external_id": "bad"} | fields)
    assert results(issue_all(seller, bad, good)) == [("refused", field), ("created", "")]
    assert list(Violation.objects.values_list("external_id", flat=True)) == ["good"]


CONTENT = ContentDraft("live", "l1", "Sunday LIVE")
TOO_LATE = datetime(9999, 12, 31, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"external_id": "a\x00b"}, "external_id"),
        ({"external_id": "x" * 65}, "external_id"),
        ({"seller_external_id": "a\x00b"}, "seller"),
        ({"policy_code": "a\x00b"}, "policy"),
        ({"facts": "Half \ud800 of it."}, "facts"),
        ({"decision": "\x00"}, "decision"),
        ({"explanation": "\udfff"}, "explanation"),
        ({"policy_section": "x" * 201}, "policy_section"),
        ({"issued_at": TOO_LATE}, "issued_at"),
        ({"issued_at": datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14)))}, "issued_at"),
        ({"issued_at": NOW.replace(tzinfo=None)}, "issued_at"),
        ({"position_seconds": -1}, "position"),
        ({"position_seconds": 2**31}, "position"),
        ({"content": replace(CONTENT, kind="shop")}, "content_kind"),
        ({"content": replace(CONTENT, external_id="")}, "content_id"),
        ({"content": replace(CONTENT, external_id="x" * 65)}, "content_id"),
        ({"content": replace(CONTENT, title="x" * 201)}, "content_title"),
        ({"content": replace(CONTENT, title="\x00")}, "content_title"),
        ({"content": replace(CONTENT, url="https://shop.example/" + "x" * 500)}, "content_url"),
        ({"content": replace(CONTENT, published_at=TOO_LATE)}, "content_published_at"),
    ],
)
def test_what_the_database_cannot_keep_is_refused_by_field_and_good_ones_are_kept(
    seller: Seller, policy: Policy, fields: dict[str, object], field: str
) -> None:
    """Also when the violation is there already, and when it is the first that the database is asked about."""
    good, bad = draft(seller, policy, external_id="good"), draft(seller, policy, **{"external_id": "bad"} | fields)
    assert results(issue_all(seller, bad, good)) == [("refused", field), ("created", "")]
    assert list(Violation.objects.values_list("external_id", flat=True)) == ["good"]


@pytest.mark.parametrize(
    "fields",
    [
        {"external_id": "x" * 64, "policy_section": "x" * 200, "position_seconds": 2**31 - 1},
        {"content": ContentDraft("video", "x" * 64, "x" * 200, "https://shop.example/".ljust(500, "x"))},
        {"facts": "\\ \\n \"quoted\" 'single' \t{braces} %s %(x)s \u2028 \U0001f600 NULL"},
        {"issued_at": datetime(1970, 1, 1, tzinfo=UTC)},
    ],
)
def test_what_just_fits_is_kept_as_it_was_sent(seller: Seller, fields: dict[str, object]) -> None:
    policy = PolicyFactory(points=False)
    PolicyVersionFactory(policy=policy, effective_from=datetime(1970, 1, 1, tzinfo=UTC), points=100)
    sent = draft(seller, policy, **fields)
    assert results(issue_all(seller, sent)) == [("created", "")]
    violation = Violation.objects.get()
    assert (violation.external_id, violation.facts, violation.issued_at) == (
        sent.external_id,
        sent.facts,
        sent.issued_at,
    )
    assert sent.content is not None
    assert violation.content is not None
    assert (violation.content.external_id, violation.content.url) == (sent.content.external_id, sent.content.url)
    assert sent.facts in Message.objects.get(kind="violation").body


def test_blank_parts_of_the_reasons_come_from_the_policy(seller: Seller, policy: Policy) -> None:
    violation = issue(seller, policy, decision=" \n", policy_section="\u2003", explanation=" ")
    assert (violation.decision, violation.policy_section) == ("", "")
    assert violation.explanation == policy.versions.get().breach


def test_policy_that_does_not_say_why_needs_an_explanation(seller: Seller) -> None:
    policy = PolicyFactory(points=False)
    PolicyVersionFactory(policy=policy, breach=" ")
    bad, good = draft(seller, policy, external_id="v1"), draft(seller, policy, external_id="v2", explanation="So.")
    assert results(issue_all(seller, bad, good)) == [("refused", "explanation"), ("created", "")]


def test_fingerprint_of_the_same_draft_never_changes() -> None:
    """What was issued before is known by it."""
    sent = ViolationDraft(
        external_id="V-1",
        seller_external_id="shop-1",
        policy_code="claims",
        issued_at=datetime(2026, 11, 18, 7, tzinfo=ZoneInfo("America/New_York")),
        facts="The cream “heals” eczema.\n",
        detection="staff",
        automated=False,
    )
    published_at = datetime(2026, 11, 18, 6, 30, 0, 5, tzinfo=UTC)
    content = ContentDraft("live", "L-1", "Sunday LIVE", "https://shop.example/l/1", published_at)
    assert sent.fingerprint == "37c524a396684e5d83b9394162c6a6105baeb5dab2668db46fd0fed66d6f651d"
    assert replace(sent, content=content, position_seconds=860).fingerprint == (
        "4530560d60c27f9721964b96ebadbfdc74ff991a04a80827bead280c2d0473de"
    )


def test_seller_of_another_market_is_unknown(seller: Seller, policy: Policy) -> None:
    outcomes = issue_all(seller, draft(SellerFactory(), policy))
    assert results(outcomes) == [("refused", "seller")]


def test_single_refusal_is_raised(seller: Seller, policy: Policy) -> None:
    with pytest.raises(Refused, match="It is empty, and needed") as caught:
        issue_violation(market=seller.market, draft=draft(seller, policy, facts=""), source="test", now=NOW)
    assert caught.value.field == "facts"


def test_version_in_force_when_the_content_was_live_applies(seller: Seller) -> None:
    policy = PolicyFactory(points=1)
    new = PolicyVersionFactory(policy=policy, number=2, points=4, effective_from=NOW - timedelta(days=3))
    before = ContentDraft("video", "v1", "Old video", published_at=NOW - timedelta(days=5))
    assert issue(seller, policy, content=before).policy_version.number == 1
    assert issue(seller, policy, content=None).policy_version == new


def test_content_before_the_first_version_breaks_nothing(seller: Seller) -> None:
    policy = PolicyFactory(points=False)
    PolicyVersionFactory(policy=policy, effective_from=NOW - timedelta(days=3))
    old = draft(seller, policy, content=ContentDraft("video", "v1", "Old", published_at=NOW - timedelta(days=5)))
    assert results(issue_all(seller, old)) == [("refused", "policy")]


def test_draft_version_does_not_apply(seller: Seller, policy: Policy) -> None:
    PolicyVersionFactory(policy=policy, number=2, points=9, effective_from=NOW - timedelta(days=1), published_at=None)
    assert issue(seller, policy).policy_version.number == 1


def test_content_is_shared_by_its_external_id(seller: Seller, policy: Policy) -> None:
    content = ContentDraft("live", "l1", "Sunday LIVE")
    assert issue(seller, policy, content=content).content == issue(seller, policy, content=content).content
    assert Content.objects.count() == 1


def test_violation_in_closed_books_is_recorded_when_they_end(seller: Seller, policy: Policy) -> None:
    close_books(market_id=seller.market_id, until=NOW)
    violation = issue(seller, policy, issued_at=NOW - timedelta(days=3), now=NOW - timedelta(minutes=1))
    assert (violation.issued_at, violation.recorded_at) == (NOW - timedelta(days=3), NOW)


def test_reaching_a_milestone_imposes_its_action_after_its_notice(seller: Seller, policy: Policy) -> None:
    issue(seller, policy)
    issue(seller, policy)
    assert not EnforcementAction.objects.exists()
    violation = issue(seller, policy)
    action = EnforcementAction.objects.get()
    assert (action.violation, action.milestone.points, action.total) == (violation, 12, 15)
    assert (action.starts_at, action.ends_at) == (NOW, NOW + timedelta(days=7))
    assert (action.notice.seller, action.notice.kind, action.noticed_at) == (seller, "enforcement", NOW)


def test_notice_period_delays_the_action(seller: Seller) -> None:
    seller.market.milestones.filter(points=48).update(notice_days=30)
    issue(seller, PolicyFactory(points=48))
    action = EnforcementAction.objects.get(milestone__points=48)
    assert (action.starts_at, action.ends_at) == (NOW + timedelta(days=30), None)
    assert "until it is lifted" in action.notice.body
    assert "you cannot create listings, join campaigns, go LIVE, post shoppable videos or take orders." in (
        action.notice.body
    )


def test_two_milestones_in_one_batch_are_reached_once_each(seller: Seller, policy: Policy) -> None:
    issue_all(seller, *(draft(seller, policy, external_id=f"v{n}") for n in range(6)))
    reached = EnforcementAction.objects.order_by("milestone__points")
    assert [(a.milestone.points, a.total, a.violation.external_id) for a in reached] == [(12, 15, "v2"), (24, 25, "v4")]


def test_falling_and_crossing_again_reaches_the_milestone_again(seller: Seller) -> None:
    policy = PolicyFactory(points=12)
    issue(seller, policy, issued_at=NOW - timedelta(days=200), now=NOW - timedelta(days=16) + timedelta(seconds=0))
    issue(seller, policy)
    assert [a.total for a in EnforcementAction.objects.all()] == [12]


def test_points_that_expired_before_they_were_recorded_reach_nothing(seller: Seller) -> None:
    issue(seller, PolicyFactory(points=12), issued_at=NOW - timedelta(days=180), now=NOW)
    assert not EnforcementAction.objects.exists()


def test_milestone_without_capabilities_only_warns(seller: Seller) -> None:
    seller.market.milestones.filter(points=12).update(kind="warning", capabilities=[], duration_days=None)
    issue(seller, PolicyFactory(points=12))
    action = EnforcementAction.objects.get()
    assert (action.kind, action.capabilities) == ("warning", [])
    assert "you cannot" not in action.notice.body


def count_statements(market: Market, drafts: list[ViolationDraft]) -> int:
    """How many statements issuing takes; those that only open and close transactions are left out."""
    with CaptureQueriesContext(connection) as queries:
        outcomes = issue_violations(market=market, drafts=drafts, source="test", now=NOW)
    assert {outcome.result for outcome in outcomes} == {Result.CREATED}
    return sum("SAVEPOINT" not in query["sql"] for query in queries)


@pytest.mark.parametrize("count", [1, 3, 300])
def test_batch_takes_the_same_statements_however_long_it_is(count: int) -> None:
    market, policy = MarketFactory(), PolicyFactory(points=1)
    sellers = [MemberFactory(seller__market=market).seller for _ in range(min(count, 3))]
    drafts = [draft(sellers[n % 3], policy, external_id=f"v{n}") for n in range(count)]
    # Books, sellers, what is there, its content, last record, versions; ids of content, content; ids, violations,
    # entries, events; then books, ids, messages and emails; totals and milestones.
    assert count_statements(market, drafts[:8]) == 18
    if drafts[8:]:
        # The content is known. Milestones are reached: books, ids, messages and emails, then ids, actions and events.
        assert count_statements(market, drafts[8:]) == 23


def test_batch_in_which_all_is_there_takes_five_statements(seller: Seller, policy: Policy) -> None:
    drafts = [draft(seller, policy, external_id=f"v{n}") for n in range(3)]
    issue_all(seller, *drafts)
    with CaptureQueriesContext(connection) as queries:
        issue_all(seller, *drafts)
    assert sum("SAVEPOINT" not in query["sql"] for query in queries) == 5


@pytest.mark.django_db(transaction=True)
def test_same_external_ids_in_two_batches_at_once_are_one_violation_each() -> None:
    market, policy = MarketFactory(), PolicyFactory(points=1)
    one, two = SellerFactory.create_batch(2, market=market)
    drafts = {s: [draft(s, policy, external_id=f"v{n}", facts=f"Fact {n}.") for n in range(20)] for s in (one, two)}
    start, outcomes = threading.Barrier(4), []

    def send(seller: Seller, *, backwards: bool) -> None:
        start.wait()
        batch = drafts[seller][::-1] if backwards else drafts[seller]
        outcomes.extend(issue_violations(market=market, drafts=batch, source="test", now=NOW))
        connection.close()

    threads = [
        threading.Thread(target=send, args=[s], kwargs={"backwards": b}) for s in (one, two) for b in (False, True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outcomes) == 80
    assert sum(outcome.result is Result.CREATED for outcome in outcomes) == 20
    told = Message.objects.filter(kind="violation")
    assert Violation.objects.count() == PointsEntry.objects.count() == told.count() == 20


@pytest.mark.django_db(transaction=True)
def test_one_that_is_issued_to_another_seller_meanwhile_is_answered_as_known() -> None:
    market, policy = MarketFactory(), PolicyFactory(points=1)
    first, second = SellerFactory.create_batch(2, market=market)
    drafts = [draft(second, policy, external_id=name) for name in ("other", "same")]
    with background() as start:
        with transaction.atomic():
            issue(first, policy, external_id="same")
            answers = start(lambda: issue_all(second, *drafts))
            wait_until_somebody_waits_for_a_lock()
        assert results(answers.result()) == [("created", ""), ("refused", "external_id")]
    assert list(second.violations.values_list("external_id", "entries__points")) == [("other", 1)]
    assert second.messages.count() == 1


@pytest.mark.django_db(transaction=True)
def test_batches_that_share_external_ids_the_other_way_round_do_not_wait_for_each_other_for_ever() -> None:
    market, policy = MarketFactory(), PolicyFactory(points=1)
    holder, *others = SellerFactory.create_batch(3, market=market)
    with background() as start:
        with transaction.atomic():
            issue(holder, policy, external_id="m")
            answers = [
                start(partial(issue_all, one, *(draft(one, policy, external_id=name) for name in names)))
                for one, names in zip(others, ("amz", "zma"), strict=True)
            ]
            wait_until_somebody_waits_for_a_lock(2)
        answered = [outcome for answer in answers for outcome in answer.result()]
    created = [outcome.external_id for outcome in answered if outcome.result is Result.CREATED]
    assert sorted(created) == ["a", "z"]


@pytest.mark.django_db(transaction=True)
def test_milestone_is_reached_once_by_violations_that_arrive_together() -> None:
    seller, policy = SellerFactory(), PolicyFactory(points=2)
    drafts = [draft(seller, policy, external_id=f"v{n}") for n in range(8)]
    start = threading.Barrier(8)

    def send(sent: ViolationDraft) -> None:
        start.wait()
        issue_violations(market=seller.market, drafts=[sent], source="test", now=NOW)
        connection.close()

    threads = [threading.Thread(target=send, args=[sent]) for sent in drafts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [(action.milestone.points, action.total) for action in EnforcementAction.objects.all()] == [(12, 12)]


def test_preview_says_what_issuing_does_and_does_nothing() -> None:
    seller, policy = SellerFactory(), PolicyFactory(points=8)
    member = MemberFactory(seller=seller).user
    issue(seller, policy, external_id="v-1")
    made = draft(seller, policy, external_id="v-2")
    foreseen, again = (preview_violation(market=seller.market, draft=made, source="admin", now=NOW) for _ in range(2))
    assert Violation.objects.count() == 1
    assert (foreseen.points, foreseen.before, foreseen.after, foreseen.is_known) == (8, 8, 16, False)
    assert ([action.milestone_points for action in foreseen.actions], foreseen.members) == ([12], [member])
    assert foreseen.digest == again.digest
    issue_violation(market=seller.market, draft=made, source="admin", now=NOW)
    assert [action.milestone_points for action in EnforcementAction.objects.all()] == [12]
    known = preview_violation(market=seller.market, draft=made, source="admin", now=NOW)
    assert (known.is_known, known.after) == (True, 16)
    broken = draft(seller, policy, external_id="v-3", facts="")
    with pytest.raises(Refused) as refused:
        preview_violation(market=seller.market, draft=broken, source="admin", now=NOW)
    assert refused.value.field == "facts"


def test_newest_version_in_force_applies_whichever_was_written_down_first(seller: Seller) -> None:
    policy = PolicyFactory(points=1)
    days = {4: 5, 2: 25, 3: 15}
    for number, ago in days.items():
        moment = NOW - timedelta(days=ago)
        PolicyVersionFactory(policy=policy, number=number, points=number, published_at=moment, effective_from=moment)
    assert points_of(seller, policy, published(NOW - timedelta(days=1))) == 4
    assert points_of(seller, policy, replace(published(NOW - timedelta(days=20)), external_id="L-2")) == 2


def test_content_that_went_live_at_the_moment_of_the_decision_is_judged(seller: Seller, policy: Policy) -> None:
    assert issue(seller, policy, content=published(NOW), issued_at=NOW).content_published_at == NOW


def test_violation_without_points_is_over_at_no_time(seller: Seller) -> None:
    sent = draft(seller, PolicyFactory(points=0), issued_at=NOW - timedelta(days=400))
    (outcome,) = issue_all(seller, sent)
    assert (outcome.result, outcome.is_over) == (Result.CREATED, False)
