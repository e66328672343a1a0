"""Scripts load where something uses them."""

from __future__ import annotations

import re
from pathlib import Path

from django.conf import settings

TEMPLATES = Path(settings.BASE_DIR) / "templates"
LOADS = re.compile(r'{% htmx_script %}|{% include "components/htmx\.html"')
PARTS = re.compile(r'{% include "([^"]+)"')
USES = re.compile(r"\bhx-(?:get|post|trigger)=")


def text_of(name: str) -> str:
    return (TEMPLATES / name).read_text()


def whole(name: str, seen: frozenset[str] = frozenset()) -> str:
    """A template with all that it includes."""
    text = text_of(name)
    parts = [part for part in PARTS.findall(text) if part not in seen and (TEMPLATES / part).exists()]
    return text + "".join(whole(part, seen | {name}) for part in parts)


def test_htmx_loads_on_pages_alone_that_use_it() -> None:
    names = {str(path.relative_to(TEMPLATES)) for path in TEMPLATES.rglob("*.html")}
    loading = {name for name in names if LOADS.search(text_of(name))} - {"components/htmx.html"}
    assert {"healthportal/dashboard.html", "violations/appeal_file.html"} <= loading
    assert {name for name in loading if not USES.search(whole(name))} == set()
    assert not any(name.startswith("base") or "base_site" in name for name in loading)
