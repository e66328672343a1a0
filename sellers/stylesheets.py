"""The style sheet of a brand: a few variables of ``portal.css``. All of it follows from two colours.

Its address holds them and a hash of what it says, so that browsers keep it for good: another brand, or another way of
making shades, is another address. Inline styles are forbidden (Content-Security-Policy).
"""

from __future__ import annotations

from hashlib import blake2b

from django.urls import reverse

from .palettes import palette_of

VARIABLES = {"brand": "accent", "brand-strong": "strong", "brand-soft": "soft", "on-brand": "on", "mint": "soft"}
"""Those of ``portal.css``, and which shade each is."""


def style_sheet(accent: str, accent_dark: str) -> str:
    """The text of the style sheet. It stands in no layer, so it is stronger than the tokens of ``portal.css``."""
    palette = palette_of(accent, accent_dark)
    pairs = ((name, getattr(palette.light, shade), getattr(palette.dark, shade)) for name, shade in VARIABLES.items())
    return ":root {" + " ".join(f"--{name}: light-dark({light}, {dark});" for name, light, dark in pairs) + "}\n"


def style_address(accent: str, accent_dark: str) -> str:
    digest = style_digest(accent, accent_dark)
    return reverse("sellers:brand_style", args=[accent.removeprefix("#"), accent_dark.removeprefix("#"), digest])


def style_digest(accent: str, accent_dark: str) -> str:
    return blake2b(style_sheet(accent, accent_dark).encode(), digest_size=5).hexdigest()
