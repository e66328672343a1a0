"""When a fresh picture of a page counts as another one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from . import screenshots

WHITE, ALMOST, BLACK = (255, 255, 255), (230, 230, 230), (0, 0, 0)


@pytest.fixture(autouse=True)
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PICTURES", "FRESH"):
        (tmp_path / name).mkdir()
        monkeypatch.setattr(screenshots, name, tmp_path / name)


def save(folder: Path, *, spot: tuple[int, int, int] = WHITE, side: int = 10, height: int = 100) -> None:
    picture = Image.new("RGB", (100, height), WHITE)
    picture.paste(spot, (0, 0, side, side))
    picture.save(folder / "page.png")


@pytest.mark.parametrize(
    ("fresh", "said"),
    [
        ({}, ""),
        ({"spot": ALMOST}, ""),
        ({"spot": BLACK, "side": 4}, ""),
        ({"spot": BLACK}, "1.0% of the pixels differ"),
        ({"height": 90}, "(100, 90) instead of (100, 100)"),
    ],
)
def test_difference_of_pictures(fresh: dict[str, Any], said: str) -> None:
    save(screenshots.PICTURES)
    save(screenshots.FRESH, **fresh)
    assert screenshots.difference("page.png") == said


def test_missing_picture_is_a_difference() -> None:
    save(screenshots.FRESH)
    assert screenshots.difference("page.png") == "there is only one of them"
