"""What may wait for staff. This table is where a line of their home page is added or changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.db.models import Exists, Model, OuterRef, QuerySet
from django.urls import reverse

from accounts.models import SuperuserProposal, User
from audit.models import LoneDecision
from audit.selectors import lone_decisions_for
from healthportal.retention.models import ErasureRequest
from inbox.events.models import WebhookEndpoint
from inbox.events.selectors import endpoints_switched_off
from inbox.models import EmailDelivery
from inbox.selectors import emails_given_up
from policies.models import ArticleVersion, PolicyVersion
from quizzes.models import PassPointsProposal, Question, Quiz, Regrade, Remark
from reports.models import ReportRun
from reports.selectors import chunks_given_up
from sellers.models import ApiToken, ControlsProposal, MemberUpload, MemberUploadLine
from sellers.selectors import tokens_expiring
from violations.models import (
    Appeal,
    AppealClaim,
    DetectorAlarm,
    EnforcementAction,
    HeldViolation,
    MassReversal,
    RulesChange,
    SecondReview,
    Upload,
)
from violations.selectors import appeal_queue, appeals_for, reversals_given_up
from workshops.models import Workshop

DAY = timedelta(days=1)
WEEK = timedelta(days=7)
DOOR_BEFORE = timedelta(hours=12)
"""How long before its start the door of a workshop is offered."""
LATE_RUN = timedelta(hours=2)
"""How long after its week a run is late that is not published; the alert of docs/monitoring.md has the same."""


class Urgency(StrEnum):
    """In which part of the page something stands, the first first."""

    NOW = "now"
    TODAY = "today"
    MINE = "mine"
    SOON = "soon"


@dataclass(frozen=True)
class Visit:
    """Who looks, and at which moment (UTC)."""

    person: User
    now: datetime


@dataclass(frozen=True)
class Need:
    """Records of one kind that wait for people with a permission; without one, what waits says for whom.

    ``waiting`` finds them, the first to settle first; ``moment`` names the field that says when each is due, or since
    when it waits. ``page`` is the page of a record that settles it, in the admin or, with a colon, anywhere;
    ``filters`` are those of the list with all of them.
    """

    name: str
    when: Urgency
    permission: str
    model: type[Model]
    waiting: Callable[[Visit], QuerySet[Any]]
    moment: str
    page: str = "change"
    filters: Mapping[str, str] = field(default_factory=dict)

    def list_url(self) -> str:
        return reverse(f"admin:{self._prefix}_changelist", query=self.filters or None)

    def record_url(self, record: Any) -> str:
        return reverse(self.page if ":" in self.page else f"admin:{self._prefix}_{self.page}", args=[record.pk])

    @property
    def _prefix(self) -> str:
        return f"{self.model._meta.app_label}_{self.model._meta.model_name}"


def _appeals(visit: Visit) -> QuerySet[Appeal]:
    """What the person can decide and nobody else has."""
    others = AppealClaim.objects.running(at=visit.now).exclude(person=visit.person)
    return appeals_for(person=visit.person, as_of=visit.now).exclude(claim__in=others)


def _overdue_appeals(visit: Visit) -> QuerySet[Appeal]:
    return _appeals(visit).filter(decide_by__lte=visit.now)


def _appeals_due_today(visit: Visit) -> QuerySet[Appeal]:
    return _appeals(visit).filter(decide_by__gt=visit.now, decide_by__lte=visit.now + DAY)


def _appeals_due_later(visit: Visit) -> QuerySet[Appeal]:
    return _appeals(visit).filter(decide_by__gt=visit.now + DAY)


def _own_appeals(visit: Visit) -> QuerySet[Appeal]:
    own = AppealClaim.objects.running(at=visit.now).filter(person=visit.person)
    return appeals_for(person=visit.person, as_of=visit.now).filter(claim__in=own)


def _unassigned(visit: Visit) -> QuerySet[Appeal]:
    """What nobody has, for who assigns appeals and does not decide on them."""
    if visit.person.has_perm("violations.decide_appeal"):
        return Appeal.objects.none()
    return appeal_queue(as_of=visit.now).exclude(claim__in=AppealClaim.objects.running(at=visit.now))


def _unassigned_now(visit: Visit) -> QuerySet[Appeal]:
    return _unassigned(visit).filter(decide_by__lte=visit.now + DAY)


def _unassigned_later(visit: Visit) -> QuerySet[Appeal]:
    return _unassigned(visit).filter(decide_by__gt=visit.now + DAY)


def _second_reviews(visit: Visit) -> QuerySet[SecondReview]:
    waiting = SecondReview.objects.waiting().exclude(first_reviewer=visit.person)
    own = visit.person.memberships.values("seller")
    others = waiting.exclude(appeal__seller__in=own).exclude(appeal__filed_by=visit.person)
    return others.select_related("appeal").order_by("drawn_at", "pk")


def _failed_runs(visit: Visit) -> QuerySet[ReportRun]:
    runs = ReportRun.objects.filter(pk__in=chunks_given_up().values("run"))
    return runs.select_related("market").order_by("ends_at", "pk")


def _late_runs(visit: Visit) -> QuerySet[ReportRun]:
    """What is not published and has no part that failed: it waits for workers."""
    late = ReportRun.objects.filter(published_at=None, ends_at__lte=visit.now - LATE_RUN)
    waiting = late.exclude(pk__in=chunks_given_up().values("run"))
    return waiting.select_related("market").order_by("ends_at", "pk")


def _stopped_reversals(visit: Visit) -> QuerySet[MassReversal]:
    return reversals_given_up().select_related("market").order_by("stopped_at", "pk")


def _detector_alarms(visit: Visit) -> QuerySet[DetectorAlarm]:
    return DetectorAlarm.objects.waiting().select_related("market").order_by("raised_at", "pk")


def _held_violations(visit: Visit) -> QuerySet[HeldViolation]:
    own = visit.person.memberships.values("seller")
    return HeldViolation.objects.waiting().exclude(seller__in=own).order_by("received_at", "pk")


def _emails(visit: Visit) -> QuerySet[EmailDelivery]:
    return emails_given_up(since=visit.now - WEEK).select_related("message__seller", "user").order_by("due_at", "pk")


def _unconfirmed_actions(visit: Visit) -> QuerySet[EnforcementAction]:
    late = EnforcementAction.objects.to_acknowledge(as_of=visit.now)
    return late.select_related("seller").order_by("starts_at", "pk")


def _webhooks(visit: Visit) -> QuerySet[WebhookEndpoint]:
    return endpoints_switched_off(as_of=visit.now).select_related("market").order_by("disabled_at", "pk")


def _erasures(visit: Visit) -> QuerySet[ErasureRequest]:
    waiting = ErasureRequest.objects.filter(done_at=None).exclude(user=visit.person)
    return waiting.select_related("user").order_by("asked_at", "pk")


def _tokens(visit: Visit) -> QuerySet[ApiToken]:
    return tokens_expiring(as_of=visit.now).select_related("market").order_by("expires_at", "pk")


def _lone_decisions(visit: Visit) -> QuerySet[LoneDecision]:
    return lone_decisions_for(visit.person)


def _rules_changes(visit: Visit) -> QuerySet[RulesChange]:
    drafts = RulesChange.objects.filter(approved_at=None, withdrawn_at=None).exclude(drafted_by=visit.person)
    return drafts.select_related("market").order_by("effective_from", "pk")


def _questions_in_review(visit: Visit) -> QuerySet[Question]:
    others = Question.objects.waiting().exclude(author__isnull=False, author=visit.person)
    return others.select_related("quiz__policy")


def _proposed_pass_points(visit: Visit) -> QuerySet[Quiz]:
    waiting = PassPointsProposal.objects.filter(decided_at=None).exclude(proposed_by=visit.person)
    return Quiz.objects.filter(pk__in=waiting.values("quiz")).select_related("policy").order_by("policy__name", "pk")


def _proposed_regrades(visit: Visit) -> QuerySet[Regrade]:
    waiting = Regrade.objects.waiting().exclude(proposed_by=visit.person)
    return waiting.select_related("question").order_by("proposed_at", "pk")


def _remarks(visit: Visit) -> QuerySet[Remark]:
    return Remark.objects.waiting().select_related("asked")


def _workshops_this_week(visit: Visit) -> QuerySet[Workshop]:
    own = Workshop.objects.listed().upcoming(as_of=visit.now)
    ahead = own.filter(cancelled_at=None, starts_at__lte=visit.now + WEEK)
    return ahead.select_related("city").order_by("starts_at", "pk")


def _workshops_with_a_door(visit: Visit) -> QuerySet[Workshop]:
    """Those of the next twelve hours, and those that run, that people come to."""
    near = _workshops_this_week(visit).filter(starts_at__lte=visit.now + DOOR_BEFORE)
    return near.exclude(mode=Workshop.Mode.ONLINE)


def _checked_uploads(visit: Visit) -> QuerySet[Upload]:
    own = Upload.objects.filter(state=Upload.State.CHECKED, uploaded_by=visit.person)
    return own.select_related("market").order_by("uploaded_at", "pk")


def _checked_members(visit: Visit) -> QuerySet[MemberUpload]:
    own = MemberUpload.objects.filter(state=MemberUpload.State.CHECKED, uploaded_by=visit.person)
    return own.select_related("market").order_by("uploaded_at", "pk")


def _refused_members(visit: Visit) -> QuerySet[MemberUpload]:
    """Those of the last days: the lines are corrected in another file."""
    done = MemberUpload.objects.filter(uploaded_by=visit.person, confirmed_at__gt=visit.now - WEEK)
    refused = MemberUploadLine.objects.filter(upload=OuterRef("pk"), outcome=MemberUploadLine.Outcome.REFUSED)
    return done.filter(Exists(refused)).select_related("market").order_by("uploaded_at", "pk")


def _proposed_superusers(visit: Visit) -> QuerySet[SuperuserProposal]:
    waiting = SuperuserProposal.objects.filter(decided_at=None).exclude(proposed_by=visit.person)
    return waiting.exclude(user=visit.person).select_related("user").order_by("proposed_at", "pk")


def _proposed_controls(visit: Visit) -> QuerySet[ControlsProposal]:
    waiting = ControlsProposal.objects.filter(decided_at=None).exclude(proposed_by=visit.person)
    return waiting.select_related("market").order_by("proposed_at", "pk")


def _proposed_uploads(visit: Visit) -> QuerySet[Upload]:
    others = Upload.objects.for_second_person(as_of=visit.now).exclude(uploaded_by=visit.person)
    return others.select_related("market").order_by("uploaded_at", "pk")


def _proposed_reversals(visit: Visit) -> QuerySet[MassReversal]:
    others = MassReversal.objects.proposed().exclude(proposed_by=visit.person)
    return others.select_related("market").order_by("proposed_at", "pk")


def _draft_reversals(visit: Visit) -> QuerySet[MassReversal]:
    own = MassReversal.objects.filter(started_at=None, proposed_by=None, created_by=visit.person)
    return own.select_related("market").order_by("created_at", "pk")


def _draft_workshops(visit: Visit) -> QuerySet[Workshop]:
    own = Workshop.objects.filter(published_at=None, hosts=visit.person, starts_at__gt=visit.now)
    return own.select_related("city").order_by("starts_at", "pk")


def _drafted_versions(visit: Visit) -> QuerySet[PolicyVersion]:
    drafts = PolicyVersion.objects.filter(published_at=None, proposed_by=None)
    return drafts.select_related("policy").order_by("policy__name", "number")


def _proposed_versions(visit: Visit) -> QuerySet[PolicyVersion]:
    proposed = PolicyVersion.objects.filter(published_at=None, proposed_by__isnull=False)
    return proposed.exclude(proposed_by=visit.person).select_related("policy").order_by("proposed_at", "pk")


def _drafted_articles(visit: Visit) -> QuerySet[ArticleVersion]:
    return ArticleVersion.objects.filter(published_at=None, proposed_by=None).order_by("title", "pk")


def _proposed_articles(visit: Visit) -> QuerySet[ArticleVersion]:
    proposed = ArticleVersion.objects.filter(published_at=None, proposed_by__isnull=False)
    return proposed.exclude(proposed_by=visit.person).order_by("proposed_at", "pk")


def _coming_versions(visit: Visit) -> QuerySet[PolicyVersion]:
    coming = PolicyVersion.objects.published().filter(effective_from__gt=visit.now)
    return coming.select_related("policy").order_by("effective_from", "pk")


NEEDS = [
    Need("overdue_appeals", Urgency.NOW, "violations.decide_appeal", Appeal, _overdue_appeals, "decide_by",
         filters={"state": "overdue"}),
    Need("unassigned_now", Urgency.NOW, "violations.assign_appeal", Appeal, _unassigned_now, "decide_by", page="assign",
         filters={"claim": "free"}),
    Need("stopped_reversals", Urgency.NOW, "violations.void_violations_in_bulk", MassReversal, _stopped_reversals,
         "stopped_at", filters={"state": "stopped"}),
    Need("detector_alarms", Urgency.NOW, "violations.handle_detectoralarm", DetectorAlarm, _detector_alarms,
         "raised_at", filters={"settled_at__isempty": "1"}),
    Need("failed_runs", Urgency.NOW, "reports.change_reportrun", ReportRun, _failed_runs, "ends_at",
         filters={"published": "failed"}),
    Need("late_runs", Urgency.NOW, "reports.change_reportrun", ReportRun, _late_runs, "ends_at",
         filters={"published": "no"}),
    Need("emails_given_up", Urgency.NOW, "inbox.change_emaildelivery", EmailDelivery, _emails, "due_at",
         filters={"state__exact": "dead"}),
    Need("unconfirmed_actions", Urgency.NOW, "violations.lift_enforcementaction", EnforcementAction,
         _unconfirmed_actions, "starts_at", filters={"state": "unconfirmed"}),
    Need("webhooks_off", Urgency.NOW, "events.change_webhookendpoint", WebhookEndpoint, _webhooks, "disabled_at",
         filters={"disabled_at__isempty": "0"}),
    Need("expiring_tokens", Urgency.NOW, "sellers.add_apitoken", ApiToken, _tokens, "expires_at"),
    Need("erasures", Urgency.TODAY, "retention.change_erasurerequest", ErasureRequest, _erasures, "asked_at",
         filters={"done_at__isempty": "1"}),
    Need("lone_decisions", Urgency.TODAY, "", LoneDecision, _lone_decisions, "", page="read"),
    Need("appeals_due_today", Urgency.TODAY, "violations.decide_appeal", Appeal, _appeals_due_today, "decide_by"),
    Need("held_violations", Urgency.TODAY, "violations.handle_detectoralarm", HeldViolation, _held_violations,
         "received_at", filters={"decided_at__isempty": "1"}),
    Need("rules_changes", Urgency.TODAY, "violations.add_ruleschange", RulesChange, _rules_changes, "effective_from"),
    Need("proposed_versions", Urgency.TODAY, "policies.change_policyversion", PolicyVersion, _proposed_versions,
         "proposed_at", page="publish", filters={"state": "proposed"}),
    Need("proposed_articles", Urgency.TODAY, ArticleVersion.approved_with, ArticleVersion, _proposed_articles,
         "proposed_at", page="publish", filters={"state": "proposed"}),
    Need("proposed_superusers", Urgency.TODAY, SuperuserProposal.approved_with, SuperuserProposal, _proposed_superusers,
         "proposed_at", page="decide"),
    Need("proposed_controls", Urgency.TODAY, ControlsProposal.approved_with, ControlsProposal, _proposed_controls,
         "proposed_at", page="decide", filters={"decided_at__isempty": "1"}),
    Need("proposed_uploads", Urgency.TODAY, "violations.add_upload", Upload, _proposed_uploads, "uploaded_at",
         page="confirm", filters={"state__exact": "checked"}),
    Need("proposed_reversals", Urgency.TODAY, "violations.void_violations_in_bulk", MassReversal, _proposed_reversals,
         "proposed_at", page="start", filters={"state": "proposed"}),
    Need("remarks", Urgency.TODAY, "quizzes.change_question", Remark, _remarks, "sent_at", page="answer",
         filters={"answered_at__isempty": "1"}),
    Need("questions_in_review", Urgency.TODAY, "quizzes.change_question", Question, _questions_in_review, "",
         filters={"state__exact": "review"}),
    Need("proposed_pass_points", Urgency.TODAY, "quizzes.change_quiz", Quiz, _proposed_pass_points, "", page="decide"),
    Need("proposed_regrades", Urgency.TODAY, "quizzes.change_quiz", Regrade, _proposed_regrades, "proposed_at",
         page="decide", filters={"decided_at__isempty": "1"}),
    Need("workshops_with_a_door", Urgency.TODAY, "workshops.check_in_signup", Workshop, _workshops_with_a_door,
         "starts_at", page="workshops:check_in", filters={"state": "upcoming"}),
    Need("appeals_due_later", Urgency.SOON, "violations.decide_appeal", Appeal, _appeals_due_later, "decide_by"),
    Need("unassigned_later", Urgency.SOON, "violations.assign_appeal", Appeal, _unassigned_later, "decide_by",
         page="assign", filters={"claim": "free"}),
    Need("second_reviews", Urgency.SOON, "violations.decide_appeal", SecondReview, _second_reviews, "drawn_at",
         page="review"),
    Need("own_appeals", Urgency.MINE, "violations.decide_appeal", Appeal, _own_appeals, "decide_by",
         filters={"claim": "mine"}),
    Need("checked_uploads", Urgency.MINE, "violations.add_upload", Upload, _checked_uploads, "uploaded_at"),
    Need("checked_members", Urgency.MINE, "sellers.add_memberupload", MemberUpload, _checked_members, "uploaded_at",
         filters={"state__exact": "checked"}),
    Need("refused_members", Urgency.MINE, "sellers.add_memberupload", MemberUpload, _refused_members, "uploaded_at"),
    Need("draft_reversals", Urgency.MINE, "violations.void_violations_in_bulk", MassReversal, _draft_reversals,
         "created_at", filters={"state": "draft"}),
    Need("draft_workshops", Urgency.MINE, "workshops.change_workshop", Workshop, _draft_workshops, "starts_at",
         filters={"state": "draft"}),
    Need("drafted_versions", Urgency.SOON, "policies.change_policyversion", PolicyVersion, _drafted_versions, "",
         filters={"state": "draft"}),
    Need("drafted_articles", Urgency.SOON, ArticleVersion.approved_with, ArticleVersion, _drafted_articles, "",
         filters={"state": "draft"}),
    Need("workshops_this_week", Urgency.SOON, "workshops.check_in_signup", Workshop, _workshops_this_week, "starts_at",
         filters={"state": "upcoming"}),
    Need("coming_versions", Urgency.SOON, "policies.view_policyannouncement", PolicyVersion, _coming_versions,
         "effective_from", filters={"state": "published"}),
]  # fmt: skip
