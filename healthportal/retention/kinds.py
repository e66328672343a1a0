"""Which kinds of rows are removed after a time. This table is the one place to add a kind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.usersessions.models import UserSession
from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _lazy

from accounts.models import UnreachableAddress
from accounts.services import GIVEN_UP_REMEMBERED_FOR, end_sessions
from audit.models import AuditEntry
from healthportal.exports.models import Export
from healthportal.exports.services import DOWNLOAD_KEPT_FOR
from inbox.events.services import EVENT_KEPT_FOR
from inbox.models import Digest, EmailDelivery, Message
from quizzes.models import Attempt, AttemptQuestion
from sellers.models import MemberChange, MemberUpload, SellerNote
from violations.models import AppealAttachment
from workshops.rules import SENSITIVE_DAYS

OldRows = Callable[[int | None, datetime], QuerySet[Any]]
"""The rows of a market (``None``: of all) that are over before a moment, the oldest first."""


def _delete(rows: QuerySet[Any]) -> None:
    rows.delete()


@dataclass(frozen=True)
class RetentionKind:
    """A kind of row. A new market keeps it for ``days``; staff may choose no fewer than ``min_days``."""

    name: str
    label: str | Promise
    after: str | Promise
    """From when its time runs."""
    days: int
    min_days: int
    old_rows: OldRows
    of_market: bool = True
    remove: Callable[[QuerySet[Any]], None] = _delete


def _emails(market: int | None, before: datetime) -> QuerySet[Any]:
    settled = EmailDelivery.objects.exclude(state=EmailDelivery.State.PENDING)
    return settled.filter(message__seller__market=market, message__posted_at__lt=before).order_by("message__posted_at")


def _announcements(market: int | None, before: datetime) -> QuerySet[Any]:
    """Those of reports, which say nothing that the report does not; all others are the record of what was told."""
    told = Message.objects.filter(kind=Message.Kind.REPORT, seller__market=market, posted_at__lt=before)
    waiting = EmailDelivery.objects.filter(state=EmailDelivery.State.PENDING, message__in=told)
    return told.exclude(pk__in=waiting.values("message")).order_by("posted_at", "pk")


def _attempts(market: int | None, before: datetime) -> QuerySet[Any]:
    """Those that were not passed, also by being left, if nobody said or found that a question was wrong."""
    over = Q(passed=False, submitted_at__lt=before) | Q(submitted_at=None, ends_at__lt=before)
    failed = Attempt.objects.filter(over, seller__market=market)
    return failed.filter(regraded=None).exclude(questions__remark__isnull=False).order_by("started_at", "pk")


def _remove_attempts(attempts: QuerySet[Any]) -> None:
    ids = list(attempts.values_list("pk", flat=True))
    AttemptQuestion.objects.filter(attempt__in=ids).delete()
    attempts.delete()


def _attachments(market: int | None, before: datetime) -> QuerySet[Any]:
    """Their files are swept once no row names them."""
    of_appeal = Q(appeal__seller__market=market, appeal__decided_at__lt=before)
    of_answer = Q(answer__request__appeal__seller__market=market, answer__request__appeal__decided_at__lt=before)
    return AppealAttachment.objects.filter(of_appeal | of_answer).order_by("pk")


def _downloads(market: int | None, before: datetime) -> QuerySet[Any]:
    over = Export.objects.exclude(state__in=[Export.State.MAKING, Export.State.READY])
    return over.filter(seller__market=market, finished_at__lt=before).order_by("pk")


def _seller_notes(market: int | None, before: datetime) -> QuerySet[Any]:
    return SellerNote.objects.filter(seller__market=market, written_at__lt=before).order_by("written_at", "pk")


def _member_uploads(market: int | None, before: datetime) -> QuerySet[Any]:
    settled = MemberUpload.objects.exclude(state=MemberUpload.State.SENDING)
    return settled.filter(market=market, uploaded_at__lt=before).order_by("uploaded_at", "pk")


def _member_changes(market: int | None, before: datetime) -> QuerySet[Any]:
    told = MemberChange.objects.filter(to_tell=False, seller__market=market, changed_at__lt=before)
    return told.order_by("pk")


def _digests(market: int | None, before: datetime) -> QuerySet[Any]:
    return Digest.objects.exclude(state=Digest.State.PENDING).filter(ends_at__lt=before).order_by("pk")


def _sessions(market: int | None, before: datetime) -> QuerySet[Any]:
    sessions: QuerySet[Any] = UserSession.objects.filter(last_seen_at__lt=before)
    return sessions.order_by("pk")


SIGN_INS = ("sign_in", "wrong_password", "wrong_code")
"""What the trail notes of staff who come; the database refuses to remove anything else of it."""


def _sign_ins(market: int | None, before: datetime) -> QuerySet[Any]:
    return AuditEntry.objects.filter(action__in=SIGN_INS, at__lt=before).order_by("at", "pk")


def _soft_bounces(market: int | None, before: datetime) -> QuerySet[Any]:
    return UnreachableAddress.objects.filter(since=None, noted_at__lt=before).order_by("pk")


KINDS = [
    RetentionKind(
        "emails",
        _lazy("That a message was sent by email, to whom and when"),
        _lazy("after the message"),
        180,
        30,
        _emails,
    ),
    RetentionKind(
        "announcements",
        _lazy("Messages that announce a weekly report (the report itself stays)"),
        _lazy("after the message"),
        400,
        60,
        _announcements,
    ),
    RetentionKind(
        "attempts",
        _lazy("Attempts at quizzes that were not passed"),
        _lazy("after the attempt"),
        730,
        365,
        _attempts,
        remove=_remove_attempts,
    ),
    RetentionKind(
        "attachments",
        _lazy("Files that were sent with an appeal (what was written and decided stays)"),
        _lazy("after the decision"),
        1_095,
        730,
        _attachments,
    ),
    RetentionKind(
        "downloads",
        _lazy("That somebody made a download (its file is deleted after a week)"),
        _lazy("after the download"),
        180,
        30,
        _downloads,
    ),
    RetentionKind(
        "seller_notes",
        _lazy("What our staff noted for each other while they helped you"),
        _lazy("after the note"),
        1_095,
        365,
        _seller_notes,
    ),
    RetentionKind(
        "member_uploads",
        _lazy("Lists by which the marketplace invited people to act for sellers"),
        _lazy("after the upload"),
        90,
        30,
        _member_uploads,
    ),
    RetentionKind(
        "member_changes",
        _lazy("That somebody joined or left a seller, by which calendars are kept right (the trail of it stays)"),
        _lazy("after it happened"),
        730,
        365,
        _member_changes,
    ),
    RetentionKind(
        "digests", _lazy("That a weekly email was sent"), _lazy("after its week"), 180, 30, _digests, of_market=False
    ),
    RetentionKind(
        "sessions",
        _lazy("In which browser and from where you were signed in"),
        _lazy("after your last visit"),
        90,
        30,
        _sessions,
        of_market=False,
        remove=end_sessions,
    ),
    RetentionKind(
        "sign_ins",
        _lazy("When staff signed in, and with a wrong password or code"),
        _lazy("after the sign-in"),
        365,
        90,
        _sign_ins,
        of_market=False,
    ),
    RetentionKind(
        "soft_bounces",
        _lazy("That an email could not be taken for a while"),
        _lazy("after the last one"),
        90,
        30,
        _soft_bounces,
        of_market=False,
    ),
]


@dataclass(frozen=True)
class FixedTime:
    """What goes after a number of days that nobody chooses."""

    label: str | Promise
    after: str | Promise
    days: int


FIXED = [
    FixedTime(_lazy("The file of a download"), _lazy("after it was made"), DOWNLOAD_KEPT_FOR.days),
    FixedTime(
        _lazy("Answers to a workshop’s sensitive questions"), _lazy("after the end of the workshop"), SENSITIVE_DAYS
    ),
    FixedTime(
        _lazy("That an email about your account could not be sent (once it has left, nothing of it is kept)"),
        _lazy("after the last try"),
        GIVEN_UP_REMEMBERED_FOR.days,
    ),
    FixedTime(
        _lazy("What the marketplace’s systems were told of this seller (ids alone)"),
        _lazy("after it happened"),
        EVENT_KEPT_FOR.days,
    ),
]
"""Each is held by a constant of the app that removes it."""

BY_NAME = {kept.name: kept for kept in KINDS}

STAYS = [
    (
        _lazy("Points, violations with their evidence, enforcement actions and appeals"),
        _lazy("They are the record of what was decided about the account, and every total can be traced to them."),
    ),
    (
        _lazy("Weekly reports, and the messages that are named in them"),
        _lazy("A report never changes once it is published."),
    ),
    (_lazy("What staff did"), _lazy("So that it can be shown who decided what.")),
]
"""What does not go, and why."""
