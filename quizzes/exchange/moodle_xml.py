"""Moodle XML. What a file could do to its reader (entities, other files) is refused by ``defusedxml``."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import unquote
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

from kit.documents.pictures import ENDINGS, NotAPicture, picture_of
from kit.texts.limits import PICTURE

from ..rules import MAX_PICTURES
from .html_texts import Image, as_markdown, as_plain
from .items import BankFile, FilePicture, FileQuestion, Loss, NotTaken, Refusal, RefusedQuestion
from .weights import WeighedChoice, judged, share

TYPES = {
    "matching": Refusal.MATCHING,
    "shortanswer": Refusal.SHORT_ANSWER,
    "numerical": Refusal.NUMERICAL,
    "calculated": Refusal.NUMERICAL,
    "essay": Refusal.ESSAY,
    "description": Refusal.DESCRIPTION,
}
HERE = "@@PLUGINFILE@@/"
"""How Moodle says that a picture lies in the file."""
OWN_IMAGE = re.compile(r"!\[((?:\\.|[^\]\\])*)\]\((@@PLUGINFILE@@/[^)\s]+)\)")
MARKED_UP = re.compile(r"<|&#?\w+;")


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
    except (DefusedXmlException, LookupError, ValueError):  # LookupError: of an encoding that is none
        return BankFile(refused=[RefusedQuestion(1, Refusal.UNREADABLE)])
    has_category = False
    for element in questions:
        line = int(element.get("line", "1"))
        if element.get("type") == "category":
            has_category = True
            continue
        with found.at(line):
            found.questions.append(_question(element, line, {Loss.CATEGORY} if has_category else set()))
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
    text, lost, pictures = _text_with_pictures(element.find("questiontext"))
    explanation, lost_too = _text(element.find("generalfeedback"))
    weighed = [_choice(answer, losses) for answer in element.iter("answer")]
    choices, explanation, lost_of_choices = judged(weighed, explanation=explanation)
    if _text(element.find("name"))[0] not in {"", text[:80]}:
        losses = losses | {Loss.NAME}
    losses = losses | lost | lost_too | lost_of_choices | set(_beside(element))
    return FileQuestion(text, choices, explanation, line=line, losses=frozenset(losses), pictures=pictures)


USUAL = {"Your answer is correct.", "Your answer is partially correct.", "Your answer is incorrect."}
"""What Moodle says to any answer unless a teacher writes something else."""


def _beside(element: Element) -> Iterator[Loss]:
    """What is lost of what stands beside text, choices and explanation."""
    said = [f"{which}feedback" for which in ("correct", "partiallycorrect", "incorrect")]
    texts = {_text(one)[0] for name in (*said, "hint", "tags/tag") for one in element.findall(name)}
    if texts - USUAL - {""}:
        yield Loss.HINTS
    if element.findtext("shuffleanswers", "").strip() in {"0", "false"}:
        yield Loss.ORDER
    if element.findtext("image_base64", "").strip():
        yield Loss.FILES


def _choice(answer: Element, losses: set[Loss]) -> WeighedChoice:
    text, lost = _plain_text(answer)
    feedback, lost_too = _text(answer.find("feedback"))
    losses |= lost | lost_too
    try:
        percent = float(answer.get("fraction", "0"))
    except ValueError:
        percent = 0.0
    return WeighedChoice(text, percent, feedback)


def _plain_text(answer: Element) -> tuple[str, set[Loss]]:
    """What a choice says: it is shown as it is, without Markdown."""
    said = _said(answer)
    text, losses = as_plain(said) if _is_html(answer, said) else (said, set())
    return text, losses | ({Loss.FILES} if answer.find("file") is not None else set())


def _text(element: Element | None) -> tuple[str, set[Loss]]:
    """What an element says, as Markdown, and what is lost of it: also its pictures."""
    text, losses, images = _read_text(element)
    has_files = bool(images) or (element is not None and element.find("file") is not None)
    return text, losses | ({Loss.FILES} if has_files else set())


def _text_with_pictures(element: Element | None) -> tuple[str, set[Loss], list[FilePicture]]:
    """The same of an element whose pictures are kept: those that are ones, lie in the file and are told in words."""
    text, losses, images = _read_text(element)
    files = {file.get("name", ""): file.text or "" for file in (element.findall("file") if element is not None else ())}
    found = [picture for image in images[:MAX_PICTURES] if (picture := _picture(image, files))]
    is_lost = len(found) < max(len(images), len(files))
    return text, losses | ({Loss.FILES} if is_lost else set()), found


def _picture(image: Image, files: Mapping[str, str]) -> FilePicture | None:
    """What a text names, if it lies in the file."""
    name = unquote(image.source.removeprefix(HERE)) if image.source.startswith(HERE) else ""
    if not image.alt or len(image.alt) > PICTURE or name not in files:
        return None
    try:
        made = picture_of(b64decode(files[name]))
    except (ValueError, NotAPicture):
        return None
    return FilePicture(image.alt, made.content, made.content_type)


def _read_text(element: Element | None) -> tuple[str, set[Loss], list[Image]]:
    if element is None:
        return "", set(), []
    said = _said(element)
    if not _is_html(element, said):
        images = [Image(source, alt.replace("\\", "")) for alt, source in OWN_IMAGE.findall(said)]
        return OWN_IMAGE.sub("", said).strip() if images else said, set(), images
    return as_markdown(said)


def _said(element: Element) -> str:
    return (element.findtext("text") or "").strip()


def _is_html(element: Element, said: str) -> bool:
    return element.get("format", "html") in {"html", "moodle_auto_format"} and bool(MARKED_UP.search(said))


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
    _write_pictures(SubElement(element, "questiontext", format="markdown"), asked, question.pictures)
    _say(SubElement(element, "generalfeedback", format="markdown"), question.explanation)
    SubElement(element, "single").text = "true" if right == 1 else "false"
    SubElement(element, "shuffleanswers").text = "true"
    for choice in question.choices:
        fraction = share(max(right, 1)) if choice.is_right else ("0" if right == 1 else "-100")
        _say(SubElement(element, "answer", fraction=fraction, format="plain_text"), choice.text)


def _write_pictures(element: Element, asked: str, pictures: Sequence[FilePicture]) -> None:
    """The text, with a line for each picture, and the pictures as files of it."""
    names = [f"picture-{number}.{ENDINGS[one.content_type]}" for number, one in enumerate(pictures, start=1)]
    lines = [f"![{escaped(one.alt)}]({HERE}{name})" for one, name in zip(pictures, names, strict=True)]
    _say(element, "\n\n".join([asked, *lines]))
    for one, name in zip(pictures, names, strict=True):
        file = SubElement(element, "file", name=name, path="/", encoding="base64")
        file.text = b64encode(one.content).decode()


def escaped(alt: str) -> str:
    """Words that stand between the brackets of a picture in Markdown."""
    return re.sub(r"([\\\[\]])", r"\\\1", alt)


def _say(element: Element, text: str) -> None:
    SubElement(element, "text").text = text
