"""Questions as a list of JSON objects: all that a question has, as programs want it. The line is the place in the
list, from 1."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from kit.api.items import BadRow
from kit.api.json_texts import load_json

from .items import BankFile, FileChoice, FileQuestion, NotTaken, Refusal, RefusedQuestion

TEXTS = ("text", "explanation", "scene", "section")


def read(text: str) -> BankFile:
    found = BankFile()
    try:
        items = load_json(text)
    except BadRow:
        return BankFile(refused=[RefusedQuestion(1, Refusal.UNREADABLE)])
    if not isinstance(items, list):
        return BankFile(refused=[RefusedQuestion(1, Refusal.NO_LIST)])
    for line, item in enumerate(items, start=1):
        with found.at(line):
            found.questions.append(_question(item, line))
    return found


def _question(item: Any, line: int) -> FileQuestion:
    if not isinstance(item, dict):
        raise NotTaken(Refusal.NO_LIST)
    if unknown := sorted(item.keys() - {*TEXTS, "choices"}):
        raise NotTaken(Refusal.UNKNOWN_KEY, unknown[0])
    choices = item.get("choices")
    if not isinstance(choices, list):
        raise NotTaken(Refusal.NO_COLUMN, "choices")
    text, explanation, scene, section = (_text(item, name) for name in TEXTS)
    return FileQuestion(text, [_choice(choice) for choice in choices], explanation, scene, section, line)


def _choice(item: Any) -> FileChoice:
    if not isinstance(item, dict) or not isinstance(item.get("is_right", False), bool):
        raise NotTaken(Refusal.NO_COLUMN, "is_right")
    return FileChoice(_text(item, "text"), item.get("is_right", False))


def _text(item: dict[str, Any], name: str) -> str:
    said = item.get(name) or ""
    if not isinstance(said, str):
        raise NotTaken(Refusal.NO_COLUMN, name)
    return said.strip()


def write(questions: Iterable[FileQuestion]) -> str:
    return json.dumps([_item(question) for question in questions], ensure_ascii=False, indent=1) + "\n"


def _item(question: FileQuestion) -> dict[str, Any]:
    choices = [{"text": choice.text, "is_right": choice.is_right} for choice in question.choices]
    return {
        "text": question.text,
        "choices": choices,
        **{name: getattr(question, name) for name in TEXTS[1:] if getattr(question, name)},
    }
