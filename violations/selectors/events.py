"""What a timeline is made of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Event:
    """Something that happened to a violation or an appeal; ``href`` leads to its record."""

    when: datetime
    title: str
    text: str = ""
    tone: str = "neutral"
    href: str = ""
