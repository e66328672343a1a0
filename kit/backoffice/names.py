"""Names that Django makes of those in the code (``issued_at``: issued at), which people read as labels and headings.

They go through gettext like what is written out. Migrations and names of permissions keep to the code's.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.utils import translation
from django.utils.functional import Promise, lazy

GENERATED_NAMES: set[str] = set()
"""Every name that was made, for the catalogue."""

_translated = lazy(translation.gettext, str)


def translate_names() -> None:
    """Let names of apps, models and fields that were made, and not written, be in the language of the page."""
    with translation.override(None, deactivate=True):  # no catalogue can be read while apps are being loaded
        for thing, attribute in _named():
            name = getattr(thing, attribute)
            if not isinstance(name, Promise):
                setattr(thing, attribute, _made(name))


def name_words(name: str) -> str:
    """A name of the code as words, as they are made for fields."""
    return translation.gettext(name.replace("_", " "))


def _made(name: str) -> str:
    GENERATED_NAMES.add(str(name))
    return _translated(str(name))


def _named() -> Iterator[tuple[Any, str]]:
    for config in apps.get_app_configs():
        yield config, "verbose_name"
    for model in apps.get_models(include_auto_created=True):
        options: Any = model._meta
        if "verbose_name_plural" not in options.original_attrs:
            options.verbose_name_plural = str(options.verbose_name_plural)  # the singular with an s
            yield options, "verbose_name_plural"
        yield options, "verbose_name"
        yield from ((field, "verbose_name") for field in (*options.local_fields, *options.local_many_to_many))
