"""What a message about a violation concerns."""

from __future__ import annotations

from inbox.services import Concern

from ..models import Violation


def concern_of(violation: Violation) -> Concern | None:
    """The content of a violation as it was when it was issued, whatever it is called since."""
    if violation.content_id is None:
        return None
    return Concern(violation.content_id, violation.content_kind, violation.content_title, violation.content_url)
