"""A weekly report as an email."""

import re
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email import policy as email_policy

import pytest

from inbox.delivery import compose, deliver_pending
from inbox.models import EmailDelivery
from quizzes.models import Quiz
from reports import services
from sellers.models import Market
from sellers.services import ContentDraft
from tests.factories import MemberFactory, QuizFactory, WorkshopFactory, issue
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


def test_email_arrives_with_text_html_and_the_chart_in_it(market, member, policy, settings):
    issue(member.seller, policy, now=W45_END - timedelta(hours=1))
    delivery = publish(market)
    with mail_server(settings) as mailbox:
        assert deliver_pending(clock=lambda: MONDAY) == 2
    email = next(one for one in mailbox.taken if one["Message-ID"] == f"<delivery-{delivery.pk}@localhost>")
    (picture,) = [part for part in email.walk() if part.get_content_type() == "image/png"]
    assert email.get_content_type() == "multipart/related"
    assert (picture["Content-ID"], picture.get_content_disposition()) == ("<chart>", "inline")
    assert picture.get_content().startswith(b"\x89PNG")
    assert 'src="cid:chart"' in email.get_body(("html",)).get_content()
    assert email["Subject"].strip() == f"Good standing, 3 points: your week of 2–8 November 2026 · {member.seller}"
    assert email["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_email_says_what_to_do_before_the_numbers(market, member, policy):
    quiz: Quiz = QuizFactory(policy=policy)
    issue(member.seller, policy, now=W45_END - timedelta(hours=1))
    email = compose(publish(market), now=MONDAY)
    for body in (email.body, html_of(email)):
        assert body.index("Take the quiz “Misleading claims” by 31 Dec 2026: −1 point") < body.lower().index(
            "the week in numbers"
        )
        assert f"http://localhost:8000/s/{member.seller_id}/quizzes/{quiz.policy.code}/" in body


def test_email_and_page_use_the_same_words(market, member, policy, client):
    issue(member.seller, policy, now=W45_END - timedelta(hours=1))
    email = compose(publish(market), now=MONDAY)
    client.force_login(member.user)
    report = client.get(f"/s/{member.seller_id}/reports/2026-W45/").context["report"]
    for words in (report.sentence, report.ledger.balance, report.ledger.expiry_sentence, report.history.trend):
        assert words in email.body
        assert words in html_of(email)


def test_email_links_what_was_found_and_the_workshops_of_the_city_in_the_order_of_the_page(market, member, policy):
    seller = member.seller
    violations = [
        issue(
            seller,
            policy,
            now=W45_END - timedelta(hours=1),
            content=ContentDraft("live", str(number), f"LIVE {number}"),
        )
        for number in range(6)
    ]
    days = {"starts_at": W45_END + timedelta(days=9), "ends_at": W45_END + timedelta(days=10)}
    near = WorkshopFactory(market=market, city=seller.city, published_at=W45_END - timedelta(days=1), **days)
    far = WorkshopFactory(market=market, city="Elsewhere", published_at=W45_END - timedelta(days=1), **days)
    email = compose(publish(market), now=MONDAY)
    assert re.search(r"^Messages +7$", email.body, re.MULTILINE)
    assert "<b>7</b><br>messages" in re.sub(' style="[^"]*"', "", html_of(email))
    for body in (email.body, html_of(email)):
        for number, violation in enumerate(violations):
            assert (f"“LIVE {number}”" in body) == (number < 5), number
            assert (violation.get_absolute_url() in body) == (number < 5)
        assert "1 more in the report" in body
        assert f"http://localhost:8000/workshops/{near.pk}/" in body
        assert f"/workshops/{far.pk}/" not in body
        titles = [
            "what to do",
            "the week in numbers",
            "found",
            "policies breached most",
            "week by week",
            "what expires",
        ]
        titles.append("workshops in your city")
        places = [re.search(rf"^\s*(<h2[^>]*>)?{title}", body, re.IGNORECASE | re.MULTILINE) for title in titles]
        starts = [place.start() for place in places if place]
        assert len(starts) == 7
        assert starts == sorted(starts)


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
    assert "Nothing. " in email.body


def test_composing_again_gives_the_same_bytes(market, member, policy):
    issue(member.seller, policy, now=W45_END - timedelta(hours=1))
    delivery = publish(market)
    first, second = (
        message_from_bytes(compose(delivery, now=MONDAY).message().as_bytes(), policy=email_policy.default)
        for _ in range(2)
    )
    parts = [[part.get_content() for part in email.walk() if not part.is_multipart()] for email in (first, second)]
    assert len(parts[0]) == 3
    assert parts[0] == parts[1]


def test_composing_takes_the_same_queries_however_much_happened(market, member, policy, django_assert_num_queries):
    for _ in range(3):
        issue(member.seller, policy, now=W45_END - timedelta(hours=1))
    delivery = EmailDelivery.objects.select_related("user", "message__seller__market").get(pk=publish(market).pk)
    with django_assert_num_queries(17):
        compose(delivery, now=MONDAY)
