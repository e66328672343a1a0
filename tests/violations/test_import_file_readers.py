import io
import json
import re
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import settings

from kit.api.items import MAX_ROW_BYTES, BadRow, Problem
from kit.tables.columns import UnreadableFile
from kit.tables.readers import FileLines, Row, read_csv, read_ndjson
from sellers.services import ContentDraft
from tests.api import described
from violations.imports.columns import COLUMNS, draft_of
from violations.items import ViolationItem
from violations.services import ViolationDraft

GOOD = {
    "external_id": "V-1",
    "seller": "shop-1",
    "policy": "misleading-claims",
    "issued_at": "2026-11-18T14:30:00-05:00",
    "facts": "The host said it heals.",
    "detection": "staff",
    "automated": "false",
}
LIVE = {"content_kind": "live", "content_id": "L-1", "content_title": "Sunday LIVE"}
HEADER = ",".join(GOOD)
NARROW = b"external_id,seller,policy,issued_at,facts,detection,automated\n"


def problems(**changes: object) -> list[tuple[str, str]]:
    with pytest.raises(BadRow) as caught:
        draft_of(GOOD | changes)
    return [(problem.field, problem.reason) for problem in caught.value.problems]


def csv_rows(content: bytes) -> list[Row]:
    return list(read_csv(FileLines(io.BytesIO(content)), COLUMNS))


def ndjson_rows(content: bytes) -> list[Row]:
    return list(read_ndjson(FileLines(io.BytesIO(content)), COLUMNS))


def told(rows: list[Row]) -> list[tuple[int, str]]:
    """Each row's line, and its external id or why it is broken."""
    return [(row.line, row.broken or str(row.values["external_id"])) for row in rows]


# --- One row


def test_row_becomes_a_draft() -> None:
    assert draft_of(
        GOOD | LIVE | {"content_url": "https://shop.example/l/1", "position": "01:02:05"}
    ) == ViolationDraft(
        external_id="V-1",
        seller_external_id="shop-1",
        policy_code="misleading-claims",
        issued_at=datetime(2026, 11, 18, 19, 30, tzinfo=UTC),
        facts="The host said it heals.",
        detection="staff",
        automated=False,
        content=ContentDraft(kind="live", external_id="L-1", title="Sunday LIVE", url="https://shop.example/l/1"),
        position_seconds=3725,
    )


def test_empty_optional_columns_are_the_same_as_none() -> None:
    assert draft_of(GOOD | {name: "" for name in COLUMNS.names if name not in COLUMNS.needed}) == draft_of(GOOD)
    assert draft_of(GOOD | {name: None for name in COLUMNS.names if name not in COLUMNS.needed}) == draft_of(GOOD)


def test_texts_of_the_row_reach_the_draft() -> None:
    draft = draft_of(GOOD | {"decision": "Removed.", "policy_section": "2. Health", "explanation": "So."})
    assert (draft.decision, draft.policy_section, draft.explanation) == ("Removed.", "2. Health", "So.")


def test_same_moment_under_another_offset_is_the_same_violation() -> None:
    assert draft_of(GOOD).fingerprint == draft_of(GOOD | {"issued_at": "2026-11-18T19:30:00Z"}).fingerprint


def test_line_ends_and_space_around_do_not_make_another_violation() -> None:
    one = draft_of(GOOD | {"facts": "He said it.\nTwice."})
    assert one == draft_of(GOOD | {"facts": " He said it.\r\nTwice.\r\n"})


def test_json_values_mean_the_same_as_text() -> None:
    texts = GOOD | LIVE | {"seller": "17", "position": "860", "automated": "yes"}
    assert draft_of(texts | {"seller": 17, "position": 860, "automated": True}) == draft_of(texts)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("0", 0), ("860", 860), ("860.0", 860), (860.0, 860), ("0:14:20", 860), ("100:00:00", 360_000)],
)
def test_position_is_read(text: object, seconds: int) -> None:
    assert draft_of(GOOD | LIVE | {"position": text}).position_seconds == seconds


@pytest.mark.parametrize(
    "text", ["-1", "12.5", 12.5, "14:20", "00:60:00", "1e3", "2147483648", True, [1], float("nan")]
)
def test_position_that_is_none_is_refused(text: object) -> None:
    assert [field for field, _ in problems(**LIVE, position=text)] == ["position"]


@pytest.mark.parametrize("name", COLUMNS.needed)
@pytest.mark.parametrize("nothing", ["", "  ", None])
def test_needed_value_cannot_be_empty(name: str, nothing: object) -> None:
    assert problems(**{name: nothing}) == [(name, "It is empty, and needed.")]


LENGTHS = {name: kind.max_length for name, kind in ViolationItem.kinds().items() if kind.max_length}


@pytest.mark.parametrize(("name", "length"), LENGTHS.items())
def test_value_can_be_as_long_as_the_database_takes_and_no_longer(name: str, length: int) -> None:
    start = "https://a.example/" if name == "content_url" else ""
    draft_of(GOOD | LIVE | {name: start + "x" * (length - len(start))})
    long = start + "x" * (length + 1 - len(start))
    assert problems(**LIVE | {name: long}) == [(name, f"It has {length + 1:,} characters; at most {length:,} fit.")]


def test_time_without_offset_is_refused() -> None:
    ((field, reason),) = problems(issued_at="2026-11-18T14:30:00")
    assert field == "issued_at"
    assert "has no offset from UTC" in reason


@pytest.mark.parametrize("text", ["yesterday", "18/11/2026 14:30", "2026-02-30T00:00:00Z", "0001-01-01T00:00:00+14:00"])
def test_time_that_is_none_is_refused(text: str) -> None:
    ((field, reason),) = problems(issued_at=text)
    assert field == "issued_at"
    assert "is no moment" in reason


@pytest.mark.parametrize("name", ["content_kind", "content_id", "content_title"])
def test_content_needs_its_kind_id_and_title(name: str) -> None:
    assert problems(**LIVE | {name: " "}) == [(name, "Content needs its kind, id and title.")]


def test_content_by_address_alone_names_all_that_lacks() -> None:
    found = problems(content_url="https://shop.example/")
    assert [field for field, _ in found] == ["content_kind", "content_id", "content_title"]


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "ftp://a.example/x", "shop.example", "https://", "//a.example"]
)
def test_address_that_is_not_of_the_web_is_refused(address: str) -> None:
    ((field, reason),) = problems(**LIVE, content_url=address)
    assert field == "content_url"
    assert "is no web address" in reason


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("detection", "robot", "'robot' is none of staff, automated, notice."),
        ("content_kind", "story", "'story' is none of live, video, listing."),
        ("automated", "maybe", "'maybe' is neither true nor false."),
        ("automated", 2, "'2' is neither true nor false."),
        ("seller", 1.5, "1.5 is not text."),
        ("facts", ["a"], "['a'] is not text."),
        ("facts", {"a": 1}, "{'a': 1} is not text."),
        ("facts", "a\x00b", "A NUL character (0x00) at character 2."),
        ("facts", "a\x1bb", "A control character (0x1B) at character 2."),
        ("facts", "caf\udce9", "The byte 0xE9 at character 4 is not UTF-8."),
        ("facts", "a\ud800", "Half of a surrogate pair (U+D800) at character 2."),
        ("content_title", "a\nb", "It holds a line break or a tab."),
        ("sellr", "x", "There is no such field."),
    ],
)
def test_value_that_cannot_be_used_is_refused_by_column(name: str, value: object, reason: str) -> None:
    assert problems(**LIVE | {name: value}) == [(name, reason)]


def test_everything_wrong_with_a_row_is_told_at_once() -> None:
    found = problems(issued_at="now", facts="", automated="x", seller="s" * 65)
    assert sorted(field for field, _ in found) == ["automated", "facts", "issued_at", "seller"]


def test_long_value_is_quoted_in_short() -> None:
    ((_, reason),) = problems(detection="x" * 5000)
    assert len(reason) < 120


# --- The header


def test_header_in_any_order_and_without_optional_columns_will_do() -> None:
    COLUMNS.check(list(reversed(GOOD)))
    COLUMNS.check(COLUMNS.names)


def test_header_faults_are_told_together() -> None:
    with pytest.raises(UnreadableFile) as caught:
        COLUMNS.check(["external_id", "sellr", "policy", "policy", "issued_at", "facts", "detection", "automated"])
    assert str(caught.value) == (
        "The header cannot be used; columns missing: seller; unknown: 'sellr' (did you mean seller?); "
        "there twice: policy."
    )


def test_header_with_semicolons_gets_a_hint() -> None:
    with pytest.raises(UnreadableFile, match="Columns are separated by commas"):
        csv_rows(HEADER.replace(",", ";").encode() + b"\n")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "The file is empty"),
        (b"\n\n", "The file is empty"),
        (b'"external_id,seller\n', "no CSV header"),
        (b"a" * (MAX_ROW_BYTES + 5), "no CSV header"),
        (b'"' + b"a" * (MAX_ROW_BYTES + 5), "no CSV header"),
        (HEADER.encode("utf-16"), "UTF-16"),
        (HEADER.encode("utf-16-le"), "UTF-16"),
        (HEADER.encode("utf-16-be"), "UTF-16"),
        (b"PK\x03\x04rest", "spreadsheet"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Excel workbook"),
        (b"%PDF-1.7", "is a PDF"),
        (b"<html><table>", "web page"),
        (b"\xef\xbb\xbf<?xml version", "unknown"),
        ((HEADER + "\r" + "x,y\r").encode(), "end with CR alone"),
        (b"sep=;\n" + HEADER.replace(",", ";").encode(), "says that ';' separates the values"),
        (b"Violations of week 46\n\n" + HEADER.encode() + b"\n", "Line 3 looks like the header"),
        (b"\x1f\x8brest", "compressed"),
        (b"external_id,caf\xe9\n", "unknown"),
    ],
)
def test_file_that_is_no_csv_is_refused_before_the_first_row(content: bytes, message: str) -> None:
    with pytest.raises(UnreadableFile, match=message):
        read_csv(FileLines(io.BytesIO(content)), COLUMNS)


@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf", b"sep=,\n", b"\xef\xbb\xbfSEP=,\r\n", b",,\n \n"])
@pytest.mark.parametrize("end", ["", ",", ",, "])
def test_what_spreadsheets_leave_around_a_table_is_passed_over(start: bytes, end: str) -> None:
    values = ",".join(GOOD.values())
    content = start + f"{HEADER}{end}\n{values}{',' * len(end.strip())}\n".encode()
    (row,) = csv_rows(content)
    assert (row.broken, row.values) == ("", GOOD)


def test_value_in_a_column_without_a_name_is_told() -> None:
    values = ",".join(GOOD.values())
    first, second = csv_rows(f"{HEADER},,\n{values},,note\n{values},,\n".encode())
    assert first.broken == f"Something stands in column {len(GOOD) + 2}, which has no name in the header."
    assert second.values == GOOD


def test_empty_ndjson_file_is_refused() -> None:
    with pytest.raises(UnreadableFile, match="The file is empty"):
        read_ndjson(FileLines(io.BytesIO(b"")), COLUMNS)


# --- CSV


def test_csv_with_byte_order_mark_and_windows_line_ends_is_read() -> None:
    (row,) = csv_rows(b"\xef\xbb\xbf" + HEADER.encode() + b"\r\n" + ",".join(GOOD.values()).encode() + b"\r\n")
    assert draft_of(row.values) == draft_of(GOOD)


def test_csv_lines_are_numbered_by_where_the_row_starts() -> None:
    rows = csv_rows(NARROW + b'a,s,p,t,"one\ntwo\n\nfour",d,x\n\nb,s,p,t,f,d,x\n,,,,,,\nc,s,p,t,f,d,x')
    assert told(rows) == [(2, "a"), (7, "b"), (9, "c")]
    assert rows[0].values["facts"] == "one\ntwo\n\nfour"


def test_csv_row_with_too_few_or_many_values_is_broken() -> None:
    rows = csv_rows(NARROW + b"a,s,p\nb,s,p,t,f,d,x\nc,s,p,t,f,d,x,more\n")
    assert told(rows) == [
        (2, "It has 3 values, and the header 7 columns."),
        (3, "b"),
        (4, "It has 8 values, and the header 7 columns."),
    ]


def test_csv_text_after_a_closed_quote_breaks_that_row_only() -> None:
    rows = csv_rows(NARROW + b'a,s,p,t,"f"g,d,x\nb,s,p,t,f,d,x\n')
    assert [row.line for row in rows] == [2, 3]
    assert rows[0].broken.startswith("It is no CSV")
    assert not rows[1].broken


def test_csv_quote_that_is_never_closed_names_the_lines_it_took() -> None:
    rows = csv_rows(NARROW + b'a,s,p,t,f,d,x\nb,s,p,t,"f,d,x\nc,s,p,t,f,d,x\nd,s,p,t,f,d,x\n')
    assert told(rows) == [(2, "a"), (3, "A quote is opened and never closed. Lines 3 to 5 were skipped.")]


def test_csv_goes_on_after_a_quoted_value_that_is_too_long() -> None:
    lines = b"v-9,s,p,t,f,d,x\n" * (MAX_ROW_BYTES // 10)
    rows = csv_rows(NARROW + b'a,s,p,t,"' + lines + b'end ""of"" it",d,x\nb,s,p,t,f,d,x\n')
    last = 2 + MAX_ROW_BYTES // 10
    assert told(rows) == [(2, f"It takes more than 131,072 bytes. Lines 2 to {last} were skipped."), (last + 1, "b")]


def test_csv_line_that_is_too_long_is_one_broken_row() -> None:
    long = b"x" * 10_000_000
    rows = csv_rows(NARROW + long + b'\na,s,p,t,"' + long + b'",d,x\nb,s,p,t,f,d,x\n')
    assert told(rows) == [
        (2, "It takes more than 131,072 bytes."),
        (3, "It takes more than 131,072 bytes."),
        (4, "b"),
    ]


def test_csv_line_that_is_too_long_inside_quotes_stays_part_of_its_row() -> None:
    long = b"x" * 1_000_000
    rows = csv_rows(NARROW + b'a,s,p,t,"' + long + b'\nmore\n",d,x\nb,s,p,t,"one\n' + long + b'",d,x\nc,s,p,t,f,d,x\n')
    assert told(rows) == [
        (2, "It takes more than 131,072 bytes. Lines 2 to 4 were skipped."),
        (5, "It takes more than 131,072 bytes. Lines 5 to 6 were skipped."),
        (7, "c"),
    ]


def test_csv_row_of_just_the_longest_size_is_read() -> None:
    filler = b"x" * (MAX_ROW_BYTES - len(b"a,s,p,t,,d,x"))
    assert told(csv_rows(NARROW + b"a,s,p,t," + filler + b",d,x\nb,s,p,t,f,d,x\n")) == [(2, "a"), (3, "b")]
    assert told(csv_rows(NARROW + b"a,s,p,t,x" + filler + b",d,x\n")) == [(2, "It takes more than 131,072 bytes.")]


def test_csv_byte_that_is_not_utf_8_spoils_its_row_only() -> None:
    first, second = csv_rows(NARROW + b"a,s,p,t,caf\xe9,d,x\nb,s,p,t,caf\xc3\xa9,d,x\n")
    with pytest.raises(BadRow) as caught:
        draft_of(first.values)
    assert Problem("facts", "The byte 0xE9 at character 4 is not UTF-8.") in caught.value.problems
    assert second.values["facts"] == "café"


def test_csv_quote_bomb_takes_no_memory() -> None:
    def peak(lines: int) -> int:
        tracemalloc.start()
        stream = Repeated(NARROW + b'a,s,p,t,"', b"v,s,p,t,f,d,x\n", lines)
        assert [row.line for row in read_csv(FileLines(stream), COLUMNS)] == [2]
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    assert peak(40_000) < peak(20_000) + 200_000


class Repeated:
    """A file that is a start and then one line many times, without being held in memory."""

    def __init__(self, start: bytes, line: bytes, times: int) -> None:
        self.pieces = self._pieces(start, line, times)

    def _pieces(self, start: bytes, line: bytes, times: int) -> Iterator[bytes]:
        header, rest = start.split(b"\n", 1)
        yield header + b"\n"
        yield rest + line
        for _ in range(times - 1):
            yield line

    def readline(self, limit: int) -> bytes:
        return next(self.pieces, b"")


# --- NDJSON


def test_ndjson_is_read_line_by_line() -> None:
    rows = ndjson_rows(b"\xef\xbb\xbf" + json.dumps(GOOD).encode() + b"\n\n" + json.dumps(GOOD).encode())
    assert [(row.line, draft_of(row.values)) for row in rows] == [(1, draft_of(GOOD)), (3, draft_of(GOOD))]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"{", "It is no JSON: Expecting property name enclosed in double quotes at character 3."),
        (b"[1]", "It is no JSON object: write each one as {…}."),
        (b"[" * 50_000, "It is no JSON that can be read."),
        (b"1" * 5_000, "It is no JSON object: write each one as {…}."),
        (b'{"a": "\x00"}', "It is no JSON: Invalid control character at at character 8."),
        (b'{"a": "' + b"x" * 10_000_000 + b'"}', "It takes more than 131,072 bytes."),
    ],
)
def test_ndjson_line_that_is_no_object_is_broken_alone(line: bytes, reason: str) -> None:
    good = json.dumps(GOOD).encode()
    assert told(ndjson_rows(good + b"\n" + line + b"\n" + good)) == [(1, "V-1"), (2, reason), (3, "V-1")]


def test_ndjson_key_that_stands_twice_is_named() -> None:
    (row,) = ndjson_rows(b'{"seller": "a", "seller": "b"}')
    assert (row.broken_field, row.broken) == ("seller", "It stands there twice.")


def test_ndjson_bytes_and_escapes_that_are_no_text_are_refused_by_column() -> None:
    bad = json.dumps(GOOD | {"facts": "FACTS", "seller": "a\x00", "content_title": "\ud800"}).encode()
    (row,) = ndjson_rows(bad.replace(b"FACTS", b"caf\xe9"))
    with pytest.raises(BadRow) as caught:
        draft_of(row.values)
    assert {"facts", "seller", "content_title"} <= {problem.field for problem in caught.value.problems}


# --- What the documentation says


def test_documentation_lists_the_columns() -> None:
    text = (Path(settings.BASE_DIR) / "docs" / "imports.md").read_text()
    table = text.split("<!-- columns -->", 1)[1].split("\n- ", 1)[0]
    listed = re.findall(r"^\| `(\w+)` \| *(yes)? *\| *([\d,]*) *\|", table, re.MULTILINE)
    assert listed == described(ViolationItem)
    assert f"{MAX_ROW_BYTES:,} bytes" in text


def test_documentation_examples_are_read() -> None:
    text = (Path(settings.BASE_DIR) / "docs" / "imports.md").read_text()
    (csv_example,) = re.findall(r"```csv\n(.*?)```", text, re.DOTALL)
    (json_example,) = re.findall(r"```json\n(.*?)```", text, re.DOTALL)
    (from_csv,), (from_json,) = csv_rows(csv_example.encode()), ndjson_rows(json_example.encode())
    assert draft_of(from_csv.values).facts == 'The host said the cream "heals eczema".'
    assert draft_of(from_json.values).position_seconds == draft_of(from_csv.values).position_seconds == 860


def test_header_that_stands_below_a_title_is_looked_for_near_the_top_only() -> None:
    far = b"Violations of week 46\n" + b"\n".join(b"note %d" % number for number in range(30)) + b"\n"
    with pytest.raises(UnreadableFile) as caught:
        list(csv_rows(far + HEADER.encode() + b"\n"))
    assert "looks like the header" not in str(caught.value)
