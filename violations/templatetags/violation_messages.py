"""Facts of messages about violations, enforcement actions and rules in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django import template
from django.utils import timezone

from ..models.enforcement import ActionKind
from ..wording import decisions, rules_changes
from ..wording.enforcement import forbidden_by

register = template.Library()

register.filter("forbidden", forbidden_by)


@register.filter
def action_name(kind: str) -> str:
    """``Restriction``."""
    return str(ActionKind(kind).label)


@register.simple_tag
def over_when_told() -> str:
    return decisions.over_when_told()


@register.simple_tag
def decided(*, points: int, market: str, until: datetime, is_over: bool) -> str:
    """The decision about a violation."""
    zone = timezone.get_current_timezone()
    return decisions.decided(points=points, market=market, until=until, is_over=is_over, zone=zone)


@register.simple_tag
def changes_of_rules(*, numbers: Mapping[str, object], milestones: Sequence[Mapping[str, Any]] | None) -> list[str]:
    """What a change of rules changes, in lines."""
    return rules_changes.changes_of_rules(numbers, milestones)
