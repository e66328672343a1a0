"""Items as JSON has them, and in words why a text is none. Nothing here knows which fields there are."""

from __future__ import annotations

import json
import re

from django.utils.translation import gettext as _

from .items import BadRow, Problem


class Repeated:
    """Stands for a JSON object that has a key twice."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        """How a reason quotes it."""
        return _("An object with %(name)s twice") % {"name": repr(self.name[:40])}


def _object(pairs: list[tuple[str, object]]) -> dict[str, object] | Repeated:
    names: set[str] = set()
    for name, _value in pairs:
        if name in names:
            return Repeated(name)
        names.add(name)
    return dict(pairs)


def _integer(digits: str) -> int | str:
    """A number with more digits than anything here has stays text. So does -0, as no number is written so again."""
    return int(digits) if len(digits) < 20 and digits != "-0" else digits


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_int=_integer)
_SPACE = re.compile(r"[ \t\n\r]*")


def load_items(text: str, *, most: int) -> object:
    """As ``load_json``; of a list with more than ``most`` items only the first of those that are too many is read."""
    items: list[object] = []
    place = _after_space(text, 0)
    try:
        if text[place] != "[" or text[_after_space(text, place + 1)] == "]":
            return load_json(text)
        while text[place] in "[," and len(items) <= most:
            item, place = _DECODER.raw_decode(text, _after_space(text, place + 1))
            items.append(item)
            place = _after_space(text, place)
        if len(items) > most or (text[place] == "]" and _after_space(text, place + 1) == len(text)):
            return items
    except (ValueError, IndexError, RecursionError):
        pass
    return load_json(text)  # which says what is wrong with it


def _after_space(text: str, place: int) -> int:
    match = _SPACE.match(text, place)
    return match.end() if match else place


def load_json(text: str) -> object:
    """What a JSON text says; an object with a key twice becomes `Repeated`. Raises ``BadRow`` for any other text."""
    try:
        found: object = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        said = _("It is no JSON: %(fault)s at character %(place)s.")
        raise BadRow([Problem("", said % {"fault": error.msg, "place": error.pos + 1})]) from None
    except (ValueError, RecursionError):
        raise BadRow([Problem("", _("It is no JSON that can be read."))]) from None
    return found


def values_of(found: object) -> dict[str, object]:
    """The values of a row that came as JSON. Raises ``BadRow`` unless it is an object with each key once."""
    if isinstance(found, Repeated):
        raise BadRow([Problem(found.name[:64], _("It stands there twice."))])
    if not isinstance(found, dict):
        raise BadRow([Problem("", _("It is no JSON object: write each one as {…}."))])
    return found
