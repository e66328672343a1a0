from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.template import Context, Template
from hypothesis import given
from hypothesis import strategies as st

from kit.pages.step_charts import ChartMoment, ChartRow, Period, TotalFrom, TotalOverTime, draw

NOW = datetime(2026, 11, 18, 12, tzinfo=UTC)
DAY = timedelta(days=1)
ZONE = ZoneInfo("America/New_York")


def total_over_time(**fields: Any) -> TotalOverTime:
    """A hundred days each way: 10 points from day -50 on, 4 from day 50 on."""
    defaults: dict[str, Any] = {
        "title": "How it changes",
        "sentence": "It rose.",
        "since": NOW - 100 * DAY,
        "until": NOW + 100 * DAY,
        "now": NOW,
        "at": NOW,
        "changes": [TotalFrom(NOW - 50 * DAY, 10), TotalFrom(NOW + 50 * DAY, 4)],
        "planned": None,
        "references": [("12 points", 12), ("24 points", 24)],
        "spans": [],
        "moments": [],
        "rows": [ChartRow(NOW - 50 * DAY, ["Points assessed"], 10, 10, href="/there/")],
        "spans_name": "in force",
        "moments_name": "deadline",
    }
    return TotalOverTime(**defaults | fields)


def test_the_total_is_drawn_in_stairs_to_scale() -> None:
    chart = draw(total_over_time(), zone=ZONE)
    assert [line.value for line in chart.lines] == [0, 10, 20]
    assert chart.path == "0,100 25,100 25,50 50,50"
    assert chart.area == "0,100 0,100 25,100 25,50 50,50 50,100"
    assert chart.ahead == "50,50 75,50 75,80 100,80"
    assert (chart.planned, chart.now_x, chart.dot) == ("", 50, (50, 50))


def test_a_plan_begins_at_the_total_of_now() -> None:
    planned = [TotalFrom(NOW + 20 * DAY, 8), TotalFrom(NOW + 50 * DAY, 2)]
    assert draw(total_over_time(planned=planned), zone=ZONE).planned == "50,50 50,50 60,50 60,60 75,60 75,90 100,90"
    assert draw(total_over_time(planned=[TotalFrom(NOW, 9)]), zone=ZONE).planned == "50,50 50,55 100,55"


def test_the_scale_reaches_the_first_reference_above_the_highest_total() -> None:
    assert [line.label for line in draw(total_over_time(), zone=ZONE).references] == ["12 points"]
    assert [line.y for line in draw(total_over_time(), zone=ZONE).references] == [40]
    high = draw(total_over_time(changes=[TotalFrom(NOW - 50 * DAY, 13)]), zone=ZONE)
    assert [(line.label, line.y) for line in high.references] == [("12 points", 70), ("24 points", 40)]


def test_references_are_named_where_the_total_is_lower() -> None:
    rising, falling = [TotalFrom(NOW - 20 * DAY, 10)], [TotalFrom(NOW - 200 * DAY, 10), TotalFrom(NOW, 2)]
    assert draw(total_over_time(changes=rising), zone=ZONE).names_first
    assert not draw(total_over_time(changes=falling), zone=ZONE).names_first
    assert 'x="0" y="40.0%" dy="-4" text-anchor="start">12 points' in html(changes=rising)
    assert 'x="100%" y="40.0%" dy="-4" text-anchor="end">12 points' in html(changes=falling)


def test_a_total_from_before_the_chart_counts() -> None:
    chart = draw(total_over_time(changes=[TotalFrom(NOW - 300 * DAY, 5)]), zone=ZONE)
    assert chart.path == "0,75 50,75"


def test_months_begin_in_the_zone_and_quarters_are_named_at_any_width() -> None:
    ticks = draw(total_over_time(), zone=ZONE).ticks
    assert [tick.month.month for tick in ticks] == [9, 10, 11, 12, 1, 2]
    assert [tick.month.month for tick in ticks if not tick.is_small] == [10, 1]
    first_of_october = datetime(2026, 10, 1, 4, tzinfo=UTC)
    assert ticks[1].x == round(100 * (first_of_october - (NOW - 100 * DAY)) / (200 * DAY), 2)
    assert all(tick.is_named for tick in ticks)
    at_the_edge = draw(total_over_time(since=datetime(2026, 8, 31, tzinfo=UTC)), zone=ZONE).ticks
    assert [tick.is_named for tick in at_the_edge] == [False, True, True, True, True, True]


def test_bars_and_pins_stay_inside() -> None:
    spans = [Period(NOW - 200 * DAY, NOW - 50 * DAY, "a"), Period(NOW, None, "b")]
    moments = [ChartMoment(NOW + 50 * DAY, "c"), ChartMoment(NOW + 101 * DAY, "d")]
    chart = draw(total_over_time(spans=spans, moments=moments), zone=ZONE)
    assert [(bar.x, bar.width, bar.is_open) for bar in chart.bars] == [(0, 25, False), (50, 50, True)]
    assert [(pin.x, pin.label) for pin in chart.pins] == [(75, "c")]


@pytest.mark.parametrize(("spans", "moments", "foot"), [(0, 0, 26), (1, 0, 40), (0, 1, 40), (1, 1, 54)])
def test_the_foot_is_as_high_as_what_stands_in_it(spans: int, moments: int, foot: int) -> None:
    chart = draw(
        total_over_time(spans=[Period(NOW, None, "a")] * spans, moments=[ChartMoment(NOW, "b")] * moments), zone=ZONE
    )
    assert chart.foot == foot


@pytest.mark.parametrize(("days", "is_inside"), [(0, True), (90, False), (-90, False)])
def test_now_is_named_where_its_words_have_room(days: int, is_inside: bool) -> None:
    assert draw(total_over_time(now=NOW + days * DAY), zone=ZONE).is_now_inside is is_inside


totals = st.lists(st.tuples(st.integers(-150, 150), st.integers(0, 60)), max_size=12)


@given(changes=totals, planned=totals)
def test_every_line_stays_inside_and_never_goes_back(
    changes: list[tuple[int, int]], planned: list[tuple[int, int]]
) -> None:
    def sequence(rows: list[tuple[int, int]]) -> list[TotalFrom]:
        return [TotalFrom(NOW + day * DAY, total) for day, total in sorted(dict(rows).items())]

    highest = total_over_time(changes=sequence(changes)).total_now
    coming = [TotalFrom(at, min(total, highest)) for at, total in sequence(planned) if at > NOW]
    chart = draw(total_over_time(changes=sequence(changes), planned=coming), zone=ZONE)
    for line in (chart.path, chart.ahead, chart.planned):
        places = [tuple(map(float, place.split(","))) for place in line.split()]
        assert [x for x, _ in places] == sorted(x for x, _ in places)
        assert all(0 <= place <= 100 for pair in places for place in pair)


def html(**fields: Any) -> str:
    return Template("{% step_chart totals %}").render(Context({"totals": total_over_time(**fields)}))


def test_the_chart_has_a_name_a_sentence_a_key_and_a_table() -> None:
    text = html()
    assert "<title>How it changes</title><desc>It rose. The scale starts at 0. A line marks 12 points.</desc>" in text
    for words in ('role="img"', "now: 10", "so far", "to come, if nothing is added", '<a href="/there/">10</a>'):
        assert words in text, words
    for absent in ("with this plan", "in force", "deadline", "With this plan", 'style="'):
        assert absent not in text, absent


def test_what_is_beside_the_total_is_named_in_the_key() -> None:
    text = html(spans=[Period(NOW, None, "Restriction")], moments=[ChartMoment(NOW, "Quiz")], planned=[])
    for words in ("in force", "deadline", "with this plan", "With this plan", "<title>Restriction</title>"):
        assert words in text, words
