"""Questions as a table: a row for each, a column for each choice, and the numbers of those that are right."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from io import StringIO

from kit.documents.csv_files import BYTE_ORDER_MARK, as_meant, csv_lines

from .items import BankFile, FileChoice, FileQuestion, NotTaken, Refusal, RefusedQuestion

CHOICES = [f"choice_{number}" for number in range(1, 11)]
FIELDS = ["text", *CHOICES, "right", "explanation", "section", "scene"]
NEEDED = ["text", "choice_1", "choice_2", "right"]
SEPARATOR = re.compile(r"[;\t|]")
"""What other programs separate values by."""


def read(text: str) -> BankFile:
    above, text = _without_separator(text.removeprefix(BYTE_ORDER_MARK))
    rows, found = csv.DictReader(StringIO(text, newline="")), BankFile()
    try:
        faults = _faults_of_header(rows.fieldnames or ())
        found.refused = [RefusedQuestion(above + 1, reason, about) for reason, about in faults]
        if not found.refused:
            _read_rows(rows, found, above=above)
    except csv.Error:  # a value that is longer than any question
        found.refused.append(RefusedQuestion(above + rows.line_num + 1, Refusal.UNREADABLE))
    return found


def _without_separator(text: str) -> tuple[int, str]:
    """How many lines stand above the header, and what is below them: Excel is told there what separates values."""
    first, _, rest = text.partition("\n")
    return (1, rest) if first.strip().lower() == "sep=," else (0, text)


def _faults_of_header(names: Sequence[str]) -> list[tuple[Refusal, str]]:
    if len(names) == 1 and (separator := SEPARATOR.search(names[0])):
        return [(Refusal.NO_COMMAS, separator[0])]
    return [(Refusal.NO_COLUMN, name) for name in NEEDED if name not in names]


def _read_rows(rows: csv.DictReader[str], found: BankFile, *, above: int) -> None:
    line = above + 2
    for row in rows:
        with found.at(line):
            found.questions.append(_question({k: v or "" for k, v in row.items() if isinstance(k, str)}, line))
        line = above + rows.line_num + 1


def _question(row: Mapping[str, str], line: int) -> FileQuestion:
    said = {name: as_meant(value).strip() for name, value in row.items()}
    right = set(re.findall(r"\d+", said["right"]))
    numbered = {name.removeprefix("choice_"): said[name] for name in CHOICES if said.get(name)}
    if unknown := right - numbered.keys():
        raise NotTaken(Refusal.UNKNOWN_ANSWER, min(unknown))
    choices = [FileChoice(text, number in right) for number, text in numbered.items()]
    explanation, section, scene = (said.get(name, "") for name in ("explanation", "section", "scene"))
    return FileQuestion(said["text"], choices, explanation, scene, section, line)


def write(questions: Iterable[FileQuestion]) -> str:
    return "".join(csv_lines(FIELDS, (_row(question) for question in questions)))


def _row(question: FileQuestion) -> list[str]:
    texts = [choice.text for choice in question.choices]
    right = ";".join(str(number) for number, choice in enumerate(question.choices, start=1) if choice.is_right)
    padded = [*texts, *[""] * (len(CHOICES) - len(texts))]
    return [question.text, *padded, right, question.explanation, question.section, question.scene]
