"""What the marketplace sends about one violation, and what of it the database could not keep."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime

from kit.api.faults import none_of, outside_the_years, too_long, without_offset
from kit.api.items import length_of
from kit.dates import YEARS
from kit.texts.characters import BLANK, fault_in_id, fault_in_text, has_visible
from sellers.models import Content
from sellers.services import ContentDraft

from ..models import Violation
from ..wording.faults import content_incomplete, not_a_position


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
        return hashlib.sha256(_canonical(vars(self)).encode()).hexdigest()


def _plain(value: object) -> object:
    """The same text for the same moment, whatever its offset; of content, its parts."""
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else vars(value)


# What was issued is known by hashes of this text: it must stay the same for the same draft.
_canonical = json.JSONEncoder(sort_keys=True, default=_plain).encode

UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")
ID_FIELDS = ("external_id", "content_id")
MAX_LENGTHS = {
    field: length_of(model, name) or 0
    for field, model, name in (
        ("external_id", Violation, "external_id"),
        ("facts", Violation, "facts"),
        ("decision", Violation, "decision"),
        ("policy_section", Violation, "policy_section"),
        ("explanation", Violation, "explanation"),
        ("content_id", Content, "external_id"),
        ("content_title", Content, "title"),
        ("content_url", Content, "url"),
    )
}
"""How many characters fit."""
POSITIONS = range(2**31)
KINDS = Content.Kind.values


def unstorable_part(draft: ViolationDraft) -> tuple[str, str] | None:
    """The field of a draft that the database could not keep, by its name in files and calls, and why; if there is one.

    One such draft would fail the statement that inserts the whole batch.
    """
    return _unstorable_text(draft) or _unstorable_number(draft)


def _unstorable_text(draft: ViolationDraft) -> tuple[str, str] | None:
    texts = _texts(draft)
    if UNSTORABLE.search("".join(texts.values())):
        return next((field, fault_in_text(text)) for field, text in texts.items() if UNSTORABLE.search(text))
    for field, longest in MAX_LENGTHS.items():
        if field in texts and len(texts[field]) > longest:
            return field, too_long(len(texts[field]), longest=longest)
    for field in ID_FIELDS:
        if field in texts and (fault := fault_in_id(texts[field])):
            return field, fault
    if "content_title" in texts and not has_visible(texts["content_title"]):
        return "content_title", BLANK
    return None


def _texts(draft: ViolationDraft) -> dict[str, str]:
    """All text of a draft by its name in files and calls."""
    texts = {
        "external_id": draft.external_id,
        "seller": draft.seller_external_id,
        "policy": draft.policy_code,
        "facts": draft.facts,
        "decision": draft.decision,
        "policy_section": draft.policy_section,
        "explanation": draft.explanation,
    }
    if content := draft.content:
        texts |= {"content_id": content.external_id, "content_title": content.title, "content_url": content.url}
    return texts


def _unstorable_number(draft: ViolationDraft) -> tuple[str, str] | None:
    content = draft.content
    for field, moment in (("issued_at", draft.issued_at), ("content_published_at", content and content.published_at)):
        if moment and moment.tzinfo is None:
            return field, without_offset(moment.isoformat())
        if moment and moment.year not in YEARS:
            return field, outside_the_years(moment.isoformat())
    if draft.position_seconds is not None and draft.position_seconds not in POSITIONS:
        return "position", not_a_position(draft.position_seconds)
    if content and content.kind not in KINDS:
        return "content_kind", none_of(content.kind, KINDS)
    if content and not content.external_id:
        return "content_id", content_incomplete()
    return None
