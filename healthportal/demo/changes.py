"""New versions of policies, of which the sellers of all markets are told: one at once, one that is still to come."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from accounts.models import User
from policies.models import PolicyVersion
from policies.services import announce_changes, draft_version, propose_version, publish_version


def change_policy(text: dict[str, Any], *, proposed_by: User, published_by: User, now: datetime) -> PolicyVersion:
    """Publish a version that differs from the one in force as ``text`` says, and tell every seller."""
    moment = now - timedelta(hours=text["hours_ago"])
    old = PolicyVersion.objects.in_force(as_of=moment).get(policy__code=text["policy"])
    draft = draft_version(
        policy=old.policy,
        now=moment,
        requirement=old.requirement,
        breach=old.breach,
        wording=_edited(old, text["edits"]),
        severity=old.severity,
        points=text["points"],
        change_summary=text["change_summary"],
    )
    said = {
        "effective_from": _effective_from(moment, text["effective_in_days"]),
        "reason": text.get("reason", ""),
        "now": moment,
    }
    draft = propose_version(version=draft, proposed_by=proposed_by, **said)
    version = publish_version(version=draft, published_by=published_by, **said)
    announce_changes(clock=lambda: moment + timedelta(minutes=1))
    return version


def _edited(version: PolicyVersion, edits: list[dict[str, str]]) -> str:
    wording = version.wording
    for edit in edits:
        if edit["old"] not in wording:
            raise ValueError(f"Version {version} does not say {edit['old']!r}.")
        wording = wording.replace(edit["old"], edit["new"])
    return wording


def _effective_from(moment: datetime, days: int) -> datetime:
    if not days:
        return moment
    return (moment + timedelta(days=days)).replace(hour=0, minute=0, second=0, microsecond=0)
