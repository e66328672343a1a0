"""What reviewers ask sellers for before they decide on an appeal, and what sellers answer."""

from __future__ import annotations

from datetime import datetime
from enum import Enum

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from kit.texts.limits import APPEAL, REASON, no_longer
from kit.texts.validators import is_visible
from violations.models.appeals import Appeal

MAX_THINGS = 10
MAX_THING_LENGTH = 200
"""Characters."""


class RequestState(Enum):
    """``CLOSED``: its appeal ended before its time to answer did."""

    WAITING = "waiting"
    ANSWERED = "answered"
    WITHDRAWN = "withdrawn"
    OVER = "over"
    CLOSED = "closed"


class AppealRequestQuerySet(models.QuerySet["AppealRequest"]):
    def waiting(self, *, at: datetime) -> AppealRequestQuerySet:
        """Those that the seller can still answer: of open appeals, one of each at most."""
        return self.filter(
            stands_until__gt=at, asked_at__lte=at, appeal__state=Appeal.State.OPEN, appeal__violation__voided_at=None
        )


class AppealRequest(models.Model):
    """A list of what is missing to decide on an appeal. Its clock stands from ``asked_at`` to ``stands_until``.

    The clock goes on when the seller said that nothing more follows, or when a reviewer withdrew the request. Else it
    goes on at the end of the market's time to answer (``answer_by``). What ends the appeal ends its request without a
    write.
    """

    appeal = models.ForeignKey(Appeal, on_delete=models.PROTECT, related_name="requests")
    things = ArrayField(
        models.CharField(max_length=MAX_THING_LENGTH), help_text=_lazy("What is missing, a thing a line.")
    )
    note = models.TextField(
        max_length=REASON, blank=True, help_text=_lazy("Why it is needed. The seller reads it. Markdown.")
    )
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    answer_by = models.DateTimeField(help_text=_lazy("Until when (exclusive) the seller can answer."))
    answered_at = models.DateTimeField(null=True, blank=True, help_text=_lazy("When the last answer was sent."))
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    stands_until = models.GeneratedField(
        expression=Coalesce("answered_at", "withdrawn_at", "answer_by"),
        output_field=models.DateTimeField(),
        db_persist=True,
    )

    objects = AppealRequestQuerySet.as_manager()

    class Meta:
        ordering = ["asked_at", "id"]
        constraints = [
            models.CheckConstraint(
                name="appeal_request_asks_for_some_things", condition=Q(things__len__range=(1, MAX_THINGS))
            ),
            no_longer("note", REASON, name="appeal_request_note_fits"),
            models.CheckConstraint(name="appeal_request_gives_time", condition=Q(answer_by__gt=F("asked_at"))),
            models.CheckConstraint(
                name="appeal_request_ends_once_in_time",
                condition=Q(answered_at=None, withdrawn_at=None)
                | Q(answered_at__gte=F("asked_at"), answered_at__lt=F("answer_by"), withdrawn_at=None)
                | Q(withdrawn_at__gte=F("asked_at"), withdrawn_at__lt=F("answer_by"), answered_at=None),
            ),
            models.CheckConstraint(
                name="appeal_request_withdrawn_by_somebody",
                condition=Q(withdrawn_at=None, withdrawn_by=None)
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return _("Request %(pk)s") % {"pk": self.pk}

    def state(self, *, as_of: datetime) -> RequestState:
        """What became of it until a moment."""
        if self.answered_at is not None:
            return RequestState.ANSWERED
        if self.withdrawn_at is not None:
            return RequestState.WITHDRAWN
        if self.appeal.ended_at is not None and self.appeal.ended_at < self.answer_by:
            return RequestState.CLOSED
        return RequestState.WAITING if as_of < self.answer_by else RequestState.OVER

    def waits(self, *, as_of: datetime) -> bool:
        """Whether the seller can still answer, and the appeal's clock stands."""
        return self.state(as_of=as_of) is RequestState.WAITING


class AppealAnswer(models.Model):
    """What a seller answers to a request, with files: one of several, until they say that nothing more follows."""

    request = models.ForeignKey(AppealRequest, on_delete=models.PROTECT, related_name="answers")
    text = models.TextField(max_length=APPEAL, help_text=_lazy("Markdown."))
    sent_at = models.DateTimeField()
    sent_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        ordering = ["sent_at", "id"]
        constraints = [
            models.CheckConstraint(name="appeal_answer_says_something", condition=is_visible("text")),
            no_longer("text", APPEAL, name="appeal_answer_fits"),
        ]

    def __str__(self) -> str:
        return _("Answer %(pk)s") % {"pk": self.pk}
