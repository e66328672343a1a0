"""Brands for tests."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from PIL import Image, ImageDraw

from sellers.models import Brand, Market
from sellers.services import set_brand
from tests.factories import NOW


def a_logo(kind: str = "PNG", size: tuple[int, int] = (800, 200), colour: str = "#7a1f5c") -> bytes:
    """A wide picture on a ground that can be seen through, where the kind has that."""
    picture = Image.new("RGB" if kind == "JPEG" else "RGBA", size)
    ImageDraw.Draw(picture).ellipse((0, 0, size[1], size[1]), fill=colour)
    file = BytesIO()
    picture.save(file, kind)
    return file.getvalue()


def brand(market: Market, *, logo: bytes | None = None, removes_logo: bool = False, **changes: Any) -> Brand:
    return set_brand(market=market, changes=changes, logo=logo, removes_logo=removes_logo, set_by=None, now=NOW)
