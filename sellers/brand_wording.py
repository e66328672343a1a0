"""What staff read of a market's brand, and how its colours are refused."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from kit.colours import TEXT_CONTRAST
from kit.documents.pictures import NoPicture

LOGOS = {
    NoPicture.EMPTY: _lazy("The file is empty."),
    NoPicture.TOO_LARGE: _lazy("The file is larger than 1 MB. Make the logo smaller."),
    NoPicture.TOO_MANY_PIXELS: _lazy("The logo has more pixels than are read. Make it smaller."),
    NoPicture.NO_IMAGE: _lazy("The file is no PNG, JPEG or WebP."),
    NoPicture.MOVES: _lazy("The logo moves. Send a still one."),
    NoPicture.BROKEN: _lazy("The file is cut off or damaged."),
}


def no_logo(why: NoPicture) -> str:
    return str(LOGOS[why])


def no_colour_without_the_light_one() -> str:
    return _("Give the colour of light pages too.")


def is_light_as_named(ratio: float) -> str:
    return _("%(ratio)s : 1 on light pages") % {"ratio": ratio_words(ratio)}


def is_dark_as_named(ratio: float) -> str:
    return _("%(ratio)s : 1 on dark pages") % {"ratio": ratio_words(ratio)}


def too_pale(colour: str, *, ratio: float, nearest: str) -> str:
    """Why a colour is not taken for light pages, and which shade is."""
    said = _(
        "%(colour)s has a contrast of %(ratio)s : 1 with what stands behind it, and words need %(needed)s : 1. The "
        "nearest shade that has it is %(nearest)s."
    )
    return said % {
        "colour": colour,
        "ratio": ratio_words(ratio),
        "needed": ratio_words(TEXT_CONTRAST),
        "nearest": nearest,
    }


def too_dark(colour: str, *, ratio: float, nearest: str) -> str:
    """Why a colour is not taken for dark pages, and which shade is."""
    said = _(
        "On dark pages %(colour)s has a contrast of %(ratio)s : 1 with what stands behind it, and words need "
        "%(needed)s : 1. The nearest shade that has it is %(nearest)s."
    )
    return said % {
        "colour": colour,
        "ratio": ratio_words(ratio),
        "needed": ratio_words(TEXT_CONTRAST),
        "nearest": nearest,
    }


def ratio_words(ratio: float) -> str:
    """Cut off after the first decimal: what reads 4.5 has 4.5."""
    return f"{int(ratio * 10) / 10:.1f}"
