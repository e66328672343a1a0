"""Countries by their codes (ISO 3166-1), with their names and time zones as the time zone database has them.

The names are English; the database comes with the package ``tzdata``, wherever the system keeps its own zones.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _


@cache
def country_names() -> dict[str, str]:
    """The English name of each country by its code: ``GB`` is Britain (UK)."""
    return {row[0]: row[1] for row in _rows("iso3166.tab")}


@cache
def zones_of(code: str) -> frozenset[str]:
    """The time zones that clocks in a country keep."""
    return frozenset(row[2] for row in _rows("zone.tab") if row[0] == code)


def country_name(code: str) -> str:
    """The name of a country, or the code of one that is not known."""
    return country_names().get(code, code)


def validate_country(code: str) -> None:
    """Refuse what is no code of a country."""
    if code not in country_names():
        raise ValidationError(_("%(code)s is no code of a country; use two capitals, such as US.") % {"code": code})


def _rows(name: str) -> Iterator[tuple[str, ...]]:
    for line in files("tzdata.zoneinfo").joinpath(name).read_text().splitlines():
        if line and not line.startswith("#"):
            yield tuple(line.split("\t"))
