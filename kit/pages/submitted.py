"""What somebody typed into a form that could not be taken: kept on the page that says why."""

from __future__ import annotations

import re

from django.http import QueryDict

SECRET = re.compile(r"password|secret|token|^code$")
"""Fields whose values no page repeats."""

TECHNICAL = re.compile(
    r"^shown_version$|^next$|^_|^initial-|-(TOTAL|INITIAL|MIN_NUM|MAX_NUM)_FORMS$|-id$|__prefix__|^action$|^select_across$"
)
"""Fields that nobody filled in."""


def typed(post: QueryDict) -> list[tuple[str, str]]:
    """What somebody wrote of it: without the ids of what they chose."""
    return [(name, value) for name, value in submitted(post) if not value.isdecimal()]


def submitted(post: QueryDict) -> list[tuple[str, str]]:
    """The fields of a form that was sent, by a readable name, with what was typed into them."""
    return [
        (name.replace("-", " ").replace("_", " ").capitalize(), value)
        for name, values in post.lists()
        for value in values
        if value.strip() and not SECRET.search(name) and not TECHNICAL.search(name)
    ]
