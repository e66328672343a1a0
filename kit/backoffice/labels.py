"""What a record is called where it stands among others of its name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TypeVar

from django.db.models import Model

R = TypeVar("R", bound=Model)


def label_of(record: Model) -> str:
    """A record by what tells it from others of its name."""
    return str(getattr(record, "label", record))


def repeated(labels: Iterable[str]) -> set[str]:
    """The labels that stand for more than one record, in small letters."""
    return {label for label, times in Counter(label.casefold() for label in labels).items() if times > 1}


def told_apart(label: str, record: Model) -> str:
    """A label that another record has too, with what no other record has: its code, else its number."""
    key = getattr(record, "told_apart_by", None) or getattr(record, "code", None) or record.pk
    return f"{label} ({key})"


def labelled(records: Iterable[R]) -> list[tuple[R, str]]:
    """Records, each with its label; those that would read the same are told apart."""
    labels = [(record, label_of(record)) for record in records]
    twice = repeated(label for _record, label in labels)
    return [(one, told_apart(label, one) if label.casefold() in twice else label) for one, label in labels]
