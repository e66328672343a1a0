"""Policies, their dated versions and their articles."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from kit.jobs.models import Job
from kit.scopes import EVERYWHERE
from kit.second_person import TwoPeople, two_people
from kit.texts.limits import EXPLANATION, SECTION, WORDING, no_longer
from sellers.models import Market

from .names import version_name


class PolicyQuerySet(models.QuerySet["Policy"]):
    def published(self, *, as_of: datetime) -> PolicyQuerySet:
        """Policies that have a version in force at a moment."""
        in_force = PolicyVersion.objects.filter(
            policy=models.OuterRef("pk"), published_at__isnull=False, effective_from__lte=as_of
        )
        return self.filter(models.Exists(in_force))


class Policy(models.Model):
    """A rule of the marketplace. What it says, and what a breach costs, is in its dated versions."""

    code = models.SlugField(
        max_length=64, unique=True, help_text=_lazy("Used in addresses and in imports; it never changes.")
    )
    name = models.CharField(max_length=120)
    topic = models.CharField(max_length=60, help_text=_lazy("Groups policies on the policy pages."))

    objects = PolicyQuerySet.as_manager()

    scope_path = EVERYWHERE

    class Meta:
        ordering = ["topic", "name"]
        verbose_name_plural = _lazy("policies")

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("policies:detail", kwargs={"code": self.code})


class Severity(models.TextChoices):
    MINOR = "minor", _lazy("Minor")
    MODERATE = "moderate", _lazy("Moderate")
    SERIOUS = "serious", _lazy("Serious")
    SEVERE = "severe", _lazy("Severe")


class PolicyVersionQuerySet(models.QuerySet["PolicyVersion"]):
    def published(self) -> PolicyVersionQuerySet:
        return self.filter(published_at__isnull=False)

    def in_force(self, *, as_of: datetime) -> PolicyVersionQuerySet:
        """Of each policy the version in force at a moment."""
        return (
            self.published()
            .filter(effective_from__lte=as_of)
            .order_by("policy_id", "-effective_from")
            .distinct("policy_id")
        )


class PolicyVersion(TwoPeople):
    """One dated wording of a policy, with its severity and points. Once published, the database refuses changes."""

    approver = "published_by"
    approved_with = "policies.change_policyversion"

    policy = models.ForeignKey(Policy, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField()
    requirement = models.CharField(max_length=300, help_text=_lazy("What the policy asks, in one sentence."))
    breach = models.TextField(
        max_length=EXPLANATION,
        help_text=_lazy("Why content like this breaks the policy: stands in every statement of reasons."),
    )
    wording = models.TextField(max_length=WORDING, help_text=_lazy("The rule itself, in Markdown."))
    severity = models.CharField(max_length=8, choices=Severity)
    points = models.PositiveSmallIntegerField(
        validators=[MaxValueValidator(100)], help_text=_lazy("What a violation assesses.")
    )
    change_summary = models.CharField(
        max_length=300, blank=True, help_text=_lazy("What is new against the version before.")
    )
    effective_from = models.DateTimeField(null=True, blank=True, help_text=_lazy("When it takes effect (UTC)."))
    notice_ends_at = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text=_lazy("The earliest moment that kept the notice, when it was published."),
    )
    immediate_reason = models.CharField(
        max_length=500,
        blank=True,
        editable=False,
        help_text=_lazy("Why it takes effect before the notice has passed. Sellers and the public read it."),
    )
    proposed_at = models.DateTimeField(null=True, blank=True, editable=False)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )
    needs_second_person = models.BooleanField(
        default=False, db_default=False, editable=False, help_text=_lazy("There was a market when it was published.")
    )
    published_at = models.DateTimeField(null=True, blank=True, editable=False)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )

    objects = PolicyVersionQuerySet.as_manager()

    scope_path = EVERYWHERE

    class Meta:
        ordering = ["policy", "-number"]
        permissions = [("publish_policyversion_immediately", "Can publish a policy version without the notice")]
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
                name="policy_version_without_notice_says_why",
                condition=Q(published_at=None)
                | Q(notice_ends_at__isnull=False, effective_from__gte=F("notice_ends_at"))
                | (Q(notice_ends_at__isnull=False) & ~Q(immediate_reason__regex=r"^\s*$")),
            ),
            *two_people("policy_version", decision=["published_by"], unless=Q(needs_second_person=False)),
            models.CheckConstraint(
                name="policy_version_proposed_by_somebody",
                condition=Q(proposed_at=None, proposed_by=None)
                | Q(proposed_at__isnull=False, proposed_by__isnull=False),
            ),
            no_longer("breach", EXPLANATION, name="policy_version_breach_fits"),
            no_longer("wording", WORDING, name="policy_version_wording_fits"),
            models.CheckConstraint(
                name="policy_version_says_something",
                condition=~Q(requirement="") & ~Q(breach="") & ~Q(wording=""),
            ),
        ]

    def forget_proposal(self) -> None:
        """What is changed afterwards is not what was proposed."""
        self.effective_from = self.proposed_by = self.proposed_at = None
        self.immediate_reason = ""

    def __str__(self) -> str:
        return version_name(str(self.policy), self.number)

    @property
    def told_apart_by(self) -> str:
        """What tells it from the same version of another policy of that name."""
        return self.policy.code

    def get_absolute_url(self) -> str:
        return reverse("policies:version", kwargs={"code": self.policy.code, "number": self.number})

    @property
    def at_once(self) -> bool:
        """Whether it was in force from the moment it was published."""
        return bool(self.published_at and self.effective_from and self.effective_from <= self.published_at)


class PolicyAnnouncement(Job):
    """That the sellers of a market are told of a policy's new version: a job per version and market.

    Workers take batches of sellers in the order of their ids. ``last_seller_id`` moves on in the transaction that posts
    a batch's messages. So a batch that died is posted again as a whole, and none is posted twice.
    """

    version = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, related_name="announcements")
    market = models.ForeignKey(Market, on_delete=models.PROTECT, related_name="+")
    last_seller_id = models.BigIntegerField(default=0, help_text=_lazy("Sellers up to this one are told."))
    told = models.PositiveIntegerField(default=0, help_text=_lazy("How many sellers are told."))
    done_at = models.DateTimeField(null=True, blank=True)

    scope_path = "market"

    class Meta(Job.Meta):
        ordering = ["version", "market"]
        constraints = [
            *Job.Meta.constraints,
            models.CheckConstraint(
                name="policy_announcement_done_or_to_do",
                condition=Q(done_at=None) & (Q(due_at__isnull=False) | Q(given_up_at__isnull=False))
                | Q(done_at__isnull=False, due_at=None, given_up_at=None),
            ),
            models.UniqueConstraint(fields=["version", "market"], name="policy_announcement_unique"),
        ]

    def __str__(self) -> str:
        return _("%(version)s, to sellers in %(market)s") % {"version": self.version, "market": self.market}


class Article(models.Model):
    """The education page of a policy."""

    policy = models.OneToOneField(Policy, on_delete=models.CASCADE, related_name="article")
    title = models.CharField(max_length=160)
    summary = models.CharField(max_length=300)
    updated_at = models.DateTimeField(default=timezone.now)

    scope_path = EVERYWHERE

    class Meta:
        ordering = ["title"]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("policies:article", kwargs={"code": self.policy.code})


class ArticleSection(models.Model):
    """A part of an article that can be linked to."""

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="sections")
    position = models.PositiveSmallIntegerField(default=1)
    slug = models.SlugField(max_length=64)
    title = models.CharField(max_length=160)
    body = models.TextField(max_length=SECTION, help_text=_lazy("Markdown."))

    scope_path = EVERYWHERE

    class Meta:
        ordering = ["article", "position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["article", "slug"], name="article_section_slug_unique"),
            no_longer("body", SECTION, name="article_section_body_fits"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return f"{self.article.get_absolute_url()}#{self.slug}"


class ArticleVersion(TwoPeople):
    """A text of an article: a draft until a second person publishes it. Once published, the database refuses changes.

    What sellers read is the article, which takes its text from the version that was published last.
    """

    approver = "published_by"
    approved_with = "policies.change_articleversion"

    policy = models.ForeignKey(Policy, on_delete=models.PROTECT, related_name="article_versions")
    title = models.CharField(max_length=160)
    summary = models.CharField(max_length=300)
    proposed_at = models.DateTimeField(null=True, blank=True, editable=False)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )
    published_at = models.DateTimeField(null=True, blank=True, editable=False)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )

    scope_path = EVERYWHERE

    class Meta:
        ordering = ["-id"]
        verbose_name = _lazy("text of an article")
        verbose_name_plural = _lazy("texts of articles")
        constraints = [
            models.UniqueConstraint(
                fields=["policy"], condition=Q(published_at=None), name="article_version_one_draft_per_policy"
            ),
            *two_people("article_version", decision=["published_by", "published_at"]),
            models.CheckConstraint(
                name="article_version_proposed_by_somebody",
                condition=Q(proposed_at=None, proposed_by=None)
                | Q(proposed_at__isnull=False, proposed_by__isnull=False),
            ),
        ]

    def forget_proposal(self) -> None:
        """What is changed afterwards is not what was proposed."""
        self.proposed_by = self.proposed_at = None

    def __str__(self) -> str:
        return self.title


class ArticleVersionSection(models.Model):
    """A section of such a text. ``replaces`` is the section of the article that it rewrites; a new one has none."""

    version = models.ForeignKey(ArticleVersion, on_delete=models.CASCADE, related_name="sections")
    replaces = models.ForeignKey(
        ArticleSection, on_delete=models.SET_NULL, null=True, blank=True, editable=False, related_name="+"
    )
    position = models.PositiveSmallIntegerField(default=1)
    slug = models.SlugField(max_length=64, help_text=_lazy("The end of its address. Links to it break if it changes."))
    title = models.CharField(max_length=160)
    body = models.TextField(max_length=SECTION, help_text=_lazy("Markdown."))

    scope_path = EVERYWHERE

    class Meta:
        ordering = ["version", "position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["version", "slug"], name="article_version_section_slug_unique"),
            no_longer("body", SECTION, name="article_version_section_body_fits"),
        ]

    def __str__(self) -> str:
        return self.title
