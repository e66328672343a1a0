import re
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils.html import escape

from inbox.models import Message
from inbox.services import MessageDraft, post_messages
from kit.dates import Week
from reports import services
from reports.models import WeeklyReport
from reports.presentation.nodes import FollowUpState
from sellers.models import Market
from sellers.services import ContentDraft
from tests.credits import credit_points
from tests.factories import (
    LONG_AGO,
    ArticleFactory,
    MarketFactory,
    MemberFactory,
    PolicyFactory,
    QuizFactory,
    SellerFactory,
    issue,
)
from tests.reports.helpers import presented
from violations.models import PointsEntry
from violations.services import void_violation

HOUR = timedelta(hours=1)
W45_END = datetime(2026, 11, 9, 5, tzinfo=UTC)
W46_END = datetime(2026, 11, 16, 5, tzinfo=UTC)


@pytest.fixture
def member(seller, client):
    member = MemberFactory(seller=seller)
    client.force_login(member.user, backend="django.contrib.auth.backends.ModelBackend")
    return member


def build(market, weeks=1):
    books = Market.objects.get(pk=market.pk).books_closed_until
    return services.build_due_weeks(market=market, now=books + timedelta(days=7 * weeks, hours=2))


def list_url(seller):
    return reverse("reports:list", kwargs={"seller_id": seller.pk})


def detail_url(seller, week):
    return reverse("reports:detail", kwargs={"seller_id": seller.pk, "week": week})


# --- The list


def test_list_without_reports_says_when_the_first_comes(client, seller, member):
    response = client.get(list_url(seller))
    assert "No reports yet" in response.text
    assert "Your first report comes on 9 Nov 2026" in response.text


def test_list_shows_the_newest_first(client, market, seller, member, policy):
    issue(seller, policy, now=W45_END - HOUR)
    build(market, weeks=2)
    response = client.get(list_url(seller))
    text = response.text
    assert text.index("Mon 9 Nov – Sun 15 Nov 2026") < text.index("Mon 2 Nov – Sun 8 Nov 2026")
    lines = response.context["lines"]
    assert [line.standing.word for line in lines] == ["Good standing", "Good standing"]
    assert text.count("clean week") == 1
    assert [line.figures.points_change for line in lines] == [0, 3]


@pytest.mark.parametrize("weeks", [1, 3])
def test_list_query_count(client, market, seller, member, weeks, django_assert_num_queries):
    build(market, weeks=weeks)
    client.get(list_url(seller))
    with django_assert_num_queries(7):
        response = client.get(list_url(seller))
    assert len(response.context["lines"]) == weeks


def test_list_is_paginated(client, market, seller, member):
    build(market, weeks=14)
    assert len(client.get(list_url(seller)).context["lines"]) == 13
    assert len(client.get(list_url(seller), {"page": 2}).context["lines"]) == 1


def test_list_holds_no_other_sellers_reports(client, market, seller, member):
    SellerFactory(market=market, created_at=LONG_AGO)
    build(market)
    (line,) = client.get(list_url(seller)).context["lines"]
    assert line.href == detail_url(seller, line.week)


# --- What is not there


def test_another_sellers_pages_are_not_found(client, market, member):
    other = SellerFactory(market=market, created_at=LONG_AGO)
    build(market)
    assert client.get(list_url(other)).status_code == 404
    assert client.get(detail_url(other, "2026-W45")).status_code == 404


@pytest.mark.parametrize("week", ["2026-W44", "2026-W46", "2026-W99", "newest"])
def test_a_week_without_report_is_not_found(client, market, seller, member, week):
    build(market)
    assert client.get(detail_url(seller, week)).status_code == 404


def test_an_unpublished_report_is_not_found(client, market, seller, member):
    run = services.start_run(market=market, now=W45_END)
    services.build_chunk(chunk_id=run.chunks.get().pk, now=W45_END)
    assert WeeklyReport.objects.filter(seller=seller).exists()
    assert client.get(detail_url(seller, "2026-W45")).status_code == 404
    assert client.get(list_url(seller)).context["lines"] == []


def test_pages_ask_for_a_sign_in_and_take_no_post(client, seller, member):
    assert client.post(list_url(seller)).status_code == 405
    client.logout()
    assert client.get(list_url(seller)).status_code == 302


# --- A report


@pytest.fixture
def week(market, seller, member, policy):
    """A week with violations in each kind of content, a credit, a voiding, a quiz and an article."""
    QuizFactory(policy=policy)
    ArticleFactory(policy=policy, title="What you can say")
    giveaways = PolicyFactory(code="giveaways", name="Giveaways", points=2)
    issue(seller, giveaways, now=W45_END - HOUR)
    build(market)
    at = W45_END + HOUR
    live = issue(seller, policy, now=at, content=ContentDraft("live", "1", "Sunday LIVE"))
    issue(seller, policy, now=at + HOUR, content=ContentDraft("video", "2", "Three creams"))
    listing = issue(seller, giveaways, now=at + 2 * HOUR, content=ContentDraft("listing", "3", "Lucky bag"))
    issue(seller, giveaways, now=at + 3 * HOUR, content=None)
    credit_points(violation=live, points=1, reason="Quiz passed", now=at + 4 * HOUR)
    void_violation(violation=listing, reason="A mistake.", voided_by=None, now=at + 5 * HOUR)
    build(market)
    return Week(date(2026, 11, 9))


def changes_in(text):
    """What the table says of this week and the week before, by what changed."""
    label, this_week, before = (
        r'<a href="#\w+">([^<]+)</a></th>',
        r"<b>([^<]+)</b></td>",
        r'<td class="num quiet">([^<]*)<',
    )
    row = f'{label}<td class="num">{this_week}{before}'
    return {label: (this_week, before) for label, this_week, before in re.findall(row, text)}


def report_of(seller, week, now=W46_END):
    return presented(seller, week, now=now)


def test_report_page(client, seller, week, time_machine):
    time_machine.move_to(W46_END + HOUR)  # later there is less that can be done
    text = client.get(detail_url(seller, week)).text
    for words in (
        "Mon 9 Nov – Sun 15 Nov 2026, EST",
        "4 violations this week. Your total rose from 2 to 9 points. 3 points left before the milestone at 12.",
        "You are near a milestone",
        "Take the quiz “Misleading claims” by ",
        "5 more things you can do",
        "“<bdi>Lucky bag</bdi>”",
        "The week started with 2 points. 10 points came in. 3 points went out. It ended with 9 points.",
        "What you can say",
    ):
        assert words in text


def test_report_says_what_changed_since_the_week_before(client, seller, week):
    report = report_of(seller, week)
    assert [(one.label, one.this_week, one.week_before) for one in report.changes] == [
        ("Violations", 4, 1),
        ("Messages", 6, 1),
        ("Points in", 10, 2),
        ("Points out", -3, 0),
        ("Total", 9, 2),
    ]
    text = client.get(detail_url(seller, week)).text
    assert changes_in(text)["Points out"] == ("−3", "0")
    for change in report.changes:
        assert f'id="{change.href.removeprefix("#")}"' in text


def test_first_report_has_no_week_before(client, seller, week):
    first = report_of(seller, week.previous)
    assert [(one.label, one.week_before, one.words_before) for one in first.changes] == [
        ("Violations", None, ""),
        ("Messages", None, ""),
        ("Points in", None, ""),
        ("Total", None, ""),
    ]
    text = client.get(detail_url(seller, week.previous)).text
    assert changes_in(text) == {}
    assert '<th scope="row"><a href="#total">Total</a></th><td class="num"><b>2</b></td></tr>' in text


def test_reading_several_articles_leads_to_where_the_report_lists_them(client, market, seller, member):
    for number in range(2):
        issue(seller, ArticleFactory().policy, now=W45_END - number * HOUR - HOUR)
    build(market)
    (reading,) = [one for one in report_of(seller, Week(date(2026, 11, 2))).follow_ups if one.kind == "article"]
    assert reading.href == f"{detail_url(seller, '2026-W45')}#articles"
    assert 'id="articles"' in client.get(detail_url(seller, "2026-W45")).text


def test_report_page_links_every_violation_and_message(client, seller, week):
    text = client.get(detail_url(seller, week)).text
    report = report_of(seller, week)
    for violation in WeeklyReport.objects.get(seller=seller, week_start=week.monday).detail["violations"]:
        assert reverse("violations:detail", kwargs={"seller_id": seller.pk, "violation_id": violation["id"]}) in text
    assert len(report.contents.messages) == 6
    for message in report.contents.messages:
        assert Message.objects.get(pk=message.id).get_absolute_url() in text


def test_subject_of_a_notice_carries_its_language(client, market, seller, member):
    draft = MessageDraft(seller.pk, Message.Kind.NOTICE, subject="สวัสดี", body="…", language="th")
    post_messages(market=market, drafts=[draft], now=W45_END - HOUR)
    (run,) = build(market)
    assert '<bdi lang="th">สวัสดี</bdi>' in client.get(detail_url(seller, run.week)).text


def test_counts_by_policy_lead_to_the_violations_counted(client, seller, week):
    text = client.get(detail_url(seller, week)).text
    for line in report_of(seller, week).breaches.policies:
        assert f'href="{reverse("policies:detail", kwargs={"code": line.code})}">{line.name}</a>' in text
        for count, of in ((line.count, week), (line.previous, week.previous)):
            url = f"{reverse('violations:list', kwargs={'seller_id': seller.pk})}?policy={line.code}&week={of}"
            assert (f'<a href="{escape(url)}">{count}</a>' in text) == bool(count)
            assert client.get(url).context["page"].paginator.count == count


def test_totals_are_the_sums_of_the_entries_they_link_to(seller, week):
    report = report_of(seller, week)
    figures, entries = report.figures, report.ledger.entries
    assert sum(entry.points for entry in report.ledger.counting) == figures.points_at_end == 9
    assert sum(entry.points for entry in entries if entry.kind == "assessment") == figures.points_in == 10
    assert sum(entry.points for entry in entries if entry.kind != "assessment") == figures.points_out == -3
    assert sum(entry.points for entry in entries) == figures.points_change == 7
    ids = [entry.id for entry in entries]
    assert PointsEntry.objects.filter(pk__in=ids).total() == 7


def test_report_groups_by_content(seller, week):
    groups = {
        group.label: (len(group.violations), len(group.messages)) for group in report_of(seller, week).contents.groups
    }
    assert groups == {"LIVEs": (1, 1), "Videos": (1, 1), "Listings": (1, 2), "Your account": (1, 2)}


def test_report_shows_the_trend_of_policies(seller, week):
    breaches = report_of(seller, week).breaches
    assert [(line.name, line.count, line.previous, line.icon) for line in breaches.policies] == [
        ("Giveaways", 2, 1, "trending-up"),
        ("Misleading claims", 2, 0, "trending-up"),
    ]
    assert breaches.policies_sentence == "2 violations of each of 2 policies."
    assert breaches.violations.rows == [("2 Nov", 1), ("9 Nov", 4)]
    assert breaches.had_violations
    assert breaches.violations.sentence == "4 violations this week; 1 violation in the 1 week before."
    assert [line.article for line in breaches.articles] == ["What you can say"]


def test_report_leads_to_the_weeks_around_it(client, market, seller, week):
    assert (report_of(seller, week).previous_week, report_of(seller, week).next_week) == (week.previous, None)
    build(market)
    assert report_of(seller, week).next_week == week.next
    assert report_of(seller, week.previous).previous_week is None
    assert detail_url(seller, week.next) in client.get(detail_url(seller, week)).text


def test_quiz_that_closed_since_is_no_next_step(client, seller, week):
    closed = report_of(seller, week, now=datetime(2027, 1, 1, 5, tzinfo=UTC))
    assert [(s.state, s.note) for s in closed.follow_ups if s.kind == "quiz"] == [
        (FollowUpState.CLOSED, "It was open until the end of 31 Dec 2026")
    ]
    before = report_of(seller, week, now=datetime(2027, 1, 1, 4, 59, tzinfo=UTC))
    assert [(s.state, s.gain, s.by) for s in before.follow_ups if s.kind == "quiz"] == [
        (FollowUpState.OPEN, 1, "31 Dec 2026")
    ]


def test_violation_voided_since_stays_with_a_note(client, market, seller, week):
    before = WeeklyReport.objects.get(seller=seller, week_start=week.monday).detail
    report = report_of(seller, week)
    assert [line.note for line in report.contents.violations if line.note] == ["Voided 9 Nov 2026"]
    assert report.developments == []  # It was voided in the week, so the report tells of it.
    violation = seller.violations.standing().order_by("-issued_at").first()
    void_violation(violation=violation, reason="A mistake.", voided_by=None, now=W46_END + HOUR)
    assert WeeklyReport.objects.get(seller=seller, week_start=week.monday).detail == before
    text = client.get(detail_url(seller, week)).text
    assert "What happened since" in text
    assert "The violation of “Giveaways” was voided" in text
    assert text.count("Voided 16 Nov 2026") == 1


def test_clean_week_has_its_own_page(client, market, seller, member):
    build(market)
    response = client.get(detail_url(seller, "2026-W45"))
    for words in ("Clean week", "No LIVE, video or listing of yours was found", "Nothing is left to do"):
        assert words in response.text
    assert "What changed" not in response.text
    report = response.context["report"]
    assert (report.is_clean, report.changes, report.breaches.had_violations) == (True, [], False)


def test_clean_week_after_a_week_with_violations(client, market, seller, member, policy):
    issue(seller, policy, now=W45_END - HOUR)
    build(market, weeks=2)
    text = client.get(detail_url(seller, "2026-W46")).text
    assert "The week before had 1 violation; this one has none." in text
    assert changes_in(text) == {
        "Violations": ("0", "1"),
        "Points in": ("0", "+3"),
        "Messages": ("0", "1"),
        "Total": ("3", "3"),
    }


def test_report_shows_an_action_in_force_and_one_lifted(client, market, seller, member):
    severe = PolicyFactory(points=13)
    violation = issue(seller, severe, now=W45_END - HOUR)
    build(market)
    response = client.get(detail_url(seller, "2026-W45"))
    assert response.context["report"].verdict.word == "Restricted"
    assert "Restriction: you reached 12 points this week" in response.text
    assert "No new listings and campaigns from 8 Nov 2026, 23:00 EST until 15 Nov 2026, 23:00 EST." in response.text
    again = issue(seller, severe, now=W45_END + HOUR)
    void_violation(violation=again, reason="A mistake.", voided_by=None, now=W45_END + 2 * HOUR)
    void_violation(violation=violation, reason="A mistake.", voided_by=None, now=W45_END + 3 * HOUR)
    build(market)
    text = client.get(detail_url(seller, "2026-W46")).text
    assert "Restriction, lifted: you reached 24 points this week" in text


def test_report_above_the_last_milestone(client, market, seller, member):
    issue(seller, PolicyFactory(points=50), now=W45_END - HOUR)
    build(market)
    response = client.get(detail_url(seller, "2026-W45"))
    assert response.context["report"].verdict.word == "Deactivated"
    assert "every milestone is reached" in response.text


def test_report_keeps_the_milestones_of_its_week(client, market, seller, week):
    market.milestones.filter(points=12).update(points=10)
    report = report_of(seller, week)
    assert [milestone.points for milestone in report.milestones.items] == [12, 24, 36, 48]
    assert report.milestones.next.points == 12


def test_expired_points_are_shown(client, seller, member, policy):
    market = seller.market
    market.points_valid_days = 3
    market.save()
    issue(seller, policy, issued_at=W45_END - timedelta(days=2), now=W45_END - HOUR)
    build(market, weeks=2)
    report = report_of(seller, Week(date(2026, 11, 9)))
    assert (report.figures.points_expired, report.figures.points_change) == (3, -3)
    assert "3 points expired" in client.get(detail_url(seller, "2026-W46")).text


@pytest.mark.parametrize("violations", [1, 3])
def test_report_query_count(client, market, seller, member, policy, violations, django_assert_num_queries):
    for n in range(violations):
        issue(seller, policy, now=W45_END - HOUR + timedelta(minutes=n))
    build(market)
    client.get(detail_url(seller, "2026-W45"))
    cache.clear()  # drawn anew
    with django_assert_num_queries(9):
        client.get(detail_url(seller, "2026-W45"))


def test_times_are_those_of_the_markets_zone(client, member):
    bangkok = MarketFactory(time_zone="Asia/Bangkok", books_closed_until=datetime(2026, 11, 1, 17, tzinfo=UTC))
    seller = SellerFactory(market=bangkok, created_at=LONG_AGO)
    MemberFactory(seller=seller, user=member.user)
    services.build_due_weeks(market=bangkok, now=datetime(2026, 11, 8, 17, 5, tzinfo=UTC))
    text = client.get(detail_url(seller, "2026-W45")).text
    assert "Mon 2 Nov – Sun 8 Nov 2026, UTC+07" in text
    assert "Published 9 Nov 2026, 00:05 UTC+07" in text
