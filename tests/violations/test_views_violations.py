from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from sellers.services import ContentDraft, put_content
from tests.credits import credit_points
from tests.factories import (
    LONG_AGO,
    ArticleFactory,
    ArticleSectionFactory,
    PolicyFactory,
    PolicyVersionFactory,
    QuizFactory,
    SellerFactory,
    issue,
)
from tests.pages import ago, signed_in_seller
from tests.violations.appealing import appeal_against
from violations.models import Violation
from violations.selectors import weeks_back
from violations.services import void_violation

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at:UserWarning")]


def list_url(violation_or_seller: object) -> str:
    return reverse("violations:list", kwargs={"seller_id": violation_or_seller.pk})


def shown(client: Client, url: str, **query: str) -> list[Violation]:
    return list(client.get(url, query).context["page"])


def test_list_shows_the_latest_first_with_points_left_and_the_next_step(client: Client) -> None:
    seller = signed_in_seller(client)
    policy = PolicyFactory(name="Misleading claims", points=3)
    QuizFactory(policy=policy)
    old, new = issue(seller, policy, now=ago(days=170)), issue(seller, policy, now=ago(minutes=1))
    credit_points(violation=new, points=1, reason="Quiz passed", now=timezone.now())
    response = client.get(list_url(seller))
    assert list(response.context["page"]) == [new, old]
    assert [violation.points_left for violation in response.context["page"]] == [2, 3]
    assert "Misleading claims" in response.text
    assert "Take the quiz by" in response.text
    assert "Wait: its points expire on" in response.text


def test_list_filters_by_policy_content_state_and_weeks(client: Client) -> None:
    seller = signed_in_seller(client)
    claims, giveaways = PolicyFactory(), PolicyFactory()
    video = ContentDraft(kind="video", external_id="v", title="A video")
    first = issue(seller, claims, now=ago(days=90))
    second = issue(seller, giveaways, now=ago(days=1), content=video)
    void_violation(violation=first, reason="A mistake.", voided_by=None, now=timezone.now())
    url = list_url(seller)
    assert shown(client, url, policy=claims.code) == [first]
    assert shown(client, url, content="video") == [second]
    assert shown(client, url, state="voided") == [first]
    assert shown(client, url, state="standing") == [second]


def test_list_filters_by_the_local_days_of_issuing(client: Client) -> None:
    seller = signed_in_seller(client)
    policy, midnight = PolicyFactory(), datetime(2026, 11, 9, 5, tzinfo=UTC)
    before, first = (issue(seller, policy, now=midnight + timedelta(seconds=second)) for second in (-1, 0))
    last, after = (issue(seller, policy, now=midnight + timedelta(days=2, seconds=second)) for second in (-1, 0))
    url = list_url(seller)
    assert shown(client, url, issued_from="2026-11-09", issued_to="2026-11-10") == [last, first]
    assert shown(client, url, issued_to="2026-11-08") == [before]
    assert shown(client, url, issued_from="2026-11-11") == [after]


@pytest.mark.parametrize("day", ["1999-12-31", "2100-01-01", "0001-01-01", "9999-12-31", "soon"])
def test_list_says_that_a_day_is_none(client: Client, day: str) -> None:
    response = client.get(list_url(signed_in_seller(client)), {"issued_from": day, "issued_to": day})
    assert set(response.context["filter"].form.errors) == {"issued_from", "issued_to"}


def test_addresses_that_ask_for_weeks_back_lead_to_days(client: Client) -> None:
    seller = signed_in_seller(client)
    monday = weeks_back(4, seller=seller, now=timezone.now())[0].monday
    response = client.get(list_url(seller), {"weeks": "4", "state": "voided"})
    assert response.headers["Location"] == f"{list_url(seller)}?state=voided&issued_from={monday}"
    assert client.get(list_url(seller), {"weeks": "nonsense"}).headers["Location"] == f"{list_url(seller)}?"


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        ("ref-0815", True),
        ("REF-08", True),
        ("sunday glow", True),
        ("glow", True),
        ("100%", False),
        ("0816", False),
    ],
)
def test_list_finds_a_violation_by_its_reference_or_title(client: Client, text: str, is_found: bool) -> None:
    seller, policy = signed_in_seller(client), PolicyFactory()
    content = ContentDraft(kind="live", external_id="L-1", title="Sunday Glow")
    violation = issue(seller, policy, now=ago(days=2), external_id="REF-0815", content=content)
    issue(seller, policy, now=ago(days=1), external_id="other", content=None)
    assert shown(client, list_url(seller), q=text) == ([violation] if is_found else [])


def test_list_finds_a_violation_by_the_reference_of_its_appeal(client: Client) -> None:
    seller, policy = signed_in_seller(client), PolicyFactory()
    appealed, other = (issue(seller, policy, now=ago(days=2), external_id=f"V{name}") for name in "AB")
    appeal = appeal_against(appealed)
    whole, part = appeal.reference, appeal.reference[:-3]
    assert [shown(client, list_url(seller), q=text) for text in (whole, whole.lower(), part)] == [[appealed]] * 3
    assert shown(client, list_url(seller), q="VB") == [other]


def test_list_never_finds_by_the_appeal_of_another_seller(client: Client) -> None:
    seller = signed_in_seller(client)
    appeal = appeal_against(issue(SellerFactory(market=seller.market), PolicyFactory(), now=ago(days=2)))
    issue(seller, PolicyFactory(), now=ago(days=1))
    assert shown(client, list_url(seller), q=appeal.reference) == []


def test_list_can_be_put_in_order(client: Client) -> None:
    seller = signed_in_seller(client)
    with_quiz, light, heavy = PolicyFactory(points=3), PolicyFactory(points=2), PolicyFactory(points=4)
    QuizFactory(policy=with_quiz)
    over = issue(seller, heavy, now=ago(days=100))
    first, second = issue(seller, light, now=ago(days=9)), issue(seller, light, now=ago(days=8))
    quizzed = issue(seller, with_quiz, now=timezone.now())
    url = list_url(seller)
    assert shown(client, url, sort="oldest") == [over, first, second, quizzed]
    assert shown(client, url, sort="points") == [over, quizzed, second, first]
    by_deadline = shown(client, url, sort="deadline")
    assert by_deadline[-1] == over  # none of its deadlines is ahead
    assert by_deadline.index(first) < by_deadline.index(second)
    cache.clear()  # for a page that is drawn anew, with a context
    assert client.get(url, {"sort": "points"}).context["is_filtered"] is False


def test_the_deadline_of_a_quiz_counts_before_that_of_the_appeal(client: Client) -> None:
    seller = signed_in_seller(client)
    seller.market.appeal_days = 180
    seller.market.save()
    policy = PolicyFactory(points=3)
    QuizFactory(policy=policy)
    plain = issue(seller, PolicyFactory(), now=ago(days=3))
    quizzed = issue(seller, policy, now=ago(days=2))
    assert shown(client, list_url(seller), sort="deadline") == [quizzed, plain]


def test_list_filters_by_the_local_week_of_recording(client: Client) -> None:
    seller = signed_in_seller(client)
    policy, end = PolicyFactory(), datetime(2026, 11, 9, 5, tzinfo=UTC)
    late = issue(seller, policy, issued_at=end - timedelta(days=9), now=end - timedelta(seconds=1))
    following = issue(seller, policy, now=end)
    assert shown(client, list_url(seller), week="2026-W45") == [late]
    assert shown(client, list_url(seller), week="2026-W46") == [following]


@pytest.mark.parametrize("week", ["2026-W60", "yesterday", "0001-W01", "9999-W52"])
def test_list_says_that_a_week_is_none(client: Client, week: str) -> None:
    response = client.get(list_url(signed_in_seller(client)), {"week": week})
    assert list(response.context["page"]) == []
    assert response.context["filter"].form.errors["week"]


def test_list_says_what_is_wrong_with_a_filter_and_keeps_the_others(client: Client) -> None:
    seller = signed_in_seller(client)
    issue(seller, PolicyFactory(), now=ago(days=1))
    response = client.get(list_url(seller), {"state": "nonsense", "content": "video"})
    assert list(response.context["page"]) == []
    assert "nonsense" in response.text


def test_file_is_not_made_without_a_filter_that_cannot_be_read(client: Client) -> None:
    seller = signed_in_seller(client)
    issue(seller, PolicyFactory(), now=ago(days=1))
    page = reverse("violations:list_csv", kwargs={"seller_id": seller.pk})
    answer = client.get(page, {"state": "nonsense", "content": "video"})
    assert (answer.status_code, answer["Location"]) == (302, f"{list_url(seller)}?state=nonsense&content=video")
    assert client.get(page, {"state": "standing"})["Content-Type"].startswith("text/csv")


def test_list_says_when_filters_leave_nothing(client: Client) -> None:
    seller = signed_in_seller(client)
    issue(seller, PolicyFactory(), now=ago(days=1))
    assert "No violation matches these filters" in client.get(list_url(seller), {"state": "voided"}).text


def test_list_of_a_clean_seller_says_what_will_appear(client: Client) -> None:
    assert "No violations" in client.get(list_url(signed_in_seller(client))).text


def test_list_never_shows_another_sellers_violation_or_policy(client: Client) -> None:
    seller = signed_in_seller(client)
    other = SellerFactory(market=seller.market)
    issue(other, PolicyFactory(name="Somebody else's policy"), now=ago(days=1))
    response = client.get(list_url(seller))
    assert list(response.context["page"]) == []
    assert "Somebody else" not in response.text


@pytest.mark.parametrize("count", [1, 3])
def test_list_takes_the_same_queries_for_any_number(
    client: Client, django_assert_num_queries: pytest.FixtureRequest, count: int
) -> None:
    seller = signed_in_seller(client)
    for _ in range(count):
        policy = PolicyFactory()
        QuizFactory(policy=policy)
        issue(seller, policy, now=ago(days=1))
    client.get(list_url(seller))
    cache.clear()  # drawn anew
    with django_assert_num_queries(9):
        client.get(list_url(seller))


def test_list_has_pages_of_twenty_five(client: Client) -> None:
    seller, policy = signed_in_seller(client), PolicyFactory(points=0)
    for _ in range(26):
        issue(seller, policy, now=ago(days=1))
    response = client.get(list_url(seller), {"page": "2"})
    assert len(response.context["page"]) == 1
    assert "26" in response.text


def test_detail_states_the_reasons_in_full(client: Client) -> None:
    seller = signed_in_seller(client)
    violation = issue(
        seller,
        PolicyFactory(name="Misleading claims", points=2),
        now=ago(days=2),
        facts="The host said the cream heals eczema.",
        detection="notice",
        automated=True,
        position_seconds=3723,
        policy_section="2. What you may claim",
        explanation="It is a claim about an illness.",
        decision="2 points on your account.",
        content=ContentDraft(kind="live", external_id="x", title="Sunday LIVE", url="https://shop.example.com/live/x"),
    )
    text = client.get(violation.get_absolute_url()).text
    for words in (
        "2 points on your account.",
        "The host said the cream heals eczema.",
        "Reported by a third party",
        "An automated system, without a person",
        "2. What you may claim",
        "It is a claim about an illness.",
        "Appeal by",
        "Sunday LIVE",
        "01:02:03",
        'href="https://shop.example.com/live/x" rel="nofollow noopener external"',
        violation.external_id,
    ):
        assert words in text, words


def test_detail_shows_the_ledger_entries_and_what_is_left(client: Client) -> None:
    seller = signed_in_seller(client)
    violation = issue(seller, PolicyFactory(points=4), now=ago(days=2))
    credit_points(violation=violation, points=1, reason="Quiz passed", now=ago(days=1))
    response = client.get(violation.get_absolute_url())
    assert [entry.points for entry in response.context["entries"]] == [4, -1]
    assert response.context["violation"].points_left == 3
    titles = [event.title for event in response.context["events"]]
    assert titles == ["1 point credited", "Message in your inbox", "4 points assessed", "Violation issued"]


def test_detail_says_when_a_newer_wording_exists(client: Client) -> None:
    seller = signed_in_seller(client)
    policy = PolicyFactory()
    violation = issue(seller, policy, now=ago(days=2))
    assert "There is a newer one" not in client.get(violation.get_absolute_url()).text
    PolicyVersionFactory(policy=policy, number=2, effective_from=ago(days=1))
    assert "There is a newer one" in client.get(violation.get_absolute_url()).text


def test_detail_links_to_the_sections_of_the_article(client: Client) -> None:
    seller = signed_in_seller(client)
    section = ArticleSectionFactory(article=ArticleFactory(title="Claims you can prove"), title="Proof first")
    violation = issue(seller, section.article.policy, now=ago(days=2))
    text = client.get(violation.get_absolute_url()).text
    assert "Claims you can prove" in text
    assert section.get_absolute_url() in text


def test_detail_names_what_the_violation_led_to(client: Client) -> None:
    seller = signed_in_seller(client)
    violation = issue(seller, PolicyFactory(points=12), now=ago(days=2))
    response = client.get(violation.get_absolute_url())
    assert [action.milestone.points for action in response.context["actions"]] == [12]
    assert "In force" in response.text
    assert "Restriction started" in response.text


def test_detail_of_a_voided_violation_gives_the_reason_and_asks_for_nothing(client: Client) -> None:
    seller = signed_in_seller(client)
    policy = PolicyFactory(points=12)
    QuizFactory(policy=policy)
    violation = issue(seller, policy, now=ago(days=2))
    void_violation(violation=violation, reason="The label proves it.", voided_by=None, now=ago(days=1))
    text = client.get(violation.get_absolute_url()).text
    assert "The label proves it." in text
    assert "Take the quiz" not in text
    assert "Appeal by" not in text
    assert "Restriction lifted" in text


def test_detail_of_an_old_violation_says_that_the_time_to_appeal_ended(client: Client) -> None:
    seller = signed_in_seller(client)
    violation = issue(seller, PolicyFactory(), now=ago(days=200))
    text = client.get(violation.get_absolute_url()).text
    assert "The time to appeal ended" in text
    assert "Its points stopped counting" in text


def test_voided_violation_has_no_time_to_appeal_that_ended(client: Client) -> None:
    seller = signed_in_seller(client)
    violation = issue(seller, PolicyFactory(), now=ago(days=200))
    void_violation(violation=violation, reason="The label proves it.", voided_by=None, now=ago(days=190))
    assert "The time to appeal ended" not in client.get(violation.get_absolute_url()).text


def test_detail_of_a_violation_without_content_or_points(client: Client) -> None:
    seller, policy = signed_in_seller(client), PolicyFactory(points=0)
    violation = issue(seller, policy, now=ago(days=2), content=None)
    text = client.get(violation.get_absolute_url()).text
    assert "concerns the account" in text
    assert "assesses no points" in text


def test_detail_shows_times_of_the_market(client: Client) -> None:
    seller = signed_in_seller(client)
    violation = issue(seller, PolicyFactory(), now=datetime(2026, 1, 2, 3, 30, tzinfo=UTC))
    assert "1 Jan 2026, 22:30 EST" in client.get(violation.get_absolute_url()).text


def test_history_tells_the_violation_before_the_restriction_it_led_to(client: Client) -> None:
    violation = issue(signed_in_seller(client), PolicyFactory(points=12), now=ago(days=1))
    titles = [event.title for event in client.get(violation.get_absolute_url()).context["events"]]
    assert titles == [
        "Restriction started",
        "Restriction announced",
        "Message in your inbox",
        "12 points assessed",
        "Violation issued",
    ]


def test_what_staff_wrote_is_markdown_without_html_of_theirs(client: Client) -> None:
    words = {"decision": "A **warning**.", "explanation": "It *harms* <b>buyers</b>."}
    violation = issue(signed_in_seller(client), PolicyFactory(), now=ago(days=1), **words)
    void_violation(violation=violation, reason="It was **true**.", voided_by=None, now=timezone.now())
    text = client.get(violation.get_absolute_url()).text
    for said in [
        "A <strong>warning</strong>.",
        "It <em>harms</em> &lt;b&gt;buyers&lt;/b&gt;.",
        "It was <strong>true</strong>.",
    ]:
        assert said in text
    assert ">It was true.</p>" in text  # the timeline


def test_violations_of_another_seller_are_not_found(client: Client) -> None:
    own = signed_in_seller(client)
    other = SellerFactory(market=own.market)
    violation = issue(other, PolicyFactory(), now=ago(days=2))
    through_own = reverse("violations:detail", kwargs={"seller_id": own.pk, "violation_id": violation.pk})
    for url in (violation.get_absolute_url(), through_own, list_url(other)):
        assert client.get(url).status_code == 404


def test_pages_of_violations_ask_visitors_to_sign_in(client: Client) -> None:
    violation = issue(SellerFactory(market__books_closed_until=LONG_AGO), PolicyFactory(), now=ago(days=2))
    for url in (violation.get_absolute_url(), list_url(violation.seller)):
        assert client.get(url).headers["Location"].startswith(reverse("account_login"))


@pytest.mark.parametrize("count", [1, 3])
def test_detail_takes_the_same_queries_for_any_number_of_entries(
    client: Client, django_assert_num_queries: pytest.FixtureRequest, count: int
) -> None:
    seller = signed_in_seller(client)
    article = ArticleFactory(policy=PolicyFactory(points=30))
    ArticleSectionFactory.create_batch(count, article=article)
    violation = issue(seller, article.policy, now=ago(days=2))
    for _ in range(count):
        credit_points(violation=violation, points=1, reason="Quiz passed", now=ago(days=1))
    client.get(violation.get_absolute_url())
    with django_assert_num_queries(7):
        client.get(violation.get_absolute_url())


def test_pages_name_the_content_as_it_was(client: Client, admin_client: Client) -> None:
    seller = signed_in_seller(client)
    policy = QuizFactory().policy
    content = ContentDraft(kind="live", external_id="L-1", title="Sunday glow")
    violation = issue(seller, policy, now=ago(hours=1), content=content)
    renamed = replace(content, title="Monday glow", url="https://shop.example/2")
    put_content(market=seller.market, drafts=[(seller.external_id, renamed)], now=timezone.now())
    kwargs = {"seller_id": seller.pk}
    for url in [
        violation.get_absolute_url(),
        list_url(seller),
        reverse("violations:ledger", kwargs=kwargs),
        reverse("violations:appeal_file", kwargs=kwargs | {"violation_id": violation.pk}),
        reverse("quizzes:detail", kwargs=kwargs | {"policy": policy.code}),
    ]:
        text = client.get(url).text
        assert "Sunday glow" in text, url
        assert "Monday glow" not in text, url
    staff = admin_client.get(reverse("admin:violations_violation_change", args=[violation.pk])).text
    assert "Sunday glow" in staff


def test_page_says_when_it_was_told_and_that_points_are_over(client: Client) -> None:
    seller = signed_in_seller(client)
    violation = issue(seller, PolicyFactory(points=2), issued_at=ago(days=200), now=ago(minutes=1))
    text = client.get(violation.get_absolute_url()).text
    assert "Its points had expired before you were told. None of them counts." in text
    assert "Told to you" in text
    assert "Appeal by" in text
    in_time = issue(seller, PolicyFactory(points=2), now=ago(seconds=1))
    assert "Told to you" not in client.get(in_time.get_absolute_url()).text
