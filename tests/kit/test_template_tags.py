from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from django.core.paginator import Paginator
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import timezone

from healthportal.templatetags import navigation
from kit.pages import charts
from kit.pages.templatetags import charts as chart_tags
from kit.pages.templatetags import dates, numbers, texts
from sellers.access import LAST_SELLER
from sellers.templatetags import sellers as sellers_tags

MOMENT = datetime(2026, 11, 15, 2, 5, tzinfo=UTC)


def render(source: str, path: str = "/", **context: object) -> str:
    request = RequestFactory().get(path)
    return Template(source).render(Context({"request": request, **context}))


@pytest.mark.parametrize(("value", "words"), [(2, "+2"), (-1, "−1"), (0, "0")])
def test_signed_uses_a_true_minus(value: int, words: str) -> None:
    assert numbers.signed(value) == words


@pytest.mark.parametrize(("value", "words"), [(1, "1 point"), (3, "3 points"), (0, "0 points"), (-1, "−1 point")])
def test_points_agree_in_number(value: int, words: str) -> None:
    assert numbers.points(value) == words


def test_signed_points_say_the_change() -> None:
    assert [numbers.signed_points(value) for value in (2, -1)] == ["+2 points", "−1 point"]


def test_local_times_follow_the_active_zone_and_name_it() -> None:
    with timezone.override("America/Los_Angeles"):
        assert dates.local_datetime(MOMENT) == "14 Nov 2026, 18:05 PST"
        assert dates.local_time(MOMENT) == "18:05 PST"
        assert dates.local_date(MOMENT) == "14 Nov 2026"
    with timezone.override("Asia/Bangkok"):
        assert dates.local_datetime(MOMENT) == "15 Nov 2026, 09:05 UTC+07"
    with timezone.override("America/Sao_Paulo"):
        assert dates.local_time(MOMENT) == "23:05 UTC−03"


def test_local_date_keeps_a_plain_date() -> None:
    with timezone.override("America/Los_Angeles"):
        assert dates.local_date(date(2026, 11, 15)) == "15 Nov 2026"


def test_absent_times_are_empty() -> None:
    assert [dates.local_datetime(None), dates.local_date(None), dates.until_words(None)] == ["", "", ""]


@pytest.mark.parametrize(
    ("day", "words"),
    [(13, "2 days ago"), (14, "yesterday"), (15, "today"), (16, "tomorrow"), (24, "in 9 days")],
)
def test_until_words_count_days(day: int, words: str) -> None:
    assert dates.until_words(date(2026, 11, day), MOMENT) == words


def test_until_words_count_local_days_not_hours() -> None:
    last_instant = datetime(2026, 11, 15, 23, 59, tzinfo=ZoneInfo("America/Los_Angeles"))
    with timezone.override("America/Los_Angeles"):
        assert dates.until_words(last_instant, MOMENT) == "tomorrow"


@pytest.mark.parametrize(
    ("ahead", "words"),
    [
        (timedelta(seconds=20), "in 1 minute"),
        (timedelta(minutes=59, seconds=59), "in 59 minutes"),
        (timedelta(hours=1), "in 1 hour"),
        (timedelta(hours=11, minutes=59), "in 11 hours"),
        (timedelta(hours=12), "tomorrow"),
        (timedelta(days=2), "in 2 days"),
        (timedelta(0), "today"),
        (timedelta(days=-1), "yesterday"),
    ],
)
def test_starts_words_count_hours_where_it_is_near(ahead: timedelta, words: str) -> None:
    """At 23:00 what starts at midnight is tomorrow, and in an hour."""
    now = datetime(2026, 11, 15, 23, tzinfo=ZoneInfo("UTC"))
    assert dates.starts_words(now + ahead, now) == words


def test_markdown_moves_headings_down_and_gives_each_an_id() -> None:
    assert texts.markdown("# Proof\n\n## Proof") == '<h2 id="proof">Proof</h2>\n<h3 id="proof-2">Proof</h3>\n'


def test_markdown_marks_only_links_to_other_sites() -> None:
    html = texts.markdown("[a](https://example.org/) [b](/policies/) [c](#proof)")
    assert html == (
        '<p><a href="https://example.org/" rel="nofollow noopener">a</a> '
        '<a href="/policies/">b</a> <a href="#proof">c</a></p>\n'
    )


@pytest.mark.parametrize(
    "source", ["<script>alert(1)</script>", "[x](javascript:alert(1))", '<p onclick="x()">', "<style>p{}</style>"]
)
def test_markdown_lets_no_script_or_style_through(source: str) -> None:
    html = texts.markdown(source)
    assert not any(tag in html for tag in ("<script", "<style", "href=", "<p onclick"))


def test_markdown_aligns_table_cells_without_inline_style() -> None:
    html = texts.markdown("| a | b |\n|---|--:|\n| 1 | 2 |")
    assert 'style="' not in html
    assert html.count('class="num"') == 2
    assert html.count('role="region"') == 1


def test_query_replace_keeps_the_filters_when_paging() -> None:
    assert render("{% query_replace page=3 %}", "/?policy=7&page=2") == "?policy=7&amp;page=3"


def test_query_replace_goes_to_the_first_page_when_a_filter_changes() -> None:
    assert render("{% query_replace policy=8 %}", "/?policy=7&page=2") == "?policy=8"


def test_query_replace_removes_a_key() -> None:
    assert render("{% query_replace policy=None %}", "/?policy=7&state=open") == "?state=open"


def test_pagination_links_keep_the_filters() -> None:
    page = Paginator(range(45), 20).get_page(2)
    html = render('{% include "components/pagination.html" %}', "/?policy=7&page=2", page=page)
    assert "21–40 of 45" in html
    assert 'href="?policy=7&amp;page=3" rel="next"' in html


def test_pagination_is_absent_for_one_page() -> None:
    page = Paginator(range(3), 20).get_page(1)
    assert render('{% include "components/pagination.html" %}', page=page).strip() == ""


def steps(total: int) -> list[tuple[str, float, int]]:
    milestones = [{"points": 12, "label": "a"}, SimpleNamespace(points=24, label="b"), {"points": 36, "label": "c"}]
    return [(step.state, step.x, step.left) for step in chart_tags.milestone_track(total, milestones)["steps"]]


@pytest.mark.parametrize(
    ("total", "expected"),
    [
        (0, [("here", 33.33, 12), ("next", 66.67, 24), ("next", 100, 36)]),
        (12, [("done", 33.33, 0), ("here", 66.67, 12), ("next", 100, 24)]),
        (20, [("done", 33.33, 0), ("here", 66.67, 4), ("next", 100, 16)]),
        (40, [("done", 30, 0), ("done", 60, 0), ("done", 90, 0)]),
    ],
)
def test_milestone_track_is_to_scale_and_orders_done_here_and_next(
    total: int, expected: list[tuple[str, float, int]]
) -> None:
    assert steps(total) == expected


def test_milestone_track_says_the_distance_left() -> None:
    html = render("{% milestone_track 20 milestones %}", milestones=[{"points": 24, "label": "no campaigns"}])
    assert "4 points left before 24: no campaigns." in html
    assert 'cx="83.33%"' in html  # where the total stands, beside the milestone at the end


def test_milestone_track_drops_numbers_that_would_touch() -> None:
    milestones = [{"points": points, "label": "a"} for points in (10, 11, 12, 40)]
    assert [step.shown for step in chart_tags.milestone_track(0, milestones)["steps"]] == [True, False, False, True]


def test_chart_labels_of_close_references_are_dropped_and_the_next_one_kept() -> None:
    chart = charts.curve([("a", 0), ("b", 925)], [(f"{at} points", at) for at in (12, 24, 36, 48, 950)])
    assert [line.label for line in chart.references if line.shown] == ["48 points", "950 points"]


@pytest.mark.parametrize(("highest", "top"), [(0, 4), (4, 4), (9, 10), (21, 40), (48, 50), (101, 200)])
def test_chart_scale_ends_at_a_round_number(highest: float, top: float) -> None:
    assert charts.nice_top(highest) == top


def test_curve_reaches_the_next_milestone() -> None:
    chart = charts.curve([("W1", 4), ("W2", 10)], [("12 points", 12), ("24 points", 24)])
    assert [line.label for line in chart.references] == ["12 points"]
    assert [(mark.x, mark.y) for mark in chart.marks] == [(0, 80), (100, 50)]


def test_bars_say_their_numbers_and_lead_to_what_was_counted() -> None:
    rows, links = [("Claims", 8), ("Giveaways", 2), ("Others", 0)], {"Claims": "/claims/"}
    html = render('{% bar_chart rows links=links title="Points" sentence="Most: Claims." %}', rows=rows, links=links)
    assert '<a href="/claims/">Claims</a> <b class="num">8</b>' in html
    assert '<span>Giveaways</span> <b class="num">2</b>' in html
    assert [part.split('"')[0] for part in html.split('class="chart-bar" width="')[1:]] == ["100.0%", "25.0%"]


@pytest.mark.parametrize("kind", ["column", "line"])
@pytest.mark.parametrize("rows", [[], [("W1", 0)], [("W1", 2), ("W2", 5)]])
def test_charts_have_a_name_a_sentence_and_a_table(kind: str, rows: list[tuple[str, int]]) -> None:
    html = render(f'{{% {kind}_chart rows title="Points" sentence="None came in." %}}', rows=rows)
    assert 'role="img"' in html
    assert "<title>Points</title><desc>None came in." in html
    assert html.count('<th scope="row">') == len(rows)
    assert 'style="' not in html


def test_badge_has_an_icon_and_a_word() -> None:
    html = render('{% include "components/badge.html" with tone="good" word="Lifted" only %}')
    assert 'class="badge tone-good"' in html
    assert 'aria-hidden="true"' in html
    assert html.strip().endswith("Lifted</span>")


def test_menu_leaves_out_pages_that_do_not_exist() -> None:
    assert navigation._links([("no-such-page", "Nothing", "inbox")]) == []


def test_menu_uses_the_seller_used_last_outside_a_sellers_pages() -> None:
    sellers = [SimpleNamespace(pk=1), SimpleNamespace(pk=2)]
    request = RequestFactory().get("/policies/")
    request.session = {LAST_SELLER: 2}
    assert sellers_tags.current_seller(Context({"request": request, "member_sellers": sellers})) is sellers[1]
    request.session = {}
    assert sellers_tags.current_seller(Context({"request": request, "member_sellers": sellers})) is sellers[0]
    assert sellers_tags.current_seller(Context({"request": request})) is None
