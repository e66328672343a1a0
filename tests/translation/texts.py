"""Every text that goes through gettext, extracted from modules and templates."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from django.utils.translation.template import templatize

from kit.backoffice.names import GENERATED_NAMES
from tests.apps import APPS, ROOT

# Where the texts of each function stand among its arguments; "c" marks the context.
ONE, PLURAL, CONTEXT, CONTEXT_PLURAL = None, (1, 2), ((1, "c"), 2), ((1, "c"), 2, 3)
FUNCTIONS = {
    "gettext": ONE, "gettext_lazy": ONE, "gettext_noop": ONE, "_": ONE, "_lazy": ONE,
    "ngettext": PLURAL, "ngettext_lazy": PLURAL,
    "pgettext": CONTEXT, "pgettext_lazy": CONTEXT,
    "npgettext": CONTEXT_PLURAL, "npgettext_lazy": CONTEXT_PLURAL,
}  # fmt: skip
COMMENTS = ("Translators:",)
JINJA = {"newstyle_gettext": "true", "silent": "false"}
TEMPLATES = {".html", ".jinja", ".md", ".txt"}


def extracted() -> Catalog:
    """A catalogue without translations. Files are named without lines, so that a moved text changes nothing."""
    catalogue = Catalog(project="healthportal", charset="utf-8", fuzzy=False)
    for path in sources():
        for _line, text, comments, context in texts_of(path):
            place = [(str(path.relative_to(ROOT)), None)]
            catalogue.add(text, locations=place, auto_comments=comments, context=context)
    for name in sorted(GENERATED_NAMES):
        catalogue.add(name, locations=[("kit/backoffice/names.py", None)])
    return catalogue


def sources() -> Iterator[Path]:
    for app in APPS:
        yield from (path for path in sorted((ROOT / app).rglob("*.py")) if "migrations" not in path.parts)
    yield from (path for path in sorted((ROOT / "templates").rglob("*")) if path.suffix in TEMPLATES)


def texts_of(path: Path) -> Iterator[tuple]:
    source = path.read_text()
    if path.suffix == ".jinja":
        return extract("jinja2", BytesIO(source.encode()), FUNCTIONS, COMMENTS, JINJA)
    return extract(
        "python", BytesIO((source if path.suffix == ".py" else as_python(source)).encode()), FUNCTIONS, COMMENTS
    )


def as_python(template: str) -> str:
    """Django writes the texts of a template as calls of gettext; their indentation means nothing."""
    return "\n".join(line.lstrip() for line in templatize(template).splitlines())
