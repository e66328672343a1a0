"""Files that people send: their type by their first bytes, and how one is stored and handed out."""

from __future__ import annotations

from contextlib import suppress
from pathlib import PurePath
from typing import Any

from django.core.files import File
from django.core.files.storage import Storage, storages
from django.http import FileResponse, Http404

from ..texts.characters import composed
from .downloads import sandboxed

SNIFFED_BYTES = 12

SUFFIXES = {
    "image/png": (".png",),
    "image/jpeg": (".jpg", ".jpeg"),
    "image/webp": (".webp",),
    "application/pdf": (".pdf",),
}
"""How the name of a file ends, by what it is (``content_type_of``)."""


def content_type_of(head: bytes) -> str:
    """What a file is by its first twelve bytes: a picture or a PDF; empty for anything else."""
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "image/webp"
    heads = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg", b"%PDF-": "application/pdf"}
    return next((kind for start, kind in heads.items() if head.startswith(start)), "")


def private_storage() -> Storage:
    """Where the files lie: below no address, so each is handed out by the portal."""
    return storages["attachments"]


def store_file(name: str, file: File[Any]) -> str:
    """Write a file whole or not at all, and return the name under which it lies. Raises ``OSError``."""
    storage = private_storage()
    try:
        return storage.save(name, file)
    except OSError:
        with suppress(OSError):
            storage.delete(name)
        raise


def download_stored(stored_name: str, *, name: str, content_type: str) -> FileResponse:
    """A stored file as a download, with the ending of its type. 404 if it is gone."""
    suffixes = SUFFIXES[content_type]
    named = name if name.lower().endswith(suffixes) else name + suffixes[0]
    try:
        file = private_storage().open(stored_name)
    except FileNotFoundError:
        raise Http404("The file is gone.") from None
    return sandboxed(FileResponse(file, as_attachment=True, filename=named, content_type=content_type))


def plain_file_name(name: str | None) -> str:
    """What somebody called a file, without folders and control characters, short enough to keep."""
    last = PurePath((name or "").replace("\\", "/")).name
    printable = "".join(letter for letter in last if letter.isprintable()).strip()
    return composed(printable)[-200:] or "file"
