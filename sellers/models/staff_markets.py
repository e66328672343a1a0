"""For which markets staff work."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _lazy

from .markets import Market


class StaffMarket(models.Model):
    """A market that a member of staff works for. Whoever has none works for all, as superusers always do.

    A market that somebody works for cannot be deleted: who worked for it alone would work for all.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="staff_markets", db_index=False
    )
    market = models.ForeignKey(Market, on_delete=models.PROTECT, related_name="staff")

    scope_path = "market"

    class Meta:
        ordering = ["user", "market__code"]
        verbose_name = _lazy("market of a member of staff")
        verbose_name_plural = _lazy("markets of members of staff")
        constraints = [models.UniqueConstraint(fields=["user", "market"], name="staff_market_once")]

    def __str__(self) -> str:
        return f"{self.user}, {self.market}"
