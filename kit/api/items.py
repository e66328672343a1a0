"""Items: one row of a file, or one object that the API was sent. Each is read by itself, and all its faults are told.

Nothing here asks the database. A file and the API refuse the same value under the same name in the same words.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from django.utils.translation import gettext as _
from pydantic import BaseModel, ConfigDict, ValidationError

from . import faults
from .values import Text

# Also the most that Python's csv module takes in one value.
MAX_ROW_BYTES = 131_072


@dataclass(frozen=True)
class Problem:
    """What is wrong with a row. ``field`` is the column as the file calls it, empty if it is the row as a whole."""

    field: str
    reason: str


class BadRow(Exception):
    """A row that cannot be used, with everything that is wrong with it."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(problem.reason for problem in problems))
        self.problems = problems


class Item(BaseModel):
    """What one row or object says. A field's kind (`values`) reads its value; one without a default is needed."""

    model_config = ConfigDict(frozen=True)

    @classmethod
    def read(cls, values: Mapping[str, object]) -> Self:
        """The item that values describe: text from CSV, any JSON value from the API. Raises ``BadRow``."""
        known = cls.model_fields  # asked once: it is looked up each time
        given = {name: value for name, value in values.items() if name in known and not is_empty(value)}
        problems = [*_of_the_whole(values, known), *cls.problems_between(given)]
        try:
            item = cls.model_validate(given)
        except ValidationError as error:
            raise BadRow(cls._in_order([*_problems(error), *problems])) from None
        if problems:
            raise BadRow(cls._in_order(problems))
        return item

    @classmethod
    def kinds(cls) -> dict[str, Text]:
        """The kind of each field."""
        return {name: field.metadata[0] for name, field in cls.model_fields.items()}

    @classmethod
    def needed(cls) -> list[str]:
        """The fields that no item can leave empty."""
        return [name for name, field in cls.model_fields.items() if field.is_required()]

    @classmethod
    def problems_between(cls, given: Mapping[str, object]) -> Iterable[Problem]:
        """What is wrong with values beside each other; ``given`` are those that are not empty, as they were sent."""
        return ()

    @classmethod
    def _in_order(cls, problems: Iterable[Problem]) -> list[Problem]:
        """The first problem of each field, in the order in which the documentation lists them; then all others."""
        found = list(problems)
        first = [next((p for p in found if p.field == name), None) for name in cls.model_fields]
        return [*filter(None, first), *(p for p in found if p.field not in cls.model_fields)]


def _of_the_whole(values: Mapping[str, object], known: Collection[str]) -> list[Problem]:
    problems = [Problem(name[:64], _("There is no such field.")) for name in values if name not in known]
    if sum([len(value) for value in values.values() if isinstance(value, str)]) > MAX_ROW_BYTES:
        problems.append(Problem("", takes_too_much()))
    return problems


def _problems(error: ValidationError) -> Iterable[Problem]:
    for one in error.errors(include_url=False, include_input=False):
        reason = faults.empty() if one["type"] == "missing" else str(one["ctx"]["error"])
        yield Problem(str(one["loc"][0]), reason)


def takes_too_much() -> str:
    return _("It takes more than %(most)s bytes.") % {"most": f"{MAX_ROW_BYTES:,}"}


def is_empty(value: object) -> bool:
    return not value.strip() if isinstance(value, str) else value is None


def empty(values: Mapping[str, object]) -> bool:
    """Whether nothing stands under any column, as in the rows that spreadsheets leave at the end."""
    return all(is_empty(value) for value in values.values())


def external_id_of(values: Mapping[str, object]) -> str:
    """What stands for the external id of a bad row, as far as it can be told."""
    value = values.get("external_id")
    return str(value)[:64] if isinstance(value, str | int) else ""
