"""What a page has shown of what others may change: nobody acts on what is not so any more.

The page carries a hash of each value. If one differs when its form is sent, nothing is done: the page says what it is
now, and is shown again with what was typed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256

from django.utils.translation import gettext as _

from ..formatting import in_short

FIELD = "shown_version"
"""The name of the hidden field, as in forms of records."""

ShownValues = Mapping[str, str]
"""Values in words, by what the page calls them."""


def fingerprint(shown: ShownValues) -> str:
    """What the page carries of the values; empty if it has none."""
    return json.dumps({label: _digest(value) for label, value in shown.items()}) if shown else ""


def sentences_of_changes(sent: str | None, shown: ShownValues) -> list[str]:
    """What is not as the page that was sent has shown it; nothing if all is, or if the form was made by a script."""
    if sent is None or not shown or sent == fingerprint(shown):
        return []
    before = _read(sent)
    changed = [label for label, value in shown.items() if before.get(label) != _digest(value)]
    said = _("Nothing was done: this was changed since you opened the page. Look at it again before you send it.")
    now = _("%(field)s is now: %(value)s")
    return [said, *(now % {"field": label, "value": in_short(shown[label]) or _("empty")} for label in changed)]


def _read(sent: str) -> dict[str, str]:
    """The hashes that a form sent; one that nobody can read has shown nothing."""
    try:
        return {str(label): str(value) for label, value in dict(json.loads(sent)).items()}
    except (ValueError, TypeError, RecursionError):
        return {}


def _digest(value: str) -> str:
    return sha256(value.encode("utf-8", "replace")).hexdigest()[:16]
