"""What a rehearsal asks and what it found, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from policies.models import Policy

from ..models import Rehearsal
from ..rules import StandingLevel
from .rules_changes import changes_of_rules
from .standing import standing_words


def what_differs(rehearsal: Rehearsal) -> list[str]:
    """What is other than today, a line for each number, for the milestones and for each policy."""
    names = dict(Policy.objects.filter(pk__in=rehearsal.points).values_list("pk", "name"))
    policies = [
        ngettext("%(policy)s: %(count)s point a violation.", "%(policy)s: %(count)s points a violation.", points)
        % {"policy": names.get(int(pk), pk), "count": points}
        for pk, points in rehearsal.points.items()
    ]
    return [*changes_of_rules(rehearsal.numbers, rehearsal.milestones), *policies]


def verdict(result: Mapping[str, Any]) -> str:
    """The answer in a sentence or two."""
    newly, freed = result["newly"], result["freed"]
    if not newly and not freed:
        return _("Nobody would have been restricted who was not, and nobody spared.")
    restricted = ngettext(
        "%(count)s seller would have been restricted who was not.",
        "%(count)s sellers would have been restricted who were not.",
        newly,
    ) % {"count": f"{newly:,}"}
    spared = ngettext(
        "%(count)s seller would have been spared.", "%(count)s sellers would have been spared.", freed
    ) % {"count": f"{freed:,}"}
    return " ".join(said for said, count in ((restricted, newly), (spared, freed)) if count)


def appeals_words(appeals: Mapping[str, int]) -> str:
    """How many appeals to expect beside those of today."""
    low, high = appeals["low"], appeals["high"]
    if not appeals["more_actions"]:
        return _("As many appeals as today: there would have been as many actions.")
    if not appeals["led"]:
        return _("No action was imposed in these weeks: how often sellers would appeal cannot be said.")
    if low == high == 0:
        return _("About as many appeals as today.")
    facts = {"low": f"{abs(low):,}", "high": f"{abs(high):,}"}
    if low >= 0:
        return _("Between %(low)s and %(high)s appeals more than today in as long a time.") % facts
    if high <= 0:
        facts = {"low": f"{abs(high):,}", "high": f"{abs(low):,}"}
        return _("Between %(low)s and %(high)s appeals fewer than today in as long a time.") % facts
    return _("Up to %(low)s appeals fewer or %(high)s more than today in as long a time.") % facts


def level_words(level: str) -> str:
    return standing_words(StandingLevel(level))


def group_words(name: str) -> str:
    """The name of a group of sellers, by age or by how much of their content the portal knows."""
    words = {
        "new": _("Under 90 days with the portal"),
        "first_year": _("90 days to a year"),
        "older": _("Over a year"),
        "none": pgettext("pieces of content", "No content known"),
        "few": _("1 to 9 pieces of content"),
        "some": _("10 to 99 pieces of content"),
        "many": _("100 pieces of content and more"),
    }
    return words[name]


def replayed_words(result: Mapping[str, Any]) -> str:
    """How many sellers it is about, and how near the replay of today's rules comes to what happened."""
    said = _(
        "Of %(sellers)s sellers, %(replayed)s had enough points for the rules to matter. By the rules of today the "
        "replay finds %(today)s actions; really there were %(really)s. They differ where staff lifted one by hand, or "
        "the rules were others then."
    )
    return said % {
        "sellers": f"{result['sellers']:,}",
        "replayed": f"{result['replayed']:,}",
        "today": f"{sum(result['actions']['today'].values()):,}",
        "really": f"{result['really']:,}",
    }
