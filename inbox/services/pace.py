"""The pace at which emails leave: of all of them, of a kind of message, of a receiving domain."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from django.conf import settings

from ..models import EmailPace

ALL = ""
MINUTE = timedelta(minutes=1)


class Paces:
    """What of this minute's paces is left, locked until the transaction ends, so that all workers keep to them."""

    def __init__(self, *, now: datetime) -> None:
        self.limits: dict[str, int] = {ALL: settings.EMAILS_PER_MINUTE, **settings.EMAIL_PACES}
        self.rows = _locked(self.limits, minute=minute_of(now))

    @property
    def room(self) -> int:
        """How many more emails may leave in this minute."""
        return self._room(self.rows[ALL])

    def _room(self, row: EmailPace) -> int:
        return max(self.limits[row.of] - row.claimed, 0)

    def admit(self, *, of: Iterable[str]) -> datetime | None:
        """Count one more email ``of`` a kind and a domain, or give the first minute that has room for it."""
        rows = [self.rows[name] for name in of if name in self.rows]
        full = [row for row in rows if not self._room(row)]
        if full:
            return max(self._book(row) for row in full)
        for row in [self.rows[ALL], *rows]:
            row.claimed += 1
        return None

    def _book(self, row: EmailPace) -> datetime:
        """The first minute to come that is not booked up, with one more email in it."""
        following = row.minute + MINUTE
        if row.booked_minute is None or row.booked_minute < following:
            row.booked_minute, row.booked = following, 0
        elif row.booked >= self.limits[row.of]:
            row.booked_minute, row.booked = row.booked_minute + MINUTE, 0
        row.booked += 1
        return row.booked_minute

    def save(self) -> None:
        fields = ["minute", "claimed", "booked_minute", "booked"]
        EmailPace.objects.bulk_update(self.rows.values(), fields)


def minute_of(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)


def _locked(names: Collection[str], *, minute: datetime) -> dict[str, EmailPace]:
    """The rows of these paces. A clock that is behind counts in the minute that is ahead."""
    EmailPace.objects.bulk_create([EmailPace(of=name, minute=minute) for name in names], ignore_conflicts=True)
    rows = EmailPace.objects.select_for_update().filter(of__in=names).order_by("of").in_bulk()
    for row in rows.values():
        if row.minute < minute:
            row.minute, row.claimed = minute, 0
    return rows


def room_left(*, now: datetime) -> int:
    """How many emails may leave in this minute, as far as can be seen without a lock."""
    pace = EmailPace.objects.filter(of=ALL, minute__gte=minute_of(now)).first()
    most: int = settings.EMAILS_PER_MINUTE
    return max(most - (pace.claimed if pace else 0), 0)
