"""Runs every example in docs/points.md through the real services, so that the page says what the portal does."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings

from kit.dates import Week
from quizzes.models import Quiz
from quizzes.next_steps import next_steps
from quizzes.plan.rules import Plan, RewardMonth
from quizzes.plan.selectors import find_plan
from quizzes.selectors import eligible_violations
from reports.models import WeeklyReport
from reports.services import build_due_weeks
from tests.credits import credit_points
from tests.factories import LONG_AGO, MarketFactory, PolicyFactory, QuizFactory, SellerFactory, draft
from tests.quizzes.helpers import take
from violations.models import EnforcementAction, Violation
from violations.selectors import get_standing, related_messages
from violations.services import NothingToCredit, issue_violations, void_violation, why_not_appeal
from violations.wording.standing import standing_words

pytestmark = pytest.mark.django_db

PAGE = Path(settings.BASE_DIR, "docs", "points.md").read_text(encoding="utf-8")
MOMENT = r"(\d{4}-\d\d-\d\d \d\d:\d\d)"


def read_examples(page: str) -> list[tuple[str, list[str]]]:
    """The examples of a page, each under the heading above it."""
    examples, heading, block = [], "", None
    for line in page.splitlines():
        if line == "```example":
            block = []
        elif block is not None and line == "```":
            examples.append((heading, block))
            block = None
        elif block is not None:
            block.append(line)
        elif line.startswith("#"):
            heading = line.lstrip("# ")
    return examples


class Story:
    """One example: a market, a seller in it, and the violations it names by letter."""

    def __init__(self, lines: list[str]) -> None:
        zone, reset = matched(r"market (\S+)( with quarter reset)?", lines[0])
        self.zone = ZoneInfo(zone)
        first = next(self.moment(line[:16]) for line in lines if re.match(MOMENT, line))
        self.market = MarketFactory(
            time_zone=zone,
            points_expiry="quarter" if reset else "rolling",
            books_closed_until=Week.of(first, zone=self.zone).starts_at(zone=self.zone),
        )
        self.seller = SellerFactory(market=self.market, created_at=LONG_AGO)

    def moment(self, text: str) -> datetime:
        return datetime.fromisoformat(text).replace(tzinfo=self.zone)

    def violation(self, letter: str) -> Violation:
        return Violation.objects.get(external_id=letter)

    # --- What happens

    def issue(self, now: datetime, what: str, issued_at: datetime) -> None:
        drafts = []
        for item in what.split(", "):
            points, letter = matched(r"(\d+) points as ([A-Z])", item)
            policy = QuizFactory(policy=PolicyFactory(points=int(points))).policy
            drafts.append(draft(self.seller, policy, external_id=letter, issued_at=issued_at))
        outcomes = issue_violations(market=self.market, drafts=drafts, source="test", now=now)
        assert [outcome.result.value for outcome in outcomes] == ["created"] * len(drafts)

    def credit(self, now: datetime, letter: str) -> None:
        credit_points(violation=self.violation(letter), points=1, reason="Quiz passed", now=now)

    def credit_is_refused(self, now: datetime, letter: str) -> None:
        with pytest.raises(NothingToCredit):
            self.credit(now, letter)

    def void(self, now: datetime, letter: str) -> None:
        void_violation(violation=self.violation(letter), reason="Issued in error.", voided_by=None, now=now)

    def pass_quiz(self, now: datetime, letter: str) -> None:
        attempt = take(self.seller, Quiz.objects.get(policy=self.violation(letter).policy), now=now)
        assert attempt.credit is not None

    def build(self, now: datetime) -> None:
        assert build_due_weeks(market=self.market, now=now)

    # --- What is true

    def total(self, at: datetime, points: str) -> None:
        assert get_standing(seller=self.seller, as_of=at).total == int(points)

    def entries(self, letter: str, signed: str) -> None:
        entries = self.violation(letter).entries.order_by("id").values_list("points", flat=True)
        assert " ".join(f"{points:+d}" for points in entries) == signed

    def reached(self, milestones: str) -> None:
        points = EnforcementAction.objects.order_by("id").values_list("milestone__points", flat=True)
        assert ", ".join(map(str, points)) == milestones.replace("nothing", "")

    def action(self, milestone: str, starts_at: datetime, ends_at: datetime) -> None:
        action = EnforcementAction.objects.get(milestone__points=int(milestone))
        assert (action.starts_at, action.ends_at) == (starts_at, ends_at)
        assert action.notice.posted_at <= action.starts_at

    def standing(self, at: datetime, word: str) -> None:
        assert standing_words(get_standing(seller=self.seller, as_of=at).level) == word

    def restricted(self, at: datetime, is_restricted: bool) -> None:
        assert bool(get_standing(seller=self.seller, as_of=at).in_force) is is_restricted

    def quiz(self, letter: str, at: datetime, is_open: bool) -> None:
        policy_id = self.violation(letter).policy_version.policy_id
        found = eligible_violations(market=self.market, seller_ids=[self.seller.pk], policy_id=policy_id, as_of=at)
        assert bool(found.get(self.seller.pk)) is is_open

    def plan(self, at: datetime) -> Plan:
        steps = next_steps(seller=self.seller, as_of=at)
        return find_plan(steps.prospect, steps.planned, seller=self.seller)

    def planned(self, at: datetime, now: str, later: str) -> None:
        letters = dict(Violation.objects.values_list("pk", "external_id"))
        for month, said in zip(RewardMonth, (now, later), strict=True):
            passes = [letters[one.option.violation_id] for one in self.plan(at).passes if one.month is month]
            assert ", ".join(passes) == said

    def good_standing(self, at: datetime, without: datetime, count: str, planned: datetime) -> None:
        plan = self.plan(at)
        goal = plan.goals[0]
        assert (goal.milestone, goal.without, goal.planned) == (None, without, planned)
        assert len(plan.needed(goal)) == int(count)

    def appeal(self, letter: str, at: datetime, is_open: bool) -> None:
        assert (why_not_appeal(self.violation(letter), as_of=at) == "") is is_open

    def told_as_over(self, letter: str) -> None:
        (message,) = related_messages(self.violation(letter))
        assert "would have counted until" in message.body

    def reported(self, letter: str, week: str) -> None:
        reports = WeeklyReport.objects.published().filter(seller=self.seller)
        pk = self.violation(letter).pk
        assert [str(r.week) for r in reports if pk in [row["id"] for row in r.detail.get("violations", [])]] == [week]

    def report_ends(self, week: str, points: str) -> None:
        report = WeeklyReport.objects.published().get(seller=self.seller, week_start=Week.parse(week).monday)
        assert report.points_at_end == int(points)

    def tell(self, line: str) -> None:
        """Do what a line says, or check that it is true. Raises ``ValueError`` for one that says neither."""
        for pattern, what in PATTERNS:
            if match := re.fullmatch(pattern.replace("MOMENT", MOMENT), line):
                texts = [text for text in match.groups() if text is not None]
                what(self, *(self.moment(text) if re.fullmatch(MOMENT, text) else text for text in texts))
                return
        raise ValueError(f"No such line is known: {line!r}")


PATTERNS: list[tuple[str, Callable[..., None]]] = [
    (r"MOMENT  issue (.*), back-dated to MOMENT", Story.issue),
    (r"MOMENT  issue (.*)", lambda story, now, what: story.issue(now, what, now)),
    (r"MOMENT  credit ([A-Z])", Story.credit),
    (r"MOMENT  credit ([A-Z]) is refused", Story.credit_is_refused),
    (r"MOMENT  void ([A-Z])", Story.void),
    (r"MOMENT  pass the quiz about ([A-Z])", Story.pass_quiz),
    (r"MOMENT  build the reports", Story.build),
    (r"total at MOMENT = (\d+)", Story.total),
    (r"entries of ([A-Z]) = (.+)", Story.entries),
    (r"reached (nothing|\d+(?:, \d+)*)", Story.reached),
    (r"action for (\d+) from MOMENT until MOMENT", Story.action),
    (r"standing at MOMENT is (.+)", Story.standing),
    (r"restricted at MOMENT", lambda story, at: story.restricted(at, True)),
    (r"not restricted at MOMENT", lambda story, at: story.restricted(at, False)),
    (r"([A-Z]) was told as over", Story.told_as_over),
    (r"appeal of ([A-Z]) open at MOMENT", lambda story, letter, at: story.appeal(letter, at, True)),
    (r"appeal of ([A-Z]) closed at MOMENT", lambda story, letter, at: story.appeal(letter, at, False)),
    (r"quiz about ([A-Z]) open at MOMENT", lambda story, letter, at: story.quiz(letter, at, True)),
    (r"quiz about ([A-Z]) closed at MOMENT", lambda story, letter, at: story.quiz(letter, at, False)),
    (r"plan as of MOMENT is (.+), then (.+)", Story.planned),
    (r"good standing as of MOMENT comes at MOMENT, with (\d+) quizzes at MOMENT", Story.good_standing),
    (r"([A-Z]) is in the report of (\S+)", Story.reported),
    (r"report of (\S+) ends at (\d+)", Story.report_ends),
]


def matched(pattern: str, line: str) -> tuple[str, ...]:
    match = re.fullmatch(pattern, line)
    assert match, f"{line!r} is not of the form {pattern}"
    return match.groups()


@pytest.mark.parametrize("lines", [pytest.param(lines, id=heading) for heading, lines in read_examples(PAGE)])
def test_example_in_the_page_is_true(lines: list[str]) -> None:
    story = Story(lines)
    for line in lines[1:]:
        story.tell(line)


def test_page_has_an_example_of_each_rule() -> None:
    assert len(read_examples(PAGE)) == PAGE.count("```example") == 18


@pytest.mark.parametrize(
    "line",
    ["total at 2026-02-02 09:00 = 5", "reached 12", "entries of A = +5", "restricted at 2026-02-02 09:00"],
)
def test_example_that_lies_is_caught(line: str) -> None:
    story = Story(["market America/New_York", "2026-02-02 09:00  issue 4 points as A"])
    story.tell("2026-02-02 09:00  issue 4 points as A")
    with pytest.raises(AssertionError):
        story.tell(line)


def test_example_that_nobody_understands_is_refused() -> None:
    story = Story(["market America/New_York", "2026-02-02 09:00  issue 4 points as A"])
    with pytest.raises(ValueError, match="No such line"):
        story.tell("total = 4")
