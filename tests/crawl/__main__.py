"""``python -m tests.crawl record FOLDER``, and ``compare BEFORE AFTER``, which exits with 1 if something differs."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from .compare import LINES, differences


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.crawl")
    commands = parser.add_subparsers(dest="command", required=True)
    recording = commands.add_parser("record", help="crawl the demo into a folder")
    recording.add_argument("folder", type=Path)
    comparing = commands.add_parser("compare", help="list what differs between two crawls")
    comparing.add_argument("before", type=Path)
    comparing.add_argument("after", type=Path)
    comparing.add_argument("--renamed", metavar="OLD=NEW", action="append", default=[], help="words that were renamed")
    comparing.add_argument("--lines", type=int, default=LINES, help="how many lines of each difference to show")
    words = parser.parse_args()
    if words.command == "record":
        from .record import record

        record(words.folder)
        return 0
    renamed = [tuple(pair.split("=", 1)) for pair in words.renamed]
    found = list(differences(words.before, words.after, renamed, words.lines))
    print("\n".join([*found, f"{len(found)} differences."]))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
