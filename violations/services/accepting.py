"""Which drafts of a batch can be issued, and what becomes of the others: already there, or refused and why."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db import connection

from accounts.models import User
from kit.outcomes import Outcome, Result
from kit.texts.characters import has_visible
from policies.models import PolicyVersion
from sellers.models import Content, Market
from sellers.services import ContentKey, KnownContent, known_content, lock_seller_ids, own_sellers, recording_time
from sellers.staff_scope import works_for

from ..wording import faults
from .drafts import ViolationDraft, fault_in_draft
from .points import not_before_last_record


class KnownVersion(NamedTuple):
    """What issuing has to know of a published policy version; as a model it would take longer for each violation."""

    code: str
    policy: str
    id: int
    number: int
    points: int
    breach: str
    effective_from: datetime


@dataclass
class Accepted:
    """A draft that can be issued: for which seller, under which version and about what; then its id."""

    index: int
    draft: ViolationDraft
    seller_id: int
    version: KnownVersion
    content_key: ContentKey | None
    content: KnownContent | None
    expires_at: datetime
    told_at: datetime
    id: int = 0
    content_id: int | None = None

    @property
    def is_over(self) -> bool:
        """Whether it has points and they stopped counting before the seller is told."""
        return bool(self.version.points) and self.expires_at <= self.told_at


@dataclass
class DraftBatch:
    """What is known about the drafts of one batch before anything is written."""

    market: Market
    recorded_at: datetime
    source: str
    issued_by: User | None
    sound: Sequence[tuple[int, ViolationDraft]]
    seller_ids: dict[str, int]
    versions: dict[str, list[KnownVersion]]
    present: dict[str, tuple[int, str]]
    content_before: Mapping[ContentKey, KnownContent]
    own_sellers: set[int]
    is_beyond_scope: bool
    outcomes: dict[int, Outcome]
    is_reviewed: bool = False

    def __post_init__(self) -> None:
        self.content = dict(self.content_before)

    @property
    def answers(self) -> list[Outcome]:
        """What became of each draft, once all are answered, in the order given."""
        return [outcome for _, outcome in sorted(self.outcomes.items(), key=lambda item: item[0])]

    def content_key(self, draft: ViolationDraft) -> ContentKey | None:
        content = draft.content
        return (self.seller_ids[draft.seller_external_id], content.kind, content.external_id) if content else None

    def content_of(self, draft: ViolationDraft) -> KnownContent | None:
        """The content that a draft is about: what the portal knows of it, with what only the draft says."""
        if draft.content is None:
            return None
        known = self.content.get(self.content_key(draft))  # type: ignore[arg-type]  # the draft has content
        return known.completed(draft.content) if known else KnownContent(None, **vars(draft.content))

    def version_for(self, draft: ViolationDraft, content: KnownContent | None) -> KnownVersion | None:
        """The version in force when the content went live, or when the violation was issued if nobody knows that."""
        live_at = (content and content.published_at) or draft.issued_at
        return next((v for v in self.versions.get(draft.policy_code, []) if v.effective_from <= live_at), None)


def read_batch(
    *,
    market: Market,
    drafts: Sequence[ViolationDraft],
    source: str,
    now: datetime,
    issued_by: User | None,
    involved: Collection[User],
) -> DraftBatch:
    """Lock the sellers of drafts and read what is known about them; what is wrong by itself is refused."""
    recorded_at = recording_time(market_id=market.pk, now=now)
    bad = {index: fault for index, draft in enumerate(drafts) if (fault := fault_in_draft(draft))}
    sound = [(index, draft) for index, draft in enumerate(drafts) if index not in bad]
    seller_ids = lock_seller_ids(market=market, external_ids=(draft.seller_external_id for _, draft in sound))
    present = find_present(market, [draft.external_id for _, draft in sound])
    fresh = [draft for _, draft in sound if draft.external_id not in present]
    return DraftBatch(
        market=market,
        recorded_at=not_before_last_record(recorded_at, seller_ids=seller_ids.values()),
        source=source,
        issued_by=issued_by,
        sound=sound,
        seller_ids=seller_ids,
        versions=_published_versions({draft.policy_code for _, draft in sound}),
        present=present,
        content_before=_known_content(seller_ids, fresh),
        own_sellers=own_sellers(people=[issued_by, *involved], seller_ids=seller_ids.values()),
        is_beyond_scope=any(not works_for(one, market.pk) for one in [issued_by, *involved] if one is not None),
        outcomes={index: _refused(drafts[index], *fault) for index, fault in bad.items()},
    )


def _published_versions(codes: Iterable[str]) -> dict[str, list[KnownVersion]]:
    """The published versions of each policy named, the newest first."""
    versions: dict[str, list[KnownVersion]] = {}
    published = PolicyVersion.objects.published().filter(policy__code__in=codes).order_by("-effective_from")
    columns = ("policy__code", "policy__name", "id", "number", "points", "breach", "effective_from")
    for values in published.values_list(*columns):
        versions.setdefault(values[0], []).append(KnownVersion(*values))
    return versions


def _known_content(seller_ids: Mapping[str, int], drafts: Iterable[ViolationDraft]) -> dict[ContentKey, KnownContent]:
    """What the portal knows of the content of drafts."""
    keys = {
        (seller_id, draft.content.kind, draft.content.external_id)
        for draft in drafts
        if draft.content and (seller_id := seller_ids.get(draft.seller_external_id))
    }
    return known_content(keys)


def find_present(market: Market, external_ids: list[str]) -> dict[str, tuple[int, str]]:
    """The ids and fingerprints of the violations that are there, by external id."""
    with connection.cursor() as cursor:
        cursor.execute(PRESENT, [market.pk, external_ids])
        return {external_id: (pk, fingerprint) for external_id, pk, fingerprint in cursor.fetchall()}


PRESENT = "SELECT external_id, id, fingerprint FROM violations_violation WHERE market_id = %s AND external_id = ANY(%s)"


def accept(batch: DraftBatch) -> list[Accepted]:
    """Answer the drafts that are refused or already there, and accept the others."""
    accepted: dict[str, Accepted] = {}
    for index, draft in batch.sound:
        if draft.external_id in batch.present:
            batch.outcomes[index] = answer_known(draft, *batch.present[draft.external_id])
            continue
        found = _judge(batch, index, draft)
        if isinstance(found, tuple):
            batch.outcomes[index] = _refused(draft, *found)
        elif draft.external_id in accepted:
            batch.outcomes[index] = answer_known(draft, None, accepted[draft.external_id].draft.fingerprint)
        else:
            accepted[draft.external_id] = found
            if found.content_key and found.content:
                batch.content[found.content_key] = found.content  # what one draft says, the next ones find known
    return list(accepted.values())


def _judge(batch: DraftBatch, index: int, draft: ViolationDraft) -> Accepted | tuple[str, str]:
    """A draft that can be issued; or the field that cannot stand, and why."""
    if refusal := _refusal_of_seller(batch, draft):
        return refusal
    content = batch.content_of(draft)
    version = batch.version_for(draft, content)
    refusal = _refusal_of_content(draft, content) or _refusal_of_policy(batch, draft, version)
    if refusal := refusal or _refusal_of_statement(batch, draft):
        return refusal
    assert version is not None  # noqa: S101  # _refusal_of_policy saw to it
    return Accepted(
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


def answer_known(draft: ViolationDraft, violation_id: int | None, fingerprint: str) -> Outcome:
    """Already there if everything is the same under its external id, refused otherwise."""
    if draft.fingerprint == fingerprint:
        return Outcome(draft.external_id, Result.PRESENT, violation_id)
    return Outcome(draft.external_id, Result.REFUSED, violation_id, "external_id", faults.id_used_before())


def _refusal_of_seller(batch: DraftBatch, draft: ViolationDraft) -> tuple[str, str] | None:
    if batch.is_beyond_scope or draft.seller_external_id not in batch.seller_ids:
        return "seller", faults.no_such_seller(draft.seller_external_id, market=batch.market.code)
    if batch.seller_ids[draft.seller_external_id] in batch.own_sellers:
        return "seller", faults.own_seller()
    return None


def _refusal_of_content(draft: ViolationDraft, content: KnownContent | None) -> tuple[str, str] | None:
    """Content is judged by the date that the portal knows: no draft has another one, or was decided before it."""
    if content is None or content.published_at is None:
        return None
    said = draft.content and draft.content.published_at
    if said and said != content.published_at:
        return "content_published_at", faults.other_date_known(content.published_at)
    if content.published_at > draft.issued_at:
        return "content_published_at", faults.published_after_issue(content.published_at, is_said=bool(said))
    return None


def _refusal_of_policy(
    batch: DraftBatch, draft: ViolationDraft, version: KnownVersion | None
) -> tuple[str, str] | None:
    if draft.policy_code not in batch.versions:
        return "policy", faults.no_such_policy(draft.policy_code)
    if version is None:
        return "policy", faults.no_version_then(draft.policy_code)
    if not has_visible(draft.explanation) and not has_visible(version.breach):
        return "explanation", faults.not_explained()
    return None


def _refusal_of_statement(batch: DraftBatch, draft: ViolationDraft) -> tuple[str, str] | None:
    if draft.issued_at > batch.recorded_at:
        return "issued_at", faults.in_the_future()
    if draft.position_seconds is not None and (draft.content is None or draft.content.kind == Content.Kind.LISTING):
        return "position", faults.without_position()
    return None
