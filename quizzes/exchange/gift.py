"""GIFT, Moodle's format for people who write questions as text.

Questions stand apart by an empty line: ``::name::[format]text{=right ~wrong #feedback ####explanation}``. A backslash
takes their meaning from ``~ = # { } :``, and ``\\n`` breaks a line. No library that is cared for reads it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise

from .html_texts import as_plain, without_pictures
from .items import BankFile, FileChoice, FileQuestion, Loss, NotTaken, Refusal
from .weights import WeighedChoice, judged, share

SPECIAL = "\\~=#{}:"
ESCAPED = re.compile(r"\\([\\~=#{}:n])")
FORMAT = re.compile(r"\s*\[(html|moodle|plain|markdown)\]")
WEIGHT = re.compile(r"\s*%(-?\d+(?:\.\d*)?)%")
TRUE_FALSE = {"T": True, "TRUE": True, "F": False, "FALSE": False}
SIGNS = re.compile(r"[=~]")


def read(text: str) -> BankFile:
    found = BankFile()
    has_category = False
    for line, block in _blocks(text):
        if block.lstrip().upper().startswith("$CATEGORY:"):
            has_category, (_head, _, block) = True, block.partition("\n")
        if not block.strip():
            continue
        with found.at(line):
            question = _question(_masked(block), line)
            found.questions.append(_with_category(question) if has_category else question)
    return found


def _with_category(question: FileQuestion) -> FileQuestion:
    return FileQuestion(**{**vars(question), "losses": question.losses | {Loss.CATEGORY}})


def _blocks(text: str) -> Iterator[tuple[int, str]]:
    """What stands between empty lines, without comments, each with the number of its first line."""
    first, lines = 0, list[str]()
    for number, line in enumerate([*text.split("\n"), ""], start=1):
        if line.lstrip().startswith("//"):
            continue
        if line.strip():
            first = first or number
            lines.append(line)
        elif lines:
            yield first, "\n".join(lines)
            first, lines = 0, []


# What is escaped is masked by letters of a private plane while signs are looked for, and then put in its place.
MASKED = {letter: chr(0x100000 + ord(letter)) for letter in [*SPECIAL, "n"]}
MEANT = {ord(mask): "\n" if letter == "n" else letter for letter, mask in MASKED.items()}


def _masked(text: str) -> str:
    return ESCAPED.sub(lambda found: MASKED[found[1]], text)


def _meant(text: str) -> str:
    return text.strip().translate(MEANT).strip()


def _question(block: str, line: int) -> FileQuestion:
    """The question that a block of masked text holds. Raises ``NotTaken``."""
    losses = set[Loss]()
    block = block.strip()
    if block.startswith("::"):
        _start, name, block = (*block.split("::", 2), "", "")[:3]
        losses |= {Loss.NAME} if name.strip() else set()
    before, opened, rest = block.partition("{")
    inside, closed, after = rest.partition("}")
    if opened and not closed:
        raise NotTaken(Refusal.UNCLOSED)
    if not opened:
        raise NotTaken(Refusal.DESCRIPTION)
    how, before = _format_of(before)
    text = f"{before.rstrip()} _____{_apart(after)}" if after.strip() else before
    text, lost = _formatted(text, how)
    choices, explanation, lost_too = _answers(inside, how)
    return FileQuestion(text, choices, explanation, line=line, losses=frozenset(losses | lost | lost_too))


def _apart(after: str) -> str:
    """What follows a gap: a word stands apart from it, a full stop does not."""
    said = after.lstrip()
    return said if said[0] in ".,;:!?" else f" {said}"


def _format_of(text: str) -> tuple[str, str]:
    found = FORMAT.match(text)
    return (found[1], text[found.end() :]) if found else ("", text)


def _formatted(
    text: str, how: str, *, html: Callable[[str], tuple[str, set[Loss]]] = without_pictures
) -> tuple[str, set[Loss]]:
    """A text as it is meant, and what is lost of it if it is HTML."""
    own, text = _format_of(text)
    return html(_meant(text)) if (own or how) == "html" else (_meant(text), set())


def _answers(inside: str, how: str) -> tuple[list[FileChoice], str, set[Loss]]:
    inside, _, general = inside.partition("####")
    explanation, losses = _formatted(general, how)
    weighed = _true_false(inside, how, losses) or _weighed(inside, how, losses)
    choices, explanation, lost = judged(weighed, explanation=explanation)
    return choices, explanation, losses | lost


def _true_false(inside: str, how: str, losses: set[Loss]) -> list[WeighedChoice]:
    """The two choices of ``{T}`` or ``{FALSE#said if wrong#said if right}``; none if it is no such question."""
    word, *said = inside.split("#")
    is_true = TRUE_FALSE.get(word.strip().upper())
    if is_true is None:
        return []
    texts = [_formatted(one, how) for one in (*said, "", "")]
    (wrong, lost), (right, lost_too) = texts[:2]
    losses |= lost | lost_too
    return [
        WeighedChoice("True", 100.0 * is_true, right if is_true else wrong),
        WeighedChoice("False", 100.0 * (not is_true), wrong if is_true else right),
    ]


def _weighed(inside: str, how: str, losses: set[Loss]) -> list[WeighedChoice]:
    _refuse_other_types(inside)
    starts = [found.start() for found in SIGNS.finditer(inside)] + [len(inside)]
    return [_choice(inside[start:end], how, losses) for start, end in pairwise(starts)]


def _refuse_other_types(inside: str) -> None:
    if not inside.strip():
        raise NotTaken(Refusal.ESSAY)
    if inside.lstrip().startswith("#"):
        raise NotTaken(Refusal.NUMERICAL)
    if not SIGNS.search(inside):
        raise NotTaken(Refusal.NO_ANSWERS)
    if "~" not in inside:
        raise NotTaken(Refusal.MATCHING if "->" in inside else Refusal.SHORT_ANSWER)


def _choice(text: str, how: str, losses: set[Loss]) -> WeighedChoice:
    sign, said = text[0], text[1:]
    percent = 100.0 if sign == "=" else 0.0
    if weight := WEIGHT.match(said):
        percent, said = float(weight[1]), said[weight.end() :]
    said, _, feedback = said.partition("#")
    (words, lost), (explained, lost_too) = _formatted(said, how, html=as_plain), _formatted(feedback, how)
    losses |= lost | lost_too
    return WeighedChoice(words, percent, explained)


# --- Writing


def write(questions: Iterable[FileQuestion]) -> str:
    return "\n".join(_written(question) for question in questions)


def _written(question: FileQuestion) -> str:
    right = sum(choice.is_right for choice in question.choices)
    signs = ("=", "~") if right == 1 else (f"~%{share(max(right, 1))}%", "~%-100%")
    lines = [f"\t{signs[0 if choice.is_right else 1]}{_escaped(choice.text)}" for choice in question.choices]
    explained = [f"\t####{_escaped(question.explanation)}"] if question.explanation else []
    asked = "\n\n".join(filter(None, [question.scene, question.text]))
    return "\n".join([f"[markdown]{_escaped(asked)}{{", *lines, *explained, "}", ""])


def _escaped(text: str) -> str:
    return "".join(f"\\{letter}" if letter in SPECIAL else letter for letter in text).replace("\n", "\\n")
