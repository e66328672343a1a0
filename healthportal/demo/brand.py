"""The brand of one market of the demo, beside two markets in the portal's own look."""

from __future__ import annotations

from datetime import datetime
from io import BytesIO

from PIL import Image, ImageDraw

from sellers.models import Brand, Market
from sellers.services import set_brand

PLUM, AMBER = "#7a1f5c", "#e0a11b"


def give_brand(market: Market, *, now: datetime) -> Brand:
    """A name, a logo and colours that are told apart from the portal's at a glance."""
    return set_brand(
        market=market,
        changes={
            "name": "Siam Select",
            "accent": PLUM,
            "support_url": "https://help.siamselect.example/",
            "sender_name": "Siam Select seller care",
            "reply_to": "sellers@siamselect.example",
            "footer": "Siam Select Co., Ltd., Bangkok",
        },
        logo=_logo(),
        set_by=None,
        now=now,
    )


def _logo() -> bytes:
    """Two petals."""
    picture = Image.new("RGBA", (288, 288))
    draw = ImageDraw.Draw(picture)
    draw.pieslice((8, 8, 280, 280), 90, 270, fill=PLUM)
    draw.pieslice((8, 8, 280, 280), 270, 450, fill=AMBER)
    draw.ellipse((100, 100, 188, 188), fill="#ffffff")
    file = BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()
