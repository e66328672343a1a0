"""Moments that are too far away to be meant: somebody mistyped a year."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from .dates import MAX_AHEAD
from .outcomes import Refused


def refuse_far_ahead(moment: datetime, *, now: datetime, field: str) -> None:
    if moment > now + MAX_AHEAD:
        raise Refused(too_far_ahead(), field=field)


def too_far_ahead() -> str:
    return _("That is more than five years away. Check the year.")
