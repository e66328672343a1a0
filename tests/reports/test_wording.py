from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.dates import Week
from reports.rules import RunState, Trend, WorkshopState
from reports.wording import build_command, charts, report, runs
from reports.wording import figures as numbers
from violations.rules import Expiry, StandingLevel

NEW_YORK = ZoneInfo("America/New_York")
NOON = datetime(2026, 11, 9, 17, tzinfo=UTC)


@pytest.mark.parametrize(
    ("figures", "expected"),
    [
        ((0, 0, 0, 12), "No violations this week. You have no points."),
        (
            (0, 4, 4, 12),
            "No violations this week. Your total stayed at 4 points. 8 points left before the milestone at 12.",
        ),
        (
            (1, 4, 6, 12),
            "1 violation this week. Your total rose from 4 to 6 points. 6 points left before the milestone at 12.",
        ),
        (
            (2, 6, 1, 12),
            "2 violations this week. Your total fell from 6 to 1 point. 11 points left before the milestone at 12.",
        ),
        ((0, 6, 0, 12), "No violations this week. Your total fell from 6 to no points."),
        (
            (1, 0, 1, 2),
            "1 violation this week. Your total rose from 0 to 1 point. 1 point left before the milestone at 2.",
        ),
        ((1, 1, 1, None), "1 violation this week. Your total stayed at 1 point."),
        ((1, 40, 50, None), "1 violation this week. Your total rose from 40 to 50 points."),
    ],
)
def test_week_sentence(figures, expected):
    violations, start, end, upcoming = figures
    sentence = report.week_sentences(
        violations=violations, points_at_start=start, points_at_end=end, next_milestone=upcoming
    )
    assert sentence == expected


@pytest.mark.parametrize(
    ("monday", "expected"),
    [
        (date(2026, 11, 9), "9–15 November 2026"),
        (date(2026, 11, 30), "30 November – 6 December 2026"),
        (date(2026, 12, 28), "28 December 2026 – 3 January 2027"),
    ],
)
def test_week_days(monday, expected):
    assert numbers.week_days(Week(monday)) == expected


@given(st.dates(date(2020, 1, 1), date(2040, 1, 1)))
def test_week_days_name_the_last_day(day):
    week = Week(day - timedelta(days=day.weekday()))
    assert numbers.week_days(week).endswith(f"{week.sunday.day} {week.sunday:%B} {week.sunday.year}")


@pytest.mark.parametrize(
    ("monday", "expected"),
    [
        (date(2026, 11, 9), "Mon 9 Nov – Sun 15 Nov 2026"),
        (date(2026, 12, 28), "Mon 28 Dec 2026 – Sun 3 Jan 2027"),
    ],
)
def test_week_range(monday, expected):
    assert numbers.week_range(Week(monday)) == expected


@pytest.mark.parametrize(
    ("figures", "expected"),
    [
        ((2, 0, 0, 0), "No entry was recorded this week and none expired: 2 points from start to end."),
        ((2, 3, 0, 0), "The week started with 2 points. 3 points came in. It ended with 5 points."),
        (
            (4, 3, -1, 2),
            "The week started with 4 points. 3 points came in. 1 point went out. 2 points expired. "
            "It ended with 4 points.",
        ),
    ],
)
def test_balance_sentence(figures, expected):
    start, points_in, points_out, expired = figures
    assert (
        report.balance_sentences(start=start, points_in=points_in, points_out=points_out, expired=expired) == expected
    )


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([], "None was breached this week."),
        ([("Claims", 1)], "Claims: the only violation of the week."),
        ([("Claims", 2)], "Claims: all 2 violations of the week."),
        ([("Claims", 2), ("Giveaways", 2)], "2 violations of each of 2 policies."),
        ([("Claims", 2), ("Giveaways", 2), ("Labels", 1)], "Most often Claims: 2 of 5 violations."),
        ([("Claims", 2), ("Giveaways", 1)], "Most often Claims: 2 of 3 violations."),
    ],
)
def test_policies_sentence(rows, expected):
    assert charts.policies_sentence(rows) == expected


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ([0, 0], "No violations in 2 weeks."),
        ([3], "3 violations in the first week."),
        ([1, 0, 2], "2 violations this week; 1 violation in the 2 weeks before."),
    ],
)
def test_weeks_sentence(counts, expected):
    assert charts.weeks_sentence(counts) == expected


def test_week_sentence_names_the_highest_milestone_that_was_reached():
    figures = {"violations": 2, "points_at_start": 8, "points_at_end": 26, "next_milestone": 36}
    assert report.week_sentences(**figures, milestones=[12, 24, 36]) == (
        "2 violations this week. Your total rose from 8 to 26 points. It reached the milestone at 24. 10 points left "
        "before the milestone at 36."
    )


def test_milestone_is_reached_when_the_total_is_at_it():
    figures = {"violations": 1, "next_milestone": 24, "milestones": [12, 24]}
    assert report.week_sentences(**figures, points_at_start=11, points_at_end=12).endswith(
        "Your total rose from 11 to 12 points. It reached the milestone at 12. 12 points left before the milestone at "
        "24."
    )
    assert report.week_sentences(**figures, points_at_start=12, points_at_end=13).endswith(
        "Your total rose from 12 to 13 points. It is past the milestone at 12. 11 points left before the milestone at "
        "24."
    )


@pytest.mark.parametrize(("points", "expected"), [(0, "no point came off"), (1, "1 point less"), (2, "2 points less")])
def test_points_off(points, expected):
    assert numbers.points_off(points) == expected


@pytest.mark.parametrize(
    ("counts", "expected"),
    [([2], "Claims: 2 this week, the first."), ([0, 3, 1], "Claims: 1 this week, 3 in the 2 weeks before.")],
)
def test_history_sentence(counts, expected):
    assert charts.history_sentence("Claims", counts) == expected


@pytest.mark.parametrize(
    ("totals", "milestone", "expected"),
    [
        ([3], 12, "The total is 3 points at the end of the first week."),
        ([3, 3], None, "Your total is 3 points, as it was 1 week ago."),
        ([3, 8, 7], None, "Your total rose from 3 to 7 points in 2 weeks."),
        ([3, 0], 12, "Your total fell from 3 to no points in 1 week. The next milestone is at 12."),
    ],
)
def test_totals_sentence(totals, milestone, expected):
    assert charts.totals_sentence(totals, next_milestone=milestone) == expected


@pytest.mark.parametrize(
    ("distance", "notice_days", "expected"),
    [
        (1, 0, "with the message that announces it. Any further violation would be enough."),
        (3, 30, "30 days after the message that announces it. One more violation of “A” (4 points) would be enough."),
        (4, 0, "with the message that announces it. One more violation of “A” (4 points) would be enough."),
        (5, 0, "with the message that announces it."),
    ],
)  # fmt: skip
def test_alert_text(distance, notice_days, expected):
    text = report.alert_text(
        distance=distance, milestone=12, consequence="A warning", notice_days=notice_days,
        points_by_policy={"A": 4, "B": 2},
    )  # fmt: skip
    assert text == f"At 12 points: A warning. It starts {expected}"


@pytest.mark.parametrize(
    ("lost", "ends_at", "lifted_at", "expected"),
    [
        ("campaigns", None, None, "No campaigns from 9 Nov 2026, 12:00 EST until it is lifted."),
        ("", NOON, None, "It applies from 9 Nov 2026, 12:00 EST until 9 Nov 2026, 12:00 EST."),
        ("", NOON, NOON, "It applies from 9 Nov 2026, 12:00 EST; lifted on 9 Nov 2026, 12:00 EST."),
    ],
)
def test_action_text(lost, ends_at, lifted_at, expected):
    text = report.action_text(lost=lost, starts_at=NOON, ends_at=ends_at, lifted_at=lifted_at, zone=NEW_YORK)
    assert text == expected


@pytest.mark.parametrize(
    ("total", "points", "known", "expected"),
    [
        (0, 0, False, "No points count, so none will expire."),
        (0, 3, True, "No points count, so none will expire."),  # a later day gives back what the next one takes off
        (9, 2, True, "2 points expire in the coming four weeks; 7 points of 9 are left then."),
        (2, 1, True, "1 point expires in the coming four weeks; 1 point of 2 is left then."),
        (1, 1, True, "1 point expires in the coming four weeks; none is left then."),
        (3, 0, True, "No points expire in the coming four weeks; the next are 3 points on 5 Dec 2026."),
    ],
)
def test_expiry_sentence(total, points, known, expected):
    expiry = Expiry(day=date(2026, 12, 5), at=NOON, points=3, total=0) if known else None
    assert report.expiry_sentence(total=total, points=points, next_expiry=expiry) == expected


@pytest.mark.parametrize(
    ("weeks", "previous", "expected"),
    [
        (1, 2, "The week before had 2 violations; this one has none."),
        (1, 0, "No LIVE, video or listing of yours was found to break a policy."),
        (2, 0, "That makes 2 weeks in a row without a violation."),
        (52, 0, "That makes 52 weeks in a row without a violation."),
        (53, 0, "That makes more than a year without a violation."),
    ],
)
def test_streak_sentence(weeks, previous, expected):
    assert report.streak_sentence(weeks, previous=previous) == expected


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0.3, "less than a second"),
        (45.4, "45 s"),
        (59.6, "1 min 0 s"),
        (200, "3 min 20 s"),
        (3599.4, "59 min 59 s"),
        (3600, "1 h 0 min"),
        (7500, "2 h 5 min"),
    ],
)
def test_duration_words(seconds, expected):
    assert numbers.duration_words(seconds) == expected


def test_week_sentence_says_why_a_total_that_stayed_is_at_risk():
    sentence = report.week_sentences(
        violations=0, points_at_start=13, points_at_end=13, next_milestone=24, milestones=[12, 24]
    )
    assert sentence == (
        "No violations this week. Your total stayed at 13 points. It is past the milestone at 12. "
        "11 points left before the milestone at 24."
    )


@pytest.mark.parametrize(
    ("total", "milestone", "words"),
    [
        (20, 24, "4 points left before 24"),
        (23, 24, "1 point left before 24"),
        (60, None, "every milestone is reached"),
    ],
)
def test_distance_in_words(total, milestone, words):
    assert numbers.distance_words(total, milestone) == words


@pytest.mark.parametrize(
    ("level", "violations", "expected"),
    [
        (StandingLevel.GOOD, 0, "Clean week"),
        (StandingLevel.GOOD, 1, "Good standing"),
        (StandingLevel.AT_RISK, 0, "At risk"),
        (StandingLevel.RESTRICTED, 2, "Restricted"),
    ],
)
def test_level_words(level, violations, expected):
    assert report.level_words(level, violations=violations) == expected


@pytest.mark.parametrize(
    ("state", "places_left", "expected"),
    [
        (WorkshopState.HAS_PLACE, 0, "You have a place"),
        (WorkshopState.PLACES_LEFT, 1, "1 place left"),
        (WorkshopState.FULL, 0, "Full, with a waiting list"),
    ],
)
def test_workshop_words(state, places_left, expected):
    assert report.workshop_words(state, places_left=places_left) == expected


def test_every_state_and_trend_has_words():
    assert set(numbers.RUN_STATES) == set(RunState)
    assert set(charts.TRENDS) == set(Trend)
    assert set(report.WORKSHOP_STATES) == set(WorkshopState) - {WorkshopState.PLACES_LEFT}


@pytest.mark.parametrize(
    ("count", "violations", "messages"),
    [
        (0, "no violations", "no messages"),
        (1, "1 violation", "1 message"),
        (1200, "1,200 violations", "1,200 messages"),
    ],
)
def test_counts_in_words(count, violations, messages):
    assert numbers.violations_words(count) == violations
    assert numbers.messages_words(count) == messages


@pytest.mark.parametrize(
    ("is_new", "lifted", "expected"),
    [
        (True, False, "Restriction: you reached 12 points this week"),
        (False, False, "Restriction: you reached 12 points before this week"),
        (False, True, "Restriction, lifted: you reached 12 points before this week"),
    ],
)
def test_action_title_says_when_its_milestone_was_reached(is_new, lifted, expected):
    assert report.action_title("Restriction", milestone=12, is_new=is_new, lifted=lifted) == expected


def test_what_became_of_chunks_in_words():
    assert runs.chunks_done_already(1, asked=1) == "This chunk is done already."
    assert runs.chunks_done_already(1, asked=3) == "1 chunk is done already."
    assert runs.chunks_done_already(2, asked=3) == "2 chunks are done already."
    assert runs.chunks_tried_again(1) == "1 chunk will be tried again within minutes."
    assert runs.chunks_tried_again(2) == "2 chunks will be tried again within minutes."


def test_command_says_how_many_reports_it_built() -> None:
    assert build_command.built_with_the_command(1) == "Built and published 1 report with the command."
    assert build_command.built_with_the_command(1_200) == "Built and published 1,200 reports with the command."
