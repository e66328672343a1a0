"""The totals of a market's week as rows of a file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from violations.wording.standing import standing_words

from ..selectors import MarketWeek


def csv_rows(week: MarketWeek) -> Iterator[list[Any]]:
    """What is counted, of what, how many, and how many the week before if known. The first row names the columns."""
    yield ["total", "of", "count", "week_before"]
    yield [_("sellers"), "", week.sellers, ""]
    yield [_("clean weeks"), "", week.clean, ""]
    yield [_("sellers newly near a milestone"), "", week.newly_near, ""]
    yield [_("violations"), "", week.violations, ""]
    yield [_("messages"), "", week.messages, ""]
    yield [_("points in"), "", week.points_in, ""]
    yield [_("points out"), "", week.points_out, ""]
    for level, sellers in week.levels:
        yield [_("sellers by standing"), standing_words(level), sellers, ""]
    for policy in week.policies:
        yield [_("violations by policy"), policy.code, policy.violations, policy.previous]
    for policy in week.policies:
        yield [_("sellers by policy"), policy.code, policy.sellers, ""]
