"""Half a year in a market: violations, quizzes, voided violations and weekly reports, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import heappop, heappush
from itertools import count
from random import Random
from typing import Any

from accounts.models import User
from kit.dates import Week
from kit.outcomes import Refused
from quizzes.models import Quiz
from quizzes.services import answer_question, start_attempt, submit_attempt
from reports.services import build_due_weeks
from sellers.models import Market, Seller
from sellers.services import ContentDraft
from violations.models import Appeal, Violation
from violations.services import (
    ViolationDraft,
    deny_appeal,
    file_appeal,
    grant_appeal,
    grant_partly,
    issue_violations,
    void_violation,
    withdraw_appeal,
)

from .cast import WEEKS

Event = tuple[datetime, Callable[[datetime], object]]
"""What happens at a moment."""

HABITS = ((0.50, 0.0), (0.85, 0.035), (0.97, 0.12), (1.0, 0.28))
"""Shares of the sellers (cumulative) and how many violations a week such a seller has on average."""

VOID_REASONS = (
    "The claim is printed on the certified label; the reviewer had not seen it.",
    "The clip was licensed; the licence was on file.",
    "The same content was found twice; this one is the duplicate.",
)

APPEALS = (
    "The claim stands on the label, and the lab report for it is public. I ask you to look at it again.",
    "The sentence was a buyer's question that I read out before I answered it. My answer says the opposite.",
    "The clip is ours: it is the unedited version of our own recording of the same evening.",
)


DETECTORS = {
    "misleading-claims": "claims-model",
    "price-manipulation": "price-watch",
    "counterfeit-goods": "brand-match",
}


def _version(moment: datetime) -> str:
    """Detectors are renewed each quarter."""
    return f"{moment:%Y}.{(moment.month + 2) // 3}"


FATES = ("deny", "grant", "partly", "deny", "withdraw", "deny", "settle", "partly", "deny", "grant")
"""What becomes of appeals, one after the other."""


@dataclass(frozen=True)
class Planned:
    """A violation of a lead seller, written by hand: how long ago, of which policy, and whether a quiz was passed.

    The time runs back from the end of the last week that has ended. So its report has something to tell on every day of
    the week. With ``now`` the time runs back from the moment of seeding.
    """

    days_ago: float
    policy: str
    case: int = 0
    passed_quizzes: int = 0
    now: bool = False


STORIES = {
    "Rosewood Pantry": [Planned(161, "misleading-claims", 2, passed_quizzes=1)],
    "Lumen & Lather": [
        Planned(165, "misleading-claims", 0),
        Planned(55, "price-manipulation", 1),
        Planned(37, "misleading-claims", 1, passed_quizzes=1),
        Planned(8.8, "misleading-claims", 3, passed_quizzes=1),
        Planned(4.9, "low-quality-live", 2),
        Planned(3, "misleading-claims", 2),
        Planned(2, "price-manipulation", 3, passed_quizzes=1),
        Planned(1.25, "late-dispatch-promises", 0, now=True),
    ],
    "Copperleaf Outdoors": [
        Planned(166, "undisclosed-promotion", 2),
        Planned(110, "unsafe-demonstration", 1),
        Planned(58, "undisclosed-promotion", 0),
        Planned(31, "unsafe-demonstration", 3, passed_quizzes=1),
        Planned(17, "price-manipulation", 2),
        Planned(5.8, "prohibited-products", 1),
        Planned(5.6, "misleading-claims", 4),
        Planned(2.9, "unsafe-demonstration", 0),
        Planned(2.1, "undisclosed-promotion", 1),
        Planned(2, "misleading-claims", 5, now=True),
    ],
    "Both Sides Vintage": [Planned(40, "counterfeit-goods", 0)],
    "Both Sides Bangkok": [Planned(6, "giveaways", 1, passed_quizzes=1)],
}

MISTAKEN = [f"us-{number:04}" for number in range(61, 67)]
"""Sellers of whom a check of listings is wrong (``incident``)."""
WRONGED = ["gb-0062", "gb-0063"]
"""Sellers who take a quiz with a wrong key (``teaching``)."""
CASES = {
    **{key: [Planned(9, "late-dispatch-promises", 1)] for key in MISTAKEN},
    **{key: [Planned(7, "low-quality-live", 1)] for key in WRONGED},
}
"""What befalls other sellers, by their ids."""


@dataclass
class DemoHistory:
    """What happens in one market. Events wait in a heap and are carried out in the order of their moments."""

    market: Market
    sellers: list[Seller]
    policies: dict[str, dict[str, Any]]
    people: list[User]
    reviewer: User
    now: datetime
    random: Random
    events: list[tuple[datetime, int, Any]] = field(default_factory=list)
    numbers: count[int] = field(default_factory=count)

    def run(self, others: Iterable[Event] = ()) -> None:
        """Play it all with ``others``, leaving the last week that has ended without its report."""
        for moment, event in others:
            self._at(moment, event)
        self._plan_violations()
        self._plan_reports()
        while self.events:
            moment, _, event = heappop(self.events)
            event(moment)

    def _at(self, moment: datetime, event: Any) -> None:
        if moment < self.now:
            heappush(self.events, (moment, next(self.numbers), event))

    def _plan_reports(self) -> None:
        last = Week.of(self.now, zone=self.market.zone).previous
        week = Week.of(self.market.books_closed_until, zone=self.market.zone)
        while week < last:
            self._at(week.ends_at(zone=self.market.zone) + timedelta(minutes=9), self._report)
            week = week.next

    def _report(self, moment: datetime) -> None:
        build_due_weeks(market=self.market, now=moment)

    def _plan_violations(self) -> None:
        """Twice a week the marketplace sends what it found since."""
        found: dict[datetime, list[tuple[ViolationDraft, int]]] = {}
        for seller in self.sellers:
            for moment, policy, case, passes in self._troubles(seller):
                sent_at = self._next_sending(moment)
                found.setdefault(sent_at, []).append((self._draft(seller, moment, policy, case), passes))
        for sent_at, drafts in found.items():
            self._at(sent_at, lambda moment, drafts=drafts: self._send(drafts, moment))

    def _next_sending(self, moment: datetime) -> datetime:
        """Wednesday or Sunday at 20:00 local, but what is only hours old is sent after half an hour."""
        for days in range(5):
            day = moment.astimezone(self.market.zone) + timedelta(days=days)
            sending = day.replace(hour=20, minute=0, second=0, microsecond=0)
            if sending.isoweekday() in {3, 7} and moment < sending < self.now:
                return sending
        return moment + timedelta(minutes=30)

    def _troubles(self, seller: Seller) -> list[tuple[datetime, str, int, int]]:
        if planned := STORIES.get(seller.name) or CASES.get(seller.external_id):
            week_end = Week.of(self.now, zone=self.market.zone).starts_at(zone=self.market.zone)
            return [
                ((self.now if p.now else week_end) - timedelta(days=p.days_ago), p.policy, p.case, p.passed_quizzes)
                for p in planned
            ]
        share = self.random.random()
        rate = next(rate for limit, rate in HABITS if share <= limit)
        favourites = self.random.sample(sorted(self.policies), 3)
        opened = max(seller.created_at, self.market.books_closed_until)
        weeks = (self.now - opened) / timedelta(weeks=1)
        times = sum(self.random.random() < rate for _ in range(int(weeks)))
        return [self._trouble(opened, favourites) for _ in range(times)]

    def _trouble(self, opened: datetime, favourites: list[str]) -> tuple[datetime, str, int, int]:
        moment = opened + (self.now - opened) * self.random.random() * 0.995
        weights = [1 / self.policies[code]["versions"][-1]["points"] for code in favourites]
        (policy,) = self.random.choices(favourites, weights)
        case = self.random.randrange(len(self.policies[policy]["cases"]))
        return moment, policy, case, -1

    def _draft(self, seller: Seller, moment: datetime, policy: str, number: int) -> ViolationDraft:
        case = self.policies[policy]["cases"][number]
        seconds = case.get("position_seconds")
        position = str(timedelta(seconds=seconds)).zfill(8) if seconds is not None else ""
        key = f"{case['kind']}-{next(self.numbers):05}"
        return ViolationDraft(
            external_id=f"{self.market.code}-{key}",
            seller_external_id=seller.external_id,
            policy_code=policy,
            issued_at=moment,
            facts=case["facts"].format(position=position),
            detection=case["detection"],
            automated=case["detection"] == "automated" and self.random.random() < 0.5,
            detector=DETECTORS.get(policy, "listing-check") if case["detection"] == "automated" else "",
            detector_version=_version(moment) if case["detection"] == "automated" else "",
            content=ContentDraft(
                kind=case["kind"],
                external_id=key,
                title=case["title"],
                url=f"https://shop.example/{case['kind']}/{key}",
                published_at=moment - timedelta(hours=self.random.randrange(3, 60)),
            ),
            position_seconds=seconds,
        )

    def _send(self, drafts: list[tuple[ViolationDraft, int]], moment: datetime) -> None:
        sent = [draft for draft, _ in drafts]
        outcomes = issue_violations(market=self.market, drafts=sent, source="demo feed", now=moment)
        for outcome, (_, passes) in zip(outcomes, drafts, strict=True):
            if outcome.record_id is None:
                raise ValueError(f"The demo data do not fit the rules: {outcome}")
            self._plan_what_follows(outcome.record_id, passes, moment)

    def _plan_what_follows(self, violation_id: int, passes: int, moment: datetime) -> None:
        """A quiz for some, in two of three cases passed; a few are voided. Stories say themselves what follows."""
        if passes < 0:
            fate = self.random.random()
            if fate < 0.03:
                later = moment + timedelta(days=self.random.randrange(3, 12))
                self._at(later, lambda at: self._void(violation_id, at))
            elif fate < 0.12:
                self._at(moment + timedelta(days=1, hours=5), lambda at: self._appeal(violation_id, at))
            if fate < 0.7:
                return
        for number in range(abs(passes)):
            later = moment + timedelta(days=1 + number, hours=self.random.randrange(20))
            passed = passes > 0 or self.random.random() < 0.67
            self._at(later, lambda at, passed=passed: self._take_quiz(violation_id, at, passed=passed))

    def _void(self, violation_id: int, moment: datetime) -> None:
        violation = Violation.objects.get(pk=violation_id)
        void_violation(violation=violation, reason=self.random.choice(VOID_REASONS), voided_by=None, now=moment)

    def _appeal(self, violation_id: int, moment: datetime) -> None:
        """File an appeal; the reviewer decides some days later."""
        violation = Violation.objects.get(pk=violation_id)
        person = self.people[violation.seller_id % len(self.people)]
        appeal = file_appeal(violation=violation, text=self.random.choice(APPEALS), filed_by=person, now=moment)
        later = moment + timedelta(days=self.random.randrange(2, 9))
        if self.now - moment < timedelta(days=13):
            return  # left for the reviewer
        self._at(later, lambda at: self._decide(appeal, at))

    def _decide(self, appeal: Appeal, moment: datetime) -> None:
        fate = FATES[Appeal.objects.filter(pk__lt=appeal.pk).count() % len(FATES)]
        decision: Any = {"appeal": appeal, "decided_by": self.reviewer, "now": moment}
        if fate == "grant":
            grant_appeal(reason="The proof you sent is sound.", reason_code="proof-sound", **decision)
        elif fate == "partly" and appeal.violation.entries.total() > 1:
            reason = "You corrected it within the hour, before anybody complained; the claim was made all the same."
            grant_partly(points=1, reason=reason, reason_code="corrected-at-once", **decision)
        elif fate == "withdraw":
            withdraw_appeal(appeal=appeal, withdrawn_by=appeal.filed_by, now=moment)
        elif fate == "settle":
            self._void(appeal.violation_id, moment)
        else:
            reason = "The recording shows the words as stated; what you sent is about another product."
            deny_appeal(reason=reason, reason_code="on-recording", **decision)

    def _take_quiz(self, violation_id: int, moment: datetime, *, passed: bool) -> None:
        violation = Violation.objects.select_related("seller").get(pk=violation_id)
        quiz = Quiz.objects.get(policy=violation.policy)
        person = self.people[violation.seller_id % len(self.people)]
        try:
            attempt = start_attempt(quiz=quiz, seller=violation.seller, user=person, now=moment, violation=violation)
        except Refused:  # voided meanwhile, or the month's attempts are used up: that is life
            return
        wrong = 0 if passed else self.random.randrange(1, 3)
        for asked in attempt.questions.all():
            others = [pk for pk in asked.choice_ids if pk not in asked.right_ids]
            answer_question(
                attempt=attempt,
                user=attempt.user,
                position=asked.position,
                choices=asked.right_ids if asked.position > wrong else others[:1],
                now=moment + asked.position * timedelta(seconds=18 + asked.question_id % 15),
            )
        submit_attempt(attempt=attempt, user=attempt.user, now=moment + timedelta(minutes=4))


def play(
    market: Market,
    sellers: list[Seller],
    policies: dict[str, dict[str, Any]],
    people: list[User],
    reviewer: User,
    *,
    now: datetime,
    others: Iterable[Event] = (),
) -> None:
    """Play 26 weeks of a market until ``now``, with what else happened; the same every time for the same week."""
    DemoHistory(
        market=market,
        sellers=sellers,
        policies=policies,
        people=people,
        reviewer=reviewer,
        now=now,
        random=Random(f"{market.code} {WEEKS}"),  # noqa: S311  # the same demo every time
    ).run(others)
