from __future__ import annotations

import pytest

from violations.wording.enforcement import capability_words, consequence
from violations.wording.statements import whole_policy


def test_whole_policy_stands_by_its_version() -> None:
    assert whole_policy("Misleading claims", 3) == "Misleading claims, version 3"


@pytest.mark.parametrize(
    ("kind", "capabilities", "days", "expected"),
    [
        ("restriction", ["listings", "campaigns"], 7, "7 days without new listings and campaigns"),
        ("restriction", ["live"], 1, "1 day without LIVEs"),
        ("suspension", ["live", "orders"], None, "no LIVEs and new orders until it is lifted"),
        ("suspension", [], 3, "suspension for 3 days"),
        ("suspension", [], None, "suspension"),
        ("warning", [], None, "a warning"),
        ("deactivation", ["orders"], None, "deactivation"),
        ("deactivation", ["orders"], 30, "deactivation for 30 days"),
    ],
)
def test_consequence_says_what_a_milestone_leads_to(
    kind: str, capabilities: list[str], days: int | None, expected: str
) -> None:
    assert consequence(kind, capabilities=capabilities, duration_days=days) == expected


def test_capability_without_a_word_stands_as_it_is() -> None:
    assert capability_words(["videos", "auctions"]) == "shoppable videos and auctions"
