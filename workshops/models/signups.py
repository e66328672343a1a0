"""Places and waiting places in workshops."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from kit.texts.validators import validate_line, validate_text
from sellers.models import Seller

from .. import rules
from .door_links import DoorLink
from .seats import Seat
from .workshops import Workshop


class SignupQuerySet(models.QuerySet["Signup"]):
    def active(self) -> SignupQuerySet:
        return self.exclude(state=Signup.State.CANCELLED)

    def placed(self) -> SignupQuerySet:
        return self.filter(state=Signup.State.PLACED)

    def waiting(self) -> SignupQuerySet:
        """In the order in which they get a place."""
        return self.filter(state=Signup.State.WAITING).order_by("turn", "id")

    def to_confirm(self) -> SignupQuerySet:
        """Places from the waiting list that have to be confirmed and are not."""
        return self.filter(state=Signup.State.PLACED, confirm_by__isnull=False, confirmed_at=None)

    def to_tell(self) -> SignupQuerySet:
        """Whose sellers have yet to be told of what they did themselves."""
        return self.filter(to_tell=True)

    def came(self) -> SignupQuerySet:
        """Who was checked in at the door, or noted as there afterwards."""
        return self.filter(checked_in_at__isnull=False)

    def did_not_come(self, *, as_of: datetime) -> SignupQuerySet:
        """Who had a place in a workshop that is over and was not there, even if another got the place."""
        had_place = self.filter(state__in=[Signup.State.PLACED, Signup.State.GIVEN_ON], checked_in_at=None)
        return had_place.filter(workshop__ends_at__lte=as_of, workshop__cancelled_at=None)


class Signup(models.Model):
    """A place, or a waiting place, of a seller in a workshop.

    A place is one of the workshop's seats; that of somebody who had not come by the start can be given to another at
    the door. Who waits is served by ``turn``, and among equals in the order of ids: who was answered before another
    one asked has the smaller one.
    """

    class State(models.TextChoices):
        PLACED = "placed", _lazy("Place")
        WAITING = "waiting", _lazy("Waiting list")
        CANCELLED = "cancelled", _lazy("Cancelled")
        GIVEN_ON = "given_on", _lazy("Given to another")

    class Turn(models.IntegerChoices):
        FIRST = 1, _lazy("Before the others")
        USUAL = 2, _lazy("With the others")
        LAST = 3, _lazy("Behind the others")

    workshop = models.ForeignKey(Workshop, on_delete=models.PROTECT, related_name="signups")
    seller = models.ForeignKey(Seller, on_delete=models.PROTECT, related_name="signups")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="signups")
    state = models.CharField(max_length=10, choices=State)
    seat = models.OneToOneField(Seat, on_delete=models.PROTECT, null=True, blank=True, related_name="signup")
    turn = models.PositiveSmallIntegerField(
        choices=Turn, default=Turn.USUAL, help_text=_lazy("When it gets a place that becomes free.")
    )
    ordinal = models.PositiveSmallIntegerField(
        default=1, help_text=_lazy("1 for a seller's first place in the workshop.")
    )
    request_key = models.UUIDField(
        null=True,
        blank=True,
        editable=False,
        help_text=_lazy("Of the form it came with: sent twice, it is one sign-up."),
    )
    attendee = models.CharField(
        _lazy("who comes"), max_length=120, blank=True, validators=[validate_line, validate_text]
    )
    signed_up_at = models.DateTimeField(default=timezone.now)
    placed_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancel_reason = models.CharField(
        max_length=300, blank=True, help_text=_lazy("Why it was cancelled, if the seller did not do it itself.")
    )
    by_hand = models.BooleanField(
        default=False, help_text=_lazy("A host gave this place, whoever stood before it on the waiting list.")
    )
    confirm_by = models.DateTimeField(
        null=True, blank=True, help_text=_lazy("Until when a place from the waiting list has to be confirmed.")
    )
    confirmed_at = models.DateTimeField(null=True, blank=True)
    checked_in_at = models.DateTimeField(null=True, blank=True)
    checked_in_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    checked_in_with = models.ForeignKey(
        DoorLink, on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        help_text=_lazy("The link of the helper who checked them in."),
    )  # fmt: skip
    attendance_reason = models.CharField(
        max_length=300, blank=True, help_text=_lazy("Why it was noted later that they were there.")
    )
    walked_in = models.BooleanField(default=False, help_text=_lazy("Signed up at the door."))
    to_tell = models.BooleanField(
        default=False,
        editable=False,
        help_text=_lazy("The seller took or gave back this place itself, and is told of it a moment later."),
    )
    check_in_code = models.CharField(max_length=12, unique=True)

    not_in_trail = ("seat", "request_key", "to_tell")

    objects = SignupQuerySet.as_manager()

    scope_path = "workshop__market"

    class Meta:
        ordering = ["id"]
        verbose_name = _lazy("sign-up")
        indexes = [
            models.Index(fields=["state", "-id"], name="signup_of_state"),
            models.Index(fields=["workshop", "turn", "id"], condition=Q(state="waiting"), name="signup_waiting"),
            models.Index(fields=["workshop", "seller"], condition=Q(to_tell=True), name="signup_to_tell"),
            models.Index(
                fields=["confirm_by"],
                condition=Q(state="placed", confirm_by__isnull=False, confirmed_at=None),
                name="signup_to_confirm",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["workshop", "seller", "ordinal"],
                condition=~Q(state="cancelled"),
                name="signup_place_unique_for_seller",
            ),
            models.CheckConstraint(name="signup_ordinal_positive", condition=Q(ordinal__gte=1)),
            models.CheckConstraint(
                name="signup_confirmed_in_time",
                condition=Q(confirmed_at=None) | Q(confirm_by__isnull=False, confirmed_at__lt=F("confirm_by")),
            ),
            models.CheckConstraint(
                name="signup_confirms_a_place", condition=Q(confirm_by=None) | Q(placed_at__isnull=False)
            ),
            models.CheckConstraint(name="signup_turn_is_one", condition=Q(turn__in=[1, 2, 3])),
            models.CheckConstraint(
                name="signup_place_is_a_seat",
                condition=Q(state="placed", seat__isnull=False) | (~Q(state="placed") & Q(seat=None)),
            ),
            models.CheckConstraint(
                name="signup_checked_in_by_somebody_at_a_time",
                condition=Q(checked_in_by=None, checked_in_with=None)
                | Q(checked_in_at__isnull=False, checked_in_with=None)
                | Q(checked_in_at__isnull=False, checked_in_by=None),
            ),
            models.CheckConstraint(
                name="signup_attendance_reason_is_of_who_was_there",
                condition=Q(attendance_reason="") | Q(checked_in_at__isnull=False),
            ),
            models.CheckConstraint(
                name="signup_walked_in_by_a_hosts_hand", condition=Q(walked_in=False) | Q(by_hand=True)
            ),
            models.CheckConstraint(
                name="signup_cancel_reason_needs_cancelling", condition=Q(cancel_reason="") | Q(state="cancelled")
            ),
            models.CheckConstraint(
                name="signup_by_hand_is_no_waiting_place", condition=Q(by_hand=False) | ~Q(state="waiting")
            ),
            models.CheckConstraint(
                name="signup_state_has_its_times",
                condition=Q(state="placed", placed_at__isnull=False, cancelled_at=None)
                | Q(state="waiting", placed_at=None, cancelled_at=None, checked_in_at=None)
                | Q(state="cancelled", cancelled_at__isnull=False, checked_in_at=None)
                | Q(state="given_on", placed_at__isnull=False, cancelled_at=None, checked_in_at=None),
            ),
        ]

    def __str__(self) -> str:
        return _("%(seller)s at %(workshop)s") % {"seller": self.seller, "workshop": self.workshop}

    def get_absolute_url(self) -> str:
        return reverse("workshops:signup", kwargs={"seller_id": self.seller_id, "signup_id": self.pk})

    @property
    def awaits_confirmation(self) -> bool:
        """Whether it is a place that has to be confirmed and is not yet."""
        return self.state == self.State.PLACED and self.confirm_by is not None and self.confirmed_at is None

    @property
    def lapsed(self) -> bool:
        """Whether it was cancelled because nobody confirmed it in time."""
        if self.cancelled_at is None or self.confirm_by is None or self.confirmed_at is not None:
            return False
        return self.cancelled_at >= self.confirm_by

    @property
    def spelled_code(self) -> str:
        """The check-in code in groups, easier to read out."""
        return rules.spell_code(self.check_in_code)
