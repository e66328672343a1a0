"""Files that people hand in: what they are, by their first bytes, and keeping one whole or not at all."""

from __future__ import annotations

from contextlib import suppress
from pathlib import PurePath
from typing import Any

from django.core.files import File
from django.core.files.storage import Storage

SNIFFED_BYTES = 12


def content_type_of(head: bytes) -> str:
    """What a file is by its first twelve bytes: a picture or a PDF; empty for anything else."""
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "image/webp"
    heads = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg", b"%PDF-": "application/pdf"}
    return next((kind for start, kind in heads.items() if head.startswith(start)), "")


def keep_whole(storage: Storage, name: str, file: File[Any]) -> str:
    """Write a file whole or not at all, and return the name under which it lies. Raises ``OSError``."""
    try:
        return storage.save(name, file)
    except OSError:
        with suppress(OSError):
            storage.delete(name)
        raise


def plain_file_name(name: str | None) -> str:
    """What somebody called a file, without folders and control characters, short enough to keep."""
    last = PurePath((name or "").replace("\\", "/")).name
    printable = "".join(letter for letter in last if letter.isprintable()).strip()
    return printable[-200:] or "file"
