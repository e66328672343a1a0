"""What is noted in the trail of what pages of the admin do, and of steps that several apps have."""

from __future__ import annotations

from collections.abc import Mapping

from django.apps import apps
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from .notes import trail_note


@trail_note
def saved_unchanged() -> str:
    return _("Saved without a change.")


@trail_note
def deleted_with(*, others: Mapping[str, int]) -> str:
    said = ", ".join(f"{count} {_several(kind)}" for kind, count in others.items())
    return _("With it: %(others)s.") % {"others": said}


@trail_note
def exported(*, count: int, form: str, asked: str) -> str:
    said = ngettext(
        "Exported %(count)s entry as %(form)s: %(asked)s.", "Exported %(count)s entries as %(form)s: %(asked)s.", count
    )
    return said % {"count": count, "form": form, "asked": asked or _("everything")}


@trail_note
def retried() -> str:
    return _("To be tried again.")


@trail_note
def published() -> str:
    return _("Published.")


@trail_note
def unpublished() -> str:
    return _("Unpublished.")


def _several(kind: str) -> str:
    """What several records of a kind are called; of one that is gone, as it is written down."""
    try:
        return str(apps.get_model(kind)._meta.verbose_name_plural)
    except (LookupError, ValueError):
        return kind
