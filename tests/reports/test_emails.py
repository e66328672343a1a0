"""A weekly report as an email."""

import re
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email import policy as email_policy

import pytest

from inbox.delivery import compose, composer, deliver_pending
from inbox.models import EmailDelivery
from quizzes.models import Quiz
from reports import services
from sellers.models import Market
from tests.factories import MemberFactory, PolicyFactory, QuizFactory, issue
from tests.inbox.smtp import mail_server
from violations.services import void_violation

pytestmark = pytest.mark.django_db

W45_END = datetime(2026, 11, 9, 5, tzinfo=UTC)
MONDAY = W45_END + timedelta(hours=2)


@pytest.fixture
def member(seller):
    return MemberFactory(seller=seller, user__email="ann@example.com")


def publish(market, now=MONDAY):
    services.build_due_weeks(market=Market.objects.get(pk=market.pk), now=now)
    return EmailDelivery.objects.get(message__kind="report")


def html_of(email):
    return str(email.alternatives[0].content)


def test_email_arrives_as_text_and_html(market, member, policy, settings):
    issue(member.seller, policy, now=W45_END - timedelta(hours=1))
    delivery = publish(market)
    with mail_server(settings) as mailbox:
        assert deliver_pending(clock=lambda: MONDAY) == 2
    email = next(one for one in mailbox.taken if one["Message-ID"] == f"<delivery-{delivery.pk}@localhost>")
    assert [part.get_content_type() for part in email.walk()] == ["multipart/alternative", "text/plain", "text/html"]
    assert email["Subject"].strip() == f"Good standing, 3 points: your week of 2–8 November 2026 · {member.seller}"
    assert email["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_email_asks_for_one_thing_and_leads_to_the_rest(market, member, policy):
    quiz: Quiz = QuizFactory(policy=policy)
    issue(member.seller, policy, now=W45_END - timedelta(hours=1))
    email = compose(publish(market), now=MONDAY)
    for body in (email.body, html_of(email)):
        assert body.count("Take the quiz “Misleading claims” by 31 Dec 2026: −1 point") == 1
        assert f"http://localhost:8000/s/{member.seller_id}/quizzes/{quiz.policy.code}/" in body
        assert "appeal" not in body
        assert "1 more in the report" in body
        assert body.index("1 more in the report") > body.index("Take the quiz")
        assert f"http://localhost:8000/s/{member.seller_id}/reports/2026-W45/" in body
    assert html_of(email).count('class="button" ') == 1


def test_email_says_what_the_page_says_first_in_its_words_and_order(market, member, policy, client):
    issue(member.seller, policy, now=W45_END - timedelta(hours=1))
    first = publish(market)
    issue(member.seller, PolicyFactory(points=8), now=W45_END + timedelta(hours=1))
    services.build_due_weeks(market=Market.objects.get(pk=market.pk), now=MONDAY + timedelta(days=7))
    delivery = EmailDelivery.objects.exclude(pk=first.pk).get(message__kind="report")
    email = compose(delivery, now=MONDAY + timedelta(days=7))
    client.force_login(member.user)
    report = client.get(f"/s/{member.seller_id}/reports/2026-W46/").context["report"]
    said = [report.verdict.word, report.sentence, report.alert.text, "Points in"]
    for body in (email.body, html_of(email)):
        starts = [body.lower().index(words.lower()) for words in said]
        assert starts == sorted(starts)
    assert "Violations: 1 (week before: 1)" in email.body
    assert report.history.totals.sentence in html_of(email)
    assert re.findall(r">(\d+)<div[^>]+height: (\d+)px", html_of(email)) == [("3", "11"), ("11", "40")]


def test_email_says_what_was_reached(market, member):
    issue(member.seller, PolicyFactory(points=13), now=W45_END - timedelta(hours=1))
    email = compose(publish(market), now=MONDAY)
    for body in (email.body, html_of(email)):
        assert "Restriction: you reached 12 points this week." in body
        assert "No new listings and campaigns from " in body


def test_email_asks_for_nothing_that_was_settled_before_it_left(market, member, policy):
    violation = issue(member.seller, policy, now=W45_END - timedelta(hours=1))
    delivery = publish(market)
    assert "appeal “Misleading claims”" in compose(delivery, now=MONDAY).body
    void_violation(violation=violation, reason="A mistake.", voided_by=None, now=MONDAY)
    later = compose(delivery, now=MONDAY + timedelta(hours=1)).body
    assert "appeal “Misleading claims”" not in later
    assert "3 points" in later


def test_email_of_a_clean_week_says_so_first(market, member):
    email = compose(publish(market), now=MONDAY)
    assert email.subject.startswith("Clean week, no points: your week of 2–8 November 2026")
    for body in (email.body, html_of(email)):
        assert "No LIVE, video or listing of yours was found to break a policy. Nothing is left to do." in body
        assert "week before" not in body


def test_composing_again_gives_the_same_bytes(market, member, policy):
    issue(member.seller, policy, now=W45_END - timedelta(hours=1))
    delivery = publish(market)
    first, second = (
        message_from_bytes(compose(delivery, now=MONDAY).message().as_bytes(), policy=email_policy.default)
        for _ in range(2)
    )
    parts = [[part.get_content() for part in email.walk() if not part.is_multipart()] for email in (first, second)]
    assert len(parts[0]) == 2
    assert parts[0] == parts[1]


@pytest.mark.parametrize("members", [1, 3])
def test_composing_a_batch_takes_the_same_queries_for_any_number(
    market, member, policy, members, django_assert_num_queries
):
    """Sellers with violations and without, with a report before and without."""
    others = [MemberFactory(seller__market=market) for _ in range(members - 1)]
    for one in [member, *others]:
        issue(one.seller, policy, now=W45_END - timedelta(hours=1))
    services.build_due_weeks(market=Market.objects.get(pk=market.pk), now=MONDAY)
    deliveries = list(
        EmailDelivery.objects.select_related("user", "message__seller__market__brand").filter(message__kind="report")
    )
    assert len(deliveries) == members
    with django_assert_num_queries(4):
        compose_one = composer(deliveries, now=MONDAY)
    with django_assert_num_queries(0):
        together = [html_of(compose_one(delivery)) for delivery in deliveries]
    assert together == [html_of(compose(delivery, now=MONDAY)) for delivery in deliveries]


def test_composing_takes_the_same_queries_however_much_happened(market, member, policy, django_assert_num_queries):
    for _ in range(3):
        issue(member.seller, policy, now=W45_END - timedelta(hours=1))
    delivery = EmailDelivery.objects.select_related("user", "message__seller__market__brand").get(pk=publish(market).pk)
    with django_assert_num_queries(4):
        compose(delivery, now=MONDAY)


def test_one_whose_facts_cannot_be_read_keeps_no_other_from_leaving(market, member, policy, settings, caplog):
    other = MemberFactory(seller__market=market)
    for one in (member, other):
        issue(one.seller, policy, now=W45_END - timedelta(hours=1))
    services.build_due_weeks(market=Market.objects.get(pk=market.pk), now=MONDAY)
    message = EmailDelivery.objects.get(user=other.user, message__kind="report").message
    broken = type(message)(pk=message.pk, seller=other.seller, kind="report", template="report_published", data={})
    reports = EmailDelivery.objects.select_related("user", "message__seller__market__brand").filter(
        message__kind="report"
    )
    deliveries = list(reports.order_by("id"))
    deliveries[1].message = broken
    compose_one = composer(deliveries, now=MONDAY)
    assert "Emails of the kind report are composed one by one" in caplog.text
    assert html_of(compose_one(deliveries[0])) == html_of(compose(deliveries[0], now=MONDAY))
    with pytest.raises(KeyError):
        compose_one(deliveries[1])
