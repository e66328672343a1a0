"""Drafting and publishing the versions of a policy."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from accounts.models import User
from audit.services import Actor, record, record_alone
from audit.snapshots import snapshot
from kit.far_ahead import refuse_far_ahead
from kit.outcomes import Refused
from kit.texts.characters import has_visible
from sellers.models import Market
from sellers.services import refuse_for_all_markets

from .. import trail_notes, wording
from ..models import Policy, PolicyAnnouncement, PolicyVersion
from ..selectors import newest_version
from .drafts import lock_policy, lock_version

SAID = ["requirement", "breach", "wording", "severity", "points"]
"""What a version says; a draft starts with what the one before it says."""


@transaction.atomic
def draft_version(*, policy: Policy, now: datetime, drafted_by: Actor = None, **fields: Any) -> PolicyVersion:
    """Start a new version of a policy. Raises ``Refused`` while another draft of it is open."""
    lock_policy(policy.pk)
    if policy.versions.filter(published_at=None).exists():
        raise Refused(wording.has_a_draft(policy))
    last = policy.versions.aggregate(number=Max("number"))["number"] or 0
    draft = PolicyVersion.objects.create(policy=policy, number=last + 1, **fields)
    record(by=drafted_by, action="add", about=draft, before={}, now=now)
    return draft


def notice_of_policies() -> timedelta:
    """How long before a new wording takes effect it has to be published (1 query).

    Policies are shared by all markets, so it is the longest notice that any of them asks for.
    """
    return timedelta(days=Market.objects.aggregate(days=Max("policy_notice_days"))["days"] or 0)


@transaction.atomic
def propose_version(
    *, version: PolicyVersion, effective_from: datetime | None, proposed_by: User, now: datetime, reason: str = ""
) -> PolicyVersion:
    """Ask somebody else to publish a draft, to take effect then (UTC), or at once for a ``reason``.

    Raises ``Refused`` as ``publish_version`` does, and if it waits for a second person already.
    """
    refuse_for_all_markets(person=proposed_by)
    version = lock_version(version)
    version.refuse_another_proposal()
    reason = reason.strip() if has_visible(reason) else ""
    earliest = now if reason else now + notice_of_policies()
    _refuse_unpublishable(version, effective_from or now, earliest=earliest, now=now)
    before = snapshot(version)
    version.effective_from, version.immediate_reason = effective_from, reason
    version.proposed_by, version.proposed_at = proposed_by, now
    version.save()
    record(by=proposed_by, action="propose", about=version, note=trail_notes.proposed(), before=before, now=now)
    return version


@transaction.atomic
def publish_version(
    *,
    version: PolicyVersion,
    effective_from: datetime,
    published_by: User | None,
    now: datetime,
    reason: str = "",
    alone_reason: str = "",
) -> PolicyVersion:
    """Publish a draft; from then on it is read-only. It takes effect at ``effective_from`` (UTC).

    Where there is a market, another person publishes it than who proposed it. Who proposed it may publish it alone with
    an ``alone_reason``; without one ``OwnProposal`` is raised. If nobody proposed it, who publishes it proposes it too.

    Every version gives the notice that the most careful market asks for, a policy's first one too. Else it needs a
    ``reason``, which sellers and the public read. The caller asks whether the person may do without the notice.
    Announcements tell the sellers; they are left pending here.

    Raises ``Refused`` if it is published already, changes nothing or does not say what. Also if ``effective_from`` is
    too early or too late. Raises ``BeyondScope`` for who works for some markets.
    """
    refuse_for_all_markets(person=published_by)
    version = lock_version(version)
    reason = reason.strip() if has_visible(reason) else ""
    notice_ends_at = now + notice_of_policies()
    _refuse_unpublishable(version, effective_from, earliest=now if reason else notice_ends_at, now=now)
    before = snapshot(version)
    version.effective_from, version.notice_ends_at = effective_from, notice_ends_at
    version.immediate_reason = reason if effective_from < notice_ends_at else ""
    version.published_at = now
    _approve(version, published_by, alone_reason, now=now)
    version.save()
    note = trail_notes.published(effective_from=effective_from.isoformat(), immediate_reason=version.immediate_reason)
    record(by=published_by, action="publish", about=version, note=note, before=before, now=now)
    if published_by is not None:
        record_alone(by=published_by, about=version, now=now)
    _announce(version, now=now)
    return version


def _approve(version: PolicyVersion, person: User | None, alone_reason: str, *, now: datetime) -> None:
    """Note who publishes it; nobody is the server, which sets a portal up."""
    version.needs_second_person = person is not None and Market.objects.exists()
    if person is None or not version.needs_second_person:
        version.published_by = person
        return
    if version.proposed_by_id is None:
        version.proposed_by, version.proposed_at = person, now
    version.approve_as(person, alone_reason=alone_reason)


def _announce(version: PolicyVersion, *, now: datetime) -> None:
    PolicyAnnouncement.objects.bulk_create(
        PolicyAnnouncement(version=version, market=market, lane=market.pk, due_at=now)
        for market in Market.objects.order_by("id")
    )


def _refuse_unpublishable(
    version: PolicyVersion, effective_from: datetime, *, earliest: datetime, now: datetime
) -> None:
    if version.published_at is not None:
        raise Refused(wording.published_already(version))
    newest = newest_version(version.policy)
    if refusal := why_not_publish(version, newest):
        raise Refused(refusal)
    latest = newest.effective_from if newest else None
    if effective_from < earliest:
        raise Refused(wording.too_early(earliest), field="effective_from")
    refuse_far_ahead(effective_from, now=now, field="effective_from")
    if latest is not None and effective_from <= latest:
        raise Refused(wording.not_after_the_version_before(latest), field="effective_from")


def why_not_publish(version: PolicyVersion, newest: PolicyVersion | None) -> str:
    """Why a draft cannot follow the newest version: it says nothing new, or not what is new; empty if it can."""
    if newest is None:
        return ""
    if all(_told(getattr(version, name)) == _told(getattr(newest, name)) for name in SAID):
        return wording.says_the_same(newest)
    if not has_visible(version.change_summary):
        return _("Say in the draft what is new (Change summary): every seller reads it.")
    return ""


def _told(value: object) -> str:
    """What is read of a value: a line break is one, however the form sent it."""
    return "\n".join(line.rstrip() for line in str(value).strip().splitlines())
