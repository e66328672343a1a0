"""Notes of the trail as facts: which note it is, and what it takes to say it. Each reader gets it in their language.

An app keeps the words of its notes in ``trail_notes``, in a function for each. ``trail_note`` makes that function into
the way to note it. Whoever calls it gets facts to store, and whoever reads the trail gets what it says of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, ParamSpec

Facts = ParamSpec("Facts")

TYPED = "typed"
"""The kind of a note that is what a person wrote: it stays as they wrote it."""

_WORDINGS: dict[str, Callable[..., str]] = {TYPED: lambda text: str(text)}


@dataclass(frozen=True)
class Note:
    """What is stored of a note; its facts are JSON."""

    kind: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


def trail_note(wording: Callable[Facts, str]) -> Callable[Facts, Note]:
    """A note of the app, from what writes it out; both take the same facts, by their names."""
    kind = f"{wording.__module__.split('.')[0]}.{wording.__name__}"
    _WORDINGS[kind] = wording

    @wraps(wording)
    def note(*args: Facts.args, **facts: Facts.kwargs) -> Note:
        return Note(kind, facts)

    return note


def as_note(note: Note | str) -> Note:
    """A note that somebody typed is a note like the others."""
    if isinstance(note, Note):
        return note
    return Note(TYPED, {"text": note}) if note else Note()


def note_words(kind: str, facts: Mapping[str, Any]) -> str:
    """A note in the language of whoever reads it. One that is not known any more says what it names."""
    try:
        return _WORDINGS[kind](**facts)
    except (KeyError, TypeError, ValueError):
        return "; ".join(str(fact) for fact in facts.values())
