"""What waits for a member of staff now, and how the last seven days compare with the seven before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from django.core.cache import cache
from django.db.models import QuerySet

from accounts.models import User
from inbox.models import EmailDelivery
from kit.backoffice.scopes import in_scope
from kit.scopes import Scope, scope_key
from sellers.staff_scope import for_staff, markets_of
from violations.models import Appeal, EnforcementAction, Violation
from workshops.models import Signup

from .needs import NEEDS, WEEK, Need, Visit

MAX_RECORDS_NAMED = 3
"""Records that a need names; the others are behind its link."""
MAX_COUNTED = 100
"""Records of a need are counted up to here, so that no number of them makes the page slow."""
TREND_SECONDS = 600
"""How long the numbers of the last weeks are kept: they are counted over all sellers."""


@dataclass(frozen=True)
class FoundNeed:
    """A need with the first records that wait; ``total`` is at most ``MAX_COUNTED``, and then ``is_more`` may hold."""

    need: Need
    records: Sequence[Any]
    total: int
    is_more: bool

    def moment_of(self, record: Any) -> datetime | None:
        return getattr(record, self.need.moment) if self.need.moment else None


@dataclass(frozen=True)
class HomeTrend:
    """How often something happened in the last seven days, and in the seven before them."""

    name: str
    now: int
    before: int


def needs_of(person: User, *, now: datetime) -> list[FoundNeed]:
    """What waits for somebody, in the order of the table; needs that nobody waits with are left out.

    One query for each need that the person's roles open. One more for each need of which there is more than is shown.
    """
    visit = Visit(person, now)
    found = [_find(need, visit) for need in NEEDS if not need.permission or person.has_perm(need.permission)]
    return [one for one in found if one.total]


def _find(need: Need, visit: Visit) -> FoundNeed:
    waiting = for_staff(need.waiting(visit), visit.person)
    records = list(waiting[: MAX_RECORDS_NAMED + 1])
    total = len(records) if len(records) <= MAX_RECORDS_NAMED else waiting.order_by()[: MAX_COUNTED + 1].count()
    return FoundNeed(need, records[:MAX_RECORDS_NAMED], min(total, MAX_COUNTED), total > MAX_COUNTED)


@dataclass(frozen=True)
class WeeklyCount:
    """What is counted by week: rows by the moment at which it happened, shown to people with a permission."""

    name: str
    permission: str
    rows: QuerySet[Any]
    moment: str

    def between(self, rows: QuerySet[Any], start: datetime, end: datetime) -> int:
        return rows.filter(**{f"{self.moment}__gte": start, f"{self.moment}__lt": end}).count()


COUNTED_BY_WEEK = [
    WeeklyCount("violations", "violations.view_violation", Violation.objects.all(), "recorded_at"),
    WeeklyCount("actions", "violations.view_enforcementaction", EnforcementAction.objects.all(), "starts_at"),
    WeeklyCount("appeals_filed", "violations.view_appeal", Appeal.objects.all(), "filed_at"),
    WeeklyCount("appeals_decided", "violations.view_appeal", Appeal.objects.decided(), "decided_at"),
    WeeklyCount("signups", "workshops.view_signup", Signup.objects.all(), "signed_up_at"),
    WeeklyCount("emails", "inbox.view_emaildelivery", EmailDelivery.objects.all(), "sent_at"),
]


def trends_of(person: User, *, now: datetime) -> list[HomeTrend]:
    """The numbers of the last two weeks that somebody's roles show, up to ten minutes old."""
    markets = markets_of(person)
    return [_trend(counted, markets, now) for counted in COUNTED_BY_WEEK if person.has_perm(counted.permission)]


def _trend(counted: WeeklyCount, markets: Scope, now: datetime) -> HomeTrend:
    key = f"staff-trend-{counted.name}-{scope_key(markets)}"
    numbers = cache.get_or_set(key, lambda: _two_weeks(counted, markets, now), TREND_SECONDS)
    return HomeTrend(counted.name, *cast(tuple[int, int], numbers))


def _two_weeks(counted: WeeklyCount, markets: Scope, now: datetime) -> tuple[int, int]:
    rows = in_scope(counted.rows.all(), markets)
    return counted.between(rows, now - WEEK, now), counted.between(rows, now - 2 * WEEK, now - WEEK)
