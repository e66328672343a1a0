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
NOW, BEFORE, LONG_BEFORE = (datetime(2026, month, 1, tzinfo=UTC) for month in (11, 9, 1))


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


def drawables(**kwargs):
    return st.builds(rules.Drawable, st.integers(1, 10_000), **kwargs)


sections = st.none() | st.integers(1, 4)
last_times = st.none() | st.sampled_from([NOW, BEFORE, LONG_BEFORE])
banks = st.lists(
    drawables(
        section=st.none() | st.integers(1, 4), last_asked=st.none() | st.sampled_from([NOW, BEFORE, LONG_BEFORE])
    ),
    min_size=3,
    max_size=30,
    unique_by=lambda one: one.pk,
)


@given(bank=banks, seed=st.integers())
def test_draw_repeats_the_last_attempt_only_for_want_of_others(bank, seed):
    latest = max((one.last_asked for one in bank if one.last_asked), default=None)
    last = {one.pk for one in bank if one.last_asked and one.last_asked == latest}

    drawn = rules.draw(bank, count=3, random=Random(seed))

    assert len(set(drawn)) == 3
    assert len(last & set(drawn)) == max(3 - (len(bank) - len(last)), 0)


@given(bank=banks, seed=st.integers())
def test_draw_is_from_as_many_sections_as_the_fresh_ones_have(bank, seed):
    fresh = [rules.Drawable(one.pk, one.section) for one in bank]
    section = {one.pk: one.section or -one.pk for one in bank}

    drawn = rules.draw(fresh, count=3, random=Random(seed))

    assert len({section[pk] for pk in drawn}) == min(len(set(section.values())), 3)


def test_draw_takes_of_a_section_what_was_asked_longest_ago():
    asked = [NOW, BEFORE, None, LONG_BEFORE]
    bank = [rules.Drawable(pk, section=1, last_asked=at) for pk, at in enumerate(asked)]

    assert set(rules.draw(bank, count=1, random=Random(1))) == {2}
    assert set(rules.draw(bank, count=2, random=Random(1))) == {2, 3}
    assert set(rules.draw(bank, count=3, random=Random(1))) == {1, 2, 3}


def test_draw_of_fresh_questions_is_random():
    bank = [rules.Drawable(pk) for pk in range(1, 7)]

    draws = {tuple(rules.draw(bank, count=3, random=Random(seed))) for seed in range(50)}

    assert len(draws) > 20


choices = st.sets(st.integers(1, 5))


@given(chosen=choices, right=choices)
def test_answer_is_right_with_all_right_choices_and_no_other(chosen, right):
    assert rules.is_right(chosen=sorted(chosen), right=right) == (not chosen ^ right)


@given(chosen=choices)
def test_answer_is_one_of_the_choices_or_some_where_several_are_right(chosen):
    assert rules.can_answer(chosen, choices=range(1, 5), several=True) == (len(chosen) > 0 and 5 not in chosen)
    assert rules.can_answer(chosen, choices=range(1, 5), several=False) == (len(chosen) == 1 and 5 not in chosen)


def test_texts_that_read_alike_are_equal_to_the_first_of_them():
    assert rules.folded(" Was\u00a0\u200bthis  \uff36alid? ") == "was this valid?"
    assert rules.equal_texts(["Yes", "No", "yes ", "YES", "Maybe"]) == ["yes ", "YES"]


def test_choices_stand_once_and_in_order_and_unknown_ones_last():
    assert rules.in_order([1, 9, 3, 1, 2], order=[3, 1, 2]) == [3, 1, 2, 9]


def test_equal_texts_are_those_that_read_like_one_before():
    texts = ["Claims", "claims ", "Prizes", "CLAIMS", "Prizes\u200b", "Gifts"]
    assert rules.equal_texts(texts) == ["claims ", "CLAIMS", "Prizes\u200b"]
