"""Facts of messages about workshops in words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django import template
from django.utils.translation import gettext_lazy as _

from kit.formatting import capitalized, join_words, period_words
from kit.time_zones import zone_or_utc

from .. import rules

register = template.Library()

register.filter("spelled", rules.spell_code)

WorkshopFacts = dict[str, str]


NAMES = {"when": _("When"), "venue": _("Venue"), "address": _("Address"), "city": _("City")}
CHANGED = {"when": _("the time"), "venue": _("the venue"), "address": _("the address"), "city": _("the city")}


class Detail(NamedTuple):
    """Something about when or where a workshop is, before and after a change."""

    key: str
    before: str
    after: str

    @property
    def name(self) -> str:
        return str(NAMES[self.key])

    @property
    def is_changed(self) -> bool:
        return self.before != self.after


@register.filter
def workshop_time(workshop: WorkshopFacts) -> str:
    """``Sat 28 Nov 2026, 18:00–21:00 CST``."""
    starts_at, ends_at = (datetime.fromisoformat(workshop[name]) for name in ("starts_at", "ends_at"))
    return period_words(starts_at, ends_at, zone=zone_or_utc(workshop["time_zone"]))


@register.filter
def workshop_place(workshop: WorkshopFacts) -> str:
    """``Town Hall, 1 Main Street, Austin``."""
    return f"{workshop['venue']}, {workshop['address']}, {workshop['city']}"


@register.simple_tag
def changes_of_workshop(*, before: WorkshopFacts, after: WorkshopFacts) -> list[Detail]:
    """Everything about when and where, and beside what changed what it was before."""
    when = [f"{workshop_time(one)} ({one['time_zone']})" for one in (before, after)]
    return [Detail("when", *when), *(Detail(key, before[key], after[key]) for key in ("venue", "address", "city"))]


@register.filter
def what_changed(details: Sequence[Detail]) -> str:
    """``The time``, ``The venue and the city``. Nothing that can be seen is a time that moved by seconds."""
    keys = [detail.key for detail in details if detail.is_changed] or ["when"]
    return capitalized(join_words([str(CHANGED[key]) for key in keys]))
