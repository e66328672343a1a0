"""Scenes: a LIVE or a video as text, moment by moment. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

CLOCK = r"\d{1,2}:\d{2}(?::\d{2})?"
MOMENT = re.compile(rf"({CLOCK}(?:\s?[–-]\s?{CLOCK})?)(?:\s?[:–—-])?(?:\s+|$)(.*)")


@dataclass(frozen=True)
class Moment:
    """What happens at a time mark, in Markdown; without a mark it is what stands before the first one."""

    mark: str
    text: str


def moments(scene: str) -> list[Moment]:
    """A scene in its moments: each begins with a line that begins with a time mark, such as ``00:42``."""
    found: list[Moment] = []
    for line in scene.strip().splitlines():
        marked = MOMENT.fullmatch(line.strip())
        if marked:
            found.append(Moment(marked[1], marked[2]))
        elif found:
            found[-1] = Moment(found[-1].mark, f"{found[-1].text}\n{line}")
        else:
            found.append(Moment("", line))
    return found
