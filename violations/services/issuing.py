"""Issuing violations. A batch is the only implementation; a single one is a batch of one.

A batch takes the same number of statements however many violations it has: lock the sellers in id order, insert what
is new, assess points, find the milestones reached, impose actions, post messages. Rows are plain values by column and
go in by ``insert_rows``: model instances take several times as long as the database does.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import NamedTuple

from django.db import connection, transaction
from django.urls import reverse

from accounts.models import User
from audit.services import record
from inbox.models import Message
from inbox.services import Concern, MessageDraft, post_messages
from kit.database.inserting import insert_rows, next_ids
from kit.formatting import counted, deadline_words
from kit.markdown.parsing import escaped
from kit.outcomes import Outcome, Refused, Result
from kit.texts.characters import has_visible
from policies.models import PolicyVersion
from sellers.models import Content, Market
from sellers.services import (
    ContentKey,
    KnownContent,
    keep_content,
    known_content,
    lock_seller_ids,
    own_sellers,
    recording_time,
)

from ..models import PointsEntry, Violation
from ..wording.statements import whole_policy
from .drafts import ViolationDraft, unstorable_part
from .enforcement import Assessment, impose_actions
from .points import not_before_last_record

OVER = "That was over before you were told: nothing of it counts now."
DETECTIONS = Violation.Detection.values


class _Version(NamedTuple):
    """What issuing needs to know of a published policy version; as a model it would take longer for each violation."""

    code: str
    policy: str
    id: int
    number: int
    points: int
    breach: str
    effective_from: datetime


@dataclass
class _Accepted:
    """A draft that can be issued: for which seller, under which version and about what; then its id."""

    index: int
    draft: ViolationDraft
    seller_id: int
    version: _Version
    content_key: ContentKey | None
    content: KnownContent | None
    expires_at: datetime
    told_at: datetime
    id: int = 0
    content_id: int | None = None
    decision: str = ""

    @property
    def is_over(self) -> bool:
        """Whether it has points and they stopped counting before the seller is told."""
        return bool(self.version.points) and self.expires_at <= self.told_at


@dataclass
class _Batch:
    """What is known about the drafts of one batch before anything is written."""

    market: Market
    recorded_at: datetime
    source: str
    issued_by: User | None
    seller_ids: dict[str, int]
    versions: dict[str, list[_Version]]
    present: dict[str, tuple[int, str]]
    content_before: Mapping[ContentKey, KnownContent]
    own_sellers: set[int]
    outcomes: dict[int, Outcome] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.content = dict(self.content_before)

    def content_key(self, draft: ViolationDraft) -> ContentKey | None:
        content = draft.content
        return (self.seller_ids[draft.seller_external_id], content.kind, content.external_id) if content else None

    def content_of(self, draft: ViolationDraft) -> KnownContent | None:
        """The content that a draft is about: what the portal knows of it, with what only the draft says."""
        if draft.content is None:
            return None
        known = self.content.get(self.content_key(draft))  # type: ignore[arg-type]  # the draft has content
        return known.completed(draft.content) if known else KnownContent(None, **vars(draft.content))

    def version_for(self, draft: ViolationDraft, content: KnownContent | None) -> _Version | None:
        """The version in force when the content went live, or when the violation was issued if nobody knows that."""
        live_at = (content and content.published_at) or draft.issued_at
        return next((v for v in self.versions.get(draft.policy_code, []) if v.effective_from <= live_at), None)


def issue_violation(
    *, market: Market, draft: ViolationDraft, source: str, now: datetime, issued_by: User | None = None
) -> Violation:
    """Issue one violation. Raises ``Refused``, naming the field, if it cannot be issued."""
    (outcome,) = issue_violations(market=market, drafts=[draft], source=source, now=now, issued_by=issued_by)
    if outcome.result is Result.REFUSED:
        raise Refused(outcome.reason, field=outcome.field)
    violation = Violation.objects.get(market=market, external_id=draft.external_id)
    if outcome.result is Result.CREATED:
        note = f"Issued to {violation.seller}: {violation.policy_version}."
        record(by=issued_by, action="add", about=violation, note=note, before={}, now=now)
    return violation


@transaction.atomic
def issue_violations(
    *,
    market: Market,
    drafts: Sequence[ViolationDraft],
    source: str,
    now: datetime,
    issued_by: User | None = None,
    hands: Collection[User] = (),
) -> list[Outcome]:
    """Issue a batch of violations of one market and answer for each draft, in the order given.

    A draft whose external id is known is already there if everything else is the same too, and refused otherwise. A
    refused draft never keeps a good one from being issued. ``hands`` are the people who have a part in it besides
    ``issued_by``: a draft about a seller that one of them may act for is refused. Points count from ``issued_at``; the
    violation is recorded at ``now``, or at the end of the market's closed books or with the last record of these
    sellers if that is later. Content is judged by the date that the portal knows, which no draft contradicts.
    A batch is in the audit trail as the upload or the import it is part of; each violation names that as its source.
    """
    recorded_at = recording_time(market_id=market.pk, now=now)
    unstorable = {index: fault for index, draft in enumerate(drafts) if (fault := unstorable_part(draft))}
    storable = [(index, draft) for index, draft in enumerate(drafts) if index not in unstorable]
    seller_ids = lock_seller_ids(market=market, external_ids=(draft.seller_external_id for _, draft in storable))
    present = _present(market, [draft.external_id for _, draft in storable])
    fresh = [draft for _, draft in storable if draft.external_id not in present]
    batch = _Batch(
        market=market,
        recorded_at=not_before_last_record(recorded_at, seller_ids=seller_ids.values()),
        source=source,
        issued_by=issued_by,
        seller_ids=seller_ids,
        versions=_published_versions({draft.policy_code for _, draft in storable}),
        present=present,
        content_before=_known_content(seller_ids, fresh),
        own_sellers=own_sellers(people=[issued_by, *hands], seller_ids=seller_ids.values()),
        outcomes={index: _refused(drafts[index], *fault) for index, fault in unstorable.items()},
    )
    if accepted := _accept(batch, storable):
        issued = _insert_violations(batch, accepted)
        assessments = _assess_points(batch, issued)
        _tell_issued(batch, issued)
        impose_actions(market=market, assessments=assessments, now=batch.recorded_at)
    return [batch.outcomes[index] for index in range(len(drafts))]


def _published_versions(codes: Iterable[str]) -> dict[str, list[_Version]]:
    """The published versions of each policy named, the newest first."""
    versions: dict[str, list[_Version]] = {}
    published = PolicyVersion.objects.published().filter(policy__code__in=codes).order_by("-effective_from")
    columns = ("policy__code", "policy__name", "id", "number", "points", "breach", "effective_from")
    for values in published.values_list(*columns):
        versions.setdefault(values[0], []).append(_Version(*values))
    return versions


def _known_content(seller_ids: Mapping[str, int], drafts: Iterable[ViolationDraft]) -> dict[ContentKey, KnownContent]:
    """What the portal knows of the content of drafts."""
    keys = {
        (seller_id, draft.content.kind, draft.content.external_id)
        for draft in drafts
        if draft.content and (seller_id := seller_ids.get(draft.seller_external_id))
    }
    return known_content(keys)


def _present(market: Market, external_ids: list[str]) -> dict[str, tuple[int, str]]:
    """The ids and fingerprints of the violations that are there, by external id."""
    with connection.cursor() as cursor:
        cursor.execute(PRESENT, [market.pk, external_ids])
        return {external_id: (pk, fingerprint) for external_id, pk, fingerprint in cursor.fetchall()}


PRESENT = "SELECT external_id, id, fingerprint FROM violations_violation WHERE market_id = %s AND external_id = ANY(%s)"


def _accept(batch: _Batch, drafts: Iterable[tuple[int, ViolationDraft]]) -> list[_Accepted]:
    """Answer the drafts that are refused or already there, and accept the others."""
    accepted: dict[str, _Accepted] = {}
    for index, draft in drafts:
        if draft.external_id in batch.present:
            batch.outcomes[index] = _known(draft, *batch.present[draft.external_id])
            continue
        found = _judge(batch, index, draft)
        if isinstance(found, tuple):
            batch.outcomes[index] = _refused(draft, *found)
        elif draft.external_id in accepted:
            batch.outcomes[index] = _known(draft, None, accepted[draft.external_id].draft.fingerprint)
        else:
            accepted[draft.external_id] = found
            if found.content_key and found.content:
                batch.content[found.content_key] = found.content  # what one draft says, the next ones find known
    return list(accepted.values())


def _judge(batch: _Batch, index: int, draft: ViolationDraft) -> _Accepted | tuple[str, str]:
    """A draft that can be issued; or the field that cannot stand, and why."""
    if refusal := _refusal_of_seller(batch, draft):
        return refusal
    content = batch.content_of(draft)
    version = batch.version_for(draft, content)
    refusal = _refusal_of_content(draft, content) or _refusal_of_policy(batch, draft, version)
    if refusal := refusal or _refusal_of_statement(batch, draft):
        return refusal
    assert version is not None  # noqa: S101  # _refusal_of_policy saw to it
    return _Accepted(
        index=index,
        draft=draft,
        seller_id=batch.seller_ids[draft.seller_external_id],
        version=version,
        content_key=batch.content_key(draft),
        content=content,
        expires_at=batch.market.points_expire_at(draft.issued_at),
        told_at=batch.recorded_at,
    )


def _refused(draft: ViolationDraft, field: str, reason: str) -> Outcome:
    return Outcome(draft.external_id, Result.REFUSED, None, field, reason)


def _known(draft: ViolationDraft, violation_id: int | None, fingerprint: str) -> Outcome:
    if draft.fingerprint == fingerprint:
        return Outcome(draft.external_id, Result.PRESENT, violation_id)
    reason = "This external id was used before for a violation with other content."
    return Outcome(draft.external_id, Result.REFUSED, violation_id, "external_id", reason)


def _refusal_of_seller(batch: _Batch, draft: ViolationDraft) -> tuple[str, str] | None:
    if not has_visible(draft.external_id):
        return "external_id", "Every violation needs the marketplace's own id."
    if draft.seller_external_id not in batch.seller_ids:
        return "seller", f"No seller {draft.seller_external_id!r} in market {batch.market.code}."
    if batch.seller_ids[draft.seller_external_id] in batch.own_sellers:
        return "seller", "Who issues or sends this is a member of the seller: somebody else does."
    return None


def _refusal_of_content(draft: ViolationDraft, content: KnownContent | None) -> tuple[str, str] | None:
    """Content is judged by the date that the portal knows: no draft has another one, or was decided before it."""
    if content is None or content.published_at is None:
        return None
    said = draft.content and draft.content.published_at
    if said and said != content.published_at:
        return "content_published_at", f"The portal knows that this content was published at {_utc(content)}."
    if content.published_at > draft.issued_at:
        return "content_published_at", "It lies after issued_at." if said else f"{_utc(content)} lies after issued_at."
    return None


def _utc(content: KnownContent) -> str:
    return f"{content.published_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if content.published_at else ""


def _refusal_of_policy(batch: _Batch, draft: ViolationDraft, version: _Version | None) -> tuple[str, str] | None:
    if draft.policy_code not in batch.versions:
        return "policy", f"No published policy {draft.policy_code!r}."
    if version is None:
        return "policy", f"No version of {draft.policy_code!r} was in force then."
    if not has_visible(draft.explanation) and not has_visible(version.breach):
        return "explanation", "Say why it breaks the policy: the policy itself does not."
    return None


def _refusal_of_statement(batch: _Batch, draft: ViolationDraft) -> tuple[str, str] | None:
    if draft.issued_at > batch.recorded_at:
        return "issued_at", "It lies in the future."
    if not has_visible(draft.facts):
        return "facts", "State the facts: what was seen or heard, and when."
    if draft.detection not in DETECTIONS:
        return "detection", f"{draft.detection!r} is none of {', '.join(DETECTIONS)}."
    if draft.position_seconds is not None and (draft.content is None or draft.content.kind == Content.Kind.LISTING):
        return "position", "Only a LIVE or a video has a position."
    return None


def _decision(market: Market, accepted: _Accepted) -> str:
    """What was decided, in which scope and for how long, in words."""
    version = accepted.version
    scope = f"your account in the market {escaped(market.name)}"
    if not version.points:
        return f"A violation without points was recorded for {scope}."
    until = deadline_words(accepted.expires_at, zone=market.zone)
    if accepted.is_over:
        are, would = ("is", "It") if version.points == 1 else ("are", "They")
        return (
            f"{counted(version.points, 'point')} {are} on record for {scope}. "
            f"{would} would have counted until {until}. {OVER}"
        )
    added, they = ("was", "It counts") if version.points == 1 else ("were", "They count")
    return f"{counted(version.points, 'point')} {added} added to {scope}. {they} until {until}."


def _insert_violations(batch: _Batch, accepted: list[_Accepted]) -> list[_Accepted]:
    """Insert the accepted drafts. One that another transaction issued meanwhile is answered as known."""
    content_ids = _keep_content(batch)
    # In the order of external ids, so that two batches that share some wait for each other in one direction only.
    accepted.sort(key=lambda a: a.draft.external_id)
    for pk, a in zip(next_ids(Violation, len(accepted)), accepted, strict=True):
        a.id, a.content_id = pk, content_ids[a.content_key] if a.content_key else None
        a.decision = _written(a.draft.decision) or _decision(batch.market, a)
    inserted = insert_rows(
        Violation,
        [_violation_row(a) for a in accepted],
        shared={
            "market_id": batch.market.pk,
            "recorded_at": batch.recorded_at,
            "appeal_until": batch.market.appeal_until(batch.recorded_at),
            "issued_by_id": batch.issued_by and batch.issued_by.pk,
            "source": batch.source,
            "void_reason": "",
        },
        ignore_conflicts=True,
    )
    others = [a for a in accepted if a.id not in inserted]
    stored = _present(batch.market, [a.draft.external_id for a in others]) if others else {}
    for a in others:
        batch.outcomes[a.index] = _known(a.draft, *stored[a.draft.external_id])
    issued = [a for a in accepted if a.id in inserted]
    for a in issued:
        batch.outcomes[a.index] = Outcome(
            a.draft.external_id, Result.CREATED, a.id, recorded_at=batch.recorded_at, is_over=a.is_over
        )
    return issued


def _written(text: str) -> str:
    """A text without the space around it, empty if nobody would see anything of it."""
    return text.strip() if has_visible(text) else ""


def _keep_content(batch: _Batch) -> dict[ContentKey, int]:
    """Write what is new of the content of the batch; the ids of all of it."""
    fresh = [key for key, content in batch.content.items() if content.id is None]
    for key, pk in zip(fresh, next_ids(Content, len(fresh)) if fresh else [], strict=True):
        batch.content[key] = batch.content[key]._replace(id=pk)
    keep_content(batch.content, before=batch.content_before)
    return {key: content.id for key, content in batch.content.items() if content.id}


def _violation_row(accepted: _Accepted) -> dict[str, object]:
    draft, version, content = accepted.draft, accepted.version, accepted.content
    return {
        "id": accepted.id,
        "seller_id": accepted.seller_id,
        "policy_version_id": version.id,
        "policy_name": version.policy,
        "content_id": accepted.content_id,
        "content_kind": content.kind if content else "",
        "content_title": content.title if content else "",
        "content_url": content.url if content else "",
        "content_published_at": content and content.published_at,
        "position_seconds": draft.position_seconds,
        "external_id": draft.external_id,
        "fingerprint": draft.fingerprint,
        "issued_at": draft.issued_at,
        "decision": accepted.decision,
        "facts": draft.facts,
        "detection": draft.detection,
        "automated": draft.automated,
        "policy_section": _written(draft.policy_section) or whole_policy(version.policy, version.number),
        "explanation": _written(draft.explanation) or version.breach,
    }


def _assess_points(batch: _Batch, issued: list[_Accepted]) -> list[Assessment]:
    """Enter the points of the violations that have any into the ledger."""
    assessments = [
        Assessment(
            violation_id=a.id,
            external_id=a.draft.external_id,
            seller_id=a.seller_id,
            points=a.version.points,
            effective_at=a.draft.issued_at,
            expires_at=a.expires_at,
            reason=a.version.policy,
        )
        for a in issued
        if a.version.points
    ]
    shared = {
        "kind": PointsEntry.Kind.ASSESSMENT,
        "source": PointsEntry.Source.VIOLATION,
        "recorded_at": batch.recorded_at,
        "created_by_id": batch.issued_by and batch.issued_by.pk,
    }
    insert_rows(PointsEntry, [_entry_row(assessment) for assessment in assessments], shared=shared)
    return assessments


def _entry_row(assessment: Assessment) -> dict[str, object]:
    return {
        "violation_id": assessment.violation_id,
        "seller_id": assessment.seller_id,
        "points": assessment.points,
        "effective_at": assessment.effective_at,
        "expires_at": assessment.expires_at,
        "reason": assessment.reason,
    }


def _tell_issued(batch: _Batch, issued: list[_Accepted]) -> None:
    drafts = [
        MessageDraft(
            seller_id=a.seller_id,
            kind=Message.Kind.VIOLATION,
            subject=f"New violation: {a.version.policy}",
            body="\n\n".join([*_decided(a), f"**What was found:** {a.draft.facts}"]),
            path=_page().format(seller_id=a.seller_id, violation_id=a.id),
            action="See the violation and what to do",
            concerns=_concern(a),
        )
        for a in issued
    ]
    post_messages(market=batch.market, drafts=drafts, now=batch.recorded_at)


def _concern(accepted: _Accepted) -> Concern | None:
    content = accepted.content
    if content is None or accepted.content_id is None:
        return None
    return Concern(accepted.content_id, content.kind, content.title, content.url)


def _decided(accepted: _Accepted) -> list[str]:
    """The decision; in the marketplace's own words it may promise points that are over."""
    own_words = _written(accepted.draft.decision)
    return [accepted.decision, OVER] if accepted.is_over and own_words else [accepted.decision]


@cache
def _page() -> str:
    """The address of a violation's page with its two ids left open: asking for each would take longer than the rest."""
    first, second = 10**17, 10**18
    path = reverse("violations:detail", kwargs={"seller_id": first, "violation_id": second})
    return path.replace(str(second), "{violation_id}").replace(str(first), "{seller_id}")
