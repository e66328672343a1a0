from collections.abc import Iterator

import pytest

from kit.emails.ahead import Ahead


def test_next_ones_are_made_when_they_are_looked_at_and_stay_until_they_are_taken() -> None:
    made = []

    def source() -> Iterator[str]:
        for name in "abc":
            made.append(name)
            yield name

    ahead = Ahead(source())
    assert not made
    assert (ahead.peek(), made) == ("a", ["a"])
    assert (ahead.peek(1), ahead.peek(), made) == ("b", "a", ["a", "b"])
    assert [ahead.take(), ahead.peek(), ahead.take(), ahead.peek(), ahead.take()] == ["a", "b", "b", "c", "c"]
    assert ahead.peek() is None
    assert ahead.peek(1) is None
    with pytest.raises(IndexError):
        ahead.take()
