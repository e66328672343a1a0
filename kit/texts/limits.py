"""How long the texts are that people and feeds write, and how they are counted: in characters, a line break being one.

A feed sends line breaks in one of three ways and a browser sends two characters for each: they become ``\\n`` before
anybody counts, in files and calls by ``kit.api.values``, in forms by ``kit.pages.text_areas``. The database holds the
same limits.
"""

from __future__ import annotations

from django.db.models import CheckConstraint
from django.db.models.functions import Length
from django.db.models.lookups import LessThanOrEqual

FACTS = 5_000
DECISION = EXPLANATION = REASON = 2_000
"""Also what an incident was, a question and its explanation."""
BODY = APPEAL = 10_000
"""Of a message that the marketplace sends; of an appeal."""
CHOICE = PICTURE = 300
"""Of a question; what a picture shows, in words."""
APPEAL_DRAFT = 2 * APPEAL
"""What was typed is kept also while it is too long to be filed."""
DESCRIPTION = SCENE = 5_000
"""Of a workshop; of a LIVE or a video as text, in a question."""
SECTION = 20_000
"""Of an article."""
WORDING = 50_000
"""Of a policy; nothing is longer."""


def with_line_breaks(text: str) -> str:
    """``text`` with one kind of line break."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def no_longer(field: str, limit: int, *, name: str) -> CheckConstraint:
    """The constraint that a text has at most ``limit`` characters."""
    return CheckConstraint(name=name, condition=LessThanOrEqual(Length(field), limit))
