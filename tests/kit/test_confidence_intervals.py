"""Intervals of shares, and of their differences."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.confidence_intervals import newcombe_interval, wilson_interval


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"), [(0, 0, 0.0, 1.0), (0, 10, 0.0, 0.278), (5, 10, 0.237, 0.763), (10, 10, 0.722, 1.0)]
)
def test_interval_is_what_the_tables_say(hits: int, of: int, low: float, high: float) -> None:
    assert wilson_interval(hits, of) == (pytest.approx(low, abs=0.001), pytest.approx(high, abs=0.001))


@given(st.integers(1, 10_000).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))))
def test_interval_holds_the_share_and_mirrors(counted: tuple[int, int]) -> None:
    hits, of = counted
    low, high = wilson_interval(hits, of)
    assert 0 <= low <= hits / of + 1e-12
    assert hits / of - 1e-12 <= high <= 1
    mirrored = wilson_interval(of - hits, of)
    assert mirrored == (pytest.approx(1 - high), pytest.approx(1 - low, abs=1e-12))


@pytest.mark.parametrize(
    ("counted", "low", "high"),
    [
        # Newcombe (1998), table II, method 10.
        ((56, 70, 48, 80), 0.0524, 0.3339),
        ((9, 10, 3, 10), 0.1705, 0.8090),
        ((5, 56, 0, 29), -0.0381, 0.1926),
        ((0, 10, 0, 20), -0.1611, 0.2775),
        ((10, 10, 0, 10), 0.6075, 1.0),
        ((0, 0, 1, 5), -1.0, 1.0),
        ((1, 5, 0, 0), -1.0, 1.0),
    ],
)
def test_interval_of_a_difference_is_what_newcombe_printed(counted: tuple[int, ...], low: float, high: float) -> None:
    assert newcombe_interval(*counted) == (pytest.approx(low, abs=0.0001), pytest.approx(high, abs=0.0001))
