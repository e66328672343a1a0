"""A seller's page for staff: everything that is known of it, as far as the person may see it, in few queries."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import UnreachableAddress, User
from audit.models import AuditEntry
from healthportal.roles import AUDITOR, OPERATOR, REVIEW_LEAD, REVIEWER, WORKSHOP_HOST
from inbox.models import EmailDelivery, Message, MessageRead, Unsubscription
from kit.dates import Week
from kit.outcomes import Refused
from quizzes.services import start_attempt
from reports import services as reports
from reports.selectors import next_week
from sellers.models import Invitation, Seller, SellerNote, StaffMarket
from sellers.services import MemberDraft, note_on_seller, put_members
from tests.factories import (
    LONG_AGO,
    NOW,
    MarketFactory,
    MemberFactory,
    PolicyFactory,
    QuizFactory,
    UserFactory,
    WorkshopFactory,
    issue,
)
from tests.violations.appealing import appeal_against
from violations.models import Violation
from violations.services import void_violation
from workshops.services import sign_up

pytestmark = pytest.mark.django_db

SECTIONS = [
    "notes", "violations", "actions", "appeals", "messages", "addresses", "members", "invitations", "reports",
    "workshops", "quizzes",
]  # fmt: skip


@pytest.fixture
def seller() -> Seller:
    """One in New York, opened long ago, with an owner."""
    found: Seller = MemberFactory(seller__market__books_closed_until=LONG_AGO, seller__name="Blue Kettle").seller
    return found


def staff(client: Client, *roles: str) -> User:
    user = UserFactory(is_staff=True, is_superuser=not roles)
    user.groups.set(Group.objects.filter(name__in=roles))
    client.force_login(user)
    return user


def address_of(seller: Seller) -> str:
    return reverse("admin:sellers_seller_change", args=[seller.pk])


def tables(client: Client, seller: Seller) -> dict[str, list[list[str]]]:
    """The rows of each table of the page, as they read."""
    response: Any = client.get(address_of(seller))
    assert response.status_code == 200
    return {
        table.slug: [[cell.text for cell in row] for row in table.rows] for table, _url in response.context["tables"]
    }


def links(client: Client, seller: Seller) -> set[str]:
    response: Any = client.get(address_of(seller))
    return {cell.url for table, _url in response.context["tables"] for row in table.rows for cell in row if cell.url}


def something_of_everything(seller: Seller, *, times: int = 1) -> None:
    member, now = seller.members.get().user, timezone.now()
    for number in range(times):
        policy = QuizFactory().policy
        violation = issue(seller, policy, now=now)
        appeal_against(violation, filed_by=member, now=now)
        start_attempt(quiz=policy.quiz, seller=seller, user=member, now=now)
        workshop = WorkshopFactory(
            market=seller.market, starts_at=now + timedelta(days=9), ends_at=now + timedelta(days=10)
        )
        sign_up(workshop=workshop, seller=seller, user=member, now=now)
        note_on_seller(seller=seller, text=f"Call {number}.", written_by=UserFactory(is_staff=True), now=now)
        draft = MemberDraft(seller.external_id, f"new{number}@example.com", "viewer")
        put_members(market=seller.market, drafts=[draft], now=now)


# --- What it says


def test_note_says_something(seller: Seller) -> None:
    with pytest.raises(Refused, match="Write a note") as refused:
        note_on_seller(seller=seller, text=" \u200b ", written_by=UserFactory(is_staff=True), now=timezone.now())
    assert refused.value.field == "text"


def test_standing_is_said_first_with_the_ledger(client: Client, seller: Seller) -> None:
    staff(client, REVIEWER)
    issue(seller, PolicyFactory(points=13), now=timezone.now())
    page = client.get(address_of(seller)).text
    ledger = reverse("admin:violations_pointsentry_changelist", query={"seller__id__exact": str(seller.pk)})
    assert f'<b>Restricted</b>, <a href="{ledger}">13 points</a>; 11 points left before the milestone at 24.' in page
    assert "In force: Restriction until" in page


def test_chart_is_the_one_of_the_dashboard_and_leads_to_the_explanation(client: Client, seller: Seller) -> None:
    staff(client, REVIEWER)
    issue(seller, PolicyFactory(points=4), now=timezone.now())
    page = client.get(address_of(seller)).text
    explanation = reverse("admin:sellers_seller_explanation", args=[seller.pk])
    assert 'class="chart chart-totals"' in page
    assert "How your total changes" not in page
    assert f'href="{explanation}?as_of=' in page
    assert reverse("violations:ledger", kwargs={"seller_id": seller.pk}) not in page


def test_tables_hold_what_there_is_of_the_seller_and_nothing_of_another(client: Client, seller: Seller) -> None:
    staff(client)
    other = MemberFactory(seller__market=seller.market, seller__name="Red Kettle").seller
    something_of_everything(seller)
    empty = tables(client, other)
    assert {slug for slug, rows in empty.items() if rows} == {"members"}
    found = tables(client, seller)
    violation = Violation.objects.get()
    assert list(found) == SECTIONS
    assert found["notes"][0][0] == "Call 0."
    assert found["violations"][0][1] == str(violation.policy)
    assert found["appeals"][0][4] == "Open"
    assert found["members"][0][1] == "Owner"
    assert found["invitations"][0][:3] == ["new0@example.com", "Viewer", "The marketplace"]
    assert found["workshops"][0][2] == "Place"
    assert found["quizzes"][0][3] == "In progress"


def test_voided_violation_stands_no_more(client: Client, seller: Seller) -> None:
    staff(client, REVIEWER)
    violation = issue(seller, PolicyFactory(), now=timezone.now())
    void_violation(violation=violation, reason="Wrong.", voided_by=None, now=timezone.now())
    assert tables(client, seller)["violations"] == []


def test_message_says_who_read_it_and_what_became_of_its_emails(client: Client, seller: Seller) -> None:
    staff(client, REVIEWER)
    member = seller.members.get().user
    issue(seller, PolicyFactory(name="Claims"), now=timezone.now())
    message = Message.objects.get()
    MessageRead.objects.create(message=message, user=member, read_at=timezone.now())
    EmailDelivery.objects.update(state="sent", sent_at=timezone.now(), due_at=None)
    UnreachableAddress.objects.create(email=member.email, reason="bounced", since=NOW, noted_at=NOW)
    found = tables(client, seller)
    assert found["messages"][0][0] == message.subject
    assert found["messages"][0][3:] == [str(member), "Sent: 1"]
    assert found["addresses"] == [[member.email, "1", "0", "0", "0", "Emails to it came back for good"]]


def test_staff_see_which_emails_a_member_switched_off_and_what_none_means(client: Client, seller: Seller) -> None:
    staff(client, OPERATOR)
    member = seller.members.get()
    assert tables(client, seller)["members"][0][-1] == "–"
    Unsubscription.objects.create(member=member, kind="quiz")
    Unsubscription.objects.create(member=member, kind="policy", in_digest=True)
    assert tables(client, seller)["members"][0][-1] == "Quiz"
    page = client.get(address_of(seller)).text
    assert "In the weekly email: Policy" in page
    assert "who joins later gets no email of what was before" in page


@pytest.mark.parametrize("soft", [True, False])
def test_address_says_what_came_back(client: Client, seller: Seller, soft: bool) -> None:
    staff(client, REVIEWER)
    if soft:
        member = seller.members.get().user
        UnreachableAddress.objects.create(email=member.email, soft_bounces=2, said="Full", noted_at=NOW)
        assert tables(client, seller)["addresses"][0][-1] == "Could not be taken for a while"
    else:
        issue(seller, PolicyFactory(), now=timezone.now())
        assert tables(client, seller)["addresses"][0][-1] == "Nothing"


def test_published_report_opens_with_its_pdf(client: Client) -> None:
    staff(client, OPERATOR)
    market = MarketFactory()
    seller = MemberFactory(seller__market=market, seller__created_at=LONG_AGO).seller
    reports.build_due_weeks(market=market, now=next_week(market=market).ends_at(zone=market.zone))
    week = Week.parse(tables(client, seller)["reports"][0][0])
    args = {"object_id": seller.pk, "week": str(week)}
    page = client.get(reverse("admin:sellers_seller_report", kwargs=args))
    assert page.status_code == 200
    assert reverse("admin:sellers_seller_report_pdf", kwargs=args) in page.text
    file = client.get(reverse("admin:sellers_seller_report_pdf", kwargs=args))
    assert b"".join(file).startswith(b"%PDF")


@pytest.mark.parametrize("week", ["2031-W01", "nonsense"])
def test_report_that_is_not_published_is_not_there(client: Client, seller: Seller, week: str) -> None:
    staff(client, OPERATOR)
    args = {"object_id": seller.pk, "week": week}
    assert client.get(reverse("admin:sellers_seller_report", kwargs=args)).status_code == 404


def test_who_may_not_see_reports_opens_none(client: Client, seller: Seller) -> None:
    staff(client, REVIEW_LEAD)
    args = {"object_id": seller.pk, "week": "2026-W47"}
    assert client.get(reverse("admin:sellers_seller_report_pdf", kwargs=args)).status_code == 403


# --- Who sees what


@pytest.mark.parametrize(
    ("role", "hidden"),
    [
        (REVIEWER, {"workshops"}),
        (REVIEW_LEAD, {"actions", "messages", "addresses", "reports", "workshops", "quizzes"}),
        (OPERATOR, {"violations", "actions", "appeals", "workshops"}),
        (WORKSHOP_HOST, set(SECTIONS) - {"workshops"}),
        (AUDITOR, set()),
    ],
)
def test_role_sees_the_tables_of_what_it_may_see(client: Client, seller: Seller, role: str, hidden: set[str]) -> None:
    staff(client, role)
    assert set(SECTIONS) - set(tables(client, seller)) == hidden


def test_links_lead_only_where_the_person_may_go(client: Client, seller: Seller) -> None:
    staff(client, OPERATOR)
    something_of_everything(seller)
    assert links(client, seller)
    assert {client.get(url).status_code for url in links(client, seller)} == {200}


def test_each_link_of_whoever_may_see_everything_opens(client: Client, seller: Seller) -> None:
    staff(client)
    something_of_everything(seller)
    assert {client.get(url).status_code for url in links(client, seller)} == {200}


def test_steps_are_offered_to_who_may_take_them(client: Client, seller: Seller) -> None:
    workshop = WorkshopFactory(
        market=seller.market, starts_at=NOW + timedelta(days=900), ends_at=NOW + timedelta(days=901)
    )
    query = {"seller": seller.external_id}
    sign_up_page = reverse("admin:workshops_workshop_sign_up", args=[workshop.pk], query=query)
    issue_page = reverse("admin:violations_violation_add", query={"seller": str(seller.pk)})
    note_page = reverse("admin:sellers_seller_note", args=[seller.pk])
    steps = [sign_up_page, issue_page, note_page]
    seen = {}
    for role in (REVIEWER, WORKSHOP_HOST, AUDITOR):
        staff(client, role)
        page = client.get(address_of(seller)).text
        seen[role] = [step in page for step in steps]
    assert seen == {
        REVIEWER: [False, True, True], WORKSHOP_HOST: [True, False, False], AUDITOR: [False, False, False],
    }  # fmt: skip


def test_who_works_for_one_market_is_offered_no_workshop_of_another(client: Client, seller: Seller) -> None:
    WorkshopFactory(starts_at=NOW + timedelta(days=900), ends_at=NOW + timedelta(days=901))
    limited = staff(client, WORKSHOP_HOST)
    StaffMarket.objects.create(user=limited, market=seller.market)
    assert "Sign the seller up" not in client.get(address_of(seller)).text


def test_sign_up_page_knows_the_seller_it_was_opened_for(client: Client, seller: Seller) -> None:
    staff(client)
    workshop = WorkshopFactory(
        market=seller.market, starts_at=NOW + timedelta(days=900), ends_at=NOW + timedelta(days=901)
    )
    query = {"seller": seller.external_id}
    page = client.get(reverse("admin:workshops_workshop_sign_up", args=[workshop.pk], query=query)).text
    assert f'value="{seller.external_id}"' in page


def test_members_are_rows_of_a_form_for_who_may_change_them_alone(client: Client, seller: Seller) -> None:
    staff(client, REVIEWER)
    assert "members-TOTAL_FORMS" not in client.get(address_of(seller)).text
    staff(client)
    assert "members-TOTAL_FORMS" in client.get(address_of(seller)).text


# --- However much there is


@pytest.mark.parametrize("times", [1, 3])
def test_page_takes_the_same_queries_for_any_number(
    client: Client, seller: Seller, times: int, django_assert_num_queries: Any
) -> None:
    staff(client, AUDITOR)
    something_of_everything(seller, times=times)
    client.get(address_of(seller))
    with django_assert_num_queries(10):
        client.get(address_of(seller))


def test_ten_newest_are_shown_and_the_list_of_all_is_named(client: Client, seller: Seller) -> None:
    staff(client, REVIEWER)
    policy = PolicyFactory(points=0)
    for _ in range(11):
        issue(seller, policy, now=timezone.now())
    assert len(tables(client, seller)["violations"]) == 10
    page = client.get(address_of(seller)).text
    all_of_them = reverse("admin:violations_violation_changelist", query={"seller__id__exact": str(seller.pk)})
    assert f'<a href="{all_of_them}">These are the newest. Show all of them</a>' in page


# --- Notes


def test_note_is_kept_with_author_and_moment_and_the_trail_says_that_there_is_one(
    client: Client, seller: Seller
) -> None:
    user = staff(client, REVIEWER)
    page = reverse("admin:sellers_seller_note", args=[seller.pk])
    assert client.post(page, {"text": "Asked for a call back."}).status_code == 302
    note = SellerNote.objects.get()
    assert (note.seller, note.text, note.written_by) == (seller, "Asked for a call back.", user)
    entry = AuditEntry.objects.get(action="note")
    assert (entry.kind, entry.object_id, entry.person) == ("sellers.seller", str(seller.pk), user)
    assert "call back" not in entry.note
    assert tables(client, seller)["notes"][0][:2] == ["Asked for a call back.", str(user)]


def test_note_that_says_nothing_is_refused(client: Client, seller: Seller) -> None:
    staff(client, REVIEWER)
    answer = client.post(reverse("admin:sellers_seller_note", args=[seller.pk]), {"text": " \u200b "})
    assert answer.status_code == 200
    assert not SellerNote.objects.exists()


@pytest.mark.parametrize("role", [AUDITOR, WORKSHOP_HOST])
def test_who_may_not_note_cannot(client: Client, seller: Seller, role: str) -> None:
    staff(client, role)
    assert client.get(reverse("admin:sellers_seller_note", args=[seller.pk])).status_code == 403


@pytest.mark.parametrize(
    "statement",
    ["UPDATE sellers_sellernote SET text = 'Other'", "DELETE FROM sellers_sellernote"],
)
def test_database_refuses_to_change_a_note(seller: Seller, statement: str) -> None:
    note_on_seller(seller=seller, text="So.", written_by=UserFactory(), now=timezone.now())
    refused = pytest.raises(IntegrityError, match="stays as it was written")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert SellerNote.objects.get().text == "So."


def test_seller_never_reads_a_note(client: Client, seller: Seller) -> None:
    """On none of its pages that the menu leads to."""
    note_on_seller(seller=seller, text="Unspeakable.", written_by=UserFactory(is_staff=True), now=timezone.now())
    client.force_login(seller.members.get().user)
    names = ["dashboard", "violations:list", "violations:ledger", "inbox:list", "sellers:members", "kept", "dates"]
    for name in names:
        assert "Unspeakable" not in client.get(reverse(name, kwargs={"seller_id": seller.pk})).text, name


def test_invitation_that_is_over_says_since_when(client: Client, seller: Seller) -> None:
    staff(client)
    something_of_everything(seller)
    Invitation.objects.update(created_at=LONG_AGO, sent_at=LONG_AGO, expires_at=LONG_AGO + timedelta(days=7))
    assert tables(client, seller)["invitations"][0][4] == "over since 8 Jan 2020, 00:00 UTC"


def test_note_that_is_sent_twice_is_one(seller: Seller) -> None:
    by, now = UserFactory(), timezone.now()
    first = note_on_seller(seller=seller, text="So.", written_by=by, now=now)
    assert note_on_seller(seller=seller, text="So. ", written_by=by, now=now + timedelta(minutes=9)) == first
    later = now + timedelta(minutes=11)
    assert note_on_seller(seller=seller, text="So.", written_by=by, now=later) != first
    assert note_on_seller(seller=seller, text="So.", written_by=UserFactory(), now=later).text == "So."
    assert SellerNote.objects.count() == 3
