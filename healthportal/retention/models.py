"""How long a market keeps each kind of row, and who asked to be erased."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from kit.jobs.models import Job
from sellers.models import Market

MIN_DAYS, MAX_DAYS = 30, 3_650


class Retention(Job):
    """How many days a market keeps one kind of row, and the daily job that removes what is older.

    Without a market: a kind that is of none, such as sessions. What a kind is stands in ``kinds.KINDS``.
    """

    lease = timedelta(minutes=2)

    kind = models.CharField(max_length=20, editable=False)
    market = models.ForeignKey(
        Market, on_delete=models.CASCADE, null=True, blank=True, related_name="retentions", editable=False
    )
    days = models.PositiveSmallIntegerField()
    removed = models.PositiveBigIntegerField(
        default=0, db_default=0, editable=False, help_text=_lazy("Rows that were removed so far.")
    )
    done_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text=_lazy("When nothing older was left last.")
    )

    scope_path = "market"

    class Meta(Job.Meta):
        ordering = ["id"]
        verbose_name = _lazy("time that something is kept")
        verbose_name_plural = _lazy("times that things are kept")
        constraints = [
            *Job.Meta.constraints,
            models.UniqueConstraint(fields=["kind", "market"], nulls_distinct=False, name="retention_once"),
            models.CheckConstraint(name="retention_days_range", condition=Q(days__gte=MIN_DAYS, days__lte=MAX_DAYS)),
        ]

    def __str__(self) -> str:
        where = self.market or _("all markets")
        return _("%(kind)s in %(market)s") % {"kind": self.kind.replace("_", " "), "market": where}

    not_in_trail = (*Job.not_in_trail, "removed", "done_at")


class ErasureRequest(models.Model):
    """Somebody wants to be forgotten, or staff do it for them. Once it is done nothing of who they were is left."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="erasure")
    asked_at = models.DateTimeField(editable=False)
    done_at = models.DateTimeField(null=True, blank=True, editable=False)

    scope_path = "user"

    class Meta:
        ordering = ["asked_at", "id"]
        constraints = [
            models.CheckConstraint(
                name="erasure_request_done_after_asked", condition=Q(done_at=None) | Q(done_at__gte=F("asked_at"))
            )
        ]

    def __str__(self) -> str:
        return str(_("Erasure of %(person)s") % {"person": self.user})

    @property
    def waits(self) -> bool:
        return self.done_at is None


def days_kept(market: Market | None) -> dict[str, int]:
    """The days that are kept, by kind, as a market chose; those of none for ``None``."""
    found: Any = Retention.objects.filter(market=market).values_list("kind", "days")
    return dict(found)
