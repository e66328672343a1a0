"""How reviewers share the appeals that wait: who has which, and what they note for each other."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from kit.texts.limits import REASON, no_longer
from kit.texts.validators import is_visible
from violations.models.appeals import Appeal

DECISIONS = (Appeal.State.GRANTED, Appeal.State.PARTLY_GRANTED, Appeal.State.DENIED)
"""What can be decided on an appeal."""

DECIDED_STATES = [str(state) for state in DECISIONS]

CLAIM_LASTS = timedelta(minutes=30)
"""How long who takes an appeal has it, unless they decide or release it before."""


class AppealClaimQuerySet(models.QuerySet["AppealClaim"]):
    def running(self, *, at: datetime) -> AppealClaimQuerySet:
        """Those that keep others from taking the appeal."""
        return self.filter(Q(until=None) | Q(until__gt=at))


class AppealClaim(models.Model):
    """Who works on an appeal, so that others take another one. It keeps nobody from deciding, for a person can be away.

    Who takes an appeal has it until ``until``; who is assigned one (``assigned_by``) has it until it is decided.
    """

    appeal = models.OneToOneField(Appeal, on_delete=models.CASCADE, related_name="claim")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="appeal_claims")
    claimed_at = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True, help_text=_lazy("Empty: until the appeal is decided."))
    assigned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )

    objects = AppealClaimQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="appeal_claim_ends_unless_assigned",
                condition=Q(until=None, assigned_by__isnull=False)
                | Q(until__isnull=False, until__gt=F("claimed_at"), assigned_by=None),
            )
        ]

    def __str__(self) -> str:
        return f"{self.appeal}: {self.person}"


class SecondReviewQuerySet(models.QuerySet["SecondReview"]):
    def waiting(self) -> SecondReviewQuerySet:
        return self.filter(reviewed_at=None)


class SecondReview(models.Model):
    """What a second reviewer would have decided on an appeal, drawn at random among those decided.

    They see what the first one saw, not what they decided. It changes nothing for the seller: it measures how far two
    people agree. ``first_reviewer`` is who decided.
    """

    appeal = models.OneToOneField(Appeal, on_delete=models.PROTECT, related_name="second_review")
    drawn_at = models.DateTimeField()
    first_reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    decision = models.CharField(
        max_length=10,
        blank=True,
        choices=[(str(state), state.label) for state in DECISIONS],
        verbose_name=_lazy("what they would have decided"),
    )
    reason = models.TextField(max_length=REASON, blank=True, help_text=_lazy("Staff read it, sellers never do."))
    reviewed_at = models.DateTimeField(null=True, blank=True)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )

    objects = SecondReviewQuerySet.as_manager()

    scope_path = "appeal__seller__market"

    class Meta:
        ordering = ["drawn_at", "id"]
        indexes = [
            models.Index(fields=["drawn_at", "id"], condition=Q(reviewed_at=None), name="second_review_waiting"),
            models.Index(fields=["reviewed_at"], condition=Q(reviewed_at__isnull=False), name="second_review_done"),
        ]
        constraints = [
            models.CheckConstraint(
                name="second_review_by_somebody_else",
                condition=Q(reviewed_by=None) | ~Q(reviewed_by=F("first_reviewer")),
            ),
            models.CheckConstraint(
                name="second_review_whole_or_not_at_all",
                condition=Q(reviewed_at=None, reviewed_by=None, decision="", reason="")
                | (
                    Q(
                        reviewed_at__isnull=False,
                        reviewed_by__isnull=False,
                        decision__in=DECIDED_STATES,
                    )
                    & is_visible("reason")
                ),
            ),
            no_longer("reason", REASON, name="second_review_reason_fits"),
        ]

    def __str__(self) -> str:
        return _("Second review of %(appeal)s") % {"appeal": self.appeal}

    @property
    def agrees(self) -> bool | None:
        """Whether both would have decided the same, ``None`` before the second has said."""
        return None if self.reviewed_at is None else self.decision == self.appeal.state


class AppealNote(models.Model):
    """What a reviewer notes about an appeal for other reviewers. Sellers never read it; it stays as it was written."""

    appeal = models.ForeignKey(Appeal, on_delete=models.PROTECT, related_name="notes")
    text = models.TextField(max_length=REASON, help_text=_lazy("Staff read it, sellers never do."))
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    written_at = models.DateTimeField()

    class Meta:
        ordering = ["written_at", "id"]
        constraints = [
            models.CheckConstraint(name="appeal_note_says_something", condition=is_visible("text")),
            no_longer("text", REASON, name="appeal_note_fits"),
        ]

    def __str__(self) -> str:
        return self.text
