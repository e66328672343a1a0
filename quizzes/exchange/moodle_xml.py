"""Moodle XML. What a file could do to its reader (entities, other files) is refused by ``defusedxml``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from xml.etree.ElementTree import (  # these only build and write; defusedxml reads
    Element,
    ParseError,
    SubElement,
    TreeBuilder,
    indent,
    tostring,
)

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from .html_texts import as_markdown
from .items import BankFile, FileQuestion, Loss, NotTaken, Refusal, RefusedQuestion
from .weights import WeighedChoice, judged, share

TYPES = {
    "matching": Refusal.MATCHING,
    "shortanswer": Refusal.SHORT_ANSWER,
    "numerical": Refusal.NUMERICAL,
    "calculated": Refusal.NUMERICAL,
    "essay": Refusal.ESSAY,
    "description": Refusal.DESCRIPTION,
}


class _Builder(TreeBuilder):
    """Notes the line that each question begins in."""

    parser: Any = None

    def start(self, tag: Any, attrs: Any, /) -> Element:
        element = super().start(tag, attrs)
        if tag == "question" and self.parser is not None:
            element.set("line", str(self.parser.parser.CurrentLineNumber))
        return element


def read(text: str) -> BankFile:
    found = BankFile()
    try:
        questions = _tree(text).iter("question")
    except ParseError as error:
        return BankFile(refused=[RefusedQuestion(error.position[0], Refusal.UNREADABLE)])
    except (DefusedXmlException, ValueError):
        return BankFile(refused=[RefusedQuestion(1, Refusal.UNREADABLE)])
    has_category = False
    for element in questions:
        line = int(element.get("line", "1"))
        if element.get("type") == "category":
            has_category = True
            continue
        try:
            found.questions.append(_question(element, line, {Loss.CATEGORY} if has_category else set()))
        except NotTaken as why:
            found.refused.append(RefusedQuestion(line, why.reason, why.about))
    return found


def _tree(text: str) -> Element:
    builder = _Builder()
    builder.parser = parser = DefusedXMLParser(target=builder, forbid_dtd=True)
    parser.feed(text.encode())
    tree: Element = parser.close()
    return tree


def _question(element: Element, line: int, losses: set[Loss]) -> FileQuestion:
    kind = element.get("type", "")
    if kind not in {"multichoice", "truefalse"}:
        raise NotTaken(TYPES.get(kind, Refusal.OTHER_TYPE), kind)
    text, lost = _text(element.find("questiontext"))
    explanation, lost_too = _text(element.find("generalfeedback"))
    weighed = [_choice(answer, losses) for answer in element.iter("answer")]
    choices, explanation, lost_of_choices = judged(weighed, explanation=explanation)
    if _text(element.find("name"))[0] not in {"", text[:80]}:
        losses = losses | {Loss.NAME}
    return FileQuestion(
        text, choices, explanation, line=line, losses=frozenset(losses | lost | lost_too | lost_of_choices)
    )


def _choice(answer: Element, losses: set[Loss]) -> WeighedChoice:
    text, lost = _text(answer)
    losses |= lost
    try:
        percent = float(answer.get("fraction", "0"))
    except ValueError:
        percent = 0.0
    return WeighedChoice(text, percent, _text(answer.find("feedback"))[0])


def _text(element: Element | None) -> tuple[str, set[Loss]]:
    """What an element says, as Markdown, and what is lost of it."""
    if element is None:
        return "", set()
    said = (element.findtext("text") or "").strip()
    files = {Loss.FILES} if element.find("file") is not None else set()
    if element.get("format", "html") not in {"html", "moodle_auto_format"} or "<" not in said:
        return said, files
    text, losses = as_markdown(said)
    return text, losses | files


# --- Writing


def write(questions: Iterable[FileQuestion]) -> str:
    quiz = Element("quiz")
    for question in questions:
        _write(SubElement(quiz, "question", type="multichoice"), question)
    indent(quiz)
    return tostring(quiz, encoding="unicode", xml_declaration=True) + "\n"


def _write(element: Element, question: FileQuestion) -> None:
    right = sum(choice.is_right for choice in question.choices)
    asked = "\n\n".join(filter(None, [question.scene, question.text]))
    _say(SubElement(element, "name"), asked[:80].strip())
    _say(SubElement(element, "questiontext", format="markdown"), asked)
    _say(SubElement(element, "generalfeedback", format="markdown"), question.explanation)
    SubElement(element, "single").text = "true" if right == 1 else "false"
    SubElement(element, "shuffleanswers").text = "true"
    for choice in question.choices:
        fraction = share(max(right, 1)) if choice.is_right else ("0" if right == 1 else "-100")
        _say(SubElement(element, "answer", fraction=fraction, format="plain_text"), choice.text)


def _say(element: Element, text: str) -> None:
    SubElement(element, "text").text = text
