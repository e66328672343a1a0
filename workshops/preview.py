"""The picture of a workshop that others show beside a link to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils import translation

from accounts.languages import spoken
from kit.documents.rendering import png
from sellers.brands import portal_name

from .models import Workshop


def picture_of(workshop: Workshop, *, look: Mapping[str, Any]) -> bytes:
    """A PNG of 1200 by 630 pixels in a brand (its look). It is in the workshop's language if the portal speaks it."""
    language = spoken(workshop.language)
    with translation.override(language):
        return png(
            "preview.typ",
            {
                "lang": language,
                "letters": workshop.language,
                "portal": look.get("name") or portal_name(),
                "brand": look,
                "kind": workshop.get_mode_display(),
                "title": workshop.title,
                "when": workshop.when,
                "where": workshop.where,
            },
        )
