"""Staff who look at a seller's pages as the seller sees them."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from accounts.models import User
from kit.texts.limits import REASON, no_longer
from kit.texts.validators import is_visible

from .sellers import Seller

VIEWING_LASTS = timedelta(minutes=30)
"""How long somebody may look before they have to say again why."""


class SellerViewingQuerySet(models.QuerySet["SellerViewing"]):
    def running(self, *, at: datetime) -> SellerViewingQuerySet:
        return self.filter(ended_at=None, until__gt=at)

    def over(self, *, at: datetime) -> SellerViewingQuerySet:
        """Those whose time is over and whose end nobody noted."""
        return self.filter(ended_at=None, until__lte=at)


class SellerViewing(models.Model):
    """Somebody of the staff views as a seller, for a reason and for half an hour at most. It changes nothing.

    It is over when ``ended_at`` is noted, and at ``until`` in any case. A person views as one seller at a time.
    """

    seller = models.ForeignKey(Seller, on_delete=models.PROTECT, related_name="viewings")
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    reason = models.TextField(max_length=REASON, help_text=_lazy("Staff read it, the seller does not."))
    began_at = models.DateTimeField()
    until = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = SellerViewingQuerySet.as_manager()

    scope_path = "seller__market"

    class Meta:
        ordering = ["-began_at", "-id"]
        verbose_name = _lazy("view as a seller")
        verbose_name_plural = _lazy("views as a seller")
        indexes = [models.Index(fields=["until"], condition=Q(ended_at=None), name="seller_viewing_not_ended")]
        constraints = [
            models.UniqueConstraint(fields=["person"], condition=Q(ended_at=None), name="seller_viewing_one_at_a_time"),
            models.CheckConstraint(name="seller_viewing_has_reason", condition=is_visible("reason")),
            no_longer("reason", REASON, name="seller_viewing_reason_fits"),
            models.CheckConstraint(
                name="seller_viewing_lasts_half_an_hour",
                condition=Q(until__gt=F("began_at"), until__lte=F("began_at") + VIEWING_LASTS),
            ),
            models.CheckConstraint(
                name="seller_viewing_ends_in_time",
                condition=Q(ended_at=None) | Q(ended_at__gte=F("began_at"), ended_at__lte=F("until")),
            ),
        ]

    def __str__(self) -> str:
        return _("%(person)s as %(seller)s") % {"person": self.person, "seller": self.seller}
