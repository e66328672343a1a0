"""QTI 3, the standard that assessment tools exchange: a package with an item for each question and a manifest that
lists them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from io import BytesIO
from xml.etree.ElementTree import Element, SubElement, indent, tostring  # written only
from zipfile import ZIP_DEFLATED, ZipFile

from kit.documents.pictures import ENDINGS

from .items import FileQuestion

ITEM = "http://www.imsglobal.org/xsd/imsqtiasi_v3p0"
PACKAGE = "http://www.imsglobal.org/xsd/qti/qtiv3p0/imscp_v1p1"
MATCH_CORRECT = "https://purl.imsglobal.org/spec/qti/v3p0/rptemplates/match_correct.xml"


def write(questions: Iterable[FileQuestion]) -> bytes:
    """The package, a ZIP file."""
    buffer = BytesIO()
    names = list[str]()
    files: dict[str, list[str]] = {}
    with ZipFile(buffer, "w", ZIP_DEFLATED) as package:
        for number, question in enumerate(questions, start=1):
            names.append(f"question-{number}")
            package.writestr(f"{names[-1]}.xml", _document(item(question, names[-1])))
            for name, picture in zip(_files(question, names[-1]), question.pictures, strict=True):
                package.writestr(name, picture.content)
                files.setdefault(names[-1], []).append(name)
        package.writestr("imsmanifest.xml", _document(_manifest(names, files)))
    return buffer.getvalue()


def _files(question: FileQuestion, name: str) -> list[str]:
    """What its pictures are called in the package."""
    return [f"{name}-{number}.{ENDINGS[one.content_type]}" for number, one in enumerate(question.pictures, start=1)]


def item(question: FileQuestion, name: str) -> Element:
    """One question as an item: its declaration, its body, and how it is graded."""
    right = [number for number, choice in enumerate(question.choices, start=1) if choice.is_right]
    several = len(right) > 1
    root = Element("qti-assessment-item", {
        "xmlns": ITEM, "identifier": name, "title": question.text[:80].strip() or name, "adaptive": "false",
        "time-dependent": "false",
    })  # fmt: skip
    declared = SubElement(root, "qti-response-declaration", {
        "identifier": "RESPONSE", "cardinality": "multiple" if several else "single", "base-type": "identifier",
    })  # fmt: skip
    correct = SubElement(declared, "qti-correct-response")
    for number in right:
        SubElement(correct, "qti-value").text = f"CHOICE_{number}"
    SubElement(root, "qti-outcome-declaration", {
        "identifier": "SCORE", "cardinality": "single", "base-type": "float",
    })  # fmt: skip
    _body(SubElement(root, "qti-item-body"), question, name, several=several)
    SubElement(root, "qti-response-processing", {"template": MATCH_CORRECT})
    if question.explanation:
        _feedback(root, question.explanation)
    return root


def _body(body: Element, question: FileQuestion, name: str, *, several: bool) -> None:
    for picture, href in zip(question.pictures, _files(question, name), strict=True):
        SubElement(SubElement(body, "p"), "img", src=href, alt=picture.alt)
    for paragraph in [*filter(None, question.scene.splitlines()), *question.text.split("\n\n")]:
        SubElement(body, "p").text = paragraph
    asked = SubElement(body, "qti-choice-interaction", {
        "response-identifier": "RESPONSE", "shuffle": "true", "max-choices": "0" if several else "1",
    })  # fmt: skip
    for number, choice in enumerate(question.choices, start=1):
        SubElement(asked, "qti-simple-choice", identifier=f"CHOICE_{number}").text = choice.text


def _feedback(root: Element, explanation: str) -> None:
    shown = SubElement(root, "qti-modal-feedback", {
        "outcome-identifier": "SCORE", "identifier": "EXPLANATION", "show-hide": "hide",
    })  # fmt: skip
    SubElement(SubElement(shown, "qti-content-body"), "p").text = explanation


def _manifest(names: Iterable[str], files: Mapping[str, Sequence[str]]) -> Element:
    root = Element("manifest", {"xmlns": PACKAGE, "identifier": "MANIFEST"})
    about = SubElement(root, "metadata")
    SubElement(about, "schema").text = "QTI Package"
    SubElement(about, "schemaversion").text = "3.0.0"
    SubElement(root, "organizations")
    resources = SubElement(root, "resources")
    for name in names:
        href = f"{name}.xml"
        one = SubElement(resources, "resource", identifier=name, type="imsqti_item_xmlv3p0", href=href)
        for file in (href, *files.get(name, ())):
            SubElement(one, "file", href=file)
    return root


def _document(root: Element) -> bytes:
    indent(root)
    written: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return written
