"""The tables of a seller's page for staff. This list is where one is added: what it reads and what a row says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Model, OuterRef, QuerySet
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext

from inbox.models import Message, Unsubscription
from kit.formatting import day_words, utc_words
from quizzes.models import Attempt
from reports.models import WeeklyReport
from sellers.models import Invitation, Member, Seller, SellerNote
from sellers.selectors import members_of, open_invitations
from violations.models import Appeal, EnforcementAction, Violation
from violations.selectors import appeals_of, violations_of
from workshops.models import Signup
from workshops.selectors import signups_of

from .cells import Cell, Reader, Row
from .emails import EmailsOfMessage

MAX_ROWS = 10
MAX_PEOPLE = 50
"""Members, and open invitations, that a page names."""


@dataclass(frozen=True)
class Section:
    """One table: the newest of ``read(seller, as_of)``, for who may see ``model``, whose list has all of them."""

    slug: str
    title: str | Promise
    model: type[Model]
    heads: Sequence[str | Promise]
    read: Callable[[Seller, datetime], QuerySet[Any]]
    row: Callable[[Any, Reader, datetime], Row]
    empty: str | Promise
    shown: int = MAX_ROWS
    listed: bool = True
    """Whether the admin has a list of them."""
    about: str | Promise = ""


def _moment(moment: datetime | None) -> str:
    return utc_words(moment) if moment else "–"


def _violation(one: Any, reader: Reader, now: datetime) -> Row:
    left = one.points_left
    return [
        reader.link(one, _moment(one.issued_at), quiet=one.external_id),
        Cell(str(one.policy)),
        Cell(one.content_title or _("the account")),
        Cell(str(left)),
        Cell(_moment(one.points_until) if left else "–"),
    ]


def _action(one: EnforcementAction, reader: Reader, now: datetime) -> Row:
    return [
        reader.link(one, one.get_kind_display()),
        Cell(_state_of_action(one, now)),
        Cell(_moment(one.starts_at)),
        Cell(_moment(one.lifted_at or one.ends_at) if one.lifted_at or one.ends_at else _("when it is lifted")),
    ]


def _state_of_action(action: EnforcementAction, now: datetime) -> str:
    if action.lifted_at:
        return _("Lifted")
    if action.is_in_force(as_of=now):
        return _("In force")
    return _("Announced") if action.is_upcoming(as_of=now) else _("Over")


def _appeal(one: Appeal, reader: Reader, now: datetime) -> Row:
    return [
        reader.link(one, one),
        Cell(str(one.violation.policy)),
        Cell(_moment(one.filed_at)),
        Cell(_moment(one.decide_by) if one.is_open else "–"),
        Cell(one.outcome),
    ]


def _message(one: Any, reader: Reader, now: datetime) -> Row:
    emails: EmailsOfMessage = one.emails
    return [
        reader.link(one, one.subject),
        Cell(str(one.get_kind_display())),
        Cell(_moment(one.posted_at)),
        Cell(", ".join(emails.readers) or _("nobody")),
        Cell(emails.words),
    ]


def _members(seller: Seller, as_of: datetime) -> QuerySet[Any]:
    """The members, each with the kinds of messages of which they get no email, or the weekly one only."""
    unsubscribed = Unsubscription.objects.filter(member=OuterRef("pk")).order_by("kind").values("kind")
    return members_of(seller).annotate(
        without=ArraySubquery(unsubscribed.filter(in_digest=False)),
        weekly=ArraySubquery(unsubscribed.filter(in_digest=True)),
    )


def _kinds(values: Sequence[str]) -> str:
    return ", ".join(str(Message.Kind(value).label) for value in values)


def _member(one: Any, reader: Reader, now: datetime) -> Row:
    weekly = _("In the weekly email: %(kinds)s") % {"kinds": _kinds(one.weekly)} if one.weekly else ""
    return [
        reader.link(one.user, one.user, quiet=one.user.email),
        Cell(str(one.get_role_display())),
        Cell(_moment(one.user.last_login)),
        Cell(_moment(one.visited_at)),
        Cell(_moment(one.created_at)),
        Cell(_kinds(one.without) or "–", quiet=weekly),
    ]


def _invitation(one: Invitation, reader: Reader, now: datetime) -> Row:
    until = _moment(one.expires_at)
    return [
        Cell(one.email),
        Cell(str(one.get_role_display())),
        Cell(one.inviter),
        Cell(_moment(one.sent_at)),
        Cell(until if one.expires_at > now else _("over since %(moment)s") % {"moment": until}),
    ]


def _report(one: WeeklyReport, reader: Reader, now: datetime) -> Row:
    kwargs = {"object_id": one.seller_id, "week": str(one.week)}
    return [
        Cell(str(one.week), reverse("admin:sellers_seller_report", kwargs=kwargs), day_words(one.week.monday)),
        Cell(str(one.violation_count)),
        Cell(_("%(start)s to %(end)s") % {"start": one.points_at_start, "end": one.points_at_end}),
        Cell("PDF", reverse("admin:sellers_seller_report_pdf", kwargs=kwargs)),
    ]


def _signup(one: Signup, reader: Reader, now: datetime) -> Row:
    return [
        reader.link(one, one.workshop),
        Cell(_moment(one.workshop.starts_at)),
        Cell(str(one.get_state_display())),
        Cell(_moment(one.checked_in_at)),
    ]


def _attempt(one: Attempt, reader: Reader, now: datetime) -> Row:
    credit = one.credit
    points = -credit.points if credit else 0
    return [
        reader.link(one, one.quiz.policy),
        Cell(_moment(one.started_at)),
        Cell(str(one.user)),
        Cell(str(one.state(as_of=now).label)),
        Cell(ngettext("%(count)s point", "%(count)s points", points) % {"count": points}),
    ]


def _note(one: SellerNote, reader: Reader, now: datetime) -> Row:
    return [Cell(one.text), Cell(str(one.written_by)), reader.link(one, _moment(one.written_at))]


def _standing_violations(seller: Seller, as_of: datetime) -> QuerySet[Any]:
    return violations_of(seller=seller, as_of=as_of).filter(voided_at=None)


def _attempts(seller: Seller, as_of: datetime) -> QuerySet[Any]:
    return Attempt.objects.filter(seller=seller).select_related("quiz__policy", "user", "credit").order_by("-pk")


def _notes(seller: Seller, as_of: datetime) -> QuerySet[Any]:
    return SellerNote.objects.filter(seller=seller).select_related("written_by").order_by("-pk")


def _reports(seller: Seller, as_of: datetime) -> QuerySet[Any]:
    return WeeklyReport.objects.published().filter(seller=seller).order_by("-week_start")


def _actions(seller: Seller, as_of: datetime) -> QuerySet[Any]:
    return EnforcementAction.objects.filter(seller=seller).order_by("-pk")


NOTES = Section(
    "notes", _lazy("Notes of staff"), SellerNote, [_lazy("Note"), _lazy("By"), _lazy("Written")], _notes, _note,
    _lazy("Nobody noted anything. The seller never reads notes."),
)  # fmt: skip
VIOLATIONS = Section(
    "violations", _lazy("Violations that stand"), Violation,
    [_lazy("Issued"), _lazy("Policy"), _lazy("Content"), _lazy("Points left"), _lazy("Until")],
    _standing_violations, _violation, _lazy("No violation stands."),
)  # fmt: skip
ACTIONS = Section(
    "actions", _lazy("Enforcement actions"), EnforcementAction,
    [_lazy("Action"), _lazy("State"), _lazy("Starts"), _lazy("Ends")], _actions, _action,
    _lazy("None was ever imposed."),
)  # fmt: skip
APPEALS = Section(
    "appeals", _lazy("Appeals"), Appeal,
    [_lazy("Reference"), _lazy("Against"), _lazy("Filed"), _lazy("To be decided by"), _lazy("State")],
    lambda seller, as_of: appeals_of(seller=seller, as_of=as_of), _appeal, _lazy("None was ever filed."),
)  # fmt: skip
MESSAGES = Section(
    "messages", _lazy("Messages"), Message,
    [_lazy("Subject"), _lazy("Kind"), _lazy("Posted"), _lazy("Read by"), _lazy("Emails")],
    lambda seller, as_of: Message.objects.filter(seller=seller), _message, _lazy("Nothing was told yet."),
    about=_lazy(
        "Emails “none”: nobody got it by email. Members choose which kinds come by email, and who joins later gets "
        "no email of what was before."
    ),
)  # fmt: skip
MEMBERS = Section(
    "members", _lazy("Members"), Member,
    [_lazy("Person"), _lazy("Role"), _lazy("Last sign-in"), _lazy("Last visit"), _lazy("Member since"),
     _lazy("Emails switched off")],
    _members, _member, _lazy("Nobody acts for this seller yet: invite somebody."),
    MAX_PEOPLE, listed=False,
)  # fmt: skip
INVITATIONS = Section(
    "invitations", _lazy("Invitations that are open"), Member,
    [_lazy("Email address"), _lazy("Role"), _lazy("By"), _lazy("Sent"), _lazy("Good until")],
    lambda seller, as_of: open_invitations(seller), _invitation, _lazy("None is open."), MAX_PEOPLE, listed=False,
)  # fmt: skip
REPORTS = Section(
    "reports", _lazy("Weekly reports"), WeeklyReport,
    [_lazy("Week"), _lazy("Violations"), _lazy("Total"), _lazy("File")], _reports, _report,
    _lazy("None is published yet."), listed=False,
)  # fmt: skip
SIGNUPS = Section(
    "workshops", _lazy("Workshops"), Signup,
    [_lazy("Workshop"), _lazy("Starts"), _lazy("State"), _lazy("Checked in")],
    lambda seller, as_of: signups_of(seller=seller).order_by("-pk"), _signup, _lazy("The seller never signed up."),
)  # fmt: skip
ATTEMPTS = Section(
    "quizzes", _lazy("Quizzes"), Attempt,
    [_lazy("Quiz about"), _lazy("Started"), _lazy("By"), _lazy("State"), _lazy("Removed")], _attempts, _attempt,
    _lazy("The seller never took one."),
)  # fmt: skip

SECTIONS = [
    NOTES, VIOLATIONS, ACTIONS, APPEALS, MESSAGES, MEMBERS, INVITATIONS, REPORTS, SIGNUPS, ATTEMPTS,
]  # fmt: skip
"""In the order of the page."""


def sections_for(reader: Reader) -> list[Section]:
    return [section for section in SECTIONS if reader.may_see(section.model)]
