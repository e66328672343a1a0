"""Finding events and messages by the id under which the marketplace's systems know them."""

from __future__ import annotations

import re
from typing import NamedTuple

PUBLIC_ID = re.compile(r"(evt|test)_([0-9]{1,18})")


class PublicId(NamedTuple):
    """``evt_90210``: an event, and each message about it; ``test_7``: a test message."""

    is_event: bool
    number: int


def public_id_in(term: str) -> PublicId | None:
    found = PUBLIC_ID.fullmatch(term.strip())
    return PublicId(found[1] == "evt", int(found[2])) if found else None
