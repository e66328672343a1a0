"""What the marketplace sends about one violation, and what is wrong with it by itself."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime

from kit.api import faults
from kit.api.items import is_empty
from kit.api.values import fault_in_moment
from sellers.services import ContentDraft

from ..items import CONTENT_NEEDS, POSITIONS, ViolationItem
from ..models import Violation
from ..wording.faults import content_incomplete, found_by_people, names_no_detector, not_a_position


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
    detector: str = ""
    detector_version: str = ""
    content: ContentDraft | None = None
    position_seconds: int | None = None
    decision: str = ""
    policy_section: str = ""
    explanation: str = ""

    @property
    def fingerprint(self) -> str:
        """A hash of everything sent, to tell the same violation sent again from another one under its id."""
        said = {name: value for name, value in vars(self).items() if value or name not in LATER_FIELDS}
        return hashlib.sha256(_canonical(said).encode()).hexdigest()


LATER_FIELDS = {"detector", "detector_version"}
"""Left out of the hash where they are empty: drafts from before there were any have the same one."""


def _plain(value: object) -> object:
    """The same text for the same moment, whatever its offset; of content, its parts."""
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else vars(value)


# What was issued is known by hashes of this text: it must stay the same for the same draft.
_canonical = json.JSONEncoder(sort_keys=True, default=_plain).encode

KINDS = ViolationItem.kinds()
NEEDED = set(ViolationItem.needed())


def fault_in_draft(draft: ViolationDraft) -> tuple[str, str] | None:
    """The field of a draft that no reader of files and calls lets through (by its name there), and why.

    One that the database could not keep would fail the statement that inserts the whole batch.
    """
    return _fault_in_texts(draft) or _fault_in_numbers(draft) or _fault_in_detector(draft)


def _fault_in_detector(draft: ViolationDraft) -> tuple[str, str] | None:
    """What a system found names the system; what people found names none."""
    if draft.detection == Violation.Detection.AUTOMATED:
        return None if draft.detector else ("detector", names_no_detector())
    if draft.detector or draft.detector_version:
        return ("detector" if draft.detector else "detector_version"), found_by_people()
    return None


def _fault_in_texts(draft: ViolationDraft) -> tuple[str, str] | None:
    for name, text in _texts(draft).items():
        if fault := _fault(name, text):
            return name, fault
    return None


def _fault(name: str, text: str) -> str:
    if not is_empty(text):
        return KINDS[name].fault(text)
    if name in CONTENT_NEEDS:
        return content_incomplete()
    return faults.empty() if name in NEEDED else ""


def _texts(draft: ViolationDraft) -> dict[str, str]:
    """All text of a draft by its name in files and calls; that of content only if there is any."""
    texts = {
        "external_id": draft.external_id,
        "seller": draft.seller_external_id,
        "policy": draft.policy_code,
        "facts": draft.facts,
        "detection": draft.detection,
        "detector": draft.detector,
        "detector_version": draft.detector_version,
        "decision": draft.decision.strip(),  # as it is kept
        "policy_section": draft.policy_section.strip(),
        "explanation": draft.explanation.strip(),
    }
    if content := draft.content:
        texts |= {
            "content_kind": content.kind,
            "content_id": content.external_id,
            "content_title": content.title,
            "content_url": content.url,
        }
    return texts


def _fault_in_numbers(draft: ViolationDraft) -> tuple[str, str] | None:
    content = draft.content
    for field, moment in (("issued_at", draft.issued_at), ("content_published_at", content and content.published_at)):
        if moment and (fault := fault_in_moment(moment, said=moment.isoformat())):
            return field, fault
    if draft.position_seconds is not None and draft.position_seconds not in POSITIONS:
        return "position", not_a_position(draft.position_seconds)
    return None
