"""Drafting and publishing the versions of a policy."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max

from sellers.models import Market, User
from sellers.services import Refused

from ..models import Policy, PolicyVersion


@transaction.atomic
def draft_version(*, policy: Policy, **fields: Any) -> PolicyVersion:
    """Start a new version of a policy. Raises ``Refused`` while another draft of it is open."""
    Policy.objects.select_for_update(no_key=True).get(pk=policy.pk)
    if policy.versions.filter(published_at=None).exists():
        raise Refused(f"{policy} has a draft already; publish or delete that one first.")
    last = policy.versions.aggregate(number=Max("number"))["number"] or 0
    return PolicyVersion.objects.create(policy=policy, number=last + 1, **fields)


@transaction.atomic
def publish_version(
    *, version: PolicyVersion, effective_from: datetime, published_by: User | None, now: datetime
) -> PolicyVersion:
    """Publish a draft; from then on it is read-only. It takes effect at ``effective_from`` (UTC).

    A policy's first version may take effect at once; a later one gives the notice that the most careful market asks
    for. Raises ``Refused`` if it is published already, or if ``effective_from`` is too early.
    """
    Policy.objects.select_for_update(no_key=True).get(pk=version.policy_id)
    version.refresh_from_db()
    if version.published_at is not None:
        raise Refused(f"{version} is published already.")
    versions = PolicyVersion.objects.published().filter(policy=version.policy)
    latest = versions.aggregate(latest=Max("effective_from"))["latest"]
    notice = Market.objects.aggregate(days=Max("policy_notice_days"))["days"] or 0
    earliest = now if latest is None else now + timedelta(days=notice)
    if effective_from < earliest:
        raise Refused(f"It can take effect from {earliest:%d %B %Y %H:%M} UTC at the earliest.", field="effective_from")
    if latest is not None and effective_from <= latest:
        raise Refused(
            f"It must take effect after the version before it ({latest:%d %B %Y %H:%M} UTC).", field="effective_from"
        )
    version.effective_from = effective_from
    version.published_at = now
    version.published_by = published_by
    version.save()
    return version
