"""The seats of workshops: what a place is."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from .workshops import Workshop


class SeatQuerySet(models.QuerySet["Seat"]):
    def free(self) -> SeatQuerySet:
        return self.filter(state=Seat.State.FREE)

    def withheld(self) -> SeatQuerySet:
        return self.filter(state=Seat.State.WITHHELD)

    def left(self) -> SeatQuerySet:
        """Those that nobody has, the ones that stay empty first."""
        return self.exclude(state=Seat.State.TAKEN).order_by("-state", "id")


class Seat(models.Model):
    """One seat of a published workshop, which has as many as its capacity: the database keeps them.

    Nobody counts places to give one: who signs up takes a seat that is free. So those who sign up at once do not wait
    for each other (docs/decisions/0009-a-place-is-a-seat.md).
    """

    class State(models.TextChoices):
        FREE = "free", _lazy("Free")
        TAKEN = "taken", _lazy("Taken")
        WITHHELD = "withheld", _lazy("Stays empty")

    workshop = models.ForeignKey(Workshop, on_delete=models.CASCADE, related_name="seats")
    state = models.CharField(
        max_length=10, choices=State, default=State.FREE,
        help_text=_lazy("One that is given back too late to be passed on stays empty."),
    )  # fmt: skip

    objects = SeatQuerySet.as_manager()

    scope_path = "workshop__market"

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["workshop"], condition=Q(state="free"), name="seat_free")]
        constraints = [
            models.UniqueConstraint(fields=["workshop", "id"], name="seat_of_workshop"),
            models.CheckConstraint(name="seat_state_is_one", condition=Q(state__in=["free", "taken", "withheld"])),
        ]

    def __str__(self) -> str:
        return _("Seat %(number)s of %(workshop)s") % {"number": self.pk, "workshop": self.workshop}
