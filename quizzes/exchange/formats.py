"""The formats by name: how each is read and written, and what writing loses."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from kit.texts.characters import composed
from kit.texts.limits import with_line_breaks

from . import aiken, csv_table, gift, json_list, moodle_xml, qti
from .items import BankFile, FileQuestion, Loss


@dataclass(frozen=True)
class Format:
    """``read`` is nothing where questions only go out. ``loses`` says what a question has that the format has not."""

    name: str
    ending: str
    content_type: str
    read: Callable[[str], BankFile] | None
    write: Callable[[Iterable[FileQuestion]], str | bytes]
    loses: frozenset[Loss] = frozenset()
    one_right: bool = False


FORMATS = {
    "gift": Format(
        "Moodle GIFT", "gift.txt", "text/plain; charset=utf-8", gift.read, gift.write,
        frozenset({Loss.SECTION, Loss.SCENE, Loss.FILES}),
    ),
    "aiken": Format(
        "Aiken", "aiken.txt", "text/plain; charset=utf-8", aiken.read, aiken.write,
        frozenset({Loss.SECTION, Loss.SCENE, Loss.EXPLANATION, Loss.FORMATTING, Loss.FILES}), one_right=True,
    ),
    "moodle": Format(
        "Moodle XML", "xml", "application/xml; charset=utf-8", moodle_xml.read, moodle_xml.write,
        frozenset({Loss.SECTION, Loss.SCENE}),
    ),
    "csv": Format("CSV", "csv", "text/csv; charset=utf-8", csv_table.read, csv_table.write, frozenset({Loss.FILES})),
    "json": Format("JSON", "json", "application/json", json_list.read, json_list.write, frozenset({Loss.FILES})),
    "qti": Format("QTI 3", "zip", "application/zip", None, qti.write, frozenset({Loss.SECTION, Loss.SCENE})),
}  # fmt: skip

MAX_BYTES = 1_000_000
"""Of a file that is read."""

READABLE = {key: one for key, one in FORMATS.items() if one.read is not None}


def read(name: str, text: str) -> BankFile:
    """What a text in a format holds, composed (NFC) and with one kind of line break.

    Raises ``KeyError`` for a format that only goes out.
    """
    reader = READABLE[name].read
    assert reader is not None  # noqa: S101  # it is readable
    return reader(composed(with_line_breaks(text)).removeprefix("\ufeff"))


def can_write(name: str, question: FileQuestion) -> bool:
    return not FORMATS[name].one_right or sum(choice.is_right for choice in question.choices) == 1


def has(question: FileQuestion, loss: Loss) -> bool:
    """Whether a question has what a format loses."""
    held = {
        Loss.EXPLANATION: bool(question.explanation),
        Loss.SECTION: bool(question.section),
        Loss.SCENE: bool(question.scene),
        Loss.FILES: bool(question.pictures),
    }
    return held.get(loss, "\n" in question.text)


def write(name: str, questions: Sequence[FileQuestion]) -> str | bytes:
    """A file of those questions that the format can hold (``can_write``)."""
    return FORMATS[name].write([question for question in questions if can_write(name, question)])
