"""What doors sent: who came, and what was taken back."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from .door_links import DoorLink
from .signups import Signup
from .workshops import Workshop


class DoorScan(models.Model):
    """One tap or scan at a door, known by the nonce that its page gave it: sent again, it does nothing again.

    A door without a network sends it later, so ``scanned_at`` may be long before ``received_at``.
    """

    class Outcome(models.TextChoices):
        HERE = "here", _lazy("Checked in")
        ALREADY = "already", _lazy("Was here before")
        TAKEN_BACK = "taken_back", _lazy("Taken back")

    workshop = models.ForeignKey(Workshop, on_delete=models.PROTECT, related_name="door_scans")
    signup = models.ForeignKey(Signup, on_delete=models.PROTECT, related_name="door_scans")
    nonce = models.UUIDField(editable=False)
    outcome = models.CharField(max_length=10, choices=Outcome)
    scanned_at = models.DateTimeField()
    received_at = models.DateTimeField(default=timezone.now)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    link = models.ForeignKey(DoorLink, on_delete=models.PROTECT, null=True, blank=True, related_name="scans")

    scope_path = "workshop__market"

    class Meta:
        ordering = ["id"]
        verbose_name = _lazy("scan at a door")
        verbose_name_plural = _lazy("scans at doors")
        constraints = [
            models.UniqueConstraint(fields=["workshop", "nonce"], name="door_scan_once"),
            models.CheckConstraint(
                name="door_scan_outcome_is_one", condition=Q(outcome__in=["here", "already", "taken_back"])
            ),
            models.CheckConstraint(name="door_scan_before_it_came", condition=Q(scanned_at__lte=F("received_at"))),
            models.CheckConstraint(name="door_scan_by_one_of_both", condition=Q(person=None) | Q(link=None)),
        ]

    def __str__(self) -> str:
        return _("%(seller)s at a door") % {"seller": self.signup.seller}
