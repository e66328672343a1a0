"""Links with which helpers check people in at the door of one workshop."""

from __future__ import annotations

import hashlib
from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _lazy

from kit.texts.validators import is_visible, validate_line, validate_text

from .. import rules
from .cities import CONTROL
from .workshops import Workshop


class DoorLinkQuerySet(models.QuerySet["DoorLink"]):
    def usable(self, *, at: datetime) -> DoorLinkQuerySet:
        """Not revoked, and of a workshop that stands and has not ended for long."""
        found = self.filter(revoked_at=None, workshop__published_at__isnull=False, workshop__cancelled_at=None)
        return found.filter(workshop__ends_at__gt=at - rules.DOOR_LINK_STAYS)


class DoorLink(models.Model):
    """Lets whoever has it check people in at one workshop, until two hours after its end, and do nothing else.

    Only a hash of its secret is kept. It is long and random, so a fast hash is enough to keep it secret.
    """

    workshop = models.ForeignKey(Workshop, on_delete=models.CASCADE, related_name="door_links")
    name = models.CharField(
        max_length=80, validators=[validate_line, validate_text],
        help_text=_lazy("Whose phone it is for, or which door. The audit trail says it."),
    )  # fmt: skip
    secret_hash = models.CharField(max_length=64, unique=True, editable=False)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    opened_at = models.DateTimeField(null=True, blank=True, help_text=_lazy("When it was opened last."))
    revoked_at = models.DateTimeField(null=True, blank=True)

    not_in_trail = ("secret_hash", "opened_at")

    objects = DoorLinkQuerySet.as_manager()

    scope_path = "workshop__market"

    class Meta:
        ordering = ["id"]
        verbose_name = _lazy("door link")
        constraints = [
            models.UniqueConstraint(
                fields=["workshop", "name"], condition=Q(revoked_at=None), name="door_link_name_once_in_use"
            ),
            models.CheckConstraint(
                name="door_link_secret_is_hashed",
                condition=Q(secret_hash__regex=r"^[0-9a-f]{64}$"),  # noqa: S106  # a pattern
            ),
            models.CheckConstraint(name="door_link_name_is_a_line", condition=~Q(name__regex=CONTROL)),
            models.CheckConstraint(name="door_link_name_can_be_seen", condition=is_visible("name")),
            models.CheckConstraint(
                name="door_link_revoked_after_it_was_made",
                condition=Q(revoked_at=None) | Q(revoked_at__gte=F("made_at")),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @staticmethod
    def hash_of(secret: str) -> str:
        return hashlib.sha256(secret.encode()).hexdigest()

    @property
    def ends_at(self) -> datetime:
        """Until when it can be used (UTC)."""
        return rules.door_link_ends_at(self.workshop.ends_at)
