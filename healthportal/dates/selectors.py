"""The dates that lie before a seller: deadlines, expiries, what starts and ends, in one list."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from kit.dates import last_day_before, local_date
from policies.models import PolicyVersion
from policies.selectors import announced_among, current_versions
from quizzes.next_steps import NextStep, NextSteps, appeal_reads, appeal_steps_among, steps_among
from quizzes.plan.selectors import prospect_of
from quizzes.selectors import quiz_reads
from sellers.models import Seller
from violations import rules
from violations.models import Appeal, AppealQuerySet, EnforcementAction
from violations.selectors import Explanation, explain
from workshops.models import Signup
from workshops.selectors import current_signups


class DateKind(StrEnum):
    QUIZ = "quiz"
    """Until when to take a quiz, as the recovery plan counts on it."""
    APPEAL = "appeal"
    """The last day to file an appeal."""
    ANSWER = "answer"
    """The last day to answer the reviewer of an appeal."""
    DECISION = "decision"
    """Until when an appeal is decided."""
    EXPIRY = "expiry"
    STARTS = "starts"
    """An enforcement action starts."""
    ENDS = "ends"
    WORKSHOP = "workshop"
    POLICY = "policy"
    """A new version of a policy takes effect."""


DEADLINES = (DateKind.QUIZ, DateKind.APPEAL, DateKind.ANSWER)
"""What the seller has to do until the end of that day."""

Subject = NextStep | Appeal | rules.Expiry | EnforcementAction | Signup | PolicyVersion


@dataclass(frozen=True)
class NextDate:
    """Something that lies ahead. ``at`` is the moment; of what ends or is due, the first moment after it.

    ``day`` is the local day of it: of the market, or of a workshop. ``subject`` is what it is about.
    """

    kind: DateKind
    at: datetime
    day: date
    subject: Subject


@dataclass(frozen=True)
class Ahead:
    """What the dates of a seller are made of."""

    quizzes: Sequence[NextStep]
    appeals: Sequence[NextStep]
    filed: Sequence[Appeal]
    expiries: Sequence[rules.Expiry]
    actions: Sequence[EnforcementAction]
    signups: Sequence[Signup]
    versions: Sequence[PolicyVersion]


class DateReads:
    """What is read of what lies ahead of a seller at a moment, beside its ledger and actions; all at once.

    ``to_appeal`` are the violations that can be appealed, ``filed`` the appeals that wait for a decision.
    """

    def __init__(self, *, seller: Seller, as_of: datetime) -> None:
        self.quizzes = quiz_reads(market=seller.market, seller_ids=[seller.pk], as_of=as_of)
        self.to_appeal = appeal_reads(seller_ids=[seller.pk], as_of=as_of)
        self.filed = filed_appeals(seller=seller, as_of=as_of)
        self.signups = current_signups(seller=seller, as_of=as_of)
        self.versions = current_versions(as_of=as_of)

    def __iter__(self) -> Iterator[QuerySet[Any, Any]]:
        return iter((*self.quizzes, self.to_appeal, self.filed, self.signups, self.versions))


def ahead_of(explanation: Explanation, steps: NextSteps, reads: DateReads) -> Ahead:
    """What lies ahead of a seller whose standing is explained as of now, from reads that are done (no query)."""
    as_of, standing = explanation.now, explanation.standing
    zone = explanation.seller.market.zone
    return Ahead(
        quizzes=steps.quizzes,
        appeals=appeal_steps_among(reads.to_appeal),
        filed=list(reads.filed),
        expiries=rules.upcoming_expiries(steps.prospect.periods, now=as_of, zone=zone),
        actions=[*standing.in_force, *standing.upcoming],
        signups=list(reads.signups),
        versions=announced_among(reads.versions, as_of=as_of),
    )


def dates_of(*, seller: Seller, as_of: datetime) -> list[NextDate]:
    """All dates that lie ahead of a seller, the next first (2 queries)."""
    reads = DateReads(seller=seller, as_of=as_of)
    explanation = explain(seller=seller, as_of=as_of, now=as_of, beside=reads)
    steps = steps_among(reads.quizzes, seller=seller, prospect=prospect_of(explanation))
    return next_dates(ahead_of(explanation, steps, reads), as_of=as_of, zone=seller.market.zone)


def filed_appeals(*, seller: Seller, as_of: datetime) -> AppealQuerySet:
    """A seller's appeals that wait for a decision, with ``answer_by`` while the seller is asked for something."""
    appeals = Appeal.objects.open().filter(seller=seller).with_request(at=as_of)
    return appeals.select_related("violation__policy_version__policy")


def next_dates(ahead: Ahead, *, as_of: datetime, zone: ZoneInfo) -> list[NextDate]:
    """Everything that lies ahead after a moment, the next first; ``zone`` is that of the seller's market."""
    dates = [*_deadlines(ahead, zone), *_changes(ahead, zone), *_workshops(ahead.signups)]
    return sorted((date for date in dates if date.at > as_of), key=lambda date: (date.at, date.kind))


def one_appeal(dates: Sequence[NextDate]) -> list[NextDate]:
    """The dates with the first of the deadlines to appeal alone: appeals are for when the facts are wrong."""
    first = next((date for date in dates if date.kind is DateKind.APPEAL), None)
    return [date for date in dates if date.kind is not DateKind.APPEAL or date is first]


def _deadlines(ahead: Ahead, zone: ZoneInfo) -> Iterator[NextDate]:
    for kind, steps in ((DateKind.QUIZ, ahead.quizzes), (DateKind.APPEAL, ahead.appeals)):
        for step in steps:
            if step.deadline is not None:
                yield NextDate(kind, step.deadline, last_day_before(step.deadline, zone=zone), step)
    for appeal in ahead.filed:
        answer_by: datetime | None = appeal.answer_by  # type: ignore[attr-defined]  # annotated
        if answer_by is not None:
            yield NextDate(DateKind.ANSWER, answer_by, last_day_before(answer_by, zone=zone), appeal)
        yield NextDate(DateKind.DECISION, appeal.decide_by, last_day_before(appeal.decide_by, zone=zone), appeal)


def _changes(ahead: Ahead, zone: ZoneInfo) -> Iterator[NextDate]:
    for expiry in ahead.expiries:
        yield NextDate(DateKind.EXPIRY, expiry.at, expiry.day, expiry)
    for action in ahead.actions:
        yield NextDate(DateKind.STARTS, action.starts_at, local_date(action.starts_at, zone=zone), action)
        if action.ends_at is not None:
            yield NextDate(DateKind.ENDS, action.ends_at, last_day_before(action.ends_at, zone=zone), action)
    for version in ahead.versions:
        if version.effective_from is not None:
            yield NextDate(
                DateKind.POLICY, version.effective_from, local_date(version.effective_from, zone=zone), version
            )


def _workshops(signups: Sequence[Signup]) -> Iterator[NextDate]:
    for signup in signups:
        if signup.workshop.cancelled_at is None and signup.state != Signup.State.GIVEN_ON:
            start = signup.workshop.starts_at
            yield NextDate(DateKind.WORKSHOP, start, local_date(start, zone=signup.workshop.zone), signup)
