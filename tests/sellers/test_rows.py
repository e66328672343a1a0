import pytest

from kit.api.items import BadRow, Column, RowReader, load_items, load_json


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("[]", []),
        (" [ ] ", []),
        ('{"a": 1}', {"a": 1}),
        ("7", 7),
        ("[1, 2]", [1, 2]),
        ("[1, 2, 3, 4, 5]", [1, 2, 3]),
        ("[1, 2, 3, never read", [1, 2, 3]),
    ],
)
def test_of_a_long_list_no_more_is_read_than_shows_that_it_is_too_long(text: str, items: object) -> None:
    assert load_items(text, most=2) == items


@pytest.mark.parametrize("text", ["", " ", "[", "[1", "[1,", "[1 2]", "[1] [2]", "[1}", "[x]", "[" * 100_000])
def test_what_is_no_json_is_refused_in_words(text: str) -> None:
    with pytest.raises(BadRow, match=r"no JSON"):
        load_items(text, most=2)


def test_first_finding_about_a_column_is_the_one_that_is_told() -> None:
    reader = RowReader({"name": load_json('{"a": 1, "a": 2}')}, {"name": Column("name")})
    assert reader.text("name") == ""
    reader.refuse("name", "It is empty, and needed.")
    assert [(problem.field, problem.reason) for problem in reader.problems] == [
        ("name", "An object with 'a' twice is not text.")
    ]
