"""A change of a market's rules, in words: what changes, what it would do, and why it is refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kit.formatting import capitalized, moment_words
from sellers.models import Market
from sellers.services import RULES

from ..models import Milestone, RulesChange
from ..selectors import RulesPreview


def changes_of_rules(numbers: Mapping[str, object], milestones: Sequence[Mapping[str, Any]] | None) -> list[str]:
    """What changes, a line for each number, and the milestones as they will be."""
    labels = {name: str(Market._meta.get_field(name).verbose_name) for name in RULES}  # type: ignore[union-attr]  # no relation
    lines = [
        _("%(rule)s: %(value)s.") % {"rule": capitalized(labels[name]), "value": value}
        for name, value in numbers.items()
    ]
    if milestones is not None:
        found = "; ".join(str(Milestone(**row)) for row in milestones) or _("none")
        lines.append(_("Milestones from then on: %(milestones)s.") % {"milestones": found})
    return lines


def what_changes(change: RulesChange) -> list[str]:
    """The same of a change that is drafted."""
    return changes_of_rules(change.numbers, change.milestones)


def too_early(earliest: datetime, *, zone: tzinfo) -> str:
    said = _("Sellers have notice: it can take effect from %(moment)s at the earliest.")
    return said % {"moment": moment_words(earliest, zone=zone)}


def no_draft(change: RulesChange) -> str:
    return _("It is no draft any more: %(state)s.") % {"state": change.state.label}


def milestone_does_not_fit(field: str, why: object) -> str:
    return _("A milestone does not fit (%(field)s): %(why)s") % {"field": field, "why": why}


def withdrawal(change: RulesChange) -> str:
    """What withdrawing an approved change does."""
    said = _("The rules stay as they are. What does not come: %(changes)s %(told)s")
    return said % {"changes": " ".join(what_changes(change)), "told": _who_is_told_of_withdrawal(change)}


def _who_is_told_of_withdrawal(change: RulesChange) -> str:
    if not change.told:
        return untold()
    said = ngettext(
        "%(count)s seller was told of it so far, and will be told that it does not come.",
        "%(count)s sellers were told of it so far, and will be told that it does not come.",
        change.told,
    )
    return said % {"count": f"{change.told:,}"}


def untold() -> str:
    return _("Nobody was told of it.")


def effect(preview: RulesPreview) -> str:
    """Who would stand elsewhere if it took effect now."""
    said = _(
        "Of %(sellers)s sellers with points, %(reached)s would come to stand at or above a milestone (nothing is "
        "imposed on them), %(near)s would come near one, %(freed)s fall below all."
    )
    return said % {name: f"{count:,}" for name, count in vars(preview).items()}


def before_drafting(notice_days: int) -> str:
    said = ngettext(
        "Sellers are told at least %(count)s day before. Somebody else approves it.",
        "Sellers are told at least %(count)s days before. Somebody else approves it.",
        notice_days,
    )
    return said % {"count": notice_days}
