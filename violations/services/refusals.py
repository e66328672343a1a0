"""What several services refuse alike."""

from __future__ import annotations

from django.utils.translation import gettext as _

from kit.outcomes import Refused
from kit.texts.characters import has_visible


def refuse_without_reason(reason: str) -> None:
    if not has_visible(reason):
        raise Refused(_("Give a reason; the seller reads it."), field="reason")
