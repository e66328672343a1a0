"""What forms and models ask of a text; `characters` has the rules, `faults` the words."""

from __future__ import annotations

import re

from django.core.exceptions import ValidationError
from django.db.models import BooleanField, F, Func, Q
from django.utils.translation import gettext as _

from . import faults
from .characters import FORBIDDEN_IN_IDS, LINE_BREAK, has_visible, visible_at_least

LANGUAGE_TAG = r"^[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8})*$"
"""How BCP 47 writes a language, with a script or a region if need be: ``en``, ``pt-BR``, ``zh-Hant``."""


def language_fault(text: str) -> str:
    """What is wrong with a text that is to name a language; empty if nothing is."""
    return "" if re.fullmatch(LANGUAGE_TAG, text) else _("Not a language tag, such as en, th or pt-BR.")


def validate_language(text: str) -> None:
    """Refuse what names no language."""
    if fault := language_fault(text):
        raise ValidationError(fault)


def validate_id(text: str) -> None:
    """Refuse what would look like another id, and be one of its own."""
    if fault := faults.fault_in_id(text):
        raise ValidationError(fault)


def validate_text(text: str) -> None:
    """Refuse control characters and what is no character."""
    if fault := faults.fault_in_text(text):
        raise ValidationError(fault)


def validate_line(text: str) -> None:
    """Refuse line breaks and tabs."""
    if LINE_BREAK.search(text):
        raise ValidationError(faults.line_break())


def validate_visible(text: str) -> None:
    """Refuse a text of which nobody would see anything."""
    if not has_visible(text):
        raise ValidationError(faults.blank())


def is_id(field: str) -> Q:
    """The condition of a constraint that keeps a column to ids; none at all is for another one to refuse."""
    composed = Func(F(field), template="%(expressions)s IS NFC NORMALIZED", output_field=BooleanField())
    return ~Q(**{f"{field}__regex": FORBIDDEN_IN_IDS}) & Q(composed)


def is_visible(field: str, *, at_least: int = 1) -> Q:
    """The condition of a constraint that a column has as many visible characters as it needs, one by default."""
    return Q(**{f"{field}__regex": visible_at_least(at_least)})
