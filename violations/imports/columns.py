"""What a file of violations holds: its columns, and how one row becomes a `ViolationDraft` (docs/imports.md).

`file_readers` reads the rows out of a file. Nothing here asks the database: whether a seller or a policy exists is for
the service that issues.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from kit.api.faults import shown
from kit.api.items import (
    BadRow,
    Column,
    Problem,
    RowReader,
    external_id_of,
    length_of,
)
from policies.models import Policy
from sellers.models import Content, Seller
from sellers.services import ContentDraft

from ..models import Violation
from ..services import ViolationDraft
from ..wording.faults import content_incomplete, not_a_position

__all__ = ["COLUMNS", "BadRow", "Problem", "UnreadableFile", "check_header", "draft_of", "external_id_of"]


class UnreadableFile(Exception):
    """The file as a whole cannot be read; the message says why to the person who sent it."""


COLUMNS = (
    Column("external_id", kind="id", required=True, max_length=length_of(Violation, "external_id")),
    Column("seller", kind="id", required=True, max_length=length_of(Seller, "external_id")),
    Column("policy", kind="id", required=True, max_length=length_of(Policy, "code")),
    Column("issued_at", required=True, kind="moment"),
    Column("facts", required=True, multiline=True, max_length=length_of(Violation, "facts")),
    Column("detection", required=True, kind="choice", choices=Violation.Detection.values),
    Column("automated", required=True, kind="truth"),
    Column("content_kind", kind="choice", choices=Content.Kind.values),
    Column("content_id", kind="id", max_length=length_of(Content, "external_id")),
    Column("content_title", max_length=length_of(Content, "title")),
    Column("content_url", kind="address", max_length=length_of(Content, "url")),
    Column("content_published_at", kind="moment"),
    Column("position", kind="position"),
    Column("decision", multiline=True, max_length=length_of(Violation, "decision")),
    Column("policy_section", max_length=length_of(Violation, "policy_section")),
    Column("explanation", multiline=True, max_length=length_of(Violation, "explanation")),
)
BY_NAME = {column.name: column for column in COLUMNS}
REQUIRED = [column.name for column in COLUMNS if column.required]

MAX_POSITION = 2**31 - 1
SECONDS = re.compile(r"([0-9]{1,10})(\.0+)?")
CLOCK = re.compile(r"([0-9]{1,4}):([0-5][0-9]):([0-5][0-9])")


def check_header(names: Sequence[str]) -> None:
    """Raise ``UnreadableFile``, naming every missing, unknown and repeated column, unless a header can be used."""
    missing = [name for name in REQUIRED if name not in names]
    unknown = [_unknown(name) for name in names if name not in BY_NAME]
    repeated = sorted({name for name in names if names.count(name) > 1 and name in BY_NAME})
    faults = [
        f"{fault}: {', '.join(found)}"
        for fault, found in (("missing", missing), ("unknown", unknown), ("there twice", repeated))
        if found
    ]
    if faults:
        hint = " Columns are separated by commas." if len(names) == 1 and re.search(r"[;\t|]", names[0]) else ""
        raise UnreadableFile(f"The header cannot be used; columns {'; '.join(faults)}.{hint}")


def _unknown(name: str) -> str:
    near = difflib.get_close_matches(name[:100], BY_NAME, n=1)
    return f"{shown(name)} (did you mean {near[0]}?)" if near else shown(name)


def draft_of(values: Mapping[str, object]) -> ViolationDraft:
    """The violation that a row describes. Moments become UTC, so that the same one sent twice is the same.

    ``values`` are what stands under each column: text from CSV, any JSON value from NDJSON. Raises ``BadRow``.
    """
    row = _Row(values)
    issued_at, published_at = row.moment("issued_at"), row.moment("content_published_at")
    automated = row.truth("automated")
    parts: dict[str, Any] = {
        "external_id": row.text("external_id"),
        "seller_external_id": row.text("seller"),
        "policy_code": row.text("policy"),
        "facts": row.text("facts"),
        "detection": row.choice("detection"),
        "content": row.content(published_at),
        "position_seconds": row.position("position"),
        "decision": row.text("decision"),
        "policy_section": row.text("policy_section"),
        "explanation": row.text("explanation"),
    }
    row.check()
    assert issued_at is not None and automated is not None  # noqa: S101, PT018  # they are needed, and checked
    return ViolationDraft(issued_at=issued_at, automated=automated, **parts)


class _Row(RowReader):
    """Reads what only violations have."""

    def __init__(self, values: Mapping[str, object]) -> None:
        super().__init__(values, BY_NAME)

    def position(self, name: str) -> int | None:
        """Seconds into the content, from seconds or hours, minutes and seconds."""
        value = self.values.get(name)
        text = str(value) if isinstance(value, float) else self.text(name)
        if not text:
            return None
        if match := CLOCK.fullmatch(text):
            hours, minutes, seconds = map(int, match.groups())
            return hours * 3600 + minutes * 60 + seconds
        match = SECONDS.fullmatch(text)
        if match and int(match[1]) <= MAX_POSITION:
            return int(match[1])
        self.refuse(name, not_a_position(text))
        return None

    def content(self, published_at: datetime | None) -> ContentDraft | None:
        """The content, if any of its columns holds something; then its kind, id and title are needed."""
        kind = self.choice("content_kind")
        external_id, title, url = self.text("content_id"), self.text("content_title"), self.address("content_url")
        if not any(self.holds(name) for name in BY_NAME if name.startswith("content_")):
            return None
        for name in ("content_kind", "content_id", "content_title"):
            if not self.holds(name):
                self.refuse(name, content_incomplete())
        return ContentDraft(kind=kind, external_id=external_id, title=title, url=url, published_at=published_at)
