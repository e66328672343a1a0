"""Policies and their versions, violations, the points ledger, milestones and enforcement."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone

from inbox.models import Message
from sellers.models import Content, Market, Seller


class PolicyQuerySet(models.QuerySet["Policy"]):
    def published(self, *, at: datetime) -> PolicyQuerySet:
        """Policies that have a version in force at a moment."""
        in_force = PolicyVersion.objects.filter(
            policy=models.OuterRef("pk"), published_at__isnull=False, effective_from__lte=at
        )
        return self.filter(models.Exists(in_force))


class Policy(models.Model):
    """A rule of the marketplace. What it says, and what a breach costs, is in its dated versions."""

    code = models.SlugField(max_length=64, unique=True, help_text="Used in addresses and in imports; it never changes.")
    name = models.CharField(max_length=120)
    topic = models.CharField(max_length=60, help_text="Groups policies on the policy pages.")

    objects = PolicyQuerySet.as_manager()

    class Meta:
        ordering = ["topic", "name"]
        verbose_name_plural = "policies"

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("violations:policy_detail", kwargs={"code": self.code})


class Severity(models.TextChoices):
    MINOR = "minor", "Minor"
    MODERATE = "moderate", "Moderate"
    SERIOUS = "serious", "Serious"
    SEVERE = "severe", "Severe"


class PolicyVersionQuerySet(models.QuerySet["PolicyVersion"]):
    def published(self) -> PolicyVersionQuerySet:
        return self.filter(published_at__isnull=False)

    def in_force(self, *, at: datetime) -> PolicyVersionQuerySet:
        """Of each policy the version in force at a moment."""
        return (
            self.published()
            .filter(effective_from__lte=at)
            .order_by("policy_id", "-effective_from")
            .distinct("policy_id")
        )


class PolicyVersion(models.Model):
    """One dated wording of a policy, with its severity and points. Once published, the database refuses changes."""

    policy = models.ForeignKey(Policy, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField()
    requirement = models.CharField(max_length=300, help_text="What the policy asks, in one sentence.")
    breach = models.TextField(
        help_text="Why content like this breaks the policy: stands in every statement of reasons."
    )
    wording = models.TextField(help_text="The rule itself, in Markdown.")
    severity = models.CharField(max_length=8, choices=Severity)
    points = models.PositiveSmallIntegerField(
        validators=[MaxValueValidator(100)], help_text="What a violation assesses."
    )
    change_summary = models.CharField(max_length=300, blank=True, help_text="What is new against the version before.")
    effective_from = models.DateTimeField(null=True, blank=True, help_text="When it takes effect (UTC).")
    published_at = models.DateTimeField(null=True, blank=True, editable=False)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )

    objects = PolicyVersionQuerySet.as_manager()

    class Meta:
        ordering = ["policy", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["policy", "number"], name="policy_version_number_unique"),
            models.UniqueConstraint(
                fields=["policy", "effective_from"],
                condition=Q(published_at__isnull=False),
                name="policy_version_one_per_moment",
            ),
            models.UniqueConstraint(
                fields=["policy"], condition=Q(published_at=None), name="policy_version_one_draft_per_policy"
            ),
            models.CheckConstraint(name="policy_version_points_range", condition=Q(points__lte=100)),
            models.CheckConstraint(
                name="policy_version_published_has_date",
                condition=Q(published_at=None) | Q(effective_from__isnull=False),
            ),
            models.CheckConstraint(
                name="policy_version_says_something",
                condition=~Q(requirement="") & ~Q(breach="") & ~Q(wording=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.policy}, version {self.number}"


class Article(models.Model):
    """The education page of a policy."""

    policy = models.OneToOneField(Policy, on_delete=models.CASCADE, related_name="article")
    title = models.CharField(max_length=160)
    summary = models.CharField(max_length=300)
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["title"]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("violations:article", kwargs={"code": self.policy.code})


class ArticleSection(models.Model):
    """A part of an article that can be linked to."""

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="sections")
    position = models.PositiveSmallIntegerField(default=1)
    slug = models.SlugField(max_length=64)
    title = models.CharField(max_length=160)
    body = models.TextField(help_text="Markdown.")

    class Meta:
        ordering = ["article", "position", "id"]
        constraints = [models.UniqueConstraint(fields=["article", "slug"], name="article_section_slug_unique")]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return f"{self.article.get_absolute_url()}#{self.slug}"


class ViolationQuerySet(models.QuerySet["Violation"]):
    def standing(self) -> ViolationQuerySet:
        """Those that were not voided."""
        return self.filter(voided_at=None)

    def recorded_between(self, start: datetime, end: datetime) -> ViolationQuerySet:
        return self.filter(recorded_at__gte=start, recorded_at__lt=end)

    def with_points(self, *, at: datetime) -> ViolationQuerySet:
        """Adds ``points_left``: the sum of the entries of each violation that count at a moment."""
        counting = Q(entries__effective_at__lte=at, entries__expires_at__gt=at)
        return self.annotate(points_left=Coalesce(models.Sum("entries__points", filter=counting), 0))


class Violation(models.Model):
    """A confirmed breach of one policy version by one seller, with its statement of reasons.

    ``issued_at`` is when the marketplace decided; windows and points count from it. ``recorded_at`` is when the portal
    learned of it, which decides the weekly report it appears in. After it was issued only the voiding may be written:
    the database refuses any other change.
    """

    class Detection(models.TextChoices):
        STAFF = "staff", "Found by staff"
        AUTOMATED = "automated", "Found by an automated system"
        NOTICE = "notice", "Reported by a third party"

    market = models.ForeignKey(Market, on_delete=models.PROTECT, related_name="violations", db_index=False)
    seller = models.ForeignKey(Seller, on_delete=models.PROTECT, related_name="violations", db_index=False)
    policy_version = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, related_name="violations")
    content = models.ForeignKey(Content, on_delete=models.PROTECT, null=True, blank=True, related_name="violations")
    position_seconds = models.PositiveIntegerField(null=True, blank=True, help_text="Seconds into the LIVE or video.")
    external_id = models.CharField(max_length=64, help_text="The marketplace's own id, one per violation and market.")
    fingerprint = models.CharField(max_length=64, editable=False, help_text="A hash of what was sent under this id.")
    issued_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    source = models.CharField(max_length=120, help_text="How it came in, e.g. admin, or import and the file's name.")

    decision = models.TextField(help_text="What was decided, its scope and how long it lasts.")
    facts = models.TextField(help_text="What was seen or heard, and when. Markdown.")
    detection = models.CharField(max_length=10, choices=Detection)
    automated = models.BooleanField(help_text="Whether the decision was taken without a person.")
    policy_section = models.CharField(max_length=200, help_text="The section of the policy that it breaks.")
    explanation = models.TextField(help_text="Why that is so.")
    appeal_until = models.DateTimeField(help_text="Until when (exclusive) the seller can appeal.")

    voided_at = models.DateTimeField(null=True, blank=True)
    voided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    void_reason = models.TextField(blank=True)

    objects = ViolationQuerySet.as_manager()

    class Meta:
        ordering = ["-issued_at", "-id"]
        permissions = [("issue_violation", "Can issue a violation"), ("void_violation", "Can void a violation")]
        indexes = [
            models.Index(fields=["seller", "recorded_at"], name="violation_seller_recorded"),
            models.Index(fields=["seller", "-issued_at"], name="violation_seller_issued"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["market", "external_id"], name="violation_external_id_unique_in_market"),
            models.UniqueConstraint(fields=["id", "seller"], name="violation_id_seller_key"),
            models.CheckConstraint(name="violation_external_id_not_blank", condition=~Q(external_id="")),
            models.CheckConstraint(name="violation_recorded_after_issue", condition=Q(recorded_at__gte=F("issued_at"))),
            models.CheckConstraint(
                name="violation_detection_known", condition=Q(detection__in=["staff", "automated", "notice"])
            ),
            models.CheckConstraint(
                name="violation_states_its_reasons",
                condition=~Q(decision__regex=r"^\s*$")
                & ~Q(facts__regex=r"^\s*$")
                & ~Q(policy_section__regex=r"^\s*$")
                & ~Q(explanation__regex=r"^\s*$")
                & Q(appeal_until__gt=F("issued_at")),
            ),
            models.CheckConstraint(
                name="violation_void_has_reason",
                condition=Q(voided_at=None, void_reason="", voided_by=None)
                | (Q(voided_at__isnull=False, voided_at__gte=F("recorded_at")) & ~Q(void_reason__regex=r"^\s*$")),
            ),
        ]

    def __str__(self) -> str:
        return f"Violation {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("violations:detail", kwargs={"seller_id": self.seller_id, "violation_id": self.pk})

    @property
    def policy(self) -> Policy:
        return self.policy_version.policy

    @property
    def is_standing(self) -> bool:
        return self.voided_at is None


class PointsEntryQuerySet(models.QuerySet["PointsEntry"]):
    def counting(self, *, at: datetime) -> PointsEntryQuerySet:
        """The entries that count at a moment."""
        return self.filter(effective_at__lte=at, expires_at__gt=at)

    def known(self, *, before: datetime) -> PointsEntryQuerySet:
        """The entries recorded before a moment."""
        return self.filter(recorded_at__lt=before)

    def recorded_between(self, start: datetime, end: datetime) -> PointsEntryQuerySet:
        return self.filter(recorded_at__gte=start, recorded_at__lt=end)

    def total(self) -> int:
        """The sum of the points, 0 for none."""
        return int(self.aggregate(total=Coalesce(models.Sum("points"), 0))["total"])


class PointsEntry(models.Model):
    """A line of the points ledger. It counts from ``effective_at`` until before ``expires_at``.

    The database refuses to change or delete a line. A correction (credit or reversal) copies the expiry of the
    assessment it corrects, and the entries of a violation never sum below zero; the database holds both.
    """

    class Kind(models.TextChoices):
        ASSESSMENT = "assessment", "Assessed"
        CREDIT = "credit", "Credited"
        REVERSAL = "reversal", "Reversed"

    seller = models.ForeignKey(Seller, on_delete=models.PROTECT, related_name="entries", db_index=False)
    violation = models.ForeignKey(Violation, on_delete=models.PROTECT, related_name="entries")
    kind = models.CharField(max_length=10, choices=Kind)
    points = models.SmallIntegerField(help_text="Above zero for an assessment, below zero for a credit or a reversal.")
    effective_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    corrects = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="corrections", db_index=False
    )
    reason = models.CharField(max_length=200)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )

    objects = PointsEntryQuerySet.as_manager()

    class Meta:
        ordering = ["-effective_at", "-id"]
        verbose_name = "points entry"
        verbose_name_plural = "points ledger"
        indexes = [
            models.Index(
                fields=["seller", "recorded_at"],
                include=["points", "effective_at", "expires_at"],
                name="points_entry_seller_recorded",
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["violation"], condition=Q(kind="assessment"), name="points_entry_one_assessment_per_violation"
            ),
            models.UniqueConstraint(fields=["id", "violation", "expires_at"], name="points_entry_correction_key"),
            models.CheckConstraint(
                name="points_entry_counts_for_a_time", condition=Q(expires_at__gt=F("effective_at"))
            ),
            models.CheckConstraint(
                name="points_entry_recorded_once_effective", condition=Q(recorded_at__gte=F("effective_at"))
            ),
            models.CheckConstraint(
                name="points_entry_sign_fits_kind",
                condition=Q(kind="assessment", points__gt=0, corrects=None)
                | Q(kind__in=["credit", "reversal"], points__lt=0, corrects__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.points:+d}"


class Capability(models.TextChoices):
    """What a seller does on the marketplace that an enforcement action can take away."""

    LISTINGS = "listings", "Create listings"
    CAMPAIGNS = "campaigns", "Join campaigns"
    LIVE = "live", "Go LIVE"
    VIDEOS = "videos", "Post shoppable videos"
    ORDERS = "orders", "Take orders"


class ActionKind(models.TextChoices):
    WARNING = "warning", "Warning"
    RESTRICTION = "restriction", "Restriction"
    SUSPENSION = "suspension", "Suspension"
    DEACTIVATION = "deactivation", "Deactivation"


class Milestone(models.Model):
    """A points total at which something happens in a market."""

    market = models.ForeignKey(Market, on_delete=models.CASCADE, related_name="milestones", db_index=False)
    points = models.PositiveSmallIntegerField(validators=[MinValueValidator(1)])
    kind = models.CharField(max_length=12, choices=ActionKind)
    capabilities = ArrayField(
        models.CharField(max_length=10, choices=Capability), default=list, blank=True, help_text="What is taken away."
    )
    duration_days = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1)], help_text="Empty: until it is lifted."
    )
    notice_days = models.PositiveSmallIntegerField(
        default=0, help_text="Days between the message that announces the action and its start."
    )

    class Meta:
        ordering = ["market", "points"]
        constraints = [
            models.UniqueConstraint(fields=["market", "points"], name="milestone_points_unique_in_market"),
            models.CheckConstraint(name="milestone_points_positive", condition=Q(points__gte=1)),
            models.CheckConstraint(
                name="milestone_duration_positive", condition=Q(duration_days=None) | Q(duration_days__gte=1)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.points} points: {self.get_kind_display().lower()}"


class EnforcementActionQuerySet(models.QuerySet["EnforcementAction"]):
    def in_force(self, *, at: datetime) -> EnforcementActionQuerySet:
        """Started, not ended and not lifted at a moment."""
        return self.filter(
            Q(starts_at__lte=at),
            Q(ends_at=None) | Q(ends_at__gt=at),
            Q(lifted_at=None) | Q(lifted_at__gt=at),
        )

    def upcoming(self, *, at: datetime) -> EnforcementActionQuerySet:
        """Announced but not started at a moment."""
        return self.filter(Q(starts_at__gt=at), Q(lifted_at=None) | Q(lifted_at__gt=at))


class EnforcementAction(models.Model):
    """What happens to a seller who reached a milestone. It never starts before the message that announces it."""

    seller = models.ForeignKey(Seller, on_delete=models.PROTECT, related_name="enforcement_actions", db_index=False)
    milestone = models.ForeignKey(Milestone, on_delete=models.PROTECT, related_name="actions")
    violation = models.ForeignKey(Violation, on_delete=models.PROTECT, related_name="actions", db_index=False)
    kind = models.CharField(max_length=12, choices=ActionKind)
    capabilities = ArrayField(models.CharField(max_length=10, choices=Capability), default=list, blank=True)
    total = models.PositiveIntegerField(help_text="The points total that reached the milestone.")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True, help_text="Empty: until it is lifted.")
    notice = models.OneToOneField(Message, on_delete=models.PROTECT, related_name="+")
    noticed_at = models.DateTimeField(help_text="When the notice was in the inbox.")
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    lift_reason = models.TextField(blank=True)

    objects = EnforcementActionQuerySet.as_manager()

    class Meta:
        ordering = ["-starts_at", "-id"]
        permissions = [("lift_enforcementaction", "Can lift an enforcement action")]
        indexes = [models.Index(fields=["seller", "-starts_at"], name="action_seller_starts")]
        constraints = [
            models.UniqueConstraint(fields=["violation", "milestone"], name="action_once_per_crossing"),
            models.CheckConstraint(name="action_starts_after_notice", condition=Q(starts_at__gte=F("noticed_at"))),
            models.CheckConstraint(
                name="action_ends_after_start", condition=Q(ends_at=None) | Q(ends_at__gt=F("starts_at"))
            ),
            models.CheckConstraint(
                name="action_lift_has_reason",
                condition=Q(lifted_at=None, lift_reason="", lifted_by=None)
                | (Q(lifted_at__isnull=False, lifted_at__gte=F("noticed_at")) & ~Q(lift_reason__regex=r"^\s*$")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.seller}"
