"""Dated changes of a live market's rules."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from kit.jobs.models import Job
from kit.second_person import TwoPeople, two_people
from kit.texts.limits import REASON, no_longer
from kit.texts.validators import is_visible
from sellers.models import Market


class RulesChange(Job, TwoPeople):
    """A change of a market's numbers and milestones that takes effect at a moment, approved by a second person.

    ``numbers`` are the new values by field; ``milestones`` the whole new set, or ``None`` if they stay.
    ``numbers_before`` are kept when it takes effect, so that the past is explained by its own. Once it is approved its
    sellers are told and the database refuses to change it. Until its date it can be withdrawn with a reason; the
    sellers who were told of it (up to ``last_seller_id``) are then told that it does not come.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _lazy("draft")
        APPROVED = "approved", _lazy("approved")
        IN_FORCE = "in force since", _lazy("in force since")
        WITHDRAWN = "withdrawn", _lazy("withdrawn")

    lease = timedelta(minutes=1)
    proposer, approver = "drafted_by", "approved_by"
    approved_with = "violations.add_ruleschange"

    market = models.ForeignKey(Market, on_delete=models.PROTECT, related_name="rules_changes")
    numbers = models.JSONField(default=dict, blank=True)
    numbers_before = models.JSONField(
        null=True, blank=True, editable=False, help_text=_lazy("What the numbers were until it took effect.")
    )
    milestones = models.JSONField(null=True, blank=True)
    reason = models.TextField(max_length=REASON, help_text=_lazy("Sellers read it."))
    effective_from = models.DateTimeField()
    drafted_at = models.DateTimeField()
    drafted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    approved_at = models.DateTimeField(null=True, blank=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdraw_reason = models.TextField(
        max_length=REASON, blank=True, db_default="", help_text=_lazy("Sellers who were told of the change read it.")
    )
    applied_at = models.DateTimeField(null=True, blank=True)
    last_seller_id = models.BigIntegerField(default=0, editable=False)
    told = models.PositiveIntegerField(default=0)
    announced_at = models.DateTimeField(null=True, blank=True)
    last_seller_id_of_withdrawal = models.BigIntegerField(db_default=0, default=0, editable=False)
    told_of_withdrawal = models.PositiveIntegerField(
        "told that it does not come", db_default=0, default=0, help_text=_lazy("Of those who were told of it.")
    )
    withdrawal_announced_at = models.DateTimeField(null=True, blank=True)

    scope_path = "market"

    class Meta(Job.Meta):
        ordering = ["-drafted_at", "-id"]
        verbose_name = _lazy("change of rules")
        verbose_name_plural = _lazy("changes of rules")
        constraints = [
            *Job.Meta.constraints,
            models.CheckConstraint(
                name="rules_change_told_once_approved", condition=Q(due_at=None) | Q(approved_at__isnull=False)
            ),
            no_longer("reason", REASON, name="rules_change_reason_fits"),
            no_longer("withdraw_reason", REASON, name="rules_change_withdraw_reason_fits"),
            models.CheckConstraint(
                name="rules_change_withdrawn_in_time_with_reason",
                condition=Q(withdrawn_at=None, withdraw_reason="")
                | Q(withdrawn_at__isnull=False, approved_at=None)
                | (Q(withdrawn_at__isnull=False, withdrawn_at__lt=F("effective_from")) & is_visible("withdraw_reason")),
            ),
            *two_people("rules_change", proposer="drafted_by", decision=["approved_by", "approved_at"]),
            models.CheckConstraint(
                name="rules_change_applied_when_approved",
                condition=Q(applied_at=None)
                | Q(approved_at__isnull=False, withdrawn_at=None, applied_at__gte=F("effective_from")),
            ),
            models.CheckConstraint(
                name="rules_change_numbers_before_once_applied",
                condition=Q(numbers_before=None) | Q(applied_at__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["market"],
                condition=Q(applied_at=None, withdrawn_at=None),
                name="rules_change_one_open_per_market",
            ),
        ]

    def __str__(self) -> str:
        return _("Rules of %(market)s from %(moment)s UTC") % {
            "market": self.market,
            "moment": date_format(self.effective_from, "d F Y, H:i"),
        }

    @property
    def state(self) -> State:
        if self.withdrawn_at:
            return self.State.WITHDRAWN
        if self.applied_at:
            return self.State.IN_FORCE
        return self.State.APPROVED if self.approved_at else self.State.DRAFT
