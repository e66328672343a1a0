"""Texts that staff keep."""

from __future__ import annotations

from django.db.models import Q

from ..models import Appeal, Macro


def macros_for(appeal: Appeal, *, kind: str) -> list[Macro]:
    """The texts for one step with an appeal: for its policy or all, in its market's language or any (1 query)."""
    for_policy = Q(policy=appeal.violation.policy) | Q(policy=None)
    in_language = Q(language=appeal.violation.market.language) | Q(language="")
    return list(Macro.objects.filter(for_policy, in_language, kind=kind))
