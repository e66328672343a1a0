from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from healthportal.roles import AUDITOR, POLICY_EDITOR, REVIEWER
from sellers.models import User
from tests.factories import LONG_AGO, MarketFactory, PolicyFactory, SellerFactory, UserFactory, issue
from tests.pages import ago, signed_in_seller
from tests.violations.appealing import HTML, PDF, PNG, appeal_against, upload
from violations.models import Appeal, Violation
from violations.services import deny_appeal, void_violation, withdraw_appeal

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("attachments_root")]


def url(name: str, **kwargs: Any) -> str:
    return reverse(f"violations:{name}", kwargs=kwargs)


def filing_url(violation: Violation) -> str:
    return url("appeal_file", seller_id=violation.seller_id, violation_id=violation.pk)


def somebody_elses() -> Violation:
    return issue(SellerFactory(market=MarketFactory(books_closed_until=LONG_AGO)), PolicyFactory(), now=ago(days=1))


def test_filing_from_the_violations_page_to_the_appeals_own(client: Client) -> None:
    seller = signed_in_seller(client)
    violation = issue(seller, PolicyFactory(name="Giveaways", points=3), now=ago(days=2))
    assert filing_url(violation) in client.get(violation.get_absolute_url()).text
    assert client.get(filing_url(violation)).status_code == 200
    sent = {"text": "It was a **quote**.", "attachments": [upload(), upload("b.pdf", PDF)]}
    response = client.post(filing_url(violation), sent, follow=True)
    appeal = Appeal.objects.get()
    assert response.redirect_chain == [(appeal.get_absolute_url(), 302)]
    assert "<strong>quote</strong>" in response.text
    assert "proof.png" in response.text
    assert "See your appeal" in client.get(violation.get_absolute_url()).text


def test_refused_attachment_keeps_the_text(client: Client) -> None:
    violation = issue(signed_in_seller(client), PolicyFactory(), now=ago(days=2))
    response = client.post(filing_url(violation), {"text": "It was a quote.", "attachments": [upload(content=HTML)]})
    assert response.status_code == 422
    assert "“proof.png” is no PNG" in response.text
    assert response.context["form"]["text"].value() == "It was a quote."
    assert "It was a quote." in response.text
    assert Appeal.objects.count() == 0


def test_filing_page_leads_back_when_it_is_too_late_voided_or_appealed(client: Client) -> None:
    seller = signed_in_seller(client)
    late = issue(seller, PolicyFactory(), now=ago(days=31))
    voided = issue(seller, PolicyFactory(), now=ago(days=1))
    void_violation(violation=voided, reason="A mistake.", voided_by=None, now=timezone.now())
    appealed = issue(seller, PolicyFactory(), now=timezone.now())
    appeal_against(appealed, now=timezone.now())
    for violation in [late, voided, appealed]:
        for response in [client.get(filing_url(violation)), client.post(filing_url(violation), {"text": "No."})]:
            assert response.headers["Location"] == violation.get_absolute_url()
    assert Appeal.objects.count() == 1


@pytest.mark.parametrize("count", [1, 3])
def test_list_takes_the_same_queries_for_any_number(client: Client, django_assert_num_queries: Any, count: int) -> None:
    seller = signed_in_seller(client)
    for _ in range(count):
        appeal_against(issue(seller, PolicyFactory(), now=ago(days=1)), now=timezone.now())
    address = url("appeal_list", seller_id=seller.pk)
    client.get(address)
    with django_assert_num_queries(7):
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
    deny_appeal(appeal=appeal, reason="It is on tape.", decided_by=UserFactory(), now=timezone.now())
    text = client.get(appeal.get_absolute_url()).text
    assert "Denied: the violation stands" in text
    assert "It is on tape." in text
    assert "turn to seller support" in text


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


# --- Staff


def staff(role: str) -> tuple[Client, User]:
    user = UserFactory(is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    client = Client()
    client.force_login(user)
    return client, user


def admin_url(page: str, *args: object) -> str:
    return reverse(f"admin:violations_appeal_{page}", args=args)


@pytest.mark.parametrize("count", [1, 3])
def test_queue_shows_what_waits_longest_first_in_the_same_queries(django_assert_num_queries: Any, count: int) -> None:
    reviewer, _ = staff(REVIEWER)
    appeals = [appeal_against(somebody_elses(), now=ago(hours=n + 1)) for n in range(count)]
    withdraw_appeal(
        appeal=appeal_against(somebody_elses(), now=ago(hours=9)), withdrawn_by=UserFactory(), now=timezone.now()
    )
    reviewer.get(admin_url("changelist"))
    with django_assert_num_queries(8):
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
    reviewer.post(admin_url("deny", appeals[2].pk), {"reason": "No."})
    assert [Appeal.objects.get(pk=a.pk).state for a in appeals] == ["granted", "partly", "denied"]
    assert "Granted: Right." in reviewer.get(admin_url("history", appeals[0].pk)).text
    history = reverse("admin:violations_violation_history", args=[appeals[2].violation_id])
    assert "Appeal denied: No." in reviewer.get(history).text
    statistics = reviewer.get(admin_url("statistics"))
    assert statistics.context["total"].overturned == 67
    [line] = statistics.context["tables"][1][1]
    assert (line.name, line.decided, line.time_in_words) == (person.email, 3, "3 h")


def test_attachments_are_for_staff_who_may_see_appeals() -> None:
    appeal = appeal_against(somebody_elses(), now=timezone.now(), attachments=[upload()])
    address = admin_url("attachment", appeal.pk, appeal.attachments.get().pk)
    for role, status in [(REVIEWER, 200), (AUDITOR, 200), (POLICY_EDITOR, 403)]:
        response = staff(role)[0].get(address)
        assert response.status_code == status
        assert not response.streaming or response.getvalue() == PNG  # read to its end, a file is closed
    assert staff(POLICY_EDITOR)[0].get(admin_url("statistics")).status_code == 403
    assert staff(AUDITOR)[0].get(admin_url("statistics")).status_code == 200
    assert staff(AUDITOR)[0].post(admin_url("deny", appeal.pk), {"reason": "No."}).status_code == 403
