from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.references import number_of, part_of_number, reference

NUMBERS = st.integers(min_value=0, max_value=10**18 - 1)


def test_reference_is_short_and_reads_as_one() -> None:
    assert [reference("A", number) for number in (0, 7, 42, 123_456)] == [
        "A-0000-98",
        "A-0007-77",
        "A-0042-69",
        "A-123456-76",
    ]


@given(NUMBERS)
def test_number_is_found_in_its_reference_however_it_was_typed(number: int) -> None:
    made = reference("A", number)
    for typed in (made, made.lower(), made.replace("-", ""), made.replace("-", " \u2013 "), f" {made}\n"):
        assert number_of("A", typed) == number


@given(NUMBERS, st.data())
def test_one_wrong_digit_and_two_that_changed_places_are_noticed(number: int, data: st.DataObject) -> None:
    digits = list(reference("A", number).replace("A", "").replace("-", ""))
    place = data.draw(st.integers(0, len(digits) - 2))
    wrong = [*digits]
    wrong[place] = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != digits[place]]))
    turned = [*digits]
    turned[place], turned[place + 1] = turned[place + 1], turned[place]
    for typed in (wrong, turned):
        if typed != digits:
            with pytest.raises(ValueError, match="A"):
                number_of("A", "A" + "".join(typed))


@pytest.mark.parametrize("text", ["", "A", "B-0042-69", "A-42-69", "0042-69", "v-0-1", "A-٠٠٤٢-٦٩", "A" + "1" * 21])
def test_what_is_no_reference_has_no_number(text: str) -> None:
    assert number_of("A", text) is None


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("A-0042-69", "42"),
        ("a004269", "42"),
        ("A-0042-96", "42"),  # its check digits are wrong
        ("a 0042", "42"),
        ("A-0042-6", "42"),
        ("42", "42"),
        ("A", ""),
        ("0", ""),
        ("B-0042", ""),
        ("A-0042-69-1", ""),
        ("9" * 19, ""),
        ("Sunday 42", ""),
    ],
)
def test_part_of_a_reference_finds_a_number(text: str, digits: str) -> None:
    assert part_of_number("A", text) == digits
