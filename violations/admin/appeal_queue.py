"""What the list of appeals shows: which wait for whom, and how long there is to decide."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext

from kit.formatting import utc_words

from ..models import Appeal

SOON = timedelta(days=3)
"""With less time left than this an appeal stands out in the queue."""


class AppealStateFilter(admin.SimpleListFilter):
    """Shows what waits unless something else is chosen."""

    title = _lazy("state")
    parameter_name = "state"

    WAITING = (None, "overdue", "asked")
    """Those of its choices that show appeals that are to be decided."""

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        decided = [(str(value), str(label)) for value, label in Appeal.State.choices[1:]]
        asked = ("asked", _("Waits for the seller"))
        return [("overdue", _("Overdue")), asked, *decided, ("settled", _("Settled")), ("all", _("All"))]

    def choices(self, changelist: Any) -> Any:
        waiting, *others = super().choices(changelist)
        yield {**waiting, "display": _("Waits for a decision")}
        yield from others

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        now = timezone.now()
        waiting = queryset.not_asked(at=now)  # type: ignore[attr-defined]  # of appeals
        chosen: dict[str | None, QuerySet[Any]] = {
            None: waiting,
            "overdue": waiting.filter(decide_by__lte=now),
            "asked": queryset.asked(at=now),  # type: ignore[attr-defined]  # of appeals
            "settled": queryset.filter(state=Appeal.State.OPEN, violation__voided_at__isnull=False),
            "all": queryset,
        }
        return chosen[self.value()] if self.value() in chosen else queryset.filter(state=self.value())


def answer_by(appeal: Appeal) -> datetime | None:
    """Until when the seller can answer, of an appeal as the admin loads it; ``None`` if nothing is asked for."""
    until: datetime | None = appeal.answer_by if appeal.is_open else None  # type: ignore[attr-defined]  # annotated
    return until


def time_left(appeal: Appeal, *, answer_by: datetime | None, as_of: datetime) -> str:
    """How long there is to decide an open appeal, or since when it should have been; or that its seller is asked."""
    if not appeal.is_open:
        return "-"
    if answer_by is not None:
        return _("The clock stands until %(moment)s") % {"moment": utc_words(answer_by)}
    if appeal.decide_by <= as_of:
        overdue = _("Overdue by %(time)s") % {"time": _duration(as_of - appeal.decide_by)}
        return format_html('<b class="overdue">{}</b>', overdue)
    left = _("%(time)s left") % {"time": _duration(appeal.decide_by - as_of)}
    return format_html('<b class="due-soon">{}</b>', left) if appeal.decide_by - as_of < SOON else left


def _duration(time: timedelta) -> str:
    """In days, for a week can be almost two; in hours or minutes below two days."""
    hours, minutes = int(time.total_seconds()) // 3600, int(time.total_seconds()) // 60
    if time.days > 1:
        return ngettext("%(count)s day", "%(count)s days", time.days) % {"count": f"{time.days:,}"}
    if hours:
        return ngettext("%(count)s hour", "%(count)s hours", hours) % {"count": hours}
    return ngettext("%(count)s minute", "%(count)s minutes", minutes) % {"count": minutes}
