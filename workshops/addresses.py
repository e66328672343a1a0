"""How the addresses of workshops are read: their id, and the title for readers."""

from __future__ import annotations


class WorkshopName:
    """``12-your-first-live``, and ``12`` in links that know the id alone: both lead to one page."""

    regex = r"[0-9]{1,18}(?:-[^/]*)?"

    def to_python(self, name: str) -> str:
        return name

    def to_url(self, name: object) -> str:
        return str(name)


def id_in(name: str) -> int:
    """The id in the name of a workshop."""
    return int(name.partition("-")[0])
