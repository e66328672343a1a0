"""For which markets a member of staff works."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from audit.services import Actor, record
from kit.outcomes import Refused

from .. import trail_notes
from ..models import Market, StaffMarket


@transaction.atomic
def limit_staff(*, person: User, markets: Collection[Market], limited_by: Actor, now: datetime) -> None:
    """Let a member of staff work for some markets and no others; for all, if none is named.

    What they have open and may not work on any more does not exist for them from now on. Raises ``Refused`` (field
    ``markets``) for who is no staff, and for superusers, who work for all.
    """
    person = User.objects.select_for_update(no_key=True).get(pk=person.pk)
    if person.is_superuser:
        raise Refused(_("A superuser works for all markets."), field="markets")
    if not person.is_staff:
        raise Refused(_("They are no staff: they work for no market."), field="markets")
    before = _codes(person)
    person.staff_markets.exclude(market__in=markets).delete()
    rows = [StaffMarket(user=person, market=market) for market in markets]
    StaffMarket.objects.bulk_create(rows, ignore_conflicts=True)
    if (after := _codes(person)) != before:
        changes = [{"field": "markets", "from": before, "to": after}]
        note = trail_notes.limited_to(markets=after) if after else trail_notes.limited_no_more()
        record(by=limited_by, action="limit_markets", about=person, note=note, changes=changes, now=now)


def _codes(person: User) -> str:
    """The markets somebody is limited to, by their codes."""
    return ", ".join(person.staff_markets.order_by("market__code").values_list("market__code", flat=True))
