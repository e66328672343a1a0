"""Facts of messages about workshops in words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django import template

from kit.formatting import period_words
from kit.time_zones import zone_or_utc

from .. import rules

register = template.Library()

register.filter("spelled", rules.spell_code)

Facts = dict[str, str]


class Line(NamedTuple):
    """Something about when or where a workshop is, before and after a change."""

    name: str
    before: str
    after: str

    @property
    def is_changed(self) -> bool:
        return self.before != self.after


@register.filter
def workshop_time(workshop: Facts) -> str:
    """``Sat 28 Nov 2026, 18:00–21:00 CST``."""
    starts_at, ends_at = (datetime.fromisoformat(workshop[name]) for name in ("starts_at", "ends_at"))
    return period_words(starts_at, ends_at, zone=zone_or_utc(workshop["time_zone"]))


@register.filter
def workshop_place(workshop: Facts) -> str:
    """``Town Hall, 1 Main Street, Austin``."""
    return f"{workshop['venue']}, {workshop['address']}, {workshop['city']}"


@register.simple_tag
def changes_of_workshop(*, before: Facts, after: Facts) -> list[Line]:
    """Everything about when and where, and beside what changed what it was before."""
    when = [f"{workshop_time(one)} ({one['time_zone']})" for one in (before, after)]
    places = [Line(name.capitalize(), before[name], after[name]) for name in ("venue", "address", "city")]
    return [Line("When", *when), *places]


@register.filter
def what_changed(lines: Sequence[Line]) -> str:
    """``The time``, ``The venue and the city``. Nothing that can be seen is a time that moved by seconds."""
    names = [line.name.lower() for line in lines if line.is_changed] or ["when"]
    words = [f"the {'time' if name == 'when' else name}" for name in names]
    text = words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
    return text[0].upper() + text[1:]
