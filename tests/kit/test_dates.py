from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit import dates
from kit.dates import Week

NEW_YORK = ZoneInfo("America/New_York")
ZONES = st.sampled_from(
    [ZoneInfo(name) for name in ("America/New_York", "Europe/London", "Asia/Bangkok", "Pacific/Apia", "Asia/Kathmandu")]
)
MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  # bounds are naive


@given(moment=MOMENTS, zone=ZONES)
def test_week_holds_the_moment_it_is_of(moment: datetime, zone: ZoneInfo) -> None:
    week = Week.of(moment, zone=zone)
    assert week.starts_at(zone=zone) <= moment < week.ends_at(zone=zone)
    assert week.monday.isoweekday() == 1


@given(moment=MOMENTS, zone=ZONES)
def test_weeks_follow_each_other_without_gap(moment: datetime, zone: ZoneInfo) -> None:
    week = Week.of(moment, zone=zone)
    assert week.ends_at(zone=zone) == week.next.starts_at(zone=zone)
    assert week.next.previous == week


@given(moment=MOMENTS, zone=ZONES)
def test_week_is_read_back_from_its_name(moment: datetime, zone: ZoneInfo) -> None:
    week = Week.of(moment, zone=zone)
    assert Week.parse(str(week)) == week


@pytest.mark.parametrize("text", ["2026-46", "2026-W00", "2025-W53", "2026-W54", "46", "", "2026-W4 "])
def test_week_refuses_what_is_no_week(text: str) -> None:
    with pytest.raises(ValueError, match="is no week"):
        Week.parse(text)


@pytest.mark.parametrize(
    "text", ["9999-W52", "0001-W01", "2200-W01", "1969-W52", "\uff12\uff10\uff12\uff16-W48", "2026-W\u0664\u0668"]
)
def test_week_is_written_in_digits_of_years_that_are_told(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no week|is not in the years 1970 to 2199"):
        Week.parse(text)


def test_week_of_the_year_change_belongs_to_the_iso_year() -> None:
    assert str(Week.of(datetime(2027, 1, 1, 12, tzinfo=UTC), zone=NEW_YORK)) == "2026-W53"


@pytest.mark.parametrize(("week", "hours"), [("2026-W10", 167), ("2026-W44", 169), ("2026-W47", 168)])
def test_week_across_a_clock_change_has_an_hour_less_or_more(week: str, hours: int) -> None:
    found = Week.parse(week)
    assert found.ends_at(zone=NEW_YORK) - found.starts_at(zone=NEW_YORK) == timedelta(hours=hours)


def test_sunday_is_the_weeks_last_day() -> None:
    assert Week.parse("2026-W47").sunday == date(2026, 11, 22)


@pytest.mark.parametrize(
    ("moment", "starts"),
    [
        (datetime(2026, 4, 1, 3, 59, tzinfo=UTC), datetime(2026, 4, 1, 4, tzinfo=UTC)),
        (datetime(2026, 4, 1, 4, tzinfo=UTC), datetime(2026, 7, 1, 4, tzinfo=UTC)),
        (datetime(2026, 12, 31, 12, tzinfo=UTC), datetime(2027, 1, 1, 5, tzinfo=UTC)),
    ],
)
def test_next_quarter_starts_at_local_midnight(moment: datetime, starts: datetime) -> None:
    assert dates.next_quarter_start(moment, zone=NEW_YORK) == starts


@given(moment=MOMENTS, zone=ZONES)
def test_next_quarter_starts_after_the_moment_within_93_days(moment: datetime, zone: ZoneInfo) -> None:
    starts = dates.next_quarter_start(moment, zone=zone)
    assert moment < starts <= moment + timedelta(days=93)


@given(day=st.dates(date(2000, 1, 1), date(2090, 1, 1)))
def test_next_month_is_the_first_of_the_following_month(day: date) -> None:
    following = dates.next_month(day)
    assert following.day == 1
    assert (following - timedelta(days=1)).replace(day=1) == day.replace(day=1)


def test_days_after_counts_hours_across_a_clock_change() -> None:
    local = datetime(2026, 3, 7, 9, tzinfo=ZoneInfo("America/New_York"))
    assert dates.days_after(local, days=2) == dates.days_after(local.astimezone(UTC), days=2)
    assert dates.days_after(local, days=2) - local.astimezone(UTC) == timedelta(hours=48)


@pytest.mark.parametrize(
    ("local", "hours"),
    [
        ("2026-11-01T00:30", [4.5]),
        ("2026-11-01T01:30", [5.5, 6.5]),  # clocks are put back over it
        ("2026-03-08T02:30", []),  # and forward
        ("2026-03-08T03:30", [7.5]),
    ],
)
def test_moments_of_a_local_time_are_one_two_or_none(local: str, hours: list[float]) -> None:
    shown = datetime.fromisoformat(local)
    midnight = datetime.combine(shown, datetime.min.time(), tzinfo=UTC)
    assert dates.moments_of(shown, zone=NEW_YORK) == [midnight + timedelta(hours=each) for each in hours]


@given(moment=MOMENTS, zone=ZONES)
def test_last_day_before_a_deadline_is_the_day_that_ends_with_it_or_the_one_it_lies_in(
    moment: datetime, zone: ZoneInfo
) -> None:
    day = dates.local_date(moment, zone=zone)
    assert dates.last_day_before(dates.local_midnight(day, zone=zone), zone=zone) == day - timedelta(days=1)
    assert dates.last_day_before(dates.local_midnight(day, zone=zone) + timedelta(hours=1), zone=zone) == day


def test_month_starts_on_its_first_local_day() -> None:
    moment = datetime(2026, 12, 1, 3, tzinfo=UTC)
    assert dates.month_start(moment, zone=NEW_YORK) == date(2026, 11, 1)
    assert dates.month_start(moment, zone=ZoneInfo("Asia/Bangkok")) == date(2026, 12, 1)


@pytest.mark.parametrize(
    ("zone", "day", "expected"),
    [
        ("America/Asuncion", date(2023, 10, 1), datetime(2023, 10, 1, 4, tzinfo=UTC)),  # 00:00 did not come
        ("America/Havana", date(2026, 3, 8), datetime(2026, 3, 8, 5, tzinfo=UTC)),  # nor here
        ("America/Havana", date(2026, 11, 1), datetime(2026, 11, 1, 4, tzinfo=UTC)),  # it came twice
        ("Asia/Beirut", date(2022, 3, 27), datetime(2022, 3, 26, 22, tzinfo=UTC)),
        ("Pacific/Apia", date(2011, 12, 31), datetime(2011, 12, 30, 10, tzinfo=UTC)),  # the 30th did not come
    ],
)
def test_day_begins_at_its_first_instant_where_the_clock_changes_at_midnight(
    zone: str, day: date, expected: datetime
) -> None:
    begins = dates.local_midnight(day, zone=ZoneInfo(zone))
    assert begins == expected
    assert dates.local_date(begins, zone=ZoneInfo(zone)) == day
    assert dates.local_date(begins - timedelta(microseconds=1), zone=ZoneInfo(zone)) < day
