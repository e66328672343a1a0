"""Milestones, and the enforcement actions that they lead to."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext

from inbox.events.models import WebhookEndpoint
from inbox.models import Message
from kit.texts.limits import REASON, no_longer
from kit.texts.validators import is_visible
from sellers.models import Market, Seller
from violations import rules
from violations.models.violations import Violation


class Capability(models.TextChoices):
    """What a seller does on the marketplace that an enforcement action can take away."""

    LISTINGS = "listings", _lazy("Create listings")
    CAMPAIGNS = "campaigns", _lazy("Join campaigns")
    LIVE = "live", _lazy("Go LIVE")
    VIDEOS = "videos", _lazy("Post shoppable videos")
    ORDERS = "orders", _lazy("Take orders")


class ActionKind(models.TextChoices):
    WARNING = "warning", _lazy("Warning")
    RESTRICTION = "restriction", _lazy("Restriction")
    SUSPENSION = "suspension", _lazy("Suspension")
    DEACTIVATION = "deactivation", _lazy("Deactivation")


SHORTENABLE = (ActionKind.RESTRICTION, ActionKind.SUSPENSION)
"""What a shorter action can take the place of, if it has an end."""


class MilestoneQuerySet(models.QuerySet["Milestone"]):
    def in_force(self, *, as_of: datetime) -> MilestoneQuerySet:
        """Those of the rules of a moment, lowest first."""
        begun = Q(in_force_from=None) | Q(in_force_from__lte=as_of)
        return self.filter(begun, Q(in_force_until=None) | Q(in_force_until__gt=as_of)).order_by("points")


class Milestone(models.Model):
    """A points total at which something happens in a market.

    One that a change of the rules takes back is retired: it stays, for what it led to, and is not reached any more.
    """

    market = models.ForeignKey(Market, on_delete=models.CASCADE, related_name="milestones", db_index=False)
    points = models.PositiveSmallIntegerField(validators=[MinValueValidator(1)])
    kind = models.CharField(max_length=12, choices=ActionKind)
    capabilities = ArrayField(
        models.CharField(max_length=10, choices=Capability),
        default=list,
        blank=True,
        help_text=_lazy("What is taken away."),
    )
    duration_days = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1)], help_text=_lazy("Empty: until it is lifted.")
    )
    notice_days = models.PositiveSmallIntegerField(
        default=0, help_text=_lazy("Days between the message that announces the action and its start.")
    )
    in_force_from = models.DateTimeField(null=True, blank=True, editable=False)
    in_force_until = models.DateTimeField(null=True, blank=True, editable=False)

    objects = MilestoneQuerySet.as_manager()

    scope_path = "market"

    class Meta:
        ordering = ["market", "points"]
        constraints = [
            models.UniqueConstraint(
                fields=["market", "points"],
                condition=Q(in_force_until=None),
                name="milestone_points_unique_in_market",
            ),
            models.CheckConstraint(name="milestone_points_positive", condition=Q(points__gte=1)),
            models.CheckConstraint(
                name="milestone_duration_positive", condition=Q(duration_days=None) | Q(duration_days__gte=1)
            ),
        ]

    def __str__(self) -> str:
        said = ngettext("%(count)s point: %(kind)s", "%(count)s points: %(kind)s", self.points)
        return said % {"count": self.points, "kind": self.get_kind_display().lower()}

    def is_in_force(self, *, as_of: datetime) -> bool:
        """Whether it is one of the rules of a moment, as ``MilestoneQuerySet.in_force`` finds them."""
        begun = self.in_force_from is None or self.in_force_from <= as_of
        return begun and (self.in_force_until is None or self.in_force_until > as_of)

    def period(self, noticed_at: datetime) -> tuple[datetime, datetime | None]:
        """When the action that it leads to starts and ends, if it is announced at a moment."""
        return rules.action_period(noticed_at, notice_days=self.notice_days, duration_days=self.duration_days)


def in_force_at(as_of: datetime, *, prefix: str = "") -> Q:
    """Which actions have started, not ended and not been lifted at a moment; ``prefix`` leads to the actions."""
    return (
        Q(**{f"{prefix}starts_at__lte": as_of})
        & (Q(**{f"{prefix}ends_at": None}) | Q(**{f"{prefix}ends_at__gt": as_of}))
        & (Q(**{f"{prefix}lifted_at": None}) | Q(**{f"{prefix}lifted_at__gt": as_of}))
    )


CONFIRMED_WITHIN = timedelta(minutes=15)
"""How long the marketplace's system may take to confirm an action after it started, before staff are told."""


class EnforcementActionQuerySet(models.QuerySet["EnforcementAction"]):
    def to_acknowledge(self, *, as_of: datetime) -> EnforcementActionQuerySet:
        """Those in force that no system confirmed in time, where one is to confirm them; a warning takes nothing away.

        One is to if, when they started, their market had an endpoint that confirms actions. Or if a system confirmed
        one of the market that started no later, maybe by the API alone.
        """
        market, started = models.OuterRef("seller__market"), models.OuterRef("starts_at")
        told = WebhookEndpoint.objects.to_confirm().filter(market=market, created_at__lte=started)
        confirmed = EnforcementAction.objects.filter(
            seller__market=market, acknowledged_at__isnull=False, starts_at__lte=started
        )
        late = EnforcementAction.objects.in_force(as_of=as_of).exclude(kind=ActionKind.WARNING)
        late = late.filter(acknowledged_at=None, starts_at__lte=as_of - CONFIRMED_WITHIN)
        of_endpoints, of_systems = (late.filter(models.Exists(which)).values("pk") for which in (told, confirmed))
        return self.filter(Q(pk__in=of_endpoints.union(of_systems)))

    def start_to_record(self, *, as_of: datetime) -> EnforcementActionQuerySet:
        """Those that started, and no event says so yet. One that was lifted before its time never starts."""
        started = Q(lifted_at=None) | Q(lifted_at__gt=F("starts_at"))
        return self.filter(started, starts_at__lte=as_of, start_recorded_at=None)

    def in_force(self, *, as_of: datetime) -> EnforcementActionQuerySet:
        """Started, not ended and not lifted at a moment."""
        return self.filter(in_force_at(as_of))

    def upcoming(self, *, as_of: datetime) -> EnforcementActionQuerySet:
        """Announced but not started at a moment."""
        return self.filter(_upcoming_at(as_of))


def _upcoming_at(as_of: datetime) -> Q:
    return (Q(lifted_at=None) | Q(lifted_at__gt=as_of)) & Q(noticed_at__lte=as_of, starts_at__gt=as_of)


class EnforcementAction(models.Model):
    """What happens to a seller who reached a milestone. It never starts before the message that announces it.

    It keeps the milestone as it was when it was reached: what staff change later is for those who reach it then.
    """

    not_in_trail = ("start_recorded_at", "in_effect_since", "acknowledged_at", "acknowledged_by")

    seller = models.ForeignKey(Seller, on_delete=models.PROTECT, related_name="enforcement_actions", db_index=False)
    milestone = models.ForeignKey(Milestone, on_delete=models.PROTECT, related_name="actions")
    violation = models.ForeignKey(Violation, on_delete=models.PROTECT, related_name="actions", db_index=False)
    kind = models.CharField(max_length=12, choices=ActionKind)
    capabilities = ArrayField(models.CharField(max_length=10, choices=Capability), default=list, blank=True)
    milestone_points = models.PositiveSmallIntegerField(help_text=_lazy("The milestone's points when it was reached."))
    total = models.PositiveIntegerField(help_text=_lazy("The points total that reached the milestone."))
    replaces = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="replacement",
        help_text=_lazy("The longer action that it took the place of."),
    )  # fmt: skip
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True, help_text=_lazy("Empty: until it is lifted."))
    notice = models.OneToOneField(Message, on_delete=models.PROTECT, related_name="+")
    noticed_at = models.DateTimeField(help_text=_lazy("When the notice was in the inbox."))
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    lift_reason = models.TextField(max_length=REASON, blank=True)
    start_recorded_at = models.DateTimeField(
        null=True, editable=False, help_text=_lazy("When the marketplace's systems were told that it started.")
    )
    in_effect_since = models.DateTimeField(
        null=True,
        blank=True,
        help_text=_lazy("Since when the marketplace's system holds it, as that system confirmed."),
    )
    acknowledged_at = models.DateTimeField(
        null=True, blank=True, help_text=_lazy("When the marketplace's system confirmed it.")
    )
    acknowledged_by = models.CharField(
        max_length=80, blank=True, db_default="", help_text=_lazy("Which API token or webhook confirmed it.")
    )

    objects = EnforcementActionQuerySet.as_manager()

    scope_path = "seller__market"

    class Meta:
        ordering = ["-starts_at", "-id"]
        permissions = [("lift_enforcementaction", "Can lift an enforcement action")]
        indexes = [
            models.Index(fields=["seller", "-starts_at"], name="action_seller_starts"),
            models.Index(fields=["starts_at"], name="action_starts"),
            models.Index(fields=["ends_at"], name="action_ends"),
            models.Index(fields=["kind", "-id"], name="action_of_kind"),
            models.Index(fields=["-id"], condition=Q(lifted_at__isnull=False), name="action_lifted"),
            models.Index(fields=["starts_at"], condition=Q(start_recorded_at=None), name="action_start_to_record"),
            models.Index(
                fields=["starts_at"], condition=Q(acknowledged_at=None, lifted_at=None), name="action_to_acknowledge"
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["violation", "milestone"], condition=Q(replaces=None), name="action_once_per_crossing"
            ),
            models.CheckConstraint(
                name="action_total_reached_milestone", condition=Q(total__gte=F("milestone_points"))
            ),
            models.CheckConstraint(name="action_starts_after_notice", condition=Q(starts_at__gte=F("noticed_at"))),
            models.CheckConstraint(
                name="action_ends_after_start", condition=Q(ends_at=None) | Q(ends_at__gt=F("starts_at"))
            ),
            no_longer("lift_reason", REASON, name="action_lift_reason_fits"),
            models.CheckConstraint(
                name="action_start_recorded_when_it_started",
                condition=Q(start_recorded_at=None) | Q(start_recorded_at__gte=F("starts_at")),
            ),
            models.CheckConstraint(
                name="action_acknowledged_whole_or_not_at_all",
                condition=Q(in_effect_since=None, acknowledged_at=None, acknowledged_by="")
                | (
                    Q(in_effect_since__gte=F("starts_at"), in_effect_since__isnull=False)
                    & Q(acknowledged_at__gte=F("noticed_at"), acknowledged_at__isnull=False)
                    & ~Q(acknowledged_by="")
                ),
            ),
            models.CheckConstraint(
                name="action_lift_has_reason",
                condition=Q(lifted_at=None, lift_reason="", lifted_by=None)
                | (Q(lifted_at__isnull=False, lifted_at__gte=F("noticed_at")) & is_visible("lift_reason")),
            ),
        ]

    def __str__(self) -> str:
        return _("%(kind)s of %(seller)s") % {"kind": self.get_kind_display(), "seller": self.seller}

    @property
    def end(self) -> datetime | None:
        """When it ended or was lifted, or will; ``None`` if nobody knows."""
        return min((moment for moment in (self.ends_at, self.lifted_at) if moment), default=None)

    @property
    def takes_effect(self) -> bool:
        """Whether it starts at all: not if it was lifted before."""
        return self.end is None or self.starts_at < self.end

    def is_in_force(self, *, as_of: datetime) -> bool:
        """Started, not ended and not lifted at a moment."""
        return self.starts_at <= as_of and (self.end is None or self.end > as_of)

    def is_upcoming(self, *, as_of: datetime) -> bool:
        """Announced but not started at a moment."""
        return self.noticed_at <= as_of < self.starts_at and (self.lifted_at is None or self.lifted_at > as_of)
