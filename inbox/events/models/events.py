"""Events: what happened to a seller, for the marketplace's systems."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _lazy

from sellers.models import Market, Seller


class EventQuerySet(models.QuerySet["Event"]):
    def of_market(self, market: Market) -> EventQuerySet:
        return self.filter(market=market)

    def unplaced(self) -> EventQuerySet:
        """Those that have no place in the feed of their market yet."""
        return self.filter(position=None)

    def placed_after(self, position: int) -> EventQuerySet:
        """Those that follow a place in the feed, in its order."""
        return self.filter(position__gt=position).order_by("position")


class Event(models.Model):
    """Something that happened to a seller, recorded in the transaction in which it happened.

    ``position`` is its place in the feed of its market. It is given after the commit, one market at a time. So who has
    read up to a place has read everything before it (docs/webhooks.md).
    """

    class Kind(models.TextChoices):
        VIOLATION_ISSUED = "violation.issued", _lazy("Violation issued")
        VIOLATION_VOIDED = "violation.voided", _lazy("Violation voided")
        ACTION_ANNOUNCED = "action.announced", _lazy("Action announced")
        ACTION_STARTED = "action.started", _lazy("Action started")
        ACTION_LIFTED = "action.lifted", _lazy("Action lifted")
        APPEAL_FILED = "appeal.filed", _lazy("Appeal filed")
        APPEAL_DECIDED = "appeal.decided", _lazy("Appeal decided")
        REPORT_PUBLISHED = "report.published", _lazy("Report published")
        ATTEMPT_PASSED = "attempt.passed", _lazy("Attempt passed")
        PLACE_GIVEN = "place.given", _lazy("Place given")

    market = models.ForeignKey(
        Market, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False, editable=False
    )
    seller = models.ForeignKey(
        Seller, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False, editable=False
    )
    kind = models.CharField(max_length=20, choices=Kind)
    data = models.JSONField(help_text=_lazy("Ids alone: what is behind them is asked for with the API."))
    happened_at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now(), editable=False, help_text=_lazy("It is kept for 30 days."))
    position = models.BigIntegerField(null=True, blank=True, help_text=_lazy("Its place in the feed of its market."))

    objects = EventQuerySet.as_manager()

    scope_path = "market"

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["market", "id"], condition=Q(position=None), name="event_without_place"),
            models.Index(fields=["seller", "-id"], name="event_of_seller"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["market", "position"], name="event_one_a_place"),
            models.CheckConstraint(name="event_position_positive", condition=Q(position=None) | Q(position__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.public_id} {self.kind}"

    @property
    def public_id(self) -> str:
        """How the marketplace's systems call it, and know it again."""
        return f"evt_{self.pk}"


class Feed(models.Model):
    """How far the events of a market have places, and how many of the first were deleted since.

    Who gives places has its row locked: places are given and become visible in one order.
    """

    market = models.OneToOneField(Market, on_delete=models.CASCADE, related_name="+")
    position = models.BigIntegerField(default=0, help_text=_lazy("The last place that was given."))
    deleted_until = models.BigIntegerField(default=0, help_text=_lazy("Events up to this place are deleted."))

    class Meta:
        ordering = ["market"]
        constraints = [
            models.CheckConstraint(
                name="feed_deletes_what_has_a_place",
                condition=Q(deleted_until__gte=0, position__gte=models.F("deleted_until")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.market} {self.position}"
