"""The decoder of QR codes that the portal serves: the published file as it is, with its licence."""

from __future__ import annotations

import hashlib
from pathlib import Path

from django.conf import settings

STATIC = Path(settings.BASE_DIR, "workshops/static/workshops")


def test_the_decoder_is_what_the_docs_say() -> None:
    digest = hashlib.sha256((STATIC / "jsqr.js").read_bytes()).hexdigest()
    assert f"`{digest}`" in Path(settings.BASE_DIR, "docs/door.md").read_text()


def test_its_licence_is_beside_it() -> None:
    assert "Apache License" in (STATIC / "jsqr.LICENSE.txt").read_text()
