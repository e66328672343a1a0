"""What the commands share that work on a market."""

from __future__ import annotations

from django.core.management.base import CommandError
from django.utils.translation import gettext as _

from .models import Market


def find_market(code: str) -> Market:
    """The market with a code, in small letters or capitals. Raises ``CommandError``, naming those there are."""
    market = Market.objects.filter(code=code.strip().upper()).first()
    if market is None:
        codes = ", ".join(Market.objects.values_list("code", flat=True).order_by("code")) or "none yet"
        raise CommandError(_("There is no market %(code)s. Markets: %(codes)s.") % {"code": repr(code), "codes": codes})
    return market
