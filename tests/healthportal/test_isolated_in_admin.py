"""Names, titles and ids in the admin's own templates turn nothing around them, whichever way they run."""

from __future__ import annotations

import re
from pathlib import Path

from django.conf import settings

ADMIN = Path(settings.BASE_DIR) / "templates" / "admin"

NAMES = re.compile(
    r"\{\{ (?P<what>(?:original|object|seller|market|\w+\.(?:seller|market|policy|version|policy_version)"
    r"|(?:\w+\.)+(?:name|external_id|content_title|source|actor|email|object_name|\w+_by|incident|facts|reason)"
    r"|entry\.note)(?:\|[\w:\"]+)*) \}\}"
)
ISOLATED = re.compile(r"(?:<bdi>|<(?:td|dd|p|div)\b[^>]*\bdir=\"auto\"[^>]*>)$")
"""What stands right before it."""


def not_isolated(text: str) -> list[str]:
    """What names something in a template, outside a tag, without being enclosed."""
    found = []
    for name in NAMES.finditer(text):
        before = text[: name.start()]
        in_a_tag = before.rfind("<") > before.rfind(">")
        if not in_a_tag and not ISOLATED.search(before):
            found.append(name["what"])
    return found


def test_templates_of_the_admin_isolate_what_others_named() -> None:
    texts = {str(path.relative_to(ADMIN)): path.read_text() for path in ADMIN.rglob("*.html")}
    assert sum(text.count("<bdi>") for text in texts.values()) > 30
    assert {name: found for name, text in texts.items() if (found := not_isolated(text))} == {}
