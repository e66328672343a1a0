import pytest

from audit.text_diff import Piece, compare


@pytest.mark.parametrize(
    ("old", "new", "pieces"),
    [
        ("Say it.", "Say it.", [Piece("same", "Say it.")]),
        ("Say it now.", "Say it.", [Piece("same", "Say it"), Piece("gone", "now"), Piece("same", ".")]),
        ("Say it.", "Say it now.", [Piece("same", "Say it "), Piece("new", "now"), Piece("same", ".")]),
        ("Say it.", "Show it.", [Piece("gone", "Say "), Piece("new", "Show "), Piece("same", "it.")]),
        ("", "New.", [Piece("new", "New.")]),
    ],
)
def test_pieces_make_up_both_texts(old: str, new: str, pieces: list[Piece]) -> None:
    assert compare(old, new) == pieces
