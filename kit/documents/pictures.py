"""Pictures as files and forms bring them. Each is read whole and made anew, so that nothing but the picture is kept.

What was sent may be two things at once, or hold the place where it was taken. It may also be a few bytes that unpack to
gigabytes. What is made of it here is none of these.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from enum import Enum
from io import BytesIO

from PIL import Image, ImageOps

MAX_BYTES = 5_000_000
MAX_PIXELS = 25_000_000
LONGEST_SIDE = 1_600
WHOLE = (LONGEST_SIDE, LONGEST_SIDE)
"""The width and height that a picture is made to fit in."""

TYPES = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}
ENDINGS = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp"}


class NoPicture(Enum):
    """Why something is not taken as a picture."""

    EMPTY = "empty"
    TOO_LARGE = "too many bytes"
    TOO_MANY_PIXELS = "too many pixels"
    NO_IMAGE = "no PNG, JPEG or WebP"
    MOVES = "several frames"
    BROKEN = "cut off or damaged"


class NotAPicture(Exception):
    def __init__(self, reason: NoPicture) -> None:
        super().__init__(reason.value)
        self.reason = reason


@dataclass(frozen=True)
class Picture:
    """A picture made anew: upright, within its bounds, without anything beside it."""

    content: bytes
    content_type: str
    width: int
    height: int


def picture_of(sent: bytes, *, within: tuple[int, int] = WHOLE, as_kind: str = "") -> Picture:
    """The picture that some bytes are, made smaller if it is larger than ``within`` (width and height, in pixels).

    It stays PNG, JPEG or WebP unless it is to be another of them. Raises ``NotAPicture``.
    """
    if not sent:
        raise NotAPicture(NoPicture.EMPTY)
    if len(sent) > MAX_BYTES:
        raise NotAPicture(NoPicture.TOO_LARGE)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what it warns of is refused below, or made anew
        return _made_anew(_opened(sent), within, as_kind)


def _opened(sent: bytes) -> Image.Image:
    """Only its head is read: its size is known before anything is unpacked."""
    try:
        image = Image.open(BytesIO(sent), formats=list(TYPES))
    except Image.DecompressionBombError:
        raise NotAPicture(NoPicture.TOO_MANY_PIXELS) from None
    except Exception:  # whatever a broken head makes of its reader
        raise NotAPicture(NoPicture.NO_IMAGE) from None
    if image.width * image.height > MAX_PIXELS:
        raise NotAPicture(NoPicture.TOO_MANY_PIXELS)
    if getattr(image, "n_frames", 1) > 1:
        raise NotAPicture(NoPicture.MOVES)
    return image


def _made_anew(image: Image.Image, within: tuple[int, int], as_kind: str) -> Picture:
    kind = as_kind or image.format or ""
    try:
        upright = ImageOps.exif_transpose(image)
        upright.thumbnail(within)
        plain = upright.convert("RGB" if kind == "JPEG" else "RGBA")
        made = BytesIO()
        plain.save(made, kind, quality=85, exif=b"") if kind == "WEBP" else plain.save(made, kind, quality=85)
    except Exception:  # a decoder may raise anything
        raise NotAPicture(NoPicture.BROKEN) from None
    return Picture(made.getvalue(), TYPES[kind], plain.width, plain.height)
