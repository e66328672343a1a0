from __future__ import annotations

from io import BytesIO
from xml.etree import ElementTree
from zipfile import ZipFile

import pytest

from kit.documents.sheets import sheet, xlsx_download

CELLS = {"": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}


def parts_of(content: bytes) -> dict[str, ElementTree.Element]:
    with ZipFile(BytesIO(content)) as file:
        names = ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml"]
        return {name: ElementTree.fromstring(file.read(name)) for name in names}  # made here


def test_sheet_has_a_head_and_its_rows() -> None:
    parts = parts_of(sheet(["name", "n"], [["Ann", 1], ["", 2]]))
    words = ["".join(one.itertext()) for one in parts["xl/sharedStrings.xml"]]
    assert words == ["name", "n", "Ann", "1", "", "2"]
    assert len(parts["xl/worksheets/sheet1.xml"].findall(".//row", CELLS)) == 3


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =HYPERLINK(1)", "http://x.example"])
def test_no_text_becomes_a_formula_or_a_link(text: str) -> None:
    parts = parts_of(sheet(["a"], [[text]]))
    page = parts["xl/worksheets/sheet1.xml"]
    assert page.findall(".//f", CELLS) == []
    assert page.findall(".//hyperlink", CELLS) == []
    cell = page.findall(".//c", CELLS)[-1]
    assert cell.attrib["t"] == "s"
    style = parts["xl/styles.xml"].findall(".//cellXfs/xf", CELLS)[int(cell.attrib.get("s", "0"))]
    assert (style.attrib.get("quotePrefix") == "1") == (not text.startswith("http"))


def test_download_is_kept_by_nobody() -> None:
    response = xlsx_download(["a"], [["b"]], name="a.xlsx")
    assert response["Content-Disposition"] == 'attachment; filename="a.xlsx"'
    assert response["Cache-Control"] == "private, no-store"
