"""What a file of violations holds: its columns, and how one row becomes a `ViolationDraft` (docs/imports.md).

``kit.tables`` reads the rows out of a file. Nothing here asks the database: whether a seller or a policy exists is for
the service that issues.
"""

from __future__ import annotations

from collections.abc import Mapping

from kit.tables.columns import Columns
from sellers.services import ContentDraft

from ..items import ViolationItem
from ..services import ViolationDraft

COLUMNS = Columns.of(ViolationItem)


def draft_of(values: Mapping[str, object]) -> ViolationDraft:
    """The violation that a row describes. Raises ``BadRow``."""
    item = ViolationItem.read(values)
    return ViolationDraft(
        external_id=item.external_id,
        seller_external_id=item.seller,
        policy_code=item.policy,
        issued_at=item.issued_at,
        facts=item.facts,
        detection=item.detection,
        automated=item.automated,
        detector=item.detector,
        detector_version=item.detector_version,
        content=_content_of(item) if item.content_kind else None,
        position_seconds=item.position,
        decision=item.decision,
        policy_section=item.policy_section,
        explanation=item.explanation,
    )


def _content_of(item: ViolationItem) -> ContentDraft:
    return ContentDraft(
        kind=item.content_kind,
        external_id=item.content_id,
        title=item.content_title,
        url=item.content_url,
        published_at=item.content_published_at,
    )
