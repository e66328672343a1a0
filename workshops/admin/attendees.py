"""Who signed up, as rows of a CSV file."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from ..models import Workshop

ATTENDEE_FIELDS = (
    "seller",
    "seller_id",
    "market",
    "person",
    "state",
    "number_in_line",
    "check_in_code",
    "signed_up",
    "checked_in",
    "checked_in_by",
    "noted_later_because",
    "walked_in",
)


def attendee_row(signup: Any, workshop: Workshop) -> list[str]:
    def local(moment: datetime | None) -> str:
        return moment.astimezone(workshop.zone).isoformat(sep=" ", timespec="minutes") if moment else ""

    return [
        signup.seller.name,
        signup.seller.external_id,
        signup.seller.market.code,
        signup.user.name or signup.user.email,
        signup.get_state_display(),
        str(signup.position or ""),
        signup.spelled_code,
        local(signup.signed_up_at),
        local(signup.checked_in_at),
        str(signup.checked_in_by or signup.checked_in_with or ""),
        signup.attendance_reason,
        _("Yes") if signup.walked_in else "",
    ]
