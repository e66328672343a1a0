"""Policies and their versions as the public reads them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from .models import Policy, PolicyVersion


@dataclass(frozen=True)
class PolicyLine:
    """A policy with the version in force and the next one that is published already, if there is one."""

    policy: Policy
    version: PolicyVersion
    upcoming: PolicyVersion | None


def list_policies(*, as_of: datetime) -> list[PolicyLine]:
    """The policies in force at a moment, by topic and name, each with its version then (2 queries)."""
    announced = (
        PolicyVersion.objects.published().filter(effective_from__gt=as_of).order_by("policy_id", "-effective_from")
    )
    upcoming = {version.policy_id: version for version in announced}
    in_force = PolicyVersion.objects.in_force(as_of=as_of).select_related("policy__article")
    lines = [PolicyLine(version.policy, version, upcoming.get(version.policy_id)) for version in in_force]
    return sorted(lines, key=lambda line: (line.policy.topic.casefold(), line.policy.name.casefold()))


@dataclass(frozen=True)
class VersionLine:
    """A published version as seen from a moment: ``upcoming``, ``in force`` or ``replaced``.

    ``until`` is when the version after it takes effect, ``None`` for the last.
    """

    version: PolicyVersion
    state: str
    until: datetime | None


def versions_of(*, policy: Policy, as_of: datetime) -> list[VersionLine]:
    """The published versions of a policy, the latest first (1 query)."""
    lines: list[VersionLine] = []
    until: datetime | None = None
    for version in policy.versions.published().order_by("-effective_from"):
        assert version.effective_from is not None  # noqa: S101  # published versions have a date
        if version.effective_from > as_of:
            state = "upcoming"
        else:
            state = "replaced" if any(line.state == "in force" for line in lines) else "in force"
        lines.append(VersionLine(version, state, until))
        until = version.effective_from
    return lines


def newest_version(policy: Policy) -> PolicyVersion | None:
    """The published version that takes effect last, whether it is in force yet or not (1 query)."""
    return policy.versions.published().order_by("-effective_from").first()


def version_before(version: PolicyVersion) -> PolicyVersion | None:
    """The published version that a version replaces, or would replace as a draft (1 query)."""
    before = version.policy.versions.published()
    if version.effective_from is not None:
        before = before.filter(effective_from__lt=version.effective_from)
    return before.order_by("-effective_from").first()
