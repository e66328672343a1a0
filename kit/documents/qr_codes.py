"""QR codes: addresses that a camera reads off a page."""

from __future__ import annotations

from base64 import b64encode
from io import BytesIO

import segno


def qr_image(content: str) -> bytes:
    """A QR code as SVG, with the quiet border that scanners need."""
    image = BytesIO()
    segno.make(content, error="m", micro=False).save(
        image, kind="svg", border=2, omitsize=True, svgclass=None, lineclass=None, light="#fff"
    )
    return image.getvalue()


def qr_address(content: str) -> str:
    """The same as the address of an image, for what must not have an address of its own."""
    return f"data:image/svg+xml;base64,{b64encode(qr_image(content)).decode()}"
