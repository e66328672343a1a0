"""Records as data, for programs and spreadsheets: each a mapping of names to plain values, read while they are sent."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.text import slugify

from .csv_files import csv_lines

Record = Mapping[str, Any]


def exact(moment: datetime | None, *, zone: ZoneInfo) -> str | None:
    """A moment in local time, with its offset from UTC: nobody has to know the zone to read it."""
    return moment.astimezone(zone).isoformat() if moment else None


def records_csv(fields: Sequence[str], records: Iterable[Record]) -> Iterator[str]:
    """The lines of a CSV file, one for each record. A value of several parts is written as JSON."""
    return csv_lines(fields, ([cell(record[field]) for field in fields] for record in records))


def cell(value: Any) -> Any:
    """A value as it stands in a CSV file."""
    return as_json(value) if isinstance(value, list | dict) else value


def as_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def file_name(*parts: str, at: datetime, ending: str) -> str:
    """The name of a file about somebody, with the moment of the active time zone: it can be told from a later one."""
    words = [slugify(part, allow_unicode=True) for part in parts]
    return "-".join([*filter(None, words), f"{at:%Y-%m-%d-%H%M}"]) + f".{ending}"
