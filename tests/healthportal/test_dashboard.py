from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from healthportal.dashboard import Dashboard
from healthportal.dates.selectors import DateKind
from healthportal.presentation import ShownDashboard
from healthportal.wording import origin_sentence
from inbox.services import read_messages
from kit.dates import Week
from quizzes.plan.presentation import PlanRow
from reports.services import build_chunk, build_due_weeks, publish_complete_runs, start_run
from sellers.models import Market, Seller
from sellers.services import ContentDraft
from tests.credits import credit_points
from tests.factories import (
    MarketFactory,
    MemberFactory,
    PolicyFactory,
    QuizFactory,
    SellerFactory,
    WorkshopFactory,
    issue,
)
from tests.pages import ago, become, signed_in_seller
from tests.sellers.branding import brand
from tests.violations.appealing import appeal_against, take_back
from violations.models import Milestone
from violations.rules import Expiry, StandingLevel
from violations.services import lift_action, save_draft, void_violation

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at:UserWarning")]


def open_dashboard(client: Client, seller: Seller) -> tuple[Dashboard, ShownDashboard, str]:
    response = client.get(seller.get_absolute_url())
    board: Dashboard = response.context["board"]
    shown: ShownDashboard = response.context["shown"]
    return board, shown, response.text


def plan_rows(shown: ShownDashboard) -> list[PlanRow]:
    return [row for group in shown.plan.groups for row in group.rows]


def test_a_clean_seller_is_in_good_standing_and_told_what_will_appear(client: Client) -> None:
    board, shown, text = open_dashboard(client, signed_in_seller(client))
    assert (board.standing.total, shown.distance) == (0, "12 points left before 12")
    for words in (
        "Good standing",
        "No points count against this account.",
        "Nothing needs you today",
        "No points count",
        "Your first weekly report appears here",
        "None is planned",
    ):
        assert words in text, words


def test_the_verdict_names_the_distance_and_what_would_follow(client: Client) -> None:
    seller = signed_in_seller(client)
    issue(seller, PolicyFactory(points=8), now=ago(days=1))
    _, shown, text = open_dashboard(client, seller)
    assert "At risk" in text
    assert shown.sentence == (
        "You are 4 points away from 12, where 7 days without new listings and campaigns would follow."
    )


@pytest.mark.parametrize(
    ("total", "said"),
    [
        (1, "1 point counts, and the next milestone is 11 points away."),
        (2, "2 points count, and the next milestone is 10 points away."),
    ],
)
def test_a_total_far_from_a_milestone_is_said_in_words(client: Client, total: int, said: str) -> None:
    seller = signed_in_seller(client)
    issue(seller, PolicyFactory(points=total), now=ago(days=1))
    _, shown, _ = open_dashboard(client, seller)
    assert shown.sentence == said


def test_enforcement_says_what_is_restricted_until_when_and_why(client: Client) -> None:
    seller = signed_in_seller(client)
    violation = issue(seller, PolicyFactory(name="Counterfeit goods", points=12), now=ago(days=2))
    _, shown, text = open_dashboard(client, seller)
    assert "Restricted" in text
    assert shown.sentence.startswith("You cannot create listings or join campaigns until ")
    assert shown.sentence.endswith(", because your total reached 12 points.")
    assert [line.restricted for line in shown.actions] == ["You cannot create listings or join campaigns."]
    assert violation.get_absolute_url() in text
    assert "In force" in text


def test_restricted_seller_near_the_next_milestone_is_told(client: Client) -> None:
    seller = signed_in_seller(client)
    for points in (10, 11):
        issue(seller, PolicyFactory(points=points), now=ago(days=2))
    _, shown, text = open_dashboard(client, seller)
    assert "because your total reached 21 points (milestone 12)." in shown.sentence
    assert shown.sentence.endswith("Next: 24 in 3 points, 14 days without new listings and campaigns.")
    assert "A quiz or points that expire do not shorten it; they keep you from 24." in text
    assert text.index('id="plan"') < text.index('id="enforcement"')


def test_deactivated_seller_reads_where_to_turn_and_the_worst_first(client: Client) -> None:
    seller = signed_in_seller(client)
    Market.objects.update(redress_url="https://example.com/support")
    issue(seller, PolicyFactory(points=50), now=ago(days=2))
    _, shown, text = open_dashboard(client, seller)
    assert shown.actions[0].action.ends_at is None
    assert 'href="https://example.com/support"' in text
    assert f"All {len(shown.actions)} enforcement actions" in text
    assert text.index("The way out") < text.index('id="next"')


def test_way_out_is_the_support_page_and_no_panel_that_is_asked_after_a_denial(client: Client) -> None:
    seller = signed_in_seller(client)
    Market.objects.update(redress="Turn to the panel.", redress_url="https://panel.example/")
    issue(seller, PolicyFactory(points=50), now=ago(days=2))
    assert "https://panel.example/" not in open_dashboard(client, seller)[2]
    brand(seller.market, support_url="https://support.example/")
    assert 'href="https://support.example/">Ask seller support</a>' in open_dashboard(client, seller)[2]


def test_deactivated_seller_below_the_milestone_is_not_told_of_it_once_more(client: Client) -> None:
    seller = signed_in_seller(client)
    violation = issue(seller, PolicyFactory(points=49), now=ago(days=2))
    credit_points(violation=violation, points=2, reason="Quiz passed", now=ago(days=1))
    board, shown, _ = open_dashboard(client, seller)
    assert (board.standing.level, board.standing.total) == (StandingLevel.DEACTIVATED, 47)
    assert shown.sentence.endswith("until it is lifted, because your total reached 49 points (milestone 48).")


@pytest.mark.parametrize(
    ("ended", "button", "name", "query"),
    [(False, "See what can be appealed", "list", "?state=appeal"), (True, "See what led to it", "enforcement", "")],
)
def test_way_out_leads_somewhere_also_where_the_market_names_no_page(
    client: Client, ended: bool, button: str, name: str, query: str
) -> None:
    seller = signed_in_seller(client)
    issue(seller, PolicyFactory(points=50), now=ago(days=31 if ended else 2))
    text = open_dashboard(client, seller)[2]
    box = text.partition("The way out")[2].partition("</div>\n</div>")[0][:900]
    assert f'href="{reverse(f"violations:{name}", kwargs={"seller_id": seller.pk})}{query}">{button}</a>' in box


def test_enforcement_that_is_announced_is_not_yet_in_force(client: Client) -> None:
    seller = signed_in_seller(client)
    Milestone.objects.filter(market=seller.market).update(notice_days=30)
    issue(seller, PolicyFactory(points=48), now=ago(days=2))
    board, shown, text = open_dashboard(client, seller)
    assert board.standing.level is StandingLevel.AT_RISK
    assert shown.sentence.startswith("From ")
    assert shown.sentence.endswith(", because your total reached 48 points.")
    assert {line.is_in_force for line in shown.actions} == {False}
    assert "Announced" in text


def test_enforcement_that_was_lifted_is_gone(client: Client) -> None:
    seller = signed_in_seller(client)
    violation = issue(seller, PolicyFactory(points=12), now=ago(days=2))
    lift_action(action=violation.actions.get(), reason="A mistake.", lifted_by=None, now=ago(days=1))
    board, shown, _ = open_dashboard(client, seller)
    assert shown.actions == []
    assert board.standing.level is StandingLevel.AT_RISK
    assert shown.sentence == "12 points count, past the milestone at 12; the next one is 12 points away."


def test_a_total_above_all_milestones_says_that_what_it_led_to_has_ended(client: Client) -> None:
    seller = signed_in_seller(client)
    violation = issue(seller, PolicyFactory(points=50), now=ago(days=2))
    for action in violation.actions.all():
        lift_action(action=action, reason="A mistake.", lifted_by=None, now=ago(days=1))
    _, shown, _ = open_dashboard(client, seller)
    assert shown.sentence == "Every milestone is reached; what it led to has ended."


def test_announced_warning_says_from_when_it_stands(client: Client) -> None:
    seller = signed_in_seller(client)
    Milestone.objects.filter(market=seller.market).update(kind="warning", capabilities=[], notice_days=30)
    issue(seller, PolicyFactory(points=12), now=ago(days=2))
    _, shown, _ = open_dashboard(client, seller)
    assert shown.sentence.startswith("A warning is in force from ")


def test_a_deactivated_seller_is_told_that_it_lasts_until_lifted(client: Client) -> None:
    seller = signed_in_seller(client)
    issue(seller, PolicyFactory(points=50), now=ago(days=2))
    _, shown, text = open_dashboard(client, seller)
    assert "Deactivated" in text
    assert "until it is lifted, because your total reached 50 points (milestone 48)." in shown.sentence
    assert shown.distance == ""


def test_the_first_next_step_is_the_quiz_with_the_next_deadline(client: Client) -> None:
    seller = signed_in_seller(client)
    late, soon = PolicyFactory(name="Giveaways", points=1), PolicyFactory(name="Misleading claims", points=1)
    for policy in (late, soon):
        QuizFactory(policy=policy)
    first_of_month = timezone.localtime(timezone=seller.market.zone).replace(day=1, hour=0, minute=0, second=0)
    issue(seller, soon, now=first_of_month - timedelta(days=3))
    issue(seller, late, now=first_of_month)
    _, shown, text = open_dashboard(client, seller)
    rows = plan_rows(shown)
    assert [row.step.button for row in rows] == ["Take the quiz", "Take the quiz"]
    assert rows[0].line.startswith("Take the quiz “Misleading claims” by ")
    assert (rows[0].step.gain, rows[0].left) == ("−1 point", "LIVE “Sunday LIVE”, 1 point left")
    assert rows[1].line.startswith("Take the quiz “Giveaways” by ")
    assert reverse("quizzes:detail", kwargs={"seller_id": seller.pk, "policy": soon.code}) in text


def test_the_steps_of_the_plan_are_check_boxes_that_the_page_answers_without_script(client: Client) -> None:
    """8 points: two passes bring them below 7, where the standing is good."""
    seller = signed_in_seller(client)
    policy = PolicyFactory(name="Giveaways", points=8)
    QuizFactory(policy=policy)
    violation = issue(seller, policy, now=ago(hours=1))
    _, shown, text = open_dashboard(client, seller)
    first, *_others = keys = [row.key for row in plan_rows(shown)]
    assert first == f"{violation.pk}-1"
    assert shown.plan.sentence.endswith(" With 2 quizzes: at once.")
    assert text.count('name="step"') == len(keys) + 1
    response = client.get(seller.get_absolute_url(), {"step": ["", first]})
    kept = response.context["shown"].plan
    assert [row.is_kept for group in kept.groups for row in group.rows] == [key == first for key in keys]
    assert kept.sentence.startswith("Good standing on ")
    assert [credit.points for credit in response.context["board"].plan.credits] == [-1]
    none = client.get(seller.get_absolute_url(), {"step": ["", "1", "x-y", f"{violation.pk}-99"]})
    assert none.context["board"].plan.kept == ()
    assert none.context["shown"].plan.sentence.startswith("Do nothing: good standing on ")


def test_a_viewer_reads_the_plan_and_who_carries_it_out(client: Client) -> None:
    seller = signed_in_seller(client)
    policy = PolicyFactory(name="Giveaways", points=4)
    QuizFactory(policy=policy)
    violation = issue(seller, policy, now=ago(days=1))
    become("viewer", seller)
    _board, shown, text = open_dashboard(client, seller)
    assert {row.step.button for row in plan_rows(shown)} == {"See the quiz"}
    assert ">Take the quiz</a>" not in text
    assert "Its owners and managers take quizzes." in text
    assert [line.href for line in shown.later if line.icon == "scale"] == [violation.get_absolute_url()]
    quizzes = client.get(reverse("quizzes:list", kwargs={"seller_id": seller.pk})).text
    assert ">Take the quiz</a>" not in quizzes
    assert "Its owners and managers take quizzes." in quizzes
    assert "See the quiz" in client.get(violation.get_absolute_url()).text


def test_a_draft_that_is_not_filed_is_named_once(client: Client) -> None:
    seller = signed_in_seller(client)
    violation = issue(seller, PolicyFactory(name="Giveaways", points=4), now=ago(days=1))
    save_draft(violation=violation, member=seller.users.get(), text="It was", window="one", now=timezone.now())
    _board, shown, text = open_dashboard(client, seller)
    (line,) = shown.later
    assert line.title.startswith("Your appeal against “Giveaways”, ")
    assert " is a draft: file it by " in line.title
    assert text.count(f"{violation.get_absolute_url()}appeal/") == 2  # here and among the dates


def test_without_a_quiz_the_next_step_is_the_unread_message(client: Client) -> None:
    seller = signed_in_seller(client)
    issue(seller, PolicyFactory(name="Giveaways"), now=ago(days=1))
    _, shown, text = open_dashboard(client, seller)
    assert plan_rows(shown) == []
    assert "New violation: Giveaways" in text
    assert "Read it" in text
    assert [line.title.split(" by ")[0] for line in shown.later] == [
        "If the facts are wrong, appeal “Giveaways”, LIVE “Sunday LIVE”"
    ]


def test_the_unread_message_is_named_and_what_only_confirms_is_left_out(client: Client) -> None:
    seller = signed_in_seller(client)
    policy = PolicyFactory(name="Giveaways", points=2)
    QuizFactory(policy=policy)
    violation = issue(seller, policy, now=ago(hours=1))
    appeal_against(violation, now=timezone.now())
    _, shown, _ = open_dashboard(client, seller)
    assert [line.title for line in shown.later] == ["Read “New violation: Giveaways”, LIVE “Sunday LIVE”"]


def test_what_is_appealed_is_not_offered_to_appeal_unless_it_was_withdrawn(client: Client) -> None:
    seller = signed_in_seller(client)
    appeal = appeal_against(issue(seller, PolicyFactory(), now=ago(days=1)), now=timezone.now())
    _, shown, _ = open_dashboard(client, seller)
    assert [line.icon for line in shown.later if line.icon == "scale"] == []
    take_back(appeal, now=timezone.now())
    _, shown, _ = open_dashboard(client, seller)
    assert [line.icon for line in shown.later if line.icon == "scale"] == ["scale"]


def test_once_everything_is_read_only_waiting_is_left(client: Client) -> None:
    seller = signed_in_seller(client)
    issue(seller, PolicyFactory(), now=ago(days=60))
    read_messages(seller=seller, user=seller.users.get(), posted_until=timezone.now(), now=timezone.now())
    _, _, text = open_dashboard(client, seller)
    assert "Nothing needs you today" in text
    assert "Your points expire by themselves" in text


def test_every_bar_leads_to_the_entries_that_it_is_the_sum_of(client: Client) -> None:
    seller = signed_in_seller(client)
    claims, giveaways = PolicyFactory(name="Misleading claims", points=4), PolicyFactory(name="Giveaways", points=3)
    credited = issue(seller, claims, now=ago(days=30))
    issue(seller, claims, now=ago(days=200))
    issue(seller, claims, now=ago(days=9), content=ContentDraft(kind="listing", external_id="cream", title="Cream"))
    issue(seller, giveaways, now=ago(days=8), content=None)
    credit_points(violation=credited, points=1, reason="Quiz passed", now=ago(days=2))
    void_violation(violation=issue(seller, giveaways, now=ago(days=1)), reason="A mistake.", voided_by=None, now=ago())
    board, shown, text = open_dashboard(client, seller)
    assert shown.by_policy.rows == [("Misleading claims", 7), ("Giveaways", 3)]
    assert shown.by_content.rows == [("Listings", 4), ("No content", 3), ("LIVEs", 3)]
    for chart in (shown.by_policy, shown.by_content):
        assert sum(value for _, value in chart.rows) == board.standing.total
        for label, value in chart.rows:
            assert f'href="{chart.links[label]}"' in text
            context = client.get(chart.links[label]).context
            assert sum(line.entry.points for line in context["entries"]) == context["sum"] == value


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ([], ""),
        ([("A", 1)], "1 point: A."),
        ([("A", 5)], "All 5 points: A."),
        ([("A", 5), ("B", 4)], "First: A, with 5 of 9 points."),
        ([("A", 4), ("B", 4), ("C", 1)], "First: A and B, with 4 each of 9 points."),
    ],
)
def test_the_charts_of_origins_say_what_they_show(rows: list[tuple[str, int]], sentence: str) -> None:
    assert origin_sentence(rows) == sentence


def test_one_more_violation_of_the_worst_policy_is_shown(client: Client) -> None:
    seller = signed_in_seller(client)
    policy = PolicyFactory(name="Misleading claims", points=6)
    issue(seller, policy, now=ago(days=1))
    text = open_dashboard(client, seller)[2]
    assert "The milestone at 12 points would be reached: 7 days without new listings and campaigns." in text
    assert f'<option value="{policy.code}" selected>Misleading claims: 6 points</option>' in text


def test_the_page_answers_in_the_order_in_which_a_seller_asks(client: Client) -> None:
    seller = signed_in_seller(client)
    issue(seller, PolicyFactory(points=12), now=ago(days=2))
    text = open_dashboard(client, seller)[2]
    ids = ["verdict-state", "next", "enforcement", "timeline", "what-if", "since", "dates", "origins", "report"]
    places = [text.index(f'id="{name}"') for name in ids]
    assert places == sorted(places)


def test_the_total_equals_the_ledger_it_links_to(client: Client) -> None:
    seller = signed_in_seller(client)
    issue(seller, PolicyFactory(points=3), now=ago(days=20))
    voided = issue(seller, PolicyFactory(points=4), now=ago(days=10))
    void_violation(violation=voided, reason="A mistake.", voided_by=None, now=ago(days=1))
    board, _, text = open_dashboard(client, seller)
    url = reverse("violations:ledger", kwargs={"seller_id": seller.pk})
    assert url in text
    listed = client.get(url).context["page"].paginator.object_list
    assert board.standing.total == sum(entry.points for entry in listed) == 3
    [expiry] = [one.subject for one in board.dates if one.kind is DateKind.EXPIRY]
    assert isinstance(expiry, Expiry)
    assert (expiry.change, expiry.total) == (-3, 0)


def test_the_newest_report_is_the_last_week_that_is_published(client: Client) -> None:
    market = MarketFactory(
        books_closed_until=Week.of(ago(days=14), zone=ZoneInfo("America/New_York")).starts_at(
            zone=ZoneInfo("America/New_York")
        )
    )
    seller = SellerFactory(market=market, created_at=ago(days=100))
    client.force_login(MemberFactory(seller=seller).user)
    assert open_dashboard(client, seller)[0].report is None
    first, second = build_due_weeks(market=market, now=timezone.now())
    board, _, text = open_dashboard(client, seller)
    assert board.report is not None
    assert [first.week.next, board.report.week] == [second.week, second.week]
    assert reverse("reports:detail", kwargs={"seller_id": seller.pk, "week": str(second.week)}) in text
    assert "A clean week" in text


def test_a_report_that_is_built_but_not_published_is_not_shown(client: Client) -> None:
    zone = ZoneInfo("America/New_York")
    opened = Week.of(ago(days=7), zone=zone).starts_at(zone=zone)
    seller = SellerFactory(market=MarketFactory(books_closed_until=opened), created_at=ago(days=100))
    client.force_login(MemberFactory(seller=seller).user)
    run = start_run(market=seller.market, now=timezone.now())
    for chunk in run.chunks.all():
        build_chunk(chunk_id=chunk.pk, now=timezone.now())
    report = seller.reports.get()
    address = reverse("reports:detail", kwargs={"seller_id": seller.pk, "week": str(report.week)})
    board, _, text = open_dashboard(client, seller)
    assert (board.report, address in text) == (None, False)
    publish_complete_runs(now=timezone.now())
    board, _, text = open_dashboard(client, seller)
    assert (board.report, address in text) == (report, True)


def test_workshops_near_the_seller_are_listed(client: Client) -> None:
    seller = signed_in_seller(client)
    WorkshopFactory(market=seller.market, title="Claims you can prove", starts_at=ago(days=-5), ends_at=ago(days=-6))
    WorkshopFactory(title="Elsewhere", starts_at=ago(days=-4), ends_at=ago(days=-5))
    page = open_dashboard(client, seller)[2]
    card = page[page.index("Claims you can prove") :]
    assert "in your market" in card[: card.index("Elsewhere")]
    assert "in another market" in card[card.index("Elsewhere") :]
    assert "near you" not in page


def test_workshops_are_not_offered_to_who_can_come_to_none(client: Client) -> None:
    seller = signed_in_seller(client)
    WorkshopFactory(market=seller.market, title="Claims you can prove", starts_at=ago(days=-5), ends_at=ago(days=-6))
    Seller.objects.filter(pk=seller.pk).update(signed_up_to_sell=False)
    text = open_dashboard(client, seller)[2]
    assert "Finish signing up in the marketplace" in text
    Seller.objects.filter(pk=seller.pk).update(signed_up_to_sell=True)
    issue(seller, PolicyFactory(points=48), now=ago(days=1))
    deactivated = open_dashboard(client, seller)[2]
    assert "is deactivated, and places are for sellers that sell" in deactivated
    assert "Claims you can prove" not in text + deactivated


def test_another_sellers_dashboard_is_not_found(client: Client) -> None:
    own = signed_in_seller(client)
    other = SellerFactory(market=own.market)
    violation = issue(other, PolicyFactory(), now=ago(days=1))
    assert client.get(other.get_absolute_url()).status_code == 404
    board, _, text = open_dashboard(client, own)
    assert (board.origins.by_policy, violation.get_absolute_url() in text) == ([], False)


def test_a_visitor_is_asked_to_sign_in(client: Client) -> None:
    response = client.get(SellerFactory().get_absolute_url())
    assert response.headers["Location"].startswith(reverse("account_login"))


@pytest.mark.parametrize("count", [1, 3])
def test_the_dashboard_takes_the_same_queries_for_any_number(
    client: Client, django_assert_num_queries: pytest.FixtureRequest, count: int
) -> None:
    seller = signed_in_seller(client)
    for _ in range(count):
        policy = PolicyFactory(points=12)
        QuizFactory(policy=policy)
        issue(seller, policy, now=ago(days=1))
    client.get(seller.get_absolute_url())
    cache.clear()  # drawn anew
    with django_assert_num_queries(6):
        client.get(seller.get_absolute_url())
