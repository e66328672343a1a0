"""What a file of violations holds: its columns, and how one row becomes a `ViolationDraft` (docs/imports.md).

`file_readers` reads the rows out of a file. Nothing here asks the database: whether a seller or a policy exists is for
the service that issues.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence

from sellers.services import ContentDraft

from ..items import ViolationItem
from ..services import ViolationDraft
from ..wording import file_faults


class UnreadableFile(Exception):
    """The file as a whole cannot be read; the message says why to the person who sent it."""


COLUMNS = list(ViolationItem.model_fields)
NEEDED = ViolationItem.needed()


def check_header(names: Sequence[str]) -> None:
    """Raise ``UnreadableFile``, naming every missing, unknown and repeated column, unless a header can be used."""
    missing = [name for name in NEEDED if name not in names]
    unknown = [_unknown(name) for name in names if name not in COLUMNS]
    repeated = sorted({name for name in names if names.count(name) > 1 and name in COLUMNS})
    if missing or unknown or repeated:
        said = [file_faults.columns(missing=missing, unknown=unknown, repeated=repeated)]
        if len(names) == 1 and re.search(r"[;\t|]", names[0]):
            said.append(file_faults.separate_by_commas())
        raise UnreadableFile(" ".join(said))


def _unknown(name: str) -> str:
    near = difflib.get_close_matches(name[:100], COLUMNS, n=1)
    return file_faults.unknown(name, near=near[0] if near else None)


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
