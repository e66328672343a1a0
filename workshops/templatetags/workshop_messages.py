"""Facts of messages about workshops in words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django import template
from django.utils.translation import gettext_lazy as _

from kit.formatting import capitalized, join_words, moment_words, period_words
from kit.time_zones import zone_or_utc

from .. import rules
from ..models import Workshop

register = template.Library()

register.filter("spelled", rules.spell_code)

WorkshopFacts = dict[str, str]


NAMES = {
    "title": _("Title"),
    "when": _("When"),
    "mode": _("How"),
    "venue": _("Venue"),
    "address": _("Address"),
    "city": _("City"),
}
IF_CHANGED = {"title", "mode"}
"""What is named only if it changed."""

CHANGED = {
    "title": _("the title"),
    "when": _("the time"),
    "mode": _("how to take part"),
    "venue": _("the venue"),
    "address": _("the address"),
    "city": _("the city"),
    "link": _("the link to join"),
}


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
def moment_there(moment: str, workshop: WorkshopFacts) -> str:
    """A moment on the calendar and the clock where the workshop takes place."""
    return moment_words(datetime.fromisoformat(moment), zone=zone_or_utc(workshop["time_zone"]))


@register.filter
def workshop_place(workshop: WorkshopFacts) -> str:
    """``Town Hall, 1 Main Street, Austin``, or ``Online``."""
    city = "" if workshop["city"] in workshop["address"] else workshop["city"]
    parts = [workshop["venue"], workshop["address"], city]
    return ", ".join(part for part in parts if part) or _mode(workshop)


@register.filter
def markdown_link(url: str) -> str:
    """An address as a link that shows it."""
    return f"<{url.replace('<', '%3C').replace('>', '%3E')}>"


@register.simple_tag
def changes_of_workshop(*, before: WorkshopFacts, after: WorkshopFacts) -> list[Detail]:
    """Everything about when and where, and beside what changed what it was before."""
    when = [f"{workshop_time(one)} ({one['time_zone']})" for one in (before, after)]
    place = [Detail(key, before[key] or "–", after[key] or "–") for key in ("venue", "address", "city")]
    how = Detail("mode", _mode(before), _mode(after))
    title = Detail("title", before["title"], after["title"])
    shown = [detail for detail in (title, how, *place) if (detail.before, detail.after) != ("–", "–")]
    rest = [detail for detail in shown if detail.key not in IF_CHANGED or detail.is_changed]
    return [Detail("when", *when), *rest]


def _mode(workshop: WorkshopFacts) -> str:
    return str(Workshop.Mode(workshop["mode"]).label)


@register.simple_tag
def what_changed(details: Sequence[Detail], *, link: bool) -> str:
    """``The time``, ``The venue and the city``. Nothing that can be seen is a time that moved by seconds."""
    keys = [detail.key for detail in details if detail.is_changed] + ["link"] * link or ["when"]
    return capitalized(join_words([str(CHANGED[key]) for key in keys]))
