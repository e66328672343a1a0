"""The kinds of values that items have: how each is read, and what is wrong with one that cannot be used, in words.

A field of an `Item` names its kind: ``title: Annotated[str, Text(200)]``. pydantic reads the value by it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import models
from django.utils.translation import gettext as _
from pydantic_core import CoreSchema
from pydantic_core.core_schema import no_info_plain_validator_function

from ..dates import YEARS
from ..texts import faults
from ..texts.characters import LINE_BREAK, composed, has_visible
from ..texts.faults import fault_in_id, fault_in_text
from ..texts.limits import with_line_breaks
from .faults import no_moment, none_of, outside_the_years, shown, too_long, without_offset

TRUE, FALSE = {"true", "yes", "1"}, {"false", "no", "0"}
WEB_ADDRESS = URLValidator(schemes=["http", "https"])


def length_of(model: type[models.Model], field: str) -> int | None:
    """How many characters fit into a field of a model."""
    length: int | None = getattr(model._meta.get_field(field), "max_length", None)
    return length


class BadValue(ValueError):
    """A value that cannot be used; the message says why."""


@dataclass(frozen=True, eq=False)
class Text:
    """A text, trimmed, composed (NFC), its lines ended by ``\\n``. ``may_be_blank``: nobody need see anything of it."""

    max_length: int | None = None
    multiline: bool = False
    may_be_blank: bool = False

    openapi: ClassVar[dict[str, Any]] = {"type": ["string", "integer"]}

    def read(self, value: object) -> Any:
        """What an item has for a value that is not empty. Raises ``BadValue``."""
        return self.checked(text_of(value))

    def checked(self, text: str) -> str:
        if fault := self.fault(text):
            raise BadValue(fault)
        return text

    def fault(self, text: str) -> str:
        """Why a text that is read cannot be used, empty if it can."""
        if fault := fault_in_text(text):
            return fault
        if not self.may_be_blank and not has_visible(text):
            return faults.blank()
        if not self.multiline and LINE_BREAK.search(text):
            return faults.line_break()
        return self.fault_in_length(text)

    def fault_in_length(self, text: str) -> str:
        too_many = self.max_length is not None and len(text) > self.max_length
        return too_long(len(text), longest=self.max_length or 0) if too_many else ""

    def property(self, *, required: bool) -> dict[str, Any]:
        """How the OpenAPI document describes it."""
        limit = {"maxLength": self.max_length} if self.max_length else {}
        least = {"minLength": 1} if required and self.openapi is Text.openapi else {}
        return self.openapi | limit | least

    def __get_pydantic_core_schema__(self, source: object, handler: object) -> CoreSchema:
        """Pydantic reads a value with ``read`` and nothing else."""
        return no_info_plain_validator_function(self.read)


def text_of(value: object) -> str:
    """A value that is not empty as text, composed (NFC). Raises ``BadValue`` for what is none, and no whole number."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise BadValue(_("%(value)s is not text.") % {"value": shown(value)})
    return composed(with_line_breaks(value).strip())


class Id(Text):
    """An id."""

    def fault(self, text: str) -> str:
        return fault_in_id(text) or self.fault_in_length(text)


class Moment(Text):
    """A moment with its offset from UTC, as one in UTC."""

    openapi = {"type": "string", "format": "date-time", "description": "ISO 8601 with its offset from UTC."}

    def read(self, value: object) -> datetime:
        text = super().read(value)
        try:
            moment = datetime.fromisoformat(text)
            utc = moment.astimezone(UTC) if moment.tzinfo else moment
        except (ValueError, OverflowError):
            raise BadValue(no_moment(text)) from None
        if fault := fault_in_moment(utc, said=text):
            raise BadValue(fault)
        return utc


def fault_in_moment(moment: datetime, *, said: str) -> str:
    """Why a moment cannot be used that was ``said`` so, empty if it can."""
    if moment.tzinfo is None:
        return without_offset(said)
    return "" if moment.year in YEARS else outside_the_years(said)


class Boolean(Text):
    """True or false, in JSON or in a word."""

    openapi = {"type": ["boolean", "string"]}

    def read(self, value: object) -> bool:
        if isinstance(value, bool):
            return value
        text = super().read(value).lower()
        if text not in TRUE | FALSE:
            raise BadValue(_("%(value)s is neither true nor false.") % {"value": shown(text)})
        return text in TRUE


@dataclass(frozen=True, eq=False)
class Choice(Text):
    """One of some words, whatever its case."""

    choices: Sequence[str] = ()

    openapi = {"type": "string"}

    def read(self, value: object) -> str:
        return self.checked(text_of(value).lower())

    def fault(self, text: str) -> str:
        if text in self.choices:
            return ""
        return super().fault(text) or none_of(text, self.choices)

    def property(self, *, required: bool) -> dict[str, Any]:
        return super().property(required=required) | {"enum": list(self.choices)}


class Address(Text):
    """An address on the web."""

    openapi = {"type": "string", "format": "uri", "pattern": "^https?://"}

    def fault(self, text: str) -> str:
        if fault := super().fault(text):
            return fault
        try:
            WEB_ADDRESS(text)
        except ValidationError:
            said = _("%(value)s is no web address; it starts with https:// or http://.")
            return said % {"value": shown(text)}
        return ""
