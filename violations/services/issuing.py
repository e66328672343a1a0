"""Issuing violations. A batch is the only implementation; a single one is a batch of one.

A batch takes the same number of statements however many violations it has: lock the sellers in id order, insert what
is new, assess points, find the milestones reached, impose actions, post messages.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime

from django.db import transaction

from inbox.models import Message
from inbox.services import MessageDraft, post_messages
from sellers.models import Content, Market, Seller, User
from sellers.rules import counted
from sellers.services import (
    ContentDraft,
    ContentKey,
    Outcome,
    Refused,
    Result,
    find_content,
    lock_sellers,
    next_ids,
    recording_time,
)

from ..models import PointsEntry, PolicyVersion, Violation
from .enforcement import impose_actions
from .points import no_earlier_than_the_last


@dataclass(frozen=True)
class ViolationDraft:
    """What the marketplace sends about one violation. Empty parts of the reasons come from the policy version."""

    external_id: str
    seller_external_id: str
    policy_code: str
    issued_at: datetime
    facts: str
    detection: str
    automated: bool
    content: ContentDraft | None = None
    position_seconds: int | None = None
    decision: str = ""
    policy_section: str = ""
    explanation: str = ""

    @property
    def fingerprint(self) -> str:
        """A hash of everything sent, to tell the same violation sent again from another one under its id."""
        text = json.dumps(asdict(self), sort_keys=True, default=_in_utc)
        return hashlib.sha256(text.encode()).hexdigest()


def _in_utc(moment: datetime) -> str:
    """The same text for the same moment, whatever its offset."""
    return moment.astimezone(UTC).isoformat()


@dataclass
class _Batch:
    """What is known about the drafts of one batch before anything is written."""

    market: Market
    recorded_at: datetime
    source: str
    issued_by: User | None
    sellers: dict[str, Seller]
    versions: dict[str, list[PolicyVersion]]
    present: dict[str, tuple[int, str]]
    outcomes: dict[int, Outcome] = field(default_factory=dict)
    accepted: dict[int, ViolationDraft] = field(default_factory=dict)

    def version_for(self, draft: ViolationDraft) -> PolicyVersion | None:
        """The version in force when the content was live, or when the violation was issued if there is none."""
        live_at = (draft.content and draft.content.published_at) or draft.issued_at
        in_force = (
            v for v in self.versions.get(draft.policy_code, []) if v.effective_from and v.effective_from <= live_at
        )
        return next(in_force, None)


def issue_violation(
    *, market: Market, draft: ViolationDraft, source: str, now: datetime, issued_by: User | None = None
) -> Violation:
    """Issue one violation. Raises ``Refused``, naming the field, if it cannot be issued."""
    (outcome,) = issue_violations(market=market, drafts=[draft], source=source, now=now, issued_by=issued_by)
    if outcome.result is Result.REFUSED:
        raise Refused(outcome.reason, field=outcome.field)
    return Violation.objects.get(market=market, external_id=draft.external_id)


@transaction.atomic
def issue_violations(
    *, market: Market, drafts: Sequence[ViolationDraft], source: str, now: datetime, issued_by: User | None = None
) -> list[Outcome]:
    """Issue a batch of violations of one market and answer for each draft, in the order given.

    A draft whose external id is known is already there if everything else is the same too, and refused otherwise. A
    refused draft never keeps a good one from being issued. Points count from ``issued_at``; the violation is recorded
    at ``now``, or at the end of the market's closed books or with the last record of these sellers if that is later.
    """
    recorded_at = recording_time(market_id=market.pk, now=now)
    sellers = lock_sellers(market=market, external_ids=(draft.seller_external_id for draft in drafts))
    recorded_at = no_earlier_than_the_last(recorded_at, seller_ids=[seller.pk for seller in sellers.values()])
    batch = _Batch(
        market=market,
        recorded_at=recorded_at,
        source=source,
        issued_by=issued_by,
        sellers=sellers,
        versions=_published_versions(drafts),
        present=_present(market, (draft.external_id for draft in drafts)),
    )
    _sort_out(batch, drafts)
    violations = _insert_violations(batch)
    entries = _assess_points(batch, violations)
    _tell_issued(batch, violations)
    impose_actions(market=market, entries=entries, now=recorded_at)
    return [batch.outcomes[index] for index in range(len(drafts))]


def _published_versions(drafts: Sequence[ViolationDraft]) -> dict[str, list[PolicyVersion]]:
    """The published versions of each policy named, the newest first."""
    versions: dict[str, list[PolicyVersion]] = {}
    wanted = {draft.policy_code for draft in drafts}
    published = PolicyVersion.objects.published().filter(policy__code__in=wanted).select_related("policy")
    for version in published.order_by("-effective_from"):
        versions.setdefault(version.policy.code, []).append(version)
    return versions


def _present(market: Market, external_ids: Iterable[str]) -> dict[str, tuple[int, str]]:
    known = Violation.objects.filter(market=market, external_id__in=set(external_ids))
    return {
        external_id: (pk, print_) for external_id, pk, print_ in known.values_list("external_id", "pk", "fingerprint")
    }


def _sort_out(batch: _Batch, drafts: Sequence[ViolationDraft]) -> None:
    """Answer the drafts that are refused or already there, and accept the others."""
    first: dict[str, int] = {}
    for index, draft in enumerate(drafts):
        if draft.external_id in batch.present:
            batch.outcomes[index] = _known(draft, *batch.present[draft.external_id])
        elif refusal := _refusal(batch, draft):
            batch.outcomes[index] = Outcome(draft.external_id, Result.REFUSED, None, *refusal)
        elif draft.external_id in first:
            twin = drafts[first[draft.external_id]]
            batch.outcomes[index] = _known(draft, None, twin.fingerprint)
        else:
            first[draft.external_id] = index
            batch.accepted[index] = draft


def _known(draft: ViolationDraft, violation_id: int | None, fingerprint: str) -> Outcome:
    if draft.fingerprint == fingerprint:
        return Outcome(draft.external_id, Result.PRESENT, violation_id)
    reason = "This external id was used before for a violation with other content."
    return Outcome(draft.external_id, Result.REFUSED, violation_id, "external_id", reason)


def _refusal(batch: _Batch, draft: ViolationDraft) -> tuple[str, str] | None:
    """The field and the reason why a draft cannot be issued, if there is one."""
    return _refusal_of_parties(batch, draft) or _refusal_of_statement(batch, draft)


def _refusal_of_parties(batch: _Batch, draft: ViolationDraft) -> tuple[str, str] | None:
    if not draft.external_id.strip():
        return "external_id", "Every violation needs the marketplace's own id."
    if draft.seller_external_id not in batch.sellers:
        return "seller", f"No seller {draft.seller_external_id!r} in market {batch.market.code}."
    if draft.policy_code not in batch.versions:
        return "policy", f"No published policy {draft.policy_code!r}."
    if batch.version_for(draft) is None:
        return "policy", f"No version of {draft.policy_code!r} was in force then."
    return None


def _refusal_of_statement(batch: _Batch, draft: ViolationDraft) -> tuple[str, str] | None:
    if draft.issued_at > batch.recorded_at:
        return "issued_at", "It lies in the future."
    if not draft.facts.strip():
        return "facts", "State the facts: what was seen or heard, and when."
    if draft.detection not in Violation.Detection.values:
        return "detection", f"{draft.detection!r} is none of {', '.join(Violation.Detection.values)}."
    if draft.position_seconds is not None and (draft.content is None or draft.content.kind == Content.Kind.LISTING):
        return "position", "Only a LIVE or a video has a position."
    return None


def _insert_violations(batch: _Batch) -> list[tuple[ViolationDraft, Violation]]:
    """Insert the accepted drafts. One that another transaction issued meanwhile is answered as known."""
    content = _insert_content(batch)
    # In the order of external ids, so that two batches that share some wait for each other in one direction only.
    accepted = sorted(batch.accepted.items(), key=lambda item: item[1].external_id)
    ids = next_ids(Violation, len(accepted))
    violations = {index: _build(batch, draft, pk, content) for pk, (index, draft) in zip(ids, accepted, strict=True)}
    Violation.objects.bulk_create(violations.values(), ignore_conflicts=True)
    stored = _present(batch.market, (violation.external_id for violation in violations.values()))
    issued = []
    for index, violation in violations.items():
        draft, (pk, fingerprint) = batch.accepted[index], stored[violation.external_id]
        if pk == violation.pk:
            batch.outcomes[index] = Outcome(draft.external_id, Result.CREATED, pk, recorded_at=batch.recorded_at)
            issued.append((draft, violation))
        else:
            batch.outcomes[index] = _known(draft, pk, fingerprint)
    return issued


def _insert_content(batch: _Batch) -> dict[ContentKey, int]:
    """Insert the content that is new, and find the ids of all of it by seller, kind and external id."""
    wanted = {
        (batch.sellers[draft.seller_external_id].pk, draft.content.kind, draft.content.external_id): draft.content
        for draft in batch.accepted.values()
        if draft.content is not None
    }
    Content.objects.bulk_create(
        (Content(seller_id=seller_id, **asdict(content)) for (seller_id, _, _), content in wanted.items()),
        ignore_conflicts=True,
    )
    return {key: content.pk for key, content in find_content(wanted).items()}


def _build(batch: _Batch, draft: ViolationDraft, pk: int, content: dict[ContentKey, int]) -> Violation:
    seller = batch.sellers[draft.seller_external_id]
    version = batch.version_for(draft)
    assert version is not None  # noqa: S101  # _refusal saw to it
    return Violation(
        pk=pk,
        market=batch.market,
        seller=seller,
        policy_version=version,
        content_id=content[seller.pk, draft.content.kind, draft.content.external_id] if draft.content else None,
        position_seconds=draft.position_seconds,
        external_id=draft.external_id,
        fingerprint=draft.fingerprint,
        issued_at=draft.issued_at,
        recorded_at=batch.recorded_at,
        issued_by=batch.issued_by,
        source=batch.source,
        decision=draft.decision or _decision(batch.market, version, draft),
        facts=draft.facts,
        detection=draft.detection,
        automated=draft.automated,
        policy_section=draft.policy_section or f"{version.policy.name}, version {version.number}",
        explanation=draft.explanation or version.breach,
        appeal_until=batch.market.appeal_until(draft.issued_at),
    )


def _decision(market: Market, version: PolicyVersion, draft: ViolationDraft) -> str:
    """What was decided, in which scope and for how long, in words."""
    scope = f"your account in {market.name}"
    if not version.points:
        return f"A violation without points was recorded for {scope}."
    until = market.points_expire_at(draft.issued_at).astimezone(market.zone)
    added, they = ("was", "It counts") if version.points == 1 else ("were", "They count")
    return (
        f"{counted(version.points, 'point')} {added} added to {scope}. "
        f"{they} until {until:%d %B %Y, %H:%M} ({market.time_zone})."
    )


def _assess_points(batch: _Batch, violations: list[tuple[ViolationDraft, Violation]]) -> list[PointsEntry]:
    return PointsEntry.objects.bulk_create(
        PointsEntry(
            seller_id=violation.seller_id,
            violation=violation,
            kind=PointsEntry.Kind.ASSESSMENT,
            points=violation.policy_version.points,
            effective_at=violation.issued_at,
            expires_at=batch.market.points_expire_at(violation.issued_at),
            recorded_at=batch.recorded_at,
            reason=violation.policy_version.policy.name,
            created_by=batch.issued_by,
        )
        for _, violation in violations
        if violation.policy_version.points
    )


def _tell_issued(batch: _Batch, violations: list[tuple[ViolationDraft, Violation]]) -> None:
    drafts = [
        MessageDraft(
            seller_id=violation.seller_id,
            kind=Message.Kind.VIOLATION,
            subject=f"New violation: {violation.policy}",
            body=f"{violation.decision}\n\n**What was found:** {violation.facts}",
            path=violation.get_absolute_url(),
            action="See the violation and what to do",
            content_id=violation.content_id,
        )
        for _, violation in violations
    ]
    post_messages(market=batch.market, drafts=drafts, now=batch.recorded_at)
