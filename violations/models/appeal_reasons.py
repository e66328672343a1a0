"""Codes by which decisions on appeals are counted, whatever each of them says in its own words."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _lazy

from kit.texts.validators import is_visible, validate_language
from policies.models import Policy
from sellers.models import Market


class AppealReasonQuerySet(models.QuerySet["AppealReason"]):
    def in_use(self) -> AppealReasonQuerySet:
        return self.filter(retired_at=None)


class AppealReason(models.Model):
    """A reason that a reviewer chooses beside what they write to the seller, such as "on-tape": it is on the recording.

    Where a market has some for an outcome, each such decision names one. A decision keeps the code and the label as
    they were, so a reason is retired and not deleted. Rows with one code are one reason, in other languages or words.
    """

    class Outcome(models.TextChoices):
        GRANTED = "granted", _lazy("Granting, also in part")
        DENIED = "denied", _lazy("Denying")

    outcome = models.CharField(max_length=7, choices=Outcome, verbose_name=_lazy("for"))
    code = models.SlugField(
        max_length=40, db_index=False, help_text=_lazy("By which decisions are counted; it never changes.")
    )
    market = models.ForeignKey(
        Market,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text=_lazy("Empty: every market."),
    )
    policy = models.ForeignKey(
        Policy,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text=_lazy("Empty: every policy."),
    )
    language = models.CharField(
        max_length=12,
        blank=True,
        validators=[validate_language],
        help_text=_lazy("Of the market, such as en or th. Empty: markets of every language."),
    )
    label = models.CharField(max_length=120, help_text=_lazy("The seller reads it above what the reviewer writes."))
    retired_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text=_lazy("Since when no decision can name it.")
    )

    objects = AppealReasonQuerySet.as_manager()

    scope_path = "market"

    class Meta:
        ordering = ["outcome", "code", "id"]
        verbose_name = _lazy("reason of decisions on appeals")
        verbose_name_plural = _lazy("reasons of decisions on appeals")
        constraints = [
            models.CheckConstraint(name="appeal_reason_outcome_known", condition=Q(outcome__in=["granted", "denied"])),
            models.CheckConstraint(name="appeal_reason_code_is_one", condition=Q(code__regex=r"^[-a-zA-Z0-9_]+$")),
            models.CheckConstraint(name="appeal_reason_label_can_be_seen", condition=is_visible("label")),
            models.UniqueConstraint(
                fields=["outcome", "code", "market", "policy", "language"],
                condition=Q(retired_at=None),
                nulls_distinct=False,
                name="appeal_reason_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code}: {self.label}"
