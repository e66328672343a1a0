"""Violations, each with its statement of reasons."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from kit.texts.characters import isolated
from kit.texts.limits import DECISION, EXPLANATION, FACTS, REASON, no_longer
from kit.texts.validators import is_id, is_visible, validate_id
from policies.models import Policy, PolicyVersion
from sellers.models import Content, Market, Seller


class ViolationQuerySet(models.QuerySet["Violation"]):
    def standing(self) -> ViolationQuerySet:
        """Those that were not voided."""
        return self.filter(voided_at=None)

    def recorded_between(self, start: datetime, end: datetime) -> ViolationQuerySet:
        return self.filter(recorded_at__gte=start, recorded_at__lt=end)

    def with_points(self, *, as_of: datetime) -> ViolationQuerySet:
        """Adds ``points_left``: the sum of the entries of each violation that count at a moment."""
        counting = Q(entries__effective_at__lte=as_of, entries__expires_at__gt=as_of)
        return self.annotate(points_left=Coalesce(models.Sum("entries__points", filter=counting), 0))

    def some_left(self) -> ViolationQuerySet:
        """Those that have points left; after ``with_points``."""
        return self.filter(Q(("points_left__gt", 0)))

    def most_left_first(self) -> ViolationQuerySet:
        """In the order of the points that are left, the latest first among equals; after ``with_points``."""
        return self.order_by(F("points_left").desc(), "-issued_at", "-id")


class Violation(models.Model):
    """A confirmed breach of one policy version by one seller, with its statement of reasons.

    ``issued_at`` is when the marketplace decided: points count from it. ``recorded_at`` is when the portal learned of
    it and told the seller: the seller's own time (to appeal, to take the quiz) runs from it, and it decides the weekly
    report. ``policy_name`` and the ``content_…`` columns are the policy's name and the evidence as they were then. They
    stay so, whatever becomes of policy and content. The ``decided_…`` columns are what was decided. It is written out
    for each reader, unless the marketplace wrote a ``decision`` itself. After it was issued only the voiding may be
    written: the database refuses any other change.
    """

    class Detection(models.TextChoices):
        STAFF = "staff", _lazy("Found by staff")
        AUTOMATED = "automated", _lazy("Found by an automated system")
        NOTICE = "notice", _lazy("Reported by a third party")

    market = models.ForeignKey(Market, on_delete=models.PROTECT, related_name="violations", db_index=False)
    seller = models.ForeignKey(Seller, on_delete=models.PROTECT, related_name="violations", db_index=False)
    policy_version = models.ForeignKey(
        PolicyVersion, on_delete=models.PROTECT, related_name="violations", db_index=False
    )
    policy_name = models.CharField(max_length=120, help_text=_lazy("What the policy was called when it was issued."))
    content = models.ForeignKey(Content, on_delete=models.PROTECT, null=True, blank=True, related_name="violations")
    content_kind = models.CharField(max_length=8, choices=Content.Kind, blank=True)
    content_title = models.CharField(max_length=200, blank=True)
    content_url = models.URLField(max_length=500, blank=True)
    content_published_at = models.DateTimeField(
        null=True, blank=True, help_text=_lazy("Decided which version of the policy applies.")
    )
    position_seconds = models.PositiveIntegerField(
        null=True, blank=True, help_text=_lazy("Seconds into the LIVE or video.")
    )
    external_id = models.CharField(
        max_length=64,
        validators=[validate_id],
        help_text=_lazy("The marketplace's own id, one per violation and market."),
    )
    fingerprint = models.CharField(
        max_length=64, editable=False, help_text=_lazy("A hash of what was sent under this id.")
    )
    issued_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    source = models.CharField(
        max_length=120, help_text=_lazy("How it came in, e.g. admin, or import and the file's name.")
    )

    decided_points = models.PositiveSmallIntegerField()
    decided_until = models.DateTimeField(
        null=True, blank=True, help_text=_lazy("Until when (exclusive) the points count.")
    )
    decided_market = models.CharField(max_length=80, help_text=_lazy("The scope: what the market was called."))
    decided_zone = models.CharField(max_length=64, help_text=_lazy("The time zone in which it is written out."))
    decision = models.TextField(
        max_length=DECISION,
        blank=True,
        help_text=_lazy("In the marketplace's words; else it is written out from the above."),
    )
    facts = models.TextField(max_length=FACTS, help_text=_lazy("What was seen or heard, and when. Markdown."))
    detection = models.CharField(max_length=10, choices=Detection)
    automated = models.BooleanField(help_text=_lazy("Whether the decision was taken without a person."))
    detector = models.CharField(
        max_length=60, blank=True, db_default="", validators=[validate_id],
        help_text=_lazy("The automated system that found it; empty if people did."),
    )  # fmt: skip
    detector_version = models.CharField(max_length=40, blank=True, db_default="", verbose_name=_lazy("its version"))
    policy_section = models.CharField(
        max_length=200,
        blank=True,
        help_text=_lazy("The section of the policy that it breaks; else the policy as a whole."),
    )
    explanation = models.TextField(max_length=EXPLANATION, help_text=_lazy("Why that is so."))
    appeal_until = models.DateTimeField(help_text=_lazy("Until when (exclusive) the seller can appeal."))

    voided_at = models.DateTimeField(null=True, blank=True)
    voided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    void_reason = models.TextField(max_length=REASON, blank=True)
    mass_reversal = models.ForeignKey(
        "violations.MassReversal",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="violations",
        db_index=False,
        help_text=_lazy("The one that voided it together with others."),
    )

    objects = ViolationQuerySet.as_manager()

    scope_path = "market"

    class Meta:
        ordering = ["-issued_at", "-id"]
        permissions = [("issue_violation", "Can issue a violation"), ("void_violation", "Can void a violation")]
        indexes = [
            models.Index(fields=["seller", "recorded_at"], name="violation_seller_recorded"),
            models.Index(fields=["recorded_at"], name="violation_recorded"),
            models.Index(fields=["policy_version", "-id"], name="violation_of_version"),
            models.Index(fields=["detection", "-id"], name="violation_of_detection"),
            models.Index(fields=["source", "-id"], name="violation_of_source"),
            models.Index(fields=["market", "detector", "-id"], condition=~Q(detector=""), name="violation_of_detector"),
            models.Index(fields=["-id"], condition=Q(voided_at__isnull=False), name="violation_voided"),
            models.Index(
                fields=["mass_reversal"], condition=Q(mass_reversal__isnull=False), name="violation_mass_reversal"
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["market", "external_id"], name="violation_external_id_unique_in_market"),
            models.UniqueConstraint(fields=["id", "seller"], name="violation_id_seller_key"),
            models.CheckConstraint(name="violation_external_id_not_blank", condition=~Q(external_id="")),
            models.CheckConstraint(name="violation_external_id_is_one", condition=is_id("external_id")),
            models.CheckConstraint(name="violation_recorded_after_issue", condition=Q(recorded_at__gte=F("issued_at"))),
            models.CheckConstraint(
                name="violation_detection_known", condition=Q(detection__in=["staff", "automated", "notice"])
            ),
            models.CheckConstraint(
                name="violation_names_its_detector",
                condition=Q(detection="automated") & is_id("detector") & ~Q(detector="")
                | ~Q(detection="automated") & Q(detector="", detector_version=""),
            ),
            models.CheckConstraint(
                name="violation_states_its_reasons",
                condition=(Q(decision="") | is_visible("decision"))
                & is_visible("facts")
                & (Q(policy_section="") | is_visible("policy_section"))
                & is_visible("explanation")
                & Q(appeal_until__gt=F("recorded_at")),
            ),
            models.CheckConstraint(
                name="violation_keeps_what_was_decided",
                condition=(
                    Q(decided_points=0, decided_until=None)
                    | Q(decided_points__gt=0, decided_until__isnull=False, decided_until__gt=F("issued_at"))
                )
                & ~Q(decided_market="")
                & ~Q(decided_zone=""),
            ),
            models.CheckConstraint(
                name="violation_keeps_its_evidence",
                condition=Q(content=None, content_kind="", content_title="", content_url="", content_published_at=None)
                | Q(content__isnull=False, content_kind__in=["live", "video", "listing"])
                & (Q(content_published_at=None) | Q(content_published_at__lte=F("issued_at"))),
            ),
            models.CheckConstraint(name="violation_names_its_policy", condition=~Q(policy_name="")),
            no_longer("decision", DECISION, name="violation_decision_fits"),
            no_longer("facts", FACTS, name="violation_facts_fit"),
            no_longer("explanation", EXPLANATION, name="violation_explanation_fits"),
            no_longer("void_reason", REASON, name="violation_void_reason_fits"),
            models.CheckConstraint(
                name="violation_void_has_reason",
                condition=Q(voided_at=None, void_reason="", voided_by=None)
                | (Q(voided_at__isnull=False, voided_at__gte=F("recorded_at")) & is_visible("void_reason")),
            ),
            models.CheckConstraint(
                name="violation_mass_reversal_voids", condition=Q(mass_reversal=None) | Q(voided_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return _("Violation %(pk)s") % {"pk": self.pk}

    def get_absolute_url(self) -> str:
        return reverse("violations:detail", kwargs={"seller_id": self.seller_id, "violation_id": self.pk})

    @property
    def about(self) -> str:
        """What it is about, told from others of its policy: ``LIVE “Sunday LIVE”``, or the account.

        A title that runs right to left turns nothing around that stands beside it.
        """
        if not self.content_kind:
            return _("Your account")
        return f"{self.get_content_kind_display()} “{isolated(self.content_title)}”"

    @property
    def policy(self) -> Policy:
        return self.policy_version.policy

    @property
    def told_at(self) -> datetime:
        """When the seller's own time starts: the later of decision and recording, which never comes before it."""
        return self.recorded_at

    @property
    def was_over_when_told(self) -> bool:
        """Whether it has points that had stopped counting before the seller was told."""
        return self.decided_until is not None and self.decided_until <= self.told_at

    @property
    def is_standing(self) -> bool:
        return self.voided_at is None
