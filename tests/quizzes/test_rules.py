from datetime import UTC, date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.dates import month_start, next_month
from quizzes import rules

ZONES = [
    "UTC", "America/New_York", "America/Havana", "Asia/Bangkok", "Asia/Kathmandu", "Pacific/Kiritimati",
    "Pacific/Pago_Pago", "Europe/London", "Africa/Cairo",
]  # fmt: skip

zones = st.sampled_from(ZONES).map(ZoneInfo)
moments = st.integers(1577836800, 2082758400).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))  # 2020 to 2035
INSTANT = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("issued", "zone", "last_day", "closes_at"),
    [
        ("2027-01-31 23:30", "America/New_York", date(2027, 2, 28), datetime(2027, 3, 1, 5, tzinfo=UTC)),
        ("2028-01-31 23:30", "America/New_York", date(2028, 2, 29), datetime(2028, 3, 1, 5, tzinfo=UTC)),
        ("2028-01-31 23:30", "Asia/Bangkok", date(2028, 2, 29), datetime(2028, 2, 29, 17, tzinfo=UTC)),
        ("2026-12-31 23:59", "Europe/London", date(2027, 1, 31), datetime(2027, 2, 1, tzinfo=UTC)),
        # Summer time starts in March and ends in November: the end is a local midnight all the same.
        ("2026-02-10 12:00", "America/New_York", date(2026, 3, 31), datetime(2026, 4, 1, 4, tzinfo=UTC)),
        ("2026-10-01 00:00", "America/New_York", date(2026, 11, 30), datetime(2026, 12, 1, 5, tzinfo=UTC)),
        # In Havana the clocks go back at 01:00 on 1 November 2026: that day has two midnights, the first one counts.
        ("2026-09-15 08:00", "America/Havana", date(2026, 10, 31), datetime(2026, 11, 1, 4, tzinfo=UTC)),
    ],
)
def test_window_ends_with_the_month_after_the_issue(issued, zone, last_day, closes_at):
    told_at = datetime.fromisoformat(issued).replace(tzinfo=ZoneInfo(zone))

    window = rules.window(told_at, zone=ZoneInfo(zone))

    assert window == rules.Window(told_at, closes_at, last_day)


def test_window_is_open_from_the_issue_until_before_its_end():
    told_at = datetime(2027, 1, 31, 23, 30, tzinfo=ZoneInfo("America/New_York"))
    window = rules.window(told_at, zone=ZoneInfo("America/New_York"))

    assert window.is_open(as_of=told_at)
    assert not window.is_open(as_of=told_at - INSTANT)
    assert window.is_open(as_of=window.closes_at - INSTANT)
    assert not window.is_open(as_of=window.closes_at)


@given(told_at=moments, zone=zones)
def test_window_ends_at_the_last_instant_of_a_local_month(told_at, zone):
    window = rules.window(told_at, zone=zone)

    assert (window.closes_at - INSTANT).astimezone(zone).date() == window.last_day
    assert window.closes_at.astimezone(zone).date() == window.last_day + timedelta(days=1)
    assert month_start(window.closes_at, zone=zone) == next_month(next_month(month_start(told_at, zone=zone)))
    assert timedelta(days=28) <= window.closes_at - told_at <= timedelta(days=62, hours=1)


@given(told_at=moments, zone=zones, delay=st.timedeltas(timedelta(0), timedelta(days=100)))
def test_earliest_told_agrees_with_the_window(told_at, zone, delay):
    at = told_at + delay

    assert rules.window(told_at, zone=zone).is_open(as_of=at) == (told_at >= rules.earliest_told(as_of=at, zone=zone))


@given(first=moments, second=moments, zone=zones)
def test_window_of_an_earlier_issue_never_closes_later(first, second, zone):
    earlier, later = sorted([first, second])

    assert rules.window(earlier, zone=zone).closes_at <= rules.window(later, zone=zone).closes_at


@given(at=moments, zone=zones)
def test_next_month_starts_after_the_moment_in_the_month_after(at, zone):
    starts_at = rules.next_month_starts_at(as_of=at, zone=zone)

    assert starts_at > at
    assert month_start(starts_at, zone=zone) == next_month(month_start(at, zone=zone))
    assert month_start(starts_at - INSTANT, zone=zone) == month_start(at, zone=zone)


@given(limit=st.integers(0, 20), used=st.integers(0, 20))
def test_remaining_is_never_below_zero(limit, used):
    assert rules.remaining(limit=limit, used=used) == (limit - used if limit > used else 0)


@given(asked=st.integers(0, 20), data=st.data())
def test_pass_needs_every_answer_right(asked, data):
    right = data.draw(st.integers(0, asked))

    assert rules.is_pass(right=right, asked=asked) == (asked > 0 and asked - right == 0)


@pytest.mark.parametrize(("right", "asked", "share"), [(0, 0, None), (0, 4, 0), (2, 3, 66), (3, 3, 100)])
def test_right_share_is_in_whole_percent(right, asked, share):
    assert rules.right_share(right=right, asked=asked) == share


@given(
    bank=st.lists(st.integers(1, 1000), min_size=3, max_size=30, unique=True),
    seed=st.integers(),
    data=st.data(),
)
def test_draw_takes_those_asked_longest_ago(bank, seed, data):
    last_asked = data.draw(st.dictionaries(st.sampled_from(bank), moments))
    never = datetime.min.replace(tzinfo=UTC)

    drawn = rules.draw(bank, last_asked=last_asked, count=3, random=Random(seed))

    assert len(set(drawn)) == 3
    assert set(drawn) <= set(bank)
    newest_drawn = max(last_asked.get(pk, never) for pk in drawn)
    assert all(last_asked.get(pk, never) >= newest_drawn for pk in bank if pk not in drawn)


def test_draw_of_fresh_questions_is_random():
    draws = {tuple(rules.draw(range(1, 7), last_asked={}, count=3, random=Random(seed))) for seed in range(50)}

    assert len(draws) > 20


def test_texts_that_read_alike_are_equal_to_the_first_of_them():
    assert rules.folded(" Was\u00a0\u200bthis  \uff36alid? ") == "was this valid?"
    assert rules.equal_texts(["Yes", "No", "yes ", "YES", "Maybe"]) == ["yes ", "YES"]


def test_choices_are_shown_as_the_attempt_stored_them_and_new_ones_last():
    assert rules.in_order([1, 2, 3, 4], order=[3, 1]) == [3, 1, 2, 4]
    shown = {tuple(rules.shuffled([1, 2, 3, 4], random=Random(seed))) for seed in range(50)}
    assert len(shown) > 10
    assert {tuple(sorted(one)) for one in shown} == {(1, 2, 3, 4)}


# --- What can be promised

THIS, NEXT = rules.RewardMonth.THIS, rules.RewardMonth.NEXT
DECEMBER = datetime(2026, 12, 1, 5, tzinfo=UTC)
JANUARY = datetime(2027, 1, 1, 5, tzinfo=UTC)


def candidate(violation_id: int, *, quiz_id: int = 1, gain: int = 1, closes_at: datetime = JANUARY) -> rules.Candidate:
    return rules.Candidate(violation_id, quiz_id, gain, closes_at)


def test_no_more_passes_are_promised_than_the_month_rewards_and_what_closes_first_comes_first():
    candidates = [
        candidate(1),
        candidate(2, quiz_id=2),
        candidate(3, quiz_id=3, closes_at=DECEMBER),
        candidate(4, quiz_id=4, closes_at=DECEMBER, gain=2),
    ]
    attempts = {(quiz_id, month): 3 for quiz_id in (1, 2, 3, 4) for month in rules.RewardMonth}
    promised = rules.promised_passes(candidates, rewards={THIS: 1, NEXT: 1}, attempts=attempts, next_month_at=DECEMBER)
    assert promised == {4: THIS, 1: NEXT}


def test_a_begun_attempt_keeps_its_pass():
    begun = rules.Candidate(2, 2, 1, JANUARY, is_begun=True)
    attempts = {(quiz_id, month): 3 for quiz_id in (1, 2) for month in rules.RewardMonth}
    promised = rules.promised_passes(
        [candidate(1, closes_at=DECEMBER), begun], rewards={THIS: 1, NEXT: 0}, attempts=attempts, next_month_at=DECEMBER
    )
    assert promised == {2: THIS}


@given(
    candidates=st.lists(
        st.tuples(st.integers(1, 3), st.integers(1, 2), st.sampled_from([DECEMBER, JANUARY])), min_size=1, max_size=8
    ),
    rewards=st.tuples(st.integers(0, 3), st.integers(0, 3)),
    attempts=st.lists(st.integers(0, 3), min_size=6, max_size=6),
)
def test_promises_keep_every_limit_and_waste_none(candidates, rewards, attempts):
    found = [rules.Candidate(pk, quiz, gain, end) for pk, (quiz, gain, end) in enumerate(candidates)]
    limits = dict(zip([(quiz, month) for quiz in (1, 2, 3) for month in rules.RewardMonth], attempts, strict=True))
    by_month = dict(zip(rules.RewardMonth, rewards, strict=True))
    promised = rules.promised_passes(found, rewards=by_month, attempts=limits, next_month_at=DECEMBER)
    for month in rules.RewardMonth:
        given_then = [one for one in found if promised.get(one.violation_id) is month]
        assert len(given_then) <= by_month[month]
        assert all(one.closes_at > DECEMBER for one in given_then) or month is THIS
        for quiz in (1, 2, 3):
            assert sum(one.quiz_id == quiz for one in given_then) <= limits[quiz, month]
    for one in found:
        if one.violation_id not in promised:  # nothing that could still be had is kept back
            for month in rules.RewardMonth:
                used = [other for other in found if promised.get(other.violation_id) is month]
                full = len(used) >= by_month[month]
                spent = sum(other.quiz_id == one.quiz_id for other in used) >= limits[one.quiz_id, month]
                assert full or spent or (month is NEXT and one.closes_at <= DECEMBER)


def test_equal_texts_are_those_that_read_like_one_before():
    texts = ["Claims", "claims ", "Prizes", "CLAIMS", "Prizes\u200b", "Gifts"]
    assert rules.equal_texts(texts) == ["claims ", "CLAIMS", "Prizes\u200b"]
