"""The picture of a workshop that others show beside a link to it."""

from __future__ import annotations

from django.utils import translation
from django.utils.translation import gettext as _

from accounts.languages import spoken
from kit.documents.rendering import png

from .models import Workshop


def picture_of(workshop: Workshop) -> bytes:
    """A PNG of 1200 by 630 pixels, in the workshop's language if the portal speaks it."""
    language = spoken(workshop.language)
    with translation.override(language):
        return png(
            "preview.typ",
            {
                "lang": language,
                "letters": workshop.language,
                "portal": _("Account health"),
                "kind": workshop.get_mode_display(),
                "title": workshop.title,
                "when": workshop.when,
                "where": workshop.where,
            },
        )
