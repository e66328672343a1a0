"""Appeals against violations, and the files attached to them."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, FilteredRelation, Q, Value
from django.db.models.functions import Coalesce, Length, NullIf
from django.db.models.lookups import GreaterThanOrEqual, LessThanOrEqual
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from kit.references import number_of, reference
from kit.texts.limits import APPEAL, REASON, no_longer
from kit.texts.validators import is_visible
from sellers.models import Seller
from violations.models.ledger import PointsEntry
from violations.models.violations import Violation

MAX_APPEAL_TEXT = APPEAL
"""Characters."""

MIN_DENIAL = 40
"""Characters: a denial answers what the seller says."""

MAX_ATTACHMENTS = 5
MAX_ATTACHMENT_BYTES = 10 * 1024 * 1024

REFERENCE_LETTER = "A"


class AppealQuerySet(models.QuerySet["Appeal"]):
    def open(self) -> AppealQuerySet:
        """Those that wait for a decision. Voiding the violation for another reason settles its appeal."""
        return self.filter(state=Appeal.State.OPEN, violation__voided_at=None)

    def asked(self, *, at: datetime) -> AppealQuerySet:
        """Those that wait for an answer of their seller."""
        return self.open().filter(requests__stands_until__gt=at)

    def not_asked(self, *, at: datetime) -> AppealQuerySet:
        """Those that wait for a decision and for nothing else."""
        return self.open().exclude(requests__stands_until__gt=at)

    def with_request(self, *, at: datetime) -> AppealQuerySet:
        """Each with ``answer_by``: until when its seller can answer what is asked for at a moment, ``None`` if nothing.

        At most one request waits at a moment, so no appeal comes twice.
        """
        waiting = FilteredRelation("requests", condition=Q(requests__stands_until__gt=at))
        return self.annotate(waiting=waiting, answer_by=F("waiting__answer_by"))

    def with_claim(self, *, at: datetime) -> AppealQuerySet:
        """Each with ``has_it``: the name of who works on it at a moment, ``None`` if nobody does."""
        running = Q(claim__until=None) | Q(claim__until__gt=at)
        held = FilteredRelation("claim", condition=running)
        name = Coalesce(
            NullIf(F("held__person__name"), Value("")), F("held__person__email"), output_field=models.CharField()
        )
        return self.annotate(held=held, has_it=name)

    def decided(self) -> AppealQuerySet:
        return self.filter(decided_at__isnull=False)

    def with_reference(self, text: str) -> AppealQuerySet:
        """The one that has this reference; none, if the text is no reference or is mistyped."""
        try:
            number = number_of(REFERENCE_LETTER, text)
        except ValueError:
            return self.none()
        return self.none() if number is None else self.filter(pk=number)


class Appeal(models.Model):
    """A seller's challenge to a violation: at most one per violation, not counting those that were withdrawn.

    It stays as it was filed; the decision or the withdrawal is written once. The database holds both, the window, and
    that the person who decides is not the person who issued.
    """

    class State(models.TextChoices):
        OPEN = "open", _lazy("Open")
        GRANTED = "granted", _lazy("Granted")
        PARTLY_GRANTED = "partly", _lazy("Partly granted")
        DENIED = "denied", _lazy("Denied")
        WITHDRAWN = "withdrawn", _lazy("Withdrawn")

    seller = models.ForeignKey(Seller, on_delete=models.PROTECT, related_name="appeals", db_index=False)
    violation = models.ForeignKey(Violation, on_delete=models.PROTECT, related_name="appeals")
    text = models.TextField(
        max_length=MAX_APPEAL_TEXT, help_text=_lazy("What is wrong about the violation, and why. Markdown.")
    )
    filed_at = models.DateTimeField()
    filed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    decide_by = models.DateTimeField(
        help_text=_lazy("When it is to be decided at the latest, by the market's rule at filing.")
    )
    first_decide_by = models.DateTimeField(
        help_text=_lazy("The same when it was filed: the clock stands while the seller is asked for something.")
    )
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    decision_reason = models.TextField(max_length=REASON, blank=True, help_text=_lazy("The seller reads it."))
    reason_code = models.CharField(
        max_length=40, blank=True, db_default="", help_text=_lazy("By which the decision is counted.")
    )
    reason_label = models.CharField(
        max_length=120, blank=True, db_default="", help_text=_lazy("What it was called when it was decided.")
    )
    credit = models.OneToOneField(
        PointsEntry,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text=_lazy("Of a partial grant."),
    )
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )

    objects = AppealQuerySet.as_manager()

    scope_path = "seller__market"

    class Meta:
        ordering = ["-filed_at", "-id"]
        permissions = [
            ("decide_appeal", "Can decide an appeal"),
            ("assign_appeal", "Can assign an appeal to a reviewer"),
        ]
        indexes = [
            models.Index(fields=["seller", "-filed_at"], name="appeal_seller_filed"),
            models.Index(fields=["state", "decide_by", "id"], name="appeal_queue"),
            models.Index(fields=["decide_by", "id"], name="appeal_in_turn"),
            models.Index(fields=["decided_at"], name="appeal_decided", condition=Q(decided_at__isnull=False)),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["violation"], condition=~Q(state="withdrawn"), name="appeal_one_unless_withdrawn"
            ),
            models.CheckConstraint(
                name="appeal_says_something",
                condition=is_visible("text") & Q(LessThanOrEqual(Length("text"), MAX_APPEAL_TEXT)),
            ),
            no_longer("decision_reason", REASON, name="appeal_decision_reason_fits"),
            models.CheckConstraint(
                name="appeal_denial_says_why",
                condition=~Q(state="denied") | Q(GreaterThanOrEqual(Length("decision_reason"), MIN_DENIAL)),
            ),
            models.CheckConstraint(name="appeal_decided_by_a_day", condition=Q(decide_by__gt=F("filed_at"))),
            models.CheckConstraint(
                name="appeal_decided_once_with_reason",
                condition=Q(state__in=["open", "withdrawn"], decided_at=None, decided_by=None, decision_reason="")
                | (
                    Q(state__in=["granted", "partly", "denied"], decided_by__isnull=False)
                    & Q(decided_at__gte=F("filed_at"), decided_at__isnull=False)
                    & is_visible("decision_reason")
                ),
            ),
            models.CheckConstraint(
                name="appeal_decision_has_reason_with_label",
                condition=Q(reason_code="", reason_label="")
                | (Q(decided_at__isnull=False) & ~Q(reason_code="") & is_visible("reason_label")),
            ),
            models.CheckConstraint(
                name="appeal_withdrawn_has_time",
                condition=Q(state="withdrawn", withdrawn_at__gte=F("filed_at"), withdrawn_at__isnull=False)
                | (~Q(state="withdrawn") & Q(withdrawn_at=None, withdrawn_by=None)),
            ),
            models.CheckConstraint(
                name="appeal_partial_grant_has_credit",
                condition=Q(state="partly", credit__isnull=False) | (~Q(state="partly") & Q(credit=None)),
            ),
        ]

    def __str__(self) -> str:
        return _("Appeal %(reference)s") % {"reference": self.reference}

    def get_absolute_url(self) -> str:
        return reverse("violations:appeal_detail", kwargs={"seller_id": self.seller_id, "appeal_id": self.pk})

    @property
    def reference(self) -> str:
        """What its seller and staff call it: ``A-0042-69``."""
        return reference(REFERENCE_LETTER, self.pk)

    @property
    def is_open(self) -> bool:
        """Whether it waits for a decision."""
        return self.state == self.State.OPEN and self.violation.is_standing

    @property
    def ended_at(self) -> datetime | None:
        """When it was decided, withdrawn or settled, ``None`` while it is open."""
        return self.decided_at or self.withdrawn_at or self.violation.voided_at

    @property
    def outcome(self) -> str:
        """Where it stands, in a word: its state, or that voiding the violation for another reason settled it."""
        settled = self.state == self.State.OPEN and not self.violation.is_standing
        return "Settled" if settled else self.get_state_display()


class AppealAttachmentQuerySet(models.QuerySet["AppealAttachment"]):
    def sent_with(self, appeal: Appeal) -> AppealAttachmentQuerySet:
        """The files of an appeal and of its answers."""
        return self.filter(Q(appeal=appeal) | Q(answer__request__appeal=appeal))


class AppealAttachment(models.Model):
    """A file of an appeal or of an answer, or of a draft of one until that is sent.

    It lies under a random name; its type was found in its content, not in its name.
    """

    class Type(models.TextChoices):
        PNG = "image/png", "PNG"
        JPEG = "image/jpeg", "JPEG"
        WEBP = "image/webp", "WebP"
        PDF = "application/pdf", "PDF"

    draft = models.ForeignKey(
        "AppealDraft", on_delete=models.CASCADE, null=True, blank=True, related_name="attachments", db_index=False
    )
    appeal = models.ForeignKey(
        Appeal, on_delete=models.PROTECT, null=True, blank=True, related_name="attachments", db_index=False
    )
    answer = models.ForeignKey(
        "AppealAnswer", on_delete=models.PROTECT, null=True, blank=True, related_name="attachments", db_index=False
    )
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=200, help_text=_lazy("As the seller called it."))
    content_type = models.CharField(max_length=20, choices=Type)
    size = models.PositiveIntegerField(help_text=_lazy("Bytes."))
    stored_name = models.CharField(max_length=64, unique=True, help_text=_lazy("Random; below ATTACHMENTS_ROOT."))

    objects = AppealAttachmentQuerySet.as_manager()

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.CheckConstraint(
                name="appeal_attachment_of_one_thing",
                condition=Q(draft__isnull=False, appeal=None, answer=None)
                | Q(draft=None, appeal__isnull=False, answer=None)
                | Q(draft=None, appeal=None, answer__isnull=False),
            ),
            models.UniqueConstraint(fields=["answer", "position"], name="appeal_attachment_answer_position_unique"),
            models.UniqueConstraint(fields=["draft", "position"], name="appeal_attachment_draft_position_unique"),
            models.UniqueConstraint(fields=["appeal", "position"], name="appeal_attachment_position_unique"),
            models.CheckConstraint(
                name="appeal_attachment_at_most_five", condition=Q(position__gte=1, position__lte=MAX_ATTACHMENTS)
            ),
            models.CheckConstraint(
                name="appeal_attachment_size_range", condition=Q(size__gte=1, size__lte=MAX_ATTACHMENT_BYTES)
            ),
            models.CheckConstraint(
                name="appeal_attachment_type_known",
                condition=Q(content_type__in=["image/png", "image/jpeg", "image/webp", "application/pdf"]),
            ),
        ]

    def __str__(self) -> str:
        return self.name
