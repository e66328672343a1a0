"""Compiling a template of ``templates/pdf/`` with its data.

A PDF is a tagged one, by two standards.

- PDF/A-2a: it shows the same in many years, with all its fonts inside.
- PDF/UA-1: it can be read aloud and reflowed.

The same template, data and moment give the same bytes.

Measured with the fonts below: 5 to 20 milliseconds for a page or two. The fonts are looked up once a process; they are
read when a document needs them.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from threading import BoundedSemaphore
from typing import Any

import typst
from django.conf import settings

from .fonts import font_folders, name_all_but_latin, name_missing_glyphs

ROOT = settings.BASE_DIR / "templates" / "pdf"
STANDARDS: list[typst.PDFStandard] = ["a-2a", "ua-1"]
AS_THEY_ARE = {"href", "url", "logo"}
AT_ONCE = 2
"""How many documents one process lays out at the same time: a long one takes half a second and 100 MB."""

logger = logging.getLogger(__name__)
_turns = BoundedSemaphore(AT_ONCE)


def pdf(
    template: str, data: Mapping[str, Any], *, created_at: datetime, fallback: Mapping[str, Any] | None = None
) -> bytes:
    """The tagged PDF of a template such as ``statement.typ``.

    ``data`` is anything that JSON can hold. Characters without a letter in the fonts are written as their names. What
    stands under ``href`` and ``url`` is an address and stays as it is. So do the bytes of a ``logo``. If it cannot be
    laid out, ``fallback`` is: the same with texts as they were written.
    """
    try:
        return _pdf(template, data, created_at)
    except (typst.TypstError, RecursionError):
        if fallback is None:
            raise
        logger.exception("A document of %s is made of plain text.", template)
        return _pdf(template, fallback, created_at)


def _pdf(template: str, data: Mapping[str, Any], created_at: datetime) -> bytes:
    try:
        return _compile(template, data, name_missing_glyphs, created_at)
    except typst.TypstError as error:
        if "could not be displayed" not in str(error):
            raise
        # A combination of characters that no font has, each of which some font has.
        return _compile(template, data, name_all_but_latin, created_at)


def _compile(template: str, data: Mapping[str, Any], clean: Callable[[str], str], created_at: datetime) -> bytes:
    inputs, timestamp = _inputs(data, clean), int(created_at.astimezone(UTC).timestamp())
    with _turns:
        made = _compiler(template).compile(
            format="pdf", sys_inputs=inputs, pdf_standards=STANDARDS, timestamp=timestamp
        )
        return _bytes(made)


def png(template: str, data: Mapping[str, Any]) -> bytes:
    """The picture of a template with one page, a pixel for each point of its size."""
    with _turns:
        return _bytes(_compiler(template).compile(format="png", ppi=72, sys_inputs=_inputs(data, name_missing_glyphs)))


def _compiler(template: str) -> typst.Compiler:
    """One for each document: a compiler is made in half a millisecond, and two threads cannot share one."""
    return typst.Compiler(input=str(ROOT / template), root=str(ROOT), font_paths=_fonts())


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, font_paths=[str(folder) for folder in font_folders()])


def _inputs(data: Mapping[str, Any], clean: Callable[[str], str]) -> dict[str, str]:
    return {"data": json.dumps(_cleaned(data, clean), ensure_ascii=False)}


def _cleaned(value: Any, clean: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, Mapping):
        return {key: one if key in AS_THEY_ARE else _cleaned(one, clean) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_cleaned(one, clean) for one in value]
    return value


def _bytes(made: bytes | list[bytes] | None) -> bytes:
    if not isinstance(made, bytes):
        raise TypeError("Typst made no single file.")
    return made
