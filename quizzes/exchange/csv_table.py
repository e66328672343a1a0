"""Questions as a table: a row for each, a column for each choice, and the numbers of those that are right."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from io import StringIO

from kit.documents.csv_files import BYTE_ORDER_MARK, csv_lines

from .items import BankFile, FileChoice, FileQuestion, NotTaken, Refusal, RefusedQuestion

CHOICES = [f"choice_{number}" for number in range(1, 11)]
FIELDS = ["text", *CHOICES, "right", "explanation", "section", "scene"]
NEEDED = ["text", "choice_1", "choice_2", "right"]
# The apostrophes that keep a spreadsheet from taking a text for a formula, as `csv_files` writes them.
GUARD = re.compile(r"""(^|[;\t\n\v\f\x85\u2028\u2029])'(?=[\s"]*[=+\-@])""")


def read(text: str) -> BankFile:
    rows = csv.DictReader(StringIO(text.removeprefix(BYTE_ORDER_MARK), newline=""))
    missing = [name for name in NEEDED if name not in (rows.fieldnames or ())]
    found = BankFile(refused=[RefusedQuestion(1, Refusal.NO_COLUMN, name) for name in missing])
    line = 2
    for row in rows if not missing else ():
        try:
            found.questions.append(_question({k: v or "" for k, v in row.items() if isinstance(k, str)}, line))
        except NotTaken as why:
            found.refused.append(RefusedQuestion(line, why.reason, why.about))
        line = rows.line_num + 1
    return found


def _question(row: Mapping[str, str], line: int) -> FileQuestion:
    said = {name: GUARD.sub(r"\1", value).strip() for name, value in row.items()}
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
