"""``python -m tests.translation update [LANGUAGE]``, and ``check``, which exits with 1 if it finds a fault."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import django

from tests.apps import ROOT

from . import catalogues, modules
from .texts import extracted, sources


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.translation")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("check", help="list what keeps texts from being translated, and faults of catalogues")
    updating = commands.add_parser("update", help="bring every catalogue in step with the texts, and compile it")
    updating.add_argument("language", nargs="?", help="of a new catalogue too, such as de or zh-hans")
    words = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "healthportal.settings")
    django.setup()  # which makes the names of fields
    if words.command == "check":
        found = list(faults())
        sys.stdout.writelines(f"{fault}\n" for fault in found)
        return 1 if found else 0
    update(words.language)
    return 0


def faults() -> Iterator[str]:
    for path in sources():
        if path.suffix == ".py":
            yield from (f"{path.relative_to(ROOT)}, {fault}" for fault in modules.faults_of(path.read_text()))
    texts = extracted()
    yield from catalogues.faults_of_texts(texts)
    for path in catalogues.paths():
        yield from catalogues.faults_of(path, texts)


def update(language: str | None) -> None:
    texts = extracted()
    new = {catalogues.path_of(language)} if language else set()
    for path in sorted({*catalogues.paths(), *new}):
        catalogues.bring_in_step(path, texts)
        sys.stdout.write(f"{path.relative_to(ROOT)}: {missing(path)} of {len(texts)} texts are not translated\n")


def missing(path: Path) -> int:
    return sum(not all(catalogues.forms(text.string)) or text.fuzzy for text in catalogues.read(path) if text.id)


if __name__ == "__main__":
    sys.exit(main())
