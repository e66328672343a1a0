"""Reasons by which decisions on appeals are counted."""

from __future__ import annotations

from django.db.models import Q

from ..models import Appeal, AppealReason


def reasons_for(appeal: Appeal, *, outcome: str) -> list[AppealReason]:
    """The reasons for one outcome of an appeal, by code (1 query).

    Of rows with one code the one that says most about where it holds is taken: its market's before its policy's, and
    that before its language's.
    """
    market, policy = appeal.violation.market, appeal.violation.policy
    rows = AppealReason.objects.in_use().filter(
        Q(market=market) | Q(market=None),
        Q(policy=policy) | Q(policy=None),
        Q(language=market.language) | Q(language=""),
        outcome=outcome,
    )
    found = {row.code: row for row in sorted(rows, key=_closeness)}
    return [found[code] for code in sorted(found)]


def _closeness(row: AppealReason) -> tuple[bool, bool, bool]:
    return row.market_id is not None, row.policy_id is not None, bool(row.language)
