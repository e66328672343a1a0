"""Aiken: a question on a line, a lettered choice on each of the next, and ``ANSWER: B``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from string import ascii_uppercase

from .items import BankFile, FileChoice, FileQuestion, NotTaken, Refusal

CHOICE = re.compile(r"([A-Z])(?:[.)]\s+|\))(.*)")
ANSWER = re.compile(r"ANSWER:\s*(.*)", re.IGNORECASE)


def read(text: str) -> BankFile:
    found = BankFile()
    for line, lines in _blocks(text):
        with found.at(line):
            found.questions.append(_question(line, lines))
    return found


def _blocks(text: str) -> Iterator[tuple[int, list[str]]]:
    """The lines of each question, which ends with its answer, or where an empty line follows its choices."""
    first, lines = 0, list[str]()
    for number, line in enumerate([*text.split("\n"), ""], start=1):
        line = line.strip()
        if line:
            first = first or number
            lines.append(line)
        is_over = ANSWER.fullmatch(line) if line else any(map(CHOICE.fullmatch, lines))
        if lines and is_over:
            yield first, lines
            first, lines = 0, []
    if lines:
        yield first, lines


def _question(line: int, lines: list[str]) -> FileQuestion:
    answer = ANSWER.fullmatch(lines[-1])
    if answer is None or not answer[1]:
        raise NotTaken(Refusal.NO_ANSWER_LINE)
    asked = [one for one in lines[:-1] if not CHOICE.fullmatch(one)]
    lettered = [(found[1], found[2].strip()) for found in map(CHOICE.fullmatch, lines[:-1]) if found]
    right = answer[1].upper().rstrip(".)")
    if right not in {letter for letter, _ in lettered}:
        raise NotTaken(Refusal.UNKNOWN_ANSWER, answer[1])
    choices = [FileChoice(said, letter == right) for letter, said in lettered]
    return FileQuestion("\n".join(asked), choices, line=line)


def write(questions: Iterable[FileQuestion]) -> str:
    """Questions with one right answer of at most 26: Aiken has no others."""
    return "\n".join(_written(question) for question in questions)


def _written(question: FileQuestion) -> str:
    choices = list(zip(ascii_uppercase, question.choices, strict=False))
    lines = [f"{letter}. {_one_line(choice.text)}" for letter, choice in choices]
    right = next(letter for letter, choice in choices if choice.is_right)
    asked = " ".join(filter(None, [question.scene, question.text]))
    return "\n".join([_one_line(asked), *lines, f"ANSWER: {right}", ""])


def _one_line(text: str) -> str:
    return " ".join(text.split())
