"""The dates of a seller as they are shown: words, icon and where each leads."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.urls import reverse

from quizzes.presentation import show_step
from sellers.access import acts_for
from sellers.models import Seller

from . import wording
from .selectors import DEADLINES, DateKind, NextDate

ICONS = {
    DateKind.QUIZ: "graduation-cap",
    DateKind.APPEAL: "scale",
    DateKind.ANSWER: "message-circle",
    DateKind.DECISION: "gavel",
    DateKind.EXPIRY: "trending-down",
    DateKind.STARTS: "circle-alert",
    DateKind.ENDS: "circle-check",
    DateKind.WORKSHOP: "calendar-days",
    DateKind.POLICY: "scroll-text",
}


@dataclass(frozen=True)
class ShownDate:
    """A date in words. ``key`` tells it from every other date of the seller, whatever it is called.

    ``zone`` is where its ``day`` is one.
    """

    kind: DateKind
    key: str
    at: datetime
    day: date
    zone: ZoneInfo
    title: str
    note: str
    href: str
    icon: str
    is_deadline: bool


def show_dates(dates: Iterable[NextDate], *, seller: Seller) -> list[ShownDate]:
    return [_shown(date, seller) for date in dates]


def _shown(date: NextDate, seller: Seller) -> ShownDate:
    subject: Any = date.subject
    return ShownDate(
        kind=date.kind,
        key=f"{date.kind}-{_key(date)}",
        at=date.at,
        day=date.day,
        zone=subject.workshop.zone if date.kind is DateKind.WORKSHOP else seller.market.zone,
        title=wording.date_title(date),
        note=wording.hours(subject) if date.kind is DateKind.WORKSHOP else "",
        href=_href(date, seller),
        icon=ICONS[date.kind],
        is_deadline=date.kind in DEADLINES,
    )


def _key(date: NextDate) -> str:
    subject: Any = date.subject
    if date.kind is DateKind.QUIZ:
        return str(subject.quiz.quiz.pk)
    if date.kind is DateKind.APPEAL:
        return str(subject.violation.pk)
    return date.day.isoformat() if date.kind is DateKind.EXPIRY else str(subject.pk)


def _href(date: NextDate, seller: Seller) -> str:
    """Where one acts on it, or reads why."""
    subject: Any = date.subject
    of_seller = {"seller_id": seller.pk}
    if date.kind in (DateKind.QUIZ, DateKind.APPEAL):
        return show_step(subject, zone=seller.market.zone, acts=acts_for(seller)).href
    if date.kind is DateKind.EXPIRY:
        return reverse("violations:ledger", kwargs=of_seller, query={"as_of": date.day.isoformat()})
    if date.kind in (DateKind.STARTS, DateKind.ENDS):
        return reverse("violations:enforcement", kwargs=of_seller)
    address: str = subject.get_absolute_url()
    return address
