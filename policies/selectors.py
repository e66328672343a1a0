"""Policies and their versions as the public reads them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef

from .models import Policy, PolicyVersion, PolicyVersionQuerySet


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


def current_versions(*, as_of: datetime) -> PolicyVersionQuerySet:
    """The versions in force at a moment and those announced, the one that takes effect first first."""
    published = PolicyVersion.objects.published()
    replaced = published.filter(
        policy=OuterRef("policy"), effective_from__lte=as_of, effective_from__gt=OuterRef("effective_from")
    )
    return published.filter(~Exists(replaced)).select_related("policy").order_by("effective_from", "id")


def announced_among(versions: Iterable[PolicyVersion], *, as_of: datetime) -> list[PolicyVersion]:
    """Those of some current versions that are not in force yet at a moment."""
    return [version for version in versions if version.effective_from and version.effective_from > as_of]


def in_force_among(versions: Iterable[PolicyVersion], *, as_of: datetime) -> list[PolicyVersion]:
    """Of a moment's current versions, those in force then or at a later one, by the name of the policy."""
    begun = (version for version in versions if version.effective_from and version.effective_from <= as_of)
    last = {version.policy_id: version for version in begun}
    return sorted(last.values(), key=lambda version: version.policy.name.casefold())


@dataclass(frozen=True)
class VersionLine:
    """A published version as seen from a moment: ``upcoming``, ``in force`` or ``replaced``.

    ``until`` is when the version after it takes effect, ``None`` for the last.
    """

    version: PolicyVersion
    state: str
    until: datetime | None


def published_versions(policy: Policy) -> PolicyVersionQuerySet:
    """The published versions of a policy, the latest first."""
    return policy.versions.published().order_by("-effective_from")


def version_lines(versions: Iterable[PolicyVersion], *, as_of: datetime) -> list[VersionLine]:
    """The ``published_versions`` of a policy as seen from a moment."""
    lines: list[VersionLine] = []
    until: datetime | None = None
    for version in versions:
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
    return published_versions(policy).first()


def version_before(version: PolicyVersion) -> PolicyVersion | None:
    """The published version that a version replaces, or would replace as a draft (1 query)."""
    before = version.policy.versions.published()
    if version.effective_from is not None:
        before = before.filter(effective_from__lt=version.effective_from)
    return before.order_by("-effective_from").first()
