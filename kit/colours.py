"""Colours (``#rrggbb``): how well one is read on another, what two make when mixed, and the nearest shade that fits."""

from __future__ import annotations

import colorsys
import re
from collections.abc import Callable

TEXT_CONTRAST = 4.5
"""What text needs at least (WCAG 2.2, 1.4.3, level AA)."""

COLOUR = r"^#[0-9a-f]{6}$"
BLACK, WHITE = "#000000", "#ffffff"
STEPS = 256
"""Of lightness, among which a shade is looked for: as many as a channel has."""

Triple = tuple[float, float, float]


def is_colour(text: str) -> bool:
    return re.fullmatch(COLOUR, text) is not None


def contrast(one: str, other: str) -> float:
    """From 1 (the same) to 21 (black and white), in any order (WCAG 2.2, contrast ratio)."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def mixed(colour: str, into: str, share: float) -> str:
    """A colour with this share (0 to 1) of another in it, channel by channel as CSS mixes in sRGB."""
    parts = zip(_channels(colour), _channels(into), strict=True)
    red, green, blue = (one + (other - one) * share for one, other in parts)
    return _written((red, green, blue))


def nearest_shade(colour: str, fits: Callable[[str], bool]) -> str | None:
    """The shade of the same hue that fits and is nearest in lightness; the colour itself if it fits."""
    if fits(colour):
        return colour
    hue, lightness, saturation = colorsys.rgb_to_hls(*_channels(colour))
    for lighter in sorted((step / STEPS for step in range(STEPS + 1)), key=lambda other: abs(other - lightness)):
        shade = _written(colorsys.hls_to_rgb(hue, lighter, saturation))
        if fits(shade):
            return shade
    return None


def _luminance(colour: str) -> float:
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _channels(colour: str) -> Triple:
    red, green, blue = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    return red, green, blue


def _written(channels: Triple) -> str:
    return "#" + "".join(f"{round(one * 255):02x}" for one in channels)
