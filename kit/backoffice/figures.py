"""Pages of figures for staff, over a period and perhaps a market that the address names.

What of an address cannot be read is said, with no figures in its place: those of everything would pass for those asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from django.contrib import messages
from django.http import HttpRequest, HttpResponse

from ..documents.downloads import filter_not_understood
from .lists import cannot_be_read

T = TypeVar("T")


class AskedFigures:
    """What an address asks for. Once all was chosen, ``unreadable`` says what of it is none of the choices."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.unreadable: list[tuple[str, str, str]] = []

    def choose(self, name: str, choices: Mapping[str, T], *, default: T, called: str) -> T:
        """The choice that the parameter ``name`` names; the default if it is left out."""
        asked = self.request.GET.get(name, "")
        if asked and asked not in choices:
            self.unreadable.append((name, called, asked))
        return choices.get(asked, default)

    def say(self) -> int:
        """Say on the page what cannot be read; the status of the answer."""
        if not self.unreadable:
            return 200
        faults = [(f"{called} ({name})", asked) for name, called, asked in self.unreadable]
        messages.error(self.request, cannot_be_read(faults, rest=self.request.path))
        return 400

    def refused_file(self) -> HttpResponse:
        """The answer instead of a file."""
        return filter_not_understood(name for name, _called, _asked in self.unreadable)
