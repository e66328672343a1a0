from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from healthportal.roles import AUDITOR, INCIDENT_LEAD, POLICY_EDITOR, REVIEWER
from quizzes.services import start_attempt, submit_attempt
from sellers.models import Market
from tests.factories import (
    LONG_AGO,
    MarketFactory,
    PolicyFactory,
    QuizFactory,
    SellerFactory,
    UserFactory,
    draft,
    issue,
    person_in,
)
from tests.pages import ago, signed_in_seller
from tests.quizzes.helpers import answer_all
from tests.violations.appealing import DENIAL, PDF, PNG, appeal_against, take_back, upload
from violations.models import Appeal, AppealDraft, EnforcementAction, Violation
from violations.presentation.history import usual
from violations.selectors import get_standing, recent_decisions, usual_time
from violations.services import (
    ask_seller,
    deny_appeal,
    grant_appeal,
    grant_partly,
    issue_violation,
    void_violation,
)
from violations.wording.appeals import days_and_hours
from violations.wording.appeals import usual_time as usual_time_in_words

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("attachments_root")]


def url(name: str, **kwargs: Any) -> str:
    return reverse(f"violations:{name}", kwargs=kwargs)


def filing_url(violation: Violation) -> str:
    return url("appeal_file", seller_id=violation.seller_id, violation_id=violation.pk)


def checking_url(violation: Violation) -> str:
    return url("appeal_check", seller_id=violation.seller_id, violation_id=violation.pk)


def somebody_elses() -> Violation:
    return issue(SellerFactory(market=MarketFactory(books_closed_until=LONG_AGO)), PolicyFactory(), now=ago(days=1))


def test_filing_from_the_violations_page_to_the_appeals_own(client: Client) -> None:
    seller = signed_in_seller(client)
    violation = issue(seller, PolicyFactory(name="Giveaways", points=3), now=ago(days=2))
    assert filing_url(violation) in client.get(violation.get_absolute_url()).text
    assert client.get(filing_url(violation)).status_code == 200
    sent = {"text": "It was a **quote**.", "attachments": [upload(), upload("b.pdf", PDF)], "check": "1"}
    response = client.post(filing_url(violation), sent, follow=True)
    assert response.redirect_chain == [(checking_url(violation), 302)]
    assert "<strong>quote</strong>" in response.text
    assert Appeal.objects.count() == 0
    response = client.post(checking_url(violation), {"seen": AppealDraft.objects.get().fingerprint}, follow=True)
    appeal = Appeal.objects.get()
    assert response.redirect_chain == [(appeal.get_absolute_url(), 302)]
    assert "<strong>quote</strong>" in response.text
    assert "proof.png" in response.text
    assert f"Its reference is {appeal.reference}." in response.text
    assert "See your appeal" in client.get(violation.get_absolute_url()).text


def test_filing_page_leads_back_when_it_is_too_late_voided_or_appealed(client: Client) -> None:
    seller = signed_in_seller(client)
    late = issue(seller, PolicyFactory(), now=ago(days=31))
    voided = issue(seller, PolicyFactory(), now=ago(days=1))
    void_violation(violation=voided, reason="A mistake.", voided_by=None, now=timezone.now())
    appealed = issue(seller, PolicyFactory(), now=timezone.now())
    appeal = appeal_against(appealed, now=timezone.now())
    for violation, where in ((late, late), (voided, voided), (appealed, appeal)):
        assert client.get(filing_url(violation)).headers["Location"] == where.get_absolute_url()
        refused = client.post(filing_url(violation), {"text": "An hour of work."})
        assert (refused.status_code, "An hour of work." in refused.text) == (422, True)
    assert Appeal.objects.count() == 1


@pytest.mark.parametrize("count", [1, 3])
def test_list_takes_the_same_queries_for_any_number(client: Client, django_assert_num_queries: Any, count: int) -> None:
    seller = signed_in_seller(client)
    for _ in range(count):
        appeal_against(issue(seller, PolicyFactory(), now=ago(days=1)), now=timezone.now())
    address = url("appeal_list", seller_id=seller.pk)
    client.get(address)
    with django_assert_num_queries(5):
        response = client.get(address)
    assert len(response.context["page"]) == count


def test_list_without_appeals_says_what_will_appear(client: Client) -> None:
    seller = signed_in_seller(client)
    assert "No appeals" in client.get(url("appeal_list", seller_id=seller.pk)).text


def test_withdrawing_is_a_post_and_only_while_it_is_open(client: Client) -> None:
    seller = signed_in_seller(client)
    appeal = appeal_against(issue(seller, PolicyFactory(), now=ago(days=1)), now=timezone.now())
    address = url("appeal_withdraw", seller_id=seller.pk, appeal_id=appeal.pk)
    assert client.get(address).status_code == 405
    assert "Your appeal is withdrawn." in client.post(address, follow=True).text
    assert "not open any more" in client.post(address, follow=True).text


def test_denied_appeal_says_why_and_where_to_turn(client: Client) -> None:
    seller = signed_in_seller(client)
    appeal = appeal_against(issue(seller, PolicyFactory(), now=ago(days=1)), now=timezone.now())
    deny_appeal(appeal=appeal, reason=DENIAL, decided_by=UserFactory(), now=timezone.now())
    text = client.get(appeal.get_absolute_url()).text
    assert "Denied: the violation stands" in text
    assert DENIAL in text
    assert "Turn to seller support" in text


def test_reasons_are_markdown_and_plain_words_where_there_is_one_line(client: Client) -> None:
    seller = signed_in_seller(client)
    appeal = appeal_against(issue(seller, PolicyFactory(), now=ago(days=1)), now=timezone.now())
    deny_appeal(
        appeal=appeal,
        reason="It is **on tape**, as the host says it.\n\n<b>Twice</b>.",
        decided_by=UserFactory(),
        now=timezone.now(),
    )
    text = client.get(appeal.get_absolute_url()).text
    assert "<p>It is <strong>on tape</strong>, as the host says it.</p>\n<p>&lt;b&gt;Twice&lt;/b&gt;.</p>" in text
    assert ">It is on tape, as the host says it. &lt;b&gt;Twice&lt;/b&gt;.</p>" in text  # the timeline
    assert (
        ": It is on tape, as the host says it. &lt;b&gt;Twice&lt;/b&gt;.</p>"
        in client.get(appeal.violation.get_absolute_url()).text
    )
    assert "**" not in staff(REVIEWER)[0].get(admin_url("change", appeal.pk)).text


def test_others_violations_appeals_and_attachments_are_not_found(client: Client) -> None:
    seller = signed_in_seller(client)
    own = appeal_against(issue(seller, PolicyFactory(), now=ago(days=1)), now=timezone.now(), attachments=[upload()])
    violation = somebody_elses()
    other = appeal_against(violation, now=timezone.now(), attachments=[upload()])
    attachment = other.attachments.get()
    for owner in [seller.pk, violation.seller_id]:
        assert client.get(url("appeal_file", seller_id=owner, violation_id=violation.pk)).status_code == 404
        assert client.get(url("appeal_detail", seller_id=owner, appeal_id=other.pk)).status_code == 404
        assert client.post(url("appeal_withdraw", seller_id=owner, appeal_id=other.pk)).status_code == 404
        for appeal in [own, other]:
            address = {"seller_id": owner, "appeal_id": appeal.pk, "attachment_id": attachment.pk}
            assert client.get(url("appeal_attachment", **address)).status_code == 404
    assert client.get(url("appeal_list", seller_id=violation.seller_id)).status_code == 404
    address = {"seller_id": seller.pk, "appeal_id": own.pk, "attachment_id": own.attachments.get().pk}
    response = client.get(url("appeal_attachment", **address))
    assert response.status_code == 200
    assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Disposition"] == 'attachment; filename="proof.png"'
    assert response.getvalue() == PNG


def test_market_names_where_to_turn_with_a_link(client: Client) -> None:
    seller = signed_in_seller(client)
    seller.market.redress = "Bring it to the dispute body of Utopia."
    seller.market.redress_url = "https://disputes.example/"
    seller.market.save()
    violation = issue(seller, PolicyFactory(), now=ago(days=1))
    appeal = appeal_against(violation, now=timezone.now())
    deny_appeal(appeal=appeal, reason=DENIAL, decided_by=UserFactory(), now=timezone.now())
    text = client.get(appeal.get_absolute_url()).text
    assert "Bring it to the dispute body of Utopia." in text
    assert 'href="https://disputes.example/"' in text
    refused = client.get(filing_url(violation), follow=True).text
    assert "appealed already, and the appeal was denied. Bring it to the dispute body of Utopia (https:" in refused


def test_withdrawn_appeal_says_so_and_leads_to_filing_another(client: Client) -> None:
    violation = issue(signed_in_seller(client), PolicyFactory(), now=ago(days=1))
    appeal = appeal_against(violation, now=timezone.now())
    assert "to be decided by" in client.get(appeal.get_absolute_url()).text
    take_back(appeal, now=timezone.now())
    text = client.get(appeal.get_absolute_url()).text
    assert "You took this appeal back" in text
    assert "Withdraw the appeal" not in text
    assert filing_url(violation) in client.get(violation.get_absolute_url()).text
    client.post(filing_url(violation), {"text": "After all.", "check": "1"})
    client.post(checking_url(violation), {"seen": AppealDraft.objects.get().fingerprint})
    assert list(violation.appeals.order_by("id").values_list("state", flat=True)) == ["withdrawn", "open"]


def test_settled_appeal_says_that_the_violation_was_voided(client: Client) -> None:
    seller = signed_in_seller(client)
    violation = issue(seller, PolicyFactory(), now=ago(days=1))
    appeal = appeal_against(violation, now=timezone.now())
    void_violation(violation=violation, reason="A faulty detector.", voided_by=None, now=timezone.now())
    text = client.get(appeal.get_absolute_url()).text
    assert "Settled: the violation was voided" in text
    assert "A faulty detector." in text
    assert "Withdraw the appeal" not in text
    assert "Settled" in client.get(url("appeal_list", seller_id=seller.pk)).text


def test_partly_granted_appeal_says_how_many_points_and_where_to_turn(client: Client) -> None:
    seller = signed_in_seller(client)
    appeal = appeal_against(issue(seller, PolicyFactory(points=3), now=ago(days=1)), now=timezone.now())
    grant_partly(appeal=appeal, points=2, reason="Half.", decided_by=UserFactory(), now=timezone.now())
    text = client.get(appeal.get_absolute_url()).text
    assert "Partly granted: points were taken off" in text
    assert "−2" in text
    assert "Turn to seller support" in text


def test_violations_and_appeals_are_tabs_of_one_entry_of_the_menu(client: Client) -> None:
    seller = signed_in_seller(client)
    appeal_against(issue(seller, PolicyFactory(), now=ago(days=1)), now=timezone.now())
    issue(seller, PolicyFactory(), now=timezone.now())
    for name, current in [("list", "Violations"), ("appeal_list", "Appeals")]:
        response = client.get(url(name, seller_id=seller.pk))
        tabs = [(tab["label"], tab["count"], tab["current"]) for tab in response.context["tabs"]]
        assert tabs == [("Violations", 2, current == "Violations"), ("Appeals", 1, current == "Appeals")]
        entry = response.text.partition('class="main-nav"')[2].partition(" Violations")[0].rpartition("<a ")[2]
        assert "aria-current" in entry


# --- Staff


def staff(role: str) -> tuple[Client, User]:
    user = person_in(role)
    client = Client()
    client.force_login(user)
    return client, user


def admin_url(page: str, *args: object) -> str:
    return reverse(f"admin:violations_appeal_{page}", args=args)


def test_staff_find_an_appeal_by_its_reference_and_are_told_of_a_mistyped_one() -> None:
    reviewer, _ = staff(REVIEWER)
    appeals = [appeal_against(somebody_elses(), now=ago(hours=1)) for _ in range(2)]
    typed = appeals[1].reference.lower().replace("-", " ")
    assert list(reviewer.get(admin_url("changelist"), {"q": typed}).context["cl"].result_list) == [appeals[1]]
    mistyped = appeals[1].reference[:-1] + str((int(appeals[1].reference[-1]) + 1) % 10)
    response = reviewer.get(admin_url("changelist"), {"q": mistyped})
    assert list(response.context["cl"].result_list) == []
    assert "a digit is wrong, or two changed places" in response.text
    by_violation = reviewer.get(admin_url("changelist"), {"q": appeals[0].violation.external_id})
    assert list(by_violation.context["cl"].result_list) == [appeals[0]]


@pytest.mark.parametrize("count", [1, 3])
def test_queue_shows_what_waits_longest_first_in_the_same_queries(django_assert_num_queries: Any, count: int) -> None:
    reviewer, _ = staff(REVIEWER)
    appeals = [appeal_against(somebody_elses(), now=ago(hours=n + 1)) for n in range(count)]
    take_back(appeal_against(somebody_elses(), now=ago(hours=9)), now=timezone.now())
    reviewer.get(admin_url("changelist"))
    with django_assert_num_queries(9):
        response = reviewer.get(admin_url("changelist"))
    assert list(response.context["cl"].result_list) == appeals[::-1]


def test_reviewer_decides_and_it_is_noted_on_both_records() -> None:
    reviewer, person = staff(REVIEWER)
    appeals = [appeal_against(somebody_elses(), now=ago(hours=3), attachments=[upload()]) for _ in range(3)]
    page = reviewer.get(admin_url("change", appeals[0].pk)).text
    for page_name in ["grant", "grant_partly", "deny"]:
        assert admin_url(page_name, appeals[0].pk) in page
        assert reviewer.get(admin_url(page_name, appeals[0].pk)).status_code == 200
    assert reviewer.post(admin_url("grant", appeals[0].pk), {"reason": "Right."}).status_code == 302
    assert (
        "Credit between 1"
        in reviewer.post(admin_url("grant_partly", appeals[1].pk), {"points": "9", "reason": "Half."}).text
    )
    reviewer.post(admin_url("grant_partly", appeals[1].pk), {"points": "1", "reason": "Half."})
    reviewer.post(admin_url("deny", appeals[2].pk), {"reason": DENIAL})
    assert [Appeal.objects.get(pk=a.pk).state for a in appeals] == ["granted", "partly", "denied"]
    assert "Granted: Right." in reviewer.get(admin_url("history", appeals[0].pk)).text
    history = reverse("admin:violations_violation_history", args=[appeals[2].violation_id])
    assert f"Appeal denied: {DENIAL}" in reviewer.get(history).text
    statistics = reviewer.get(admin_url("statistics"))
    assert statistics.context["total"].overturned == 67
    unreadable = reviewer.get(admin_url("statistics"), {"days": "7 days"})
    assert (unreadable.status_code, unreadable.context["tables"]) == (400, [])
    assert "Period (days): “7 days”" in unreadable.text
    [line] = statistics.context["tables"][1][1]
    assert (line.name, line.decided, days_and_hours(line.median_time)) == (person.email, 3, "3 hours")


def test_queue_comes_by_deadline_and_marks_what_is_late() -> None:
    reviewer, _ = staff(REVIEWER)
    patient = appeal_against(somebody_elses(), now=ago(hours=5))
    violation = somebody_elses()
    Market.objects.filter(pk=violation.market_id).update(appeal_decision_days=1)
    soon = appeal_against(Violation.objects.get(pk=violation.pk), now=ago(hours=4))
    late = appeal_against(issue(violation.seller, PolicyFactory(), now=ago(days=9)), now=ago(days=3))
    response = reviewer.get(admin_url("changelist"))
    assert list(response.context["cl"].result_list) == [late, soon, patient]
    assert 'class="overdue">Overdue by 2 days</b>' in response.text
    assert 'class="due-soon">19 hours left</b>' in response.text
    assert "13 days left" in response.text
    assert 'class="due-soon">19' in response.text
    overdue = reviewer.get(admin_url("changelist"), {"state": "overdue"})
    assert list(overdue.context["cl"].result_list) == [late]


def test_reviewers_page_shows_the_case_and_what_each_decision_would_do() -> None:
    reviewer, _ = staff(REVIEWER)
    market = MarketFactory(books_closed_until=LONG_AGO)
    seller, policy = SellerFactory(market=market, name="Fold & Fasten"), PolicyFactory(name="Giveaways", points=7)
    earlier = issue(seller, policy, now=ago(days=3))
    other = appeal_against(earlier, now=ago(days=2))
    violation = issue(seller, policy, now=ago(days=1))
    appeal = appeal_against(violation, now=ago(hours=3), attachments=[upload()])
    response = reviewer.get(admin_url("change", appeal.pk))
    review = response.context["review"]
    assert (review.standing.total, review.points_left, review.total_if_granted) == (14, 7, 7)
    assert [action.milestone_points for action in review.would_lift] == [12]
    assert (review.same_policy, review.same_policy_count, review.other_appeals) == ([earlier], 1, [other])
    for words in ["<b>14 to 7</b>", "Lifted", "14 to 13, or down to 7", "stays at <b>14</b>", "proof.png"]:
        assert words in response.text, words
    assert "The host said the cream heals eczema." in response.text
    decide = reviewer.get(admin_url("grant", appeal.pk)).text
    assert "<b>14 to 7</b>" in decide
    reviewer.post(admin_url("grant", appeal.pk), {"reason": "Right."})
    lifted = EnforcementAction.objects.filter(seller=seller, lifted_at__isnull=False)
    assert list(lifted) == review.would_lift
    assert get_standing(seller=seller, as_of=timezone.now()).total == review.total_if_granted


def test_violations_page_leads_staff_to_its_appeals() -> None:
    reviewer, person = staff(REVIEWER)
    violation = somebody_elses()
    withdrawn = appeal_against(violation, now=ago(hours=5))
    take_back(withdrawn, now=ago(hours=4))
    denied = appeal_against(violation, now=ago(hours=3))
    deny_appeal(appeal=denied, reason=DENIAL, decided_by=person, now=ago(hours=2))
    page = reviewer.get(reverse("admin:violations_violation_change", args=[violation.pk]))
    assert [(tool.label, tool.url) for tool in page.context["tools"] if tool.label.startswith("Appeal")] == [
        ("Appeal, withdrawn", admin_url("change", withdrawn.pk)),
        ("Appeal, denied", admin_url("change", denied.pk)),
    ]


def test_partial_grant_is_not_offered_without_points_left() -> None:
    reviewer, _ = staff(REVIEWER)
    seller = SellerFactory(market=MarketFactory(books_closed_until=LONG_AGO, points_valid_days=2))
    appeal = appeal_against(issue(seller, PolicyFactory(points=3), now=ago(days=3)), now=ago(hours=1))
    text = reviewer.get(admin_url("change", appeal.pk)).text
    assert "Not possible" in text
    assert f'class="button" href="{admin_url("grant_partly", appeal.pk)}"' not in text
    assert f'class="button" href="{admin_url("grant", appeal.pk)}"' in text


def test_who_issued_is_told_why_there_are_no_buttons() -> None:
    reviewer, person = staff(REVIEWER)
    seller = SellerFactory(market=MarketFactory(books_closed_until=LONG_AGO))
    made = draft(seller, PolicyFactory(), issued_at=ago(days=1))
    violation = issue_violation(market=seller.market, draft=made, source="admin", now=ago(hours=9), issued_by=person)
    appeal = appeal_against(violation, now=ago(hours=1))
    text = reviewer.get(admin_url("change", appeal.pk)).text
    assert "You issued this violation" in text
    for name in ["grant", "grant_partly", "deny"]:
        assert admin_url(name, appeal.pk) not in text
        assert reviewer.get(admin_url(name, appeal.pk)).status_code == 200
        answer = reviewer.post(admin_url(name, appeal.pk), {"reason": DENIAL, "points": "1"})
        assert answer.status_code == 409
        assert "You issued this violation" in answer.text
    appeal.refresh_from_db()
    assert appeal.is_open


def test_page_of_a_decision_says_when_there_is_nothing_left_to_decide() -> None:
    reviewer, _ = staff(REVIEWER)
    appeal = appeal_against(somebody_elses(), now=ago(hours=1))
    deny_appeal(appeal=appeal, reason=DENIAL, decided_by=UserFactory(), now=timezone.now())
    answer = reviewer.get(admin_url("grant", appeal.pk))
    assert "not open any more: denied" in answer.text
    assert "<form" not in answer.text.partition('id="content"')[2]
    assert DENIAL in reviewer.get(admin_url("change", appeal.pk)).text


def test_statistics_count_decisions_only_and_take_the_median_time() -> None:
    reviewer, person = staff(REVIEWER)
    other = UserFactory(email="other@example.com")
    policies = [PolicyFactory(name="Giveaways"), PolicyFactory(name="Harassment")]
    seller = SellerFactory(market=MarketFactory(books_closed_until=LONG_AGO))
    appeals = [appeal_against(issue(seller, policies[n // 4], now=ago(days=12)), now=ago(days=10)) for n in range(6)]
    filed = appeals[0].filed_at
    decided = [(appeals[0], person, 1), (appeals[1], person, 2), (appeals[2], other, 9), (appeals[4], other, 3)]
    for number, (appeal, who, days) in enumerate(decided):
        moment = appeal.filed_at + timedelta(days=days)
        if number == 0:
            grant_appeal(appeal=appeal, decided_by=who, now=moment)
        elif number == 3:
            grant_partly(appeal=appeal, points=1, reason="Half.", decided_by=who, now=moment)
        else:
            deny_appeal(appeal=appeal, reason=DENIAL, decided_by=who, now=moment)
    take_back(appeals[3], now=filed + timedelta(days=1))
    context = reviewer.get(admin_url("statistics")).context
    (_, by_policy), (_, by_reviewer), _by_reason = context["tables"]
    assert [(line.name, line.decided, line.overturned, days_and_hours(line.median_time)) for line in by_policy] == [
        ("Giveaways", 3, 33, "2 days"),
        ("Harassment", 1, 100, "3 days"),
    ]
    assert [
        (line.name, line.granted, line.partly, line.denied, days_and_hours(line.median_time)) for line in by_reviewer
    ] == sorted([("other@example.com", 0, 1, 1, "6 days"), (person.email, 1, 0, 1, "1 day 12 hours")])
    assert (context["total"].decided, context["total"].overturned, context["waiting"]) == (4, 50, 1)


@pytest.mark.parametrize(("days", "counted"), [("", 2), ("30", 1), ("365", 3)])
def test_statistics_are_of_the_days_that_are_asked_for(days: str, counted: int) -> None:
    reviewer, _ = staff(REVIEWER)
    seller = SellerFactory(market=MarketFactory(books_closed_until=LONG_AGO))
    for age in (100, 40, 4):
        appeal = appeal_against(issue(seller, PolicyFactory(), now=ago(days=age)), now=ago(days=age - 1))
        deny_appeal(appeal=appeal, reason=DENIAL, decided_by=UserFactory(), now=ago(days=age - 2))
    assert reviewer.get(admin_url("statistics"), {"days": days}).context["total"].decided == counted


def decided_after(market: Market, *hours: float) -> None:
    """Appeals of a market that were decided so long after they were filed."""
    seller = SellerFactory(market=market)
    for number, time in enumerate(hours):
        appeal = appeal_against(issue(seller, PolicyFactory(), now=ago(days=20)), now=ago(days=19, hours=number))
        moment = appeal.filed_at + timedelta(hours=time)
        deny_appeal(appeal=appeal, reason=DENIAL, decided_by=UserFactory(), now=moment)


def test_usual_time_is_the_median_of_the_markets_last_decisions_if_there_are_enough() -> None:
    market, other = MarketFactory(books_closed_until=LONG_AGO), MarketFactory(books_closed_until=LONG_AGO)
    decided_after(other, 1)
    decided_after(market, *range(1, 10))
    assert usual(market) == ""
    cache.clear()
    decided_after(market, 100)
    found = usual_time(market=market)
    assert found is not None
    assert (found.time, found.count) == (timedelta(hours=5), 10)
    assert usual_time(market=other) is None


def test_usual_time_leaves_out_the_time_in_which_the_seller_was_asked() -> None:
    market = MarketFactory(books_closed_until=LONG_AGO)
    decided_after(market, *[2] * 5, *[200] * 4)
    appeal = appeal_against(issue(SellerFactory(market=market), PolicyFactory(), now=ago(days=20)), now=ago(days=19))
    asked = ask_seller(appeal=appeal, things=["It"], asked_by=UserFactory(), now=appeal.filed_at + timedelta(hours=1))
    moment = asked.answer_by + timedelta(hours=2)
    deny_appeal(appeal=appeal, reason=DENIAL, decided_by=UserFactory(), now=moment)
    times = sorted([2] * 5 + [200] * 4 + [3])
    found = usual_time(market=market)
    assert found is not None
    assert found.time == timedelta(hours=times[4])
    total = recent_decisions(days=30, as_of=timezone.now()).total
    assert total is not None
    assert total.median_time == timedelta(hours=2.5)


@pytest.mark.parametrize(
    ("hours", "said"),
    [(0.1, "1 hour"), (1.5, "2 hours"), (48, "48 hours"), (48.1, "3 days"), (71, "3 days"), (73, "4 days")],
)
def test_usual_time_is_rounded_up(hours: float, said: str) -> None:
    words = usual_time_in_words(timedelta(hours=hours), count=50)
    assert words == f"Half of the last 50 appeals here were decided within {said}."


def test_seller_reads_how_long_it_usually_takes(client: Client) -> None:
    violation = issue(signed_in_seller(client), PolicyFactory(), now=ago(days=2))
    decided_after(violation.market, *[60] * 10)
    client.post(filing_url(violation), {"text": "It was a quote."})
    said = "Half of the last 10 appeals here were decided within 3 days."
    assert said in client.get(checking_url(violation)).text
    client.post(checking_url(violation), {"seen": AppealDraft.objects.get().fingerprint})
    assert said in client.get(Appeal.objects.open().get().get_absolute_url()).text


def test_a_quiz_never_closes_an_appeal(client: Client) -> None:
    quiz = QuizFactory(policy=PolicyFactory(points=1))
    violation = issue(signed_in_seller(client), quiz.policy, now=ago(days=2))
    appeal = appeal_against(violation, now=ago(days=1))
    attempt = start_attempt(quiz=quiz, seller=violation.seller, user=appeal.filed_by, now=timezone.now())
    answer_all(attempt)
    submit_attempt(attempt=attempt, user=attempt.user, now=timezone.now())
    assert violation.entries.total() == 0
    appeal.refresh_from_db()
    assert (appeal.is_open, appeal.ended_at) == (True, None)
    assert "admits nothing" in client.get(appeal.get_absolute_url()).text
    grant_appeal(appeal=appeal, decided_by=UserFactory(), now=timezone.now())
    assert appeal.state == "granted"


def test_attachments_are_for_staff_who_may_see_them() -> None:
    appeal = appeal_against(somebody_elses(), now=timezone.now(), attachments=[upload()])
    address = admin_url("attachment", appeal.pk, appeal.attachments.get().pk)
    for role, status in [(REVIEWER, 200), (AUDITOR, 200), (INCIDENT_LEAD, 403), (POLICY_EDITOR, 403)]:
        response = staff(role)[0].get(address)
        assert response.status_code == status
        assert not response.streaming or response.getvalue() == PNG  # read to its end, a file is closed
    for page in ("change", "deny", "grant"):
        assert address in staff(REVIEWER)[0].get(admin_url(page, appeal.pk)).text
    page = staff(INCIDENT_LEAD)[0].get(admin_url("change", appeal.pk)).text
    assert "proof.png" in page
    assert address not in page
    assert staff(POLICY_EDITOR)[0].get(admin_url("statistics")).status_code == 403
    assert staff(AUDITOR)[0].get(admin_url("statistics")).status_code == 200
    assert staff(AUDITOR)[0].post(admin_url("deny", appeal.pk), {"reason": DENIAL}).status_code == 403


# --- Two windows


def test_other_window_leads_to_the_appeal_that_was_filed_in_the_first(client: Client) -> None:
    violation = issue(signed_in_seller(client), PolicyFactory(), now=ago(days=1))
    appeal = appeal_against(violation, now=timezone.now())
    for page in (filing_url(violation), checking_url(violation)):
        answer = client.get(page, follow=True)
        assert answer.redirect_chain == [(appeal.get_absolute_url(), 302)]
        assert f"This is the appeal that was filed: {appeal.reference}." in answer.text


def test_other_window_keeps_what_was_typed_and_links_to_the_appeal(client: Client) -> None:
    violation = issue(signed_in_seller(client), PolicyFactory(), now=ago(days=1))
    appeal = appeal_against(violation, now=timezone.now())
    for page in (filing_url(violation), f"{filing_url(violation)}draft/"):
        text = client.post(page, {"text": "Typed in the other window.", "window": "two"}).text
        assert f'href="{appeal.get_absolute_url()}"' in text
    answer = client.post(filing_url(violation), {"text": "Typed in the other window."})
    assert "Typed in the other window." in answer.text
    assert f"Appeal {appeal.reference} was filed on" in answer.text
    assert "Nothing can be sent here any more." in answer.text
    assert "You can file until" not in answer.text
    assert 'name="check"' not in answer.text


def test_filing_from_both_windows_files_once(client: Client) -> None:
    violation = issue(signed_in_seller(client), PolicyFactory(), now=ago(days=1))
    client.post(filing_url(violation), {"text": "It was a quote.", "check": "1"})
    seen = {"seen": AppealDraft.objects.get().fingerprint}
    first, second = (client.post(checking_url(violation), seen) for _ in range(2))
    appeal = Appeal.objects.get()
    assert (first.url, second.url) == (appeal.get_absolute_url(), appeal.get_absolute_url())


# --- Too long


@pytest.mark.parametrize("begun", [False, True])
def test_text_that_is_too_long_loses_neither_itself_nor_the_files(client: Client, begun: bool) -> None:
    violation = issue(signed_in_seller(client), PolicyFactory(), now=ago(days=1))
    if begun:
        client.post(filing_url(violation), {"text": "Before.", "window": "one"})
    long = "It was a quote. " * 2_000
    sent = {"text": long, "window": "one", "attachments": [upload()], "check": "1"}
    answer = client.post(filing_url(violation), sent)
    assert answer.status_code == 422
    assert long in answer.text
    draft = AppealDraft.objects.get()
    assert (draft.text, draft.attachments.count()) == ("Before." if begun else "", 1)
    assert "Attached already" in answer.text
    client.post(filing_url(violation), {"text": "Short.", "window": "one", "check": "1"})
    draft.refresh_from_db()
    assert (draft.text, draft.attachments.count()) == ("Short.", 1)


def test_text_that_is_too_long_too_late_keeps_no_file(client: Client) -> None:
    violation = issue(signed_in_seller(client), PolicyFactory(), now=ago(days=31))
    answer = client.post(filing_url(violation), {"text": "x" * 30_000, "attachments": [upload()]})
    assert (answer.status_code, AppealDraft.objects.count()) == (422, 0)
    assert "The time to appeal this violation has ended." in answer.text
