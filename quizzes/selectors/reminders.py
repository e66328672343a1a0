"""Whom to remind of windows that close."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet

from kit.dates import local_midnight, month_start
from sellers.models import Market, Seller
from violations.models import Violation

from .. import rules
from ..models import QuizReminder


def to_remind(*, market: Market, closing: rules.Closing, as_of: datetime) -> QuerySet[Seller]:
    """The sellers with a violation that stands and whose window closes then, who were not reminded yet, by id."""
    month = local_midnight(month_start(as_of, zone=market.zone), zone=market.zone)
    told = Violation.objects.filter(
        seller=OuterRef("pk"),
        recorded_at__gte=rules.earliest_told(as_of=as_of, zone=market.zone),
        recorded_at__lt=month,
        voided_at=None,
    )
    reminded = QuizReminder.objects.filter(seller=OuterRef("pk"), closes_at=closing.closes_at, days=closing.days)
    return Seller.objects.filter(Exists(told), ~Exists(reminded), market=market).order_by("pk")
