"""What drafts of wordings and of articles share: the lock that each step takes first, and taking a proposal back."""

from __future__ import annotations

from datetime import datetime
from typing import TypeVar

from django.db import transaction

from audit.services import Actor, record
from audit.snapshots import snapshot
from kit.outcomes import Refused
from sellers.services import refuse_for_all_markets

from .. import trail_notes, wording
from ..models import ArticleVersion, Policy, PolicyVersion

Version = TypeVar("Version", bound=PolicyVersion | ArticleVersion)


def lock_policy(policy_id: int) -> None:
    """Lock a policy until the transaction ends; whoever drafts, proposes or publishes something of it takes turns."""
    Policy.objects.select_for_update(no_key=True).get(pk=policy_id)


def lock_version(version: Version) -> Version:
    """The version as it is, under the lock of its policy."""
    lock_policy(version.policy_id)
    version.refresh_from_db()
    return version


@transaction.atomic
def take_back_proposal(*, version: Version, taken_back_by: Actor, now: datetime) -> Version:
    """Let a draft be a draft again: nobody is asked to publish it. Raises ``Refused`` if nobody is."""
    refuse_for_all_markets(person=taken_back_by)
    version = lock_version(version)
    if version.published_at is not None or version.proposed_by_id is None:
        raise Refused(wording.does_not_wait())
    before = snapshot(version)
    version.forget_proposal()
    version.save()
    record(by=taken_back_by, action="take_back", about=version, note=trail_notes.taken_back(), before=before, now=now)
    return version
