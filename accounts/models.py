"""People, and the emails about their own accounts."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.contrib.auth.base_user import BaseUserManager
from django.contrib.auth.models import AbstractBaseUser, PermissionsMixin
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Upper
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from kit.jobs.models import Job, minutes
from kit.outcomes import Refused
from kit.scopes import NOWHERE
from kit.second_person import Proposal, two_people
from kit.texts.email_addresses import validate_address
from kit.texts.limits import REASON, no_longer
from kit.texts.validators import is_visible, validate_language
from kit.time_zones import validate_time_zone, zone_or_utc


class UserManager(BaseUserManager["User"]):
    """Creates people, who sign in by email."""

    use_in_migrations = True

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        if not email:
            raise ValueError("A person needs an email address.")
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email=(username or "").strip().lower())


class User(AbstractBaseUser, PermissionsMixin):
    """A person who signs in: a member of sellers, or staff of the marketplace."""

    class TimeFactor(models.IntegerChoices):
        """How much of the usual time somebody has for what is timed; ten times is what WCAG 2.2.1 asks for."""

        USUAL = 1, _lazy("As much as usual")
        TWICE = 2, _lazy("Twice as much")
        TENFOLD = 10, _lazy("Ten times as much")

    email = models.EmailField(
        max_length=254, unique=True, validators=[validate_address], help_text=_lazy("In small letters.")
    )
    name = models.CharField(max_length=120, blank=True)
    language = models.CharField(
        max_length=12,
        blank=True,
        validators=[validate_language],
        help_text=_lazy("Language tag; empty: the language of the seller's market."),
    )
    time_zone = models.CharField(
        max_length=63,
        blank=True,
        db_default="",
        validators=[validate_time_zone],
        help_text=_lazy("Deadlines are told in it too; empty: in that of the seller's market alone."),
    )
    calendar_key = models.CharField(
        max_length=22,
        blank=True,
        db_default="",
        editable=False,
        help_text=_lazy("In the address of their calendar; empty: they have none."),
    )
    time_factor = models.PositiveSmallIntegerField(
        choices=TimeFactor, default=TimeFactor.USUAL, db_default=TimeFactor.USUAL,
        help_text=_lazy("How much time they have for what is timed, such as a quiz."),
    )  # fmt: skip
    is_staff = models.BooleanField(default=False, help_text=_lazy("May sign in to the admin."))
    is_active = models.BooleanField(default=True, help_text=_lazy("Unset this instead of deleting the person."))
    date_joined = models.DateTimeField(default=timezone.now, editable=False)
    erased_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text=_lazy("Since when nothing is kept of who they were.")
    )

    objects: ClassVar[UserManager] = UserManager()

    EMAIL_FIELD = "email"
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        ordering = ["email"]
        verbose_name = _lazy("person")
        verbose_name_plural = _lazy("people")
        indexes = [
            models.Index(fields=["email"], condition=models.Q(is_staff=True), name="user_staff"),
            models.Index(fields=["email"], condition=models.Q(is_active=False), name="user_inactive"),
            GinIndex(*(OpClass(Upper(field), name="gin_trgm_ops") for field in ("email", "name")), name="user_part"),
        ]
        constraints = [
            models.CheckConstraint(name="user_email_in_small_letters", condition=models.Q(email=Lower("email"))),
            models.CheckConstraint(
                name="user_erased_is_nobody", condition=models.Q(erased_at=None) | models.Q(name="", is_active=False)
            ),
            models.CheckConstraint(name="user_time_factor_is_offered", condition=models.Q(time_factor__in=[1, 2, 10])),
        ]

    def __str__(self) -> str:
        return _("A former member") if self.erased_at else self.name or self.email

    @property
    def label(self) -> str:
        """The name with the address: names are not unique."""
        if self.erased_at:
            return str(self)
        return f"{self.name} ({self.email})" if self.name else self.email

    @property
    def own_zone(self) -> ZoneInfo | None:
        """The time zone they chose, if they did."""
        return zone_or_utc(self.time_zone) if self.time_zone else None

    def clean(self) -> None:
        self.email = self.email.strip().lower()


class AccountEmail(Job):
    """An email about a person's own account, waiting to be sent: a row of an outbox of its own.

    What it says can be a secret, such as the link to choose a new password. So the row goes when it has left, and keeps
    nothing of what it said when it is given up. It is not held up by what sellers are told: nobody gets in without it.
    """

    lease = timedelta(minutes=2)
    waits = minutes(1) * 1_440
    """Every minute, for no longer than it is of use."""
    why_not_retried = _lazy("What it said is gone. Who waits for a link has another one sent, on the page to sign in.")

    to = models.EmailField(max_length=254)
    subject = models.CharField(max_length=200)
    body = models.TextField(blank=True)
    language = models.CharField(max_length=12, blank=True, db_default="", default="")
    look = models.CharField(
        max_length=40, blank=True, db_default="", default="",
        help_text=_lazy("What an app above this one knows its look by; empty: its address."),
    )  # fmt: skip
    calendar = models.TextField(
        blank=True,
        db_default="",
        default="",
        help_text=_lazy("A calendar file with a method, which mail programs act on."),
    )
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(help_text=_lazy("Of no use after that."))

    scope_path = NOWHERE

    class Meta(Job.Meta):
        ordering = ["id"]
        constraints = [
            *Job.Meta.constraints,
            models.CheckConstraint(
                name="account_email_given_up_says_nothing",
                condition=models.Q(given_up_at=None, due_at__isnull=False)
                | models.Q(given_up_at__isnull=False, body="", calendar=""),
            ),
        ]

    def __str__(self) -> str:
        return _("%(subject)s to %(to)s") % {"subject": self.subject, "to": self.to}

    def when_given_up(self, now: datetime) -> dict[str, Any]:
        return {"body": "", "calendar": ""}

    def when_retried(self) -> dict[str, Any]:
        raise Refused(str(self.why_not_retried))


class UnreachableAddress(models.Model):
    """What came back from an address. ``since`` then nothing is sent to it but what its person asks for themselves.

    ``soft_bounces`` counts emails that could not be taken for a while: a full mailbox ends nothing.
    """

    class Reason(models.TextChoices):
        BOUNCED = "bounced", _lazy("Emails to it came back for good")
        COMPLAINED = "complained", _lazy("An email to it was reported as unwanted")

    email = models.EmailField(max_length=254, unique=True)
    reason = models.CharField(max_length=10, choices=Reason, blank=True, db_default="")
    since = models.DateTimeField(null=True, blank=True, help_text=_lazy("Since when nothing is sent to it."))
    soft_bounces = models.PositiveIntegerField(
        default=0, db_default=0, help_text=_lazy("Emails that could not be taken for a while.")
    )
    said = models.CharField(
        max_length=500, blank=True, db_default="", help_text=_lazy("What the mail server said last.")
    )
    noted_at = models.DateTimeField(help_text=_lazy("When something came back last."))
    asked_at = models.DateTimeField(
        null=True, blank=True, help_text=_lazy("When its person last had a link sent to confirm it again.")
    )

    class Meta:
        ordering = ["-noted_at", "-id"]
        verbose_name = _lazy("unreachable address")
        verbose_name_plural = _lazy("unreachable addresses")
        constraints = [
            models.CheckConstraint(
                name="unreachable_address_in_small_letters", condition=models.Q(email=Lower("email"))
            ),
            models.CheckConstraint(
                name="unreachable_address_has_reason",
                condition=models.Q(since=None, reason="")
                | models.Q(since__isnull=False, reason__in=["bounced", "complained"]),
            ),
        ]

    def __str__(self) -> str:
        return self.email


class SuperuserProposal(Proposal):
    """A proposal that somebody becomes a superuser, who may do everything. At most one for each person waits."""

    approved_with = "accounts.add_superuserproposal"
    scope_path = NOWHERE

    user = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="superuser_proposals", verbose_name=_lazy("person")
    )
    reason = models.TextField(max_length=REASON, help_text=_lazy("What they need everything for; staff read it."))

    class Meta:
        ordering = ["-id"]
        verbose_name = _lazy("proposal of a superuser")
        verbose_name_plural = _lazy("proposals of superusers")
        constraints = [
            models.UniqueConstraint(fields=["user"], condition=Q(decided_at=None), name="superuser_one_waits"),
            models.CheckConstraint(name="superuser_says_why", condition=is_visible("reason")),
            no_longer("reason", REASON, name="superuser_reason_fits"),
            *two_people("superuser"),
        ]

    def __str__(self) -> str:
        return _("%(person)s as a superuser") % {"person": self.user}
