from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from audit.models import AuditEntry
from kit.outcomes import Refused
from policies.models import Policy, PolicyAnnouncement, PolicyVersion
from policies.services import SAID, draft_version, propose_version, publish_version
from tests.factories import NOW, MarketFactory, PolicyFactory, PolicyVersionFactory, UserFactory
from tests.threads import at_once
from violations.services import open_market

pytestmark = pytest.mark.django_db

WORDING = {
    "requirement": "Be true.",
    "breach": "It was not.",
    "wording": "## 1. Truth",
    "severity": "minor",
    "points": 1,
    "change_summary": "Labels count as proof.",
}


def test_new_market_starts_with_the_default_milestones() -> None:
    market = open_market(code="TH", name="Thailand", time_zone="Asia/Bangkok", rewarded_passes_per_month=1)
    assert list(market.milestones.values_list("points", "kind", "duration_days")) == [
        (12, "restriction", 7),
        (24, "restriction", 14),
        (36, "restriction", 28),
        (48, "deactivation", None),
    ]


def test_new_market_needs_a_time_zone() -> None:
    with pytest.raises(ValidationError, match="no time zone"):
        open_market(code="TH", name="Thailand", time_zone="Bangkok")


@pytest.mark.parametrize("end", ["", "\r\n", " \n\n"])
def test_version_that_says_nothing_new_is_refused(end: str) -> None:
    policy = PolicyFactory()
    same = {name: getattr(policy.versions.get(), name) for name in SAID}
    same["wording"] = same["wording"].replace("\n", "\r\n") + end
    version = draft_version(policy=policy, now=NOW, change_summary="Nothing.", **same)
    with pytest.raises(Refused, match="It says the same as version 1"):
        publish_version(version=version, effective_from=NOW + timedelta(days=60), published_by=None, now=NOW)


def test_later_version_says_what_is_new() -> None:
    version = draft_version(policy=PolicyFactory(), now=NOW, **WORDING | {"change_summary": " "})
    with pytest.raises(Refused, match="Say in the draft what is new"):
        publish_version(version=version, effective_from=NOW + timedelta(days=60), published_by=None, now=NOW)


def test_first_version_keeps_the_notice_too_and_is_announced() -> None:
    market, policy = MarketFactory(policy_notice_days=30), PolicyFactory(points=False)
    version = draft_version(policy=policy, now=NOW, **WORDING | {"change_summary": ""})
    with pytest.raises(Refused, match="at the earliest"):
        publish_version(version=version, effective_from=NOW, published_by=None, now=NOW)
    publish_version(version=version, effective_from=NOW + timedelta(days=30), published_by=None, now=NOW)
    assert PolicyAnnouncement.objects.get().market == market
    assert not Policy.objects.published(as_of=NOW).exists()


def test_first_version_may_take_effect_at_once_where_there_is_no_market_yet() -> None:
    policy, editor = PolicyFactory(points=False), UserFactory()
    version = draft_version(policy=policy, now=NOW, **WORDING)
    publish_version(version=version, effective_from=NOW, published_by=editor, now=NOW)
    assert list(PolicyVersion.objects.in_force(as_of=NOW)) == [version]
    assert (version.number, version.published_by) == (1, editor)
    assert list(Policy.objects.published(as_of=NOW)) == [policy]
    assert not Policy.objects.published(as_of=NOW - timedelta(seconds=1)).exists()


def test_second_draft_waits_for_the_first() -> None:
    policy = PolicyFactory()
    assert draft_version(policy=policy, now=NOW, **WORDING).number == 2
    with pytest.raises(Refused, match="has a draft already"):
        draft_version(policy=policy, now=NOW, **WORDING)


def test_later_version_gives_the_longest_notice_that_a_market_asks_for() -> None:
    MarketFactory(policy_notice_days=15)
    MarketFactory(policy_notice_days=30)
    version = draft_version(policy=PolicyFactory(), now=NOW, **WORDING)
    with pytest.raises(Refused, match="at the earliest") as caught:
        publish_version(version=version, effective_from=NOW + timedelta(days=29), published_by=None, now=NOW)
    assert caught.value.field == "effective_from"
    publish_version(version=version, effective_from=NOW + timedelta(days=30), published_by=None, now=NOW)
    assert PolicyVersion.objects.in_force(as_of=NOW).get().number == 1
    assert PolicyVersion.objects.in_force(as_of=NOW + timedelta(days=30)).get().number == 2


def test_year_that_was_mistyped_is_refused_for_nothing_that_is_published_is_taken_back() -> None:
    version = draft_version(policy=PolicyFactory(), now=NOW, **WORDING)
    with pytest.raises(Refused, match="more than five years away") as caught:
        publish_version(version=version, effective_from=NOW + timedelta(days=1831), published_by=None, now=NOW)
    assert caught.value.field == "effective_from"


def test_reason_does_without_the_notice_and_stays_on_the_version() -> None:
    MarketFactory(policy_notice_days=15)
    version = draft_version(policy=PolicyFactory(), now=NOW, **WORDING)
    with pytest.raises(Refused, match="at the earliest"):
        publish_version(version=version, effective_from=NOW, published_by=None, now=NOW, reason=" \n\u200b")
    with pytest.raises(Refused, match="at the earliest"):
        publish_version(
            version=version, effective_from=NOW - timedelta(seconds=1), published_by=None, now=NOW, reason="A recall."
        )
    publish_version(version=version, effective_from=NOW, published_by=None, now=NOW, reason=" A recall. ")
    version.refresh_from_db()
    assert (version.immediate_reason, version.notice_ends_at) == ("A recall.", NOW + timedelta(days=15))
    assert version.at_once
    assert PolicyVersion.objects.in_force(as_of=NOW).get() == version


def test_reason_is_not_kept_when_the_notice_is() -> None:
    version = draft_version(policy=PolicyFactory(), now=NOW, **WORDING)
    in_time = NOW + timedelta(days=40)
    publish_version(version=version, effective_from=in_time, published_by=None, now=NOW, reason="A recall.")
    assert (version.immediate_reason, version.at_once) == ("", False)


@pytest.mark.parametrize(("notice_ends_at", "reason"), [(NOW, ""), (NOW, " \n"), (None, ""), (None, "A recall.")])
def test_database_refuses_a_version_before_its_notice_ends_without_a_reason(
    notice_ends_at: datetime | None, reason: str
) -> None:
    with pytest.raises(IntegrityError, match="policy_version_without_notice_says_why"), transaction.atomic():
        PolicyVersionFactory(
            published_at=NOW - timedelta(days=1),
            effective_from=NOW - timedelta(hours=1),
            notice_ends_at=notice_ends_at,
            immediate_reason=reason,
        )


def test_version_takes_effect_after_the_one_before_it() -> None:
    policy = PolicyFactory()
    second = draft_version(policy=policy, now=NOW, **WORDING)
    publish_version(version=second, effective_from=NOW + timedelta(days=40), published_by=None, now=NOW)
    third = draft_version(policy=policy, now=NOW, **WORDING | {"points": 4})
    with pytest.raises(Refused, match="after the version before it"):
        publish_version(version=third, effective_from=NOW + timedelta(days=40), published_by=None, now=NOW)


def test_published_version_is_read_only() -> None:
    version = PolicyFactory().versions.get()
    with pytest.raises(Refused, match="published already"):
        publish_version(version=version, effective_from=NOW, published_by=None, now=NOW)
    with pytest.raises(IntegrityError, match="is published"), transaction.atomic():
        PolicyVersion.objects.filter(pk=version.pk).update(points=9)
    with pytest.raises(IntegrityError, match="is published"), transaction.atomic():
        version.delete()


def test_publishing_is_in_the_trail_with_the_reason_why_there_is_no_notice() -> None:
    MarketFactory(policy_notice_days=15)
    policy, editor = PolicyFactory(), UserFactory()
    version = draft_version(policy=policy, now=NOW, drafted_by=editor, **WORDING)
    version = propose_version(version=version, effective_from=None, proposed_by=editor, now=NOW, reason="A recall.")
    lead = UserFactory()
    publish_version(version=version, effective_from=NOW, published_by=lead, now=NOW, reason="A recall.")
    drafted, _proposed, published = AuditEntry.objects.order_by("id")
    assert {"field": "breach", "from": None, "to": "It was not."} in drafted.changes
    assert [entry.person for entry in (drafted, published)] == [editor, lead]
    assert {entry.object_id for entry in (drafted, published)} == {str(version.pk)}
    assert published.note == ("Published; takes effect 18 Nov 2026, 12:00 UTC. Without the notice, because: A recall.")
    assert {"published_at", "effective_from", "notice_ends_at", "published_by", "needs_second_person"} == {
        change["field"] for change in published.changes
    }


@pytest.mark.django_db(transaction=True)
def test_drafts_that_are_begun_at_once_are_one() -> None:
    policy = PolicyFactory()

    def draft() -> object:
        try:
            return draft_version(policy=policy, now=NOW, **WORDING).number
        except Refused as refusal:
            return str(refusal)

    answers = Counter(at_once(4, draft))
    assert answers == {2: 1, f"{policy} has a draft already; publish or delete that one first.": 3}


@pytest.mark.django_db(transaction=True)
def test_version_that_is_published_twice_at_once_is_published_once() -> None:
    MarketFactory()
    version = draft_version(policy=PolicyFactory(), now=NOW, **WORDING)

    def publish() -> object:
        try:
            return publish_version(
                version=PolicyVersion.objects.get(pk=version.pk),
                effective_from=NOW + timedelta(days=40),
                published_by=None,
                now=NOW,
            ).number
        except Refused:
            return "refused"

    assert Counter(at_once(4, publish)) == {2: 1, "refused": 3}
    assert PolicyAnnouncement.objects.count() == 1


def test_what_somebody_else_changed_in_the_draft_meanwhile_is_what_is_published() -> None:
    version = draft_version(policy=PolicyFactory(), now=NOW, **WORDING)
    PolicyVersion.objects.filter(pk=version.pk).update(breach="It was not, and it could be seen.", points=3)
    publish_version(version=version, effective_from=NOW + timedelta(days=40), published_by=None, now=NOW)
    stored = PolicyVersion.objects.get(pk=version.pk)
    assert (stored.breach, stored.points) == ("It was not, and it could be seen.", 3)


def test_version_that_takes_effect_when_the_notice_ends_keeps_it() -> None:
    MarketFactory(policy_notice_days=15)
    version = draft_version(policy=PolicyFactory(), now=NOW, **WORDING)
    then = NOW + timedelta(days=15)
    publish_version(version=version, effective_from=then, published_by=None, now=NOW, reason="A recall.")
    assert (version.immediate_reason, version.at_once) == ("", False)


def test_refusal_of_a_day_names_its_field() -> None:
    policy = PolicyFactory()
    second = draft_version(policy=policy, now=NOW, **WORDING)
    then = NOW + timedelta(days=40)
    publish_version(version=second, effective_from=then, published_by=None, now=NOW)
    third = draft_version(policy=policy, now=NOW, **WORDING | {"points": 4})
    for too_early in (NOW - timedelta(days=1), then):
        with pytest.raises(Refused) as caught:
            publish_version(version=third, effective_from=too_early, published_by=None, now=NOW)
        assert caught.value.field == "effective_from"


def test_each_policy_has_its_own_drafts_and_versions() -> None:
    first, second = PolicyFactory(), PolicyFactory()
    draft_version(policy=first, now=NOW, **WORDING)
    draft = draft_version(policy=second, now=NOW, **WORDING)
    publish_version(version=draft, effective_from=NOW + timedelta(days=60), published_by=None, now=NOW)
    assert (draft.policy, draft.number) == (second, 2)
    assert first.versions.filter(published_at=None).count() == 1


def test_markets_are_told_of_a_version_side_by_side() -> None:
    markets = {MarketFactory().pk, MarketFactory().pk}
    version = draft_version(policy=PolicyFactory(), now=NOW, **WORDING)
    publish_version(version=version, effective_from=NOW + timedelta(days=60), published_by=None, now=NOW)
    told = PolicyAnnouncement.objects.filter(version=version).values_list("market", "lane")
    assert set(told) == {(pk, pk) for pk in markets}
