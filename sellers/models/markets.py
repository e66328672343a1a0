"""Markets, with the numbers of their rules."""

from __future__ import annotations

import zoneinfo
from datetime import datetime

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _lazy

from kit import dates
from kit.scopes import ITSELF
from kit.texts.validators import validate_language
from kit.time_zones import validate_time_zone, zone_or_utc


class Market(models.Model):
    """A country or region with its time zone, its language and the numbers of its rules.

    Staff edit the numbers; the defaults are what a new market starts with. ``books_closed_until`` moves forward each
    time a week's report run starts. Everything recorded before it belongs to a run. The database refuses a violation, a
    points entry or a message recorded before it.
    """

    class PointsExpiry(models.TextChoices):
        ROLLING = "rolling", _lazy("A number of days after they were assessed")
        QUARTER = "quarter", _lazy("When the next calendar quarter starts")

    code = models.CharField(
        max_length=8,
        unique=True,
        validators=[RegexValidator(r"^[A-Z][A-Z0-9-]*\Z", "Use capital letters, digits and hyphens, such as US.")],
        help_text=_lazy("Short and in capitals, such as US."),
    )
    name = models.CharField(max_length=80)
    time_zone = models.CharField(
        max_length=64,
        validators=[validate_time_zone],
        help_text=_lazy("Decides days, weeks and months, e.g. Europe/London."),
    )
    language = models.CharField(
        max_length=12, default="en", validators=[validate_language], help_text=_lazy("Language tag, e.g. en or th.")
    )

    points_expiry = models.CharField(max_length=8, choices=PointsExpiry, default=PointsExpiry.ROLLING)
    points_valid_days = models.PositiveSmallIntegerField(
        default=180,
        validators=[MinValueValidator(1)],
        help_text=_lazy("Days a points entry counts when it expires by days."),
    )
    approach_points = models.PositiveSmallIntegerField(
        default=5, help_text=_lazy("A seller within this many points below a milestone approaches it.")
    )
    appeal_days = models.PositiveSmallIntegerField(
        default=30,
        validators=[MinValueValidator(1)],
        help_text=_lazy("Days after a violation was told in which the seller can appeal."),
    )
    appeal_decision_days = models.PositiveSmallIntegerField(
        default=14,
        validators=[MinValueValidator(1)],
        help_text=_lazy("Days after filing in which an appeal is to be decided."),
    )
    appeal_answer_days = models.PositiveSmallIntegerField(
        default=7,
        validators=[MinValueValidator(1)],
        help_text=_lazy(
            "Days in which a seller can answer what a reviewer of an appeal asks; its clock stands meanwhile."
        ),
    )
    second_review_percent = models.PositiveSmallIntegerField(
        default=5,
        db_default=5,
        validators=[MaxValueValidator(100)],
        help_text=_lazy("How many in a hundred decided appeals are drawn for a second reviewer."),
    )
    upload_second_person_above = models.PositiveIntegerField(
        _lazy("uploads: second person above"),
        null=True,
        blank=True,
        help_text=_lazy(
            "Somebody else confirms an upload with which one person would have imported more violations than this "
            "in 24 hours; 0: any. Empty: nobody has to."
        ),
    )
    reversal_second_person_above = models.PositiveIntegerField(
        _lazy("mass reversals: second person above"),
        null=True,
        blank=True,
        help_text=_lazy(
            "Somebody else starts a mass reversal with which one person would have voided more violations than this "
            "in 24 hours; 0: any. Empty: nobody has to."
        ),
    )
    redress = models.CharField(
        max_length=500,
        blank=True,
        help_text=_lazy(
            "Where sellers turn who disagree with a decision on an appeal, in whole sentences. Empty: seller support."
        ),
    )
    redress_url = models.URLField(max_length=300, blank=True, help_text=_lazy("The page of whoever they turn to."))
    rewarded_passes_per_month = models.PositiveSmallIntegerField(
        default=3, help_text=_lazy("Passed quizzes per seller and local month that remove a point.")
    )
    milestone_quiz_share = models.PositiveSmallIntegerField(
        default=0,
        help_text=_lazy(
            "How many percent of an action's time to come a pass of its milestone quiz takes off; 0: there is none."
        ),
    )
    missed_workshop_limit = models.PositiveSmallIntegerField(
        default=2,
        help_text=_lazy(
            "After how many missed workshops a seller waits behind the others when one is full; 0: nobody ever does."
        ),
    )
    missed_workshop_days = models.PositiveSmallIntegerField(
        default=180,
        validators=[MinValueValidator(1)],
        help_text=_lazy("Days from its end that a missed workshop counts."),
    )
    policy_notice_days = models.PositiveSmallIntegerField(
        default=15, help_text=_lazy("Days between publishing a policy's new wording and its taking effect.")
    )
    tells_of_viewings = models.BooleanField(
        default=False,
        db_default=False,
        help_text=_lazy("Whether a seller gets a message when somebody of the staff views its pages as the seller."),
    )
    books_closed_until = models.DateTimeField(
        default=timezone.now,
        editable=False,
        help_text=_lazy("Everything recorded before this moment is in a weekly report run."),
    )

    scope_path = ITSELF

    class Meta:
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                name="market_points_valid_days_positive", condition=models.Q(points_valid_days__gte=1)
            ),
            models.CheckConstraint(name="market_appeal_days_positive", condition=models.Q(appeal_days__gte=1)),
            models.CheckConstraint(
                name="market_appeal_decision_days_positive", condition=models.Q(appeal_decision_days__gte=1)
            ),
            models.CheckConstraint(
                name="market_appeal_answer_days_positive", condition=models.Q(appeal_answer_days__gte=1)
            ),
            models.CheckConstraint(
                name="market_missed_workshop_days_positive", condition=models.Q(missed_workshop_days__gte=1)
            ),
            models.CheckConstraint(
                name="market_milestone_quiz_leaves_time", condition=models.Q(milestone_quiz_share__lte=90)
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @cached_property
    def zone(self) -> zoneinfo.ZoneInfo:
        """What decides the market's weeks and deadlines: fails where its name is not known here any more."""
        return zoneinfo.ZoneInfo(self.time_zone)

    @property
    def shown_zone(self) -> zoneinfo.ZoneInfo:
        """The same for times that a list of several markets shows: UTC where its name is not known any more."""
        return zone_or_utc(self.time_zone)

    @property
    def has_known_zone(self) -> bool:
        return self.shown_zone.key == self.time_zone

    def points_expire_at(self, effective_at: datetime) -> datetime:
        """When an entry that counts from ``effective_at`` stops counting (UTC)."""
        if self.points_expiry == self.PointsExpiry.QUARTER:
            return dates.next_quarter_start(effective_at, zone=self.zone)
        return dates.days_after(effective_at, days=self.points_valid_days)

    def appeal_until(self, told_at: datetime) -> datetime:
        """The last moment to appeal a violation that was told at ``told_at`` (exclusive, UTC)."""
        return dates.days_after(told_at, days=self.appeal_days)

    def appeal_decide_by(self, filed_at: datetime) -> datetime:
        """When an appeal filed at ``filed_at`` is to be decided at the latest (UTC)."""
        return dates.days_after(filed_at, days=self.appeal_decision_days)

    def appeal_answer_by(self, asked_at: datetime) -> datetime:
        """Until when a seller who is asked for something at ``asked_at`` can answer (exclusive, UTC)."""
        return dates.days_after(asked_at, days=self.appeal_answer_days)
