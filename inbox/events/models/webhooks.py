"""Webhooks: where events are sent, with which secrets, and what became of each."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from accounts.models import User
from kit.jobs.models import Job, Priority
from kit.texts.validators import is_id, is_visible, validate_id
from sellers.models import Market

from .events import Event

MAX_ENDPOINTS = 20
"""Of a market, switched off or not."""


class WebhookEndpointQuerySet(models.QuerySet["WebhookEndpoint"]):
    def to_confirm(self) -> WebhookEndpointQuerySet:
        """Those whose system is to confirm enforcement actions, and is told of them; also while switched off."""
        told = Q(kinds=[]) | Q(kinds__overlap=[Event.Kind.ACTION_ANNOUNCED, Event.Kind.ACTION_STARTED])
        return self.filter(told, confirms_actions=True)


class WebhookEndpoint(models.Model):
    """An address of the marketplace's systems to which the events of a market are sent.

    ``position`` is how far deliveries of its events were made. While it is switched off, that stays where it is, and
    the events wait as long as they are kept.
    """

    market = models.ForeignKey(Market, on_delete=models.PROTECT, related_name="webhook_endpoints")
    name = models.CharField(max_length=60, validators=[validate_id], help_text=_lazy("Whose system it is, e.g. trust."))
    address = models.CharField(max_length=500, help_text=_lazy("It begins with https://."))
    kinds = ArrayField(
        models.CharField(max_length=20, choices=Event.Kind),
        default=list,
        blank=True,
        verbose_name=_lazy("events"),
        help_text=_lazy("Which are sent; without any, all of them."),
    )
    confirms_actions = models.BooleanField(
        _lazy("confirms enforcement actions"),
        default=True,
        db_default=True,
        help_text=_lazy("Staff are told of each that is not confirmed 15 minutes after its start."),
    )
    created_at = models.DateTimeField(editable=False)
    created_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="+", db_index=False
    )
    position = models.BigIntegerField(default=0, editable=False, help_text=_lazy("How far its deliveries were made."))
    failing_since = models.DateTimeField(
        null=True, blank=True, editable=False, help_text=_lazy("Since when nothing was taken; empty: the last was.")
    )
    secret_made_at = models.DateTimeField(editable=False, help_text=_lazy("Since when its present secret signs."))
    tested_at = models.DateTimeField(null=True, blank=True, editable=False)
    disabled_at = models.DateTimeField(_lazy("switched off at"), null=True, blank=True, editable=False)
    disabled_reason = models.CharField(_lazy("why"), max_length=200, blank=True, db_default="", editable=False)

    objects = WebhookEndpointQuerySet.as_manager()

    not_in_trail = ("position", "failing_since")

    scope_path = "market"

    class Meta:
        ordering = ["market", "name"]
        constraints = [
            models.UniqueConstraint(fields=["market", "name"], name="webhook_name_unique_in_market"),
            models.CheckConstraint(name="webhook_name_is_one", condition=is_id("name") & is_visible("name")),
            models.CheckConstraint(
                name="webhook_address_is_of_the_web", condition=Q(address__regex=r"^https?://[^@\s]+$")
            ),
            models.CheckConstraint(
                name="webhook_switched_off_says_why",
                condition=Q(disabled_at=None, disabled_reason="")
                | (Q(disabled_at__isnull=False) & ~Q(disabled_reason="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.market.code})"


class WebhookSecretQuerySet(models.QuerySet["WebhookSecret"]):
    def valid(self, *, at: datetime) -> WebhookSecretQuerySet:
        """Those that sign at a moment, the newest first: one, and after a rotation the one before too."""
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=at)).order_by("-pk")


class WebhookSecret(models.Model):
    """What the messages to an endpoint are signed with. ``encrypted`` is the secret under the portal's own key."""

    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.CASCADE, related_name="secrets", db_index=False)
    encrypted = models.CharField(max_length=400)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, help_text=_lazy("From then on it signs nothing; empty: the current."))

    objects = WebhookSecretQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["endpoint"], condition=Q(expires_at=None), name="webhook_secret_one_current"
            ),
            models.CheckConstraint(
                name="webhook_secret_expires_after_it_was_made",
                condition=Q(expires_at=None) | Q(expires_at__gt=F("created_at")),
            ),
        ]

    def __str__(self) -> str:
        return _("Secret of %(endpoint)s") % {"endpoint": self.endpoint}


def hours(*numbers: float) -> tuple[timedelta, ...]:
    return tuple(timedelta(hours=number) for number in numbers)


class WebhookDelivery(Job):
    """One event on its way to one endpoint; without an event, a test.

    The waits are those that Standard Webhooks names. ``tries`` are those that came to nothing.
    """

    lease = timedelta(minutes=5)
    waits = (timedelta(seconds=5), timedelta(minutes=5), *hours(0.5, 2, 5, 10, 14, 20, 24))
    retried_with = "events.change_webhookendpoint"
    BULK = (Event.Kind.REPORT_PUBLISHED,)
    ANSWER_LENGTH = 500

    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.CASCADE, related_name="deliveries", db_index=False)
    event = models.ForeignKey(Event, on_delete=models.CASCADE, null=True, blank=True, related_name="deliveries")
    made_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True, blank=True)
    status = models.PositiveSmallIntegerField(null=True, blank=True, help_text=_lazy("What the endpoint said last."))
    answer = models.CharField(max_length=ANSWER_LENGTH, blank=True, db_default="")
    tries = models.JSONField(default=list, db_default=[], help_text=_lazy("Those that failed."))
    held = models.BooleanField(default=False, db_default=False, help_text=_lazy("Until its endpoint is switched on."))

    not_in_trail = (*Job.not_in_trail, "tries", "status", "answer")

    scope_path = "endpoint__market"

    class Meta(Job.Meta):
        ordering = ["-pk"]
        verbose_name_plural = _lazy("webhook deliveries")
        indexes = [
            *Job.Meta.indexes,
            models.Index(fields=["endpoint", "-id"], name="webhook_delivery_of_endpoint"),
            models.Index(
                fields=["endpoint"], condition=Q(due_at__isnull=False) | Q(held=True), name="webhook_delivery_to_do"
            ),
            models.Index(fields=["made_at"], condition=Q(event=None), name="webhook_delivery_test"),
        ]
        constraints = [
            *Job.Meta.constraints,
            models.UniqueConstraint(
                fields=["endpoint", "event"], condition=Q(event__isnull=False), name="webhook_delivery_once"
            ),
            models.CheckConstraint(
                name="webhook_delivered_is_not_due",
                condition=Q(delivered_at=None) | Q(due_at=None, given_up_at=None, held=False),
            ),
            models.CheckConstraint(name="webhook_held_is_not_due", condition=Q(held=False) | Q(due_at=None)),
        ]

    def __str__(self) -> str:
        return _("%(id)s to %(endpoint)s") % {"id": self.public_id, "endpoint": self.endpoint}

    @property
    def public_id(self) -> str:
        """The ``webhook-id``: the same at each try, and of each delivery of one event."""
        return self.event.public_id if self.event else f"test_{self.pk}"

    @classmethod
    def priority_of(cls, kind: str) -> Priority:
        return Priority.BULK if kind in cls.BULK else Priority.NORMAL
