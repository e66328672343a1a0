from __future__ import annotations

from policies.differences import Part, Piece, differences
from policies.models import PolicyVersion

OLD = "Everybody reads this.\n\n## 1. Terms\n\nSay them.\n\n## 2. Prizes\n\nSend them.\n\n## 3. Gifts\n\nNone."


def version(wording: str = OLD, **fields: object) -> PolicyVersion:
    return PolicyVersion(wording=wording, points=1, severity="minor", **fields)


def test_wording_is_compared_section_by_section() -> None:
    new = (
        "Everybody reads this.\r\n\r\n## 1. Terms\r\n\r\nSay them first.\r\n\r\n## 2. Records\r\n\r\nKeep them.\r\n\r\n"
        "## 3. Prizes\r\n\r\nSend them."
    )
    [difference] = differences(version(), version(new))
    assert difference.label == "Wording"
    assert list(difference.parts) == [
        Part("", "same", []),
        Part("1. Terms", "changed", [Piece("same", "Say them "), Piece("new", "first"), Piece("same", ".")]),
        Part("2. Records", "new", [Piece("new", "Keep them.")]),
        Part("3. Prizes", "same", []),
        Part("3. Gifts", "gone", [Piece("gone", "None.")]),
    ]
    assert difference.unchanged == ["3. Prizes"]


def test_section_that_is_renamed_shows_both_names() -> None:
    [difference] = differences(version("## 1. Gifts\n\nNone."), version("## 1. Presents\n\nNone."))
    assert list(difference.parts) == [Part("1. Gifts → 1. Presents", "changed", [Piece("same", "None.")])]


def test_line_endings_and_space_around_the_wording_are_no_difference() -> None:
    assert differences(version(), version(OLD.replace("\n", "\r\n") + "\n")) == []


def test_other_fields_are_compared_as_sellers_read_them() -> None:
    found = differences(
        version(requirement="Be true."),
        PolicyVersion(wording=OLD, points=2, severity="serious", requirement="Be true."),
    )
    assert [(difference.label, difference.parts[0].pieces) for difference in found] == [
        ("Severity", [Piece("gone", "Minor"), Piece("new", "Serious")]),
        ("Points", [Piece("gone", "1"), Piece("new", "2")]),
    ]
