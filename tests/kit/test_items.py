from collections.abc import Mapping
from typing import Annotated

import pytest

from kit.api.items import BadRow, Item, Problem
from kit.api.json_texts import load_items, load_json
from kit.api.values import Text


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


class Named(Item):
    name: Annotated[str, Text(200)]


def test_object_with_a_key_twice_is_no_text() -> None:
    with pytest.raises(BadRow, match=r"^An object with 'a' twice is not text\.$"):
        Named.read({"name": load_json('{"a": 1, "a": 2}')})


def test_name_of_a_field_that_is_no_text_is_told_as_it_is() -> None:
    with pytest.raises(BadRow) as caught:
        Named.read({"caf\udce9": 1, "x" * 80: "", "name": None})
    assert caught.value.problems == [
        Problem("name", "It is empty, and needed."),
        Problem("caf\udce9", "There is no such field."),
        Problem("x" * 64, "There is no such field."),
    ]


def test_first_finding_about_a_field_is_the_one_that_is_told() -> None:
    class Doubtful(Named):
        @classmethod
        def problems_between(cls, given: Mapping[str, object]) -> list[Problem]:
            return [Problem("name", "It does not fit.")]

    for name, told in {"": "It is empty, and needed.", "Shop": "It does not fit."}.items():
        with pytest.raises(BadRow) as caught:
            Doubtful.read({"name": name})
        assert caught.value.problems == [Problem("name", told)]
