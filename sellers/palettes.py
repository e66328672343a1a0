"""The colours of a brand: what follows from its accent, and whether what is written in it and on it can be read.

An accent is the colour of links, buttons, charts and of what is chosen. There is one for light pages and one for dark
ones, for no colour can be read on both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kit.colours import BLACK, TEXT_CONTRAST, WHITE, contrast, mixed, nearest_shade

LIGHT_SURFACES = ("#f7f6f3", "#ffffff", "#f1efeb", "#f6f4f0", "#fdfdfc")
"""What stands behind an accent: ``--paper``, ``--surface`` and ``--sunk`` of pages, the ground and sheet of emails."""

DARK_SURFACES = ("#101415", "#181d1f", "#13181a", "#20272a", "#1a2022")
"""The same in the dark, with ``--raised``."""

QUIET_LIGHT, QUIET_DARK = "#536063", "#a6b2b5"
"""Quiet words (``--ink-soft``), which also stand on a soft ground."""


@dataclass(frozen=True)
class Shades:
    """An accent with what follows from it: pressed, as a ground behind it, and what is written on it."""

    accent: str
    strong: str
    soft: str
    on: str

    def contrast_on(self, surfaces: Sequence[str], *, quiet: str) -> float:
        """The least contrast of all that is written in the accent, on it, and on its soft ground."""
        on_grounds = [(self.accent, ground) for ground in (*surfaces, self.soft)]
        others = [(self.strong, self.soft), (quiet, self.soft), (self.on, self.accent), (self.on, self.strong)]
        return min(contrast(*pair) for pair in on_grounds + others)


@dataclass(frozen=True)
class Palette:
    """The shades of light pages and of dark ones."""

    light: Shades
    dark: Shades


def light_shades(accent: str) -> Shades:
    return Shades(accent, strong=mixed(accent, BLACK, 0.28), soft=mixed(accent, WHITE, 0.9), on=WHITE)


def dark_shades(accent: str) -> Shades:
    return Shades(
        accent, strong=mixed(accent, WHITE, 0.35), soft=mixed(accent, "#13181a", 0.82), on=mixed(accent, BLACK, 0.86)
    )


def light_contrast(accent: str) -> float:
    """How well an accent is read on light pages and emails, where it is read worst (from 1 to 21)."""
    return light_shades(accent).contrast_on(LIGHT_SURFACES, quiet=QUIET_LIGHT)


def dark_contrast(accent: str) -> float:
    """The same of dark pages."""
    return dark_shades(accent).contrast_on(DARK_SURFACES, quiet=QUIET_DARK)


def nearest_light(accent: str) -> str:
    """The nearest shade of a colour that can be read on light pages (WCAG AA); itself if it can."""
    return nearest_shade(accent, lambda shade: light_contrast(shade) >= TEXT_CONTRAST) or BLACK


def nearest_dark(accent: str) -> str:
    """The nearest shade of a colour that can be read on dark pages (WCAG AA); itself if it can."""
    return nearest_shade(accent, lambda shade: dark_contrast(shade) >= TEXT_CONTRAST) or WHITE


def palette_of(accent: str, accent_dark: str) -> Palette:
    return Palette(light_shades(accent), dark_shades(accent_dark))
