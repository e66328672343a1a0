import csv
from io import StringIO

import pytest

from kit.documents.csv_files import csv_download, csv_lines


def test_texts_that_a_spreadsheet_would_run_are_made_harmless() -> None:
    rows = [["=1+1", "+1", "-2", "@x", "\tx", -2, "fine"]]
    _, line = csv_lines(["a", "b", "c", "d", "e", "f", "g"], rows)
    assert line == "'=1+1,'+1,'-2,'@x,'\tx,-2,fine\r\n"


@pytest.mark.parametrize(
    ("text", "harmless"),
    [
        ("x;=1+1;y", "x;'=1+1;y"),
        ("x;+1;-2;@y", "x;'+1;'-2;'@y"),
        ("x; =1+1", "x;' =1+1"),
        ('x;"=1+1"', 'x;\'"=1+1"'),
        ("x\t=1+1", "x\t'=1+1"),
        ("x\n=1+1", "x\n'=1+1"),
        ("x\r\n=1+1", "x\r\n'=1+1"),
        ("\n=1+1", "'\n'=1+1"),
        (" =1+1", "' =1+1"),
        ("\uff1d1+1", "'\uff1d1+1"),
        ("x;\uff201", "x;'\uff201"),
        ("a; b, c - d = e@f.example", "a; b, c - d = e@f.example"),
    ],
)
def test_no_cell_begins_a_formula_whatever_separates_values(text: str, harmless: str) -> None:
    _, line = csv_lines(["a"], [[text]])
    assert list(csv.reader(StringIO(line, newline=""))) == [[harmless]]


def test_download_is_named_kept_by_nobody_and_read_as_utf_8() -> None:
    response = csv_download(["name"], [["ไทย"]], name="x.csv")
    assert response["Content-Disposition"] == 'attachment; filename="x.csv"'
    assert response["Cache-Control"] == "private, no-store"
    assert response.getvalue().decode("utf-8-sig") == "name\r\nไทย\r\n"
